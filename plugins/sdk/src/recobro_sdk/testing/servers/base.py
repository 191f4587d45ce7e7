"""A small HTTP server on loopback, in a thread with a loop of its own, that can be told to fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Final, Self, cast

from recobro_sdk.context import JsonObject
from recobro_sdk.testing.faults import Fault, of_wrong_types

LARGEST_REQUEST: Final = 1_000_000
_WORDS: Final = {200: "OK", 201: "Created"}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; `Refusal` (422) when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Refusal(422, "malformed_request")
        return cast("dict[str, Any]", value)

    def text(self, name: str) -> str:
        """A text in the body that has to be there; `Refusal` (422) when it is not."""
        value = self.json().get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(422, f"{name}_missing")
        return value

    def whole(self, name: str) -> int:
        """A whole number in the body that has to be there; `Refusal` (422) when it is not."""
        value = self.json().get(name)
        if type(value) is not int:
            raise Refusal(422, f"{name}_missing")
        return value

    @property
    def key(self) -> str:
        """The `Idempotency-Key`; `Refusal` (400) without."""
        key = self.headers.get("idempotency-key", "")
        if not key:
            raise Refusal(400, "idempotency_key_missing")
        return key


class Refusal(Exception):
    """The server's way of saying no: an HTTP status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class FakeServer:
    """Base of the fake servers: `with FakeBureauServer() as server`, or `start` and `stop`.

    It accepts `Authorization: Bearer <api_key>`. `fail_next` makes the following requests go wrong, `always` every one;
    `slow_ms` is how long `Fault.SLOW` takes. `effects` counts what it would charge for: a key that is repeated does not
    add to it, and another request with the same key is refused with 409 `idempotency_key_reused`. `received` are the
    requests so far.
    """

    api_key: ClassVar[str] = "a-key-of-the-test"
    signing_secret: ClassVar[str] = "whsec_" + "dGVzdC1zaWduaW5nLXNlY3JldC0zMi1ieXRlcw=="

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        self._port, self.slow_ms = port, slow_ms
        self.always: Fault | None = None
        self.received: list[Received] = []
        self._faults: deque[Fault] = deque()
        self._done: dict[str, tuple[str, JsonObject]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    def answer(self, request: Received) -> JsonObject:
        """Answer a request of somebody with the right key; raises `Refusal`."""
        raise NotImplementedError

    def settings(self) -> dict[str, object]:
        """Settings that reach it, as the templates name them."""
        return {"base_url": self.base_url, "api_key": self.api_key, "signing_secret": self.signing_secret}

    @property
    def base_url(self) -> str:
        """Where it listens; `RuntimeError` unless started."""
        if self._thread is None:
            raise RuntimeError("the server is not running")
        return f"http://127.0.0.1:{self._port}"

    @property
    def effects(self) -> int:
        """How many distinct keys had an effect."""
        return len(self._done)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Make the next requests go wrong."""
        self._faults.extend([fault] * times)

    def once(self, request: Received, act: Callable[[], JsonObject]) -> JsonObject:
        """Act at the first request with a key, and give the same answer to every repetition."""
        print_of = hashlib.sha256(request.path.encode() + request.body).hexdigest()
        if request.key not in self._done:
            self._done[request.key] = (print_of, act())
        known, answer = self._done[request.key]
        if known != print_of:
            raise Refusal(409, "idempotency_key_reused")
        return answer

    def number(self, prefix: str, key: str) -> str:
        """A number that is the same for the same key."""
        return f"{prefix}-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}"

    def start(self) -> Self:
        """Listen, in a thread that does not keep the process alive."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), name="kit-server", daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the server did not start")
        return self

    def stop(self) -> None:
        """Stop listening and free the port; stopping twice is no error."""
        loop, stop, thread, self._thread = self._loop, self._stop, self._thread, None
        if loop is not None and stop is not None and thread is not None:
            loop.call_soon_threadsafe(stop.set)
            thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._listen(ready))

    async def _listen(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self._port)
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that stops waiting is an everyday event here.
        with suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            request = await _read(reader)
            self.received.append(request)
            await self._respond(request, writer)
        writer.close()

    async def _respond(self, request: Received, writer: asyncio.StreamWriter) -> None:
        fault = self._faults.popleft() if self._faults else self.always
        status, headers, content = self._judged(request, fault)
        if fault in (Fault.SLOW, Fault.HANGS):
            await asyncio.sleep(self.slow_ms / 1000 if fault is Fault.SLOW else 3600)
        if fault in (Fault.CUT, Fault.UNREACHABLE):
            return
        if status == 200 and fault is Fault.NOT_JSON:
            content = b"<html>maintenance</html>"
        if status == 200 and fault is Fault.WRONG_TYPES:
            content = of_wrong_types(content)
        lines = [f"HTTP/1.1 {status} {_WORDS.get(status, 'Refused')}", "Connection: close", *headers]
        head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "Content-Type: application/json", "", ""])
        writer.write(head.encode() + content[: len(content) // 2 if fault is Fault.HALF_ANSWER else None])
        await writer.drain()

    def _judged(self, request: Received, fault: Fault | None) -> tuple[int, list[str], bytes]:
        try:
            if fault is Fault.STATUS_500:
                raise Refusal(500, "internal")
            if fault is Fault.RATE_LIMITED:
                raise Refusal(429, "too_many")
            given = request.headers.get("authorization", "").encode()
            if fault is Fault.REFUSED_KEY or not hmac.compare_digest(given, f"Bearer {self.api_key}".encode()):
                raise Refusal(401, "unknown_key")
            return 200, [], json.dumps(self.answer(request), ensure_ascii=False).encode()
        except Refusal as refusal:
            extra = ["Retry-After: 7"] if refusal.status == 429 else []
            return refusal.status, extra, json.dumps({"code": refusal.code}).encode()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if length > LARGEST_REQUEST:
        raise ValueError("the request is too large")
    return Received(method, path, headers, await reader.readexactly(length))
