"""The sandbox bureau itself: a small HTTP server on loopback, from the standard library, with fault switches."""

from __future__ import annotations

import hashlib
import hmac
import socketserver
import sys
import threading
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from recobro_bureau_sandbox.handler import InquiryHandler


class Fault(StrEnum):
    """What can be made to go wrong with an inquiry, or with a batch."""

    STATUS_500 = "status_500"
    """The bureau fails, and nothing is recorded."""
    SLOW = "slow"
    """The answer comes after `slow_ms`; the inquiry is recorded before."""
    TRUNCATED = "truncated"
    """The connection closes in the middle of the answer; the inquiry is recorded before."""
    MALFORMED = "malformed"
    """The answer is complete, and not JSON."""
    RATE_LIMITED = "rate_limited"
    """Status 429 with `Retry-After: 7`."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    # With the default of 5, twenty callers at once wait a second for their connection to be tried again.
    request_queue_size = 128

    def __init__(self, port: int, bureau: FakeBureauServer) -> None:
        super().__init__(("127.0.0.1", port), partial(InquiryHandler, bureau))

    def server_bind(self) -> None:
        # HTTPServer looks its own name up, which can wait for DNS; nothing here needs the name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that stops waiting is an everyday event here, not a defect worth a traceback.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


class FakeBureauServer:
    """A sandbox bureau on 127.0.0.1; `port` 0 takes a free one. Use as a context manager, or `start` and `stop`.

    `api_keys` are the keys it accepts. `inquiries` counts what it would charge for: repeating an idempotency key does
    not add to it. `fail_next` makes the following inquiries go wrong, `always` every one. `batches` counts what it was
    told; what it was told is forgotten with the server.
    """

    def __init__(self, api_keys: Iterable[str], *, port: int = 0, slow_ms: int = 1000) -> None:
        self.slow_ms = slow_ms
        self.always: Fault | None = None
        self._port = port
        self._keys = set(api_keys)
        self._faults: deque[Fault] = deque()
        self._claims: dict[str, str] = {}
        self._batches: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._lock = threading.Lock()
        self._listener: _Listener | None = None
        self._released = threading.Event()

    @property
    def base_url(self) -> str:
        """Where it listens; `RuntimeError` unless started."""
        if self._listener is None:
            raise RuntimeError("the sandbox bureau is not running")
        return f"http://127.0.0.1:{self._listener.server_port}"

    @property
    def inquiries(self) -> int:
        """How many distinct inquiries were made."""
        with self._lock:
            return len(self._claims)

    @property
    def batches(self) -> int:
        """How many distinct batches it has."""
        with self._lock:
            return len(self._batches)

    def start(self) -> Self:
        """Listen, answering in threads that do not keep the process alive."""
        self._released.clear()
        self._listener = _Listener(self._port, self)
        serve = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox-bureau", daemon=True
        )
        serve.start()
        return self

    def stop(self) -> None:
        """Stop listening and free the port; stopping twice is no error."""
        if self._listener is not None:
            self._released.set()
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    def accept_key(self, api_key: str) -> None:
        """Accept one more key."""
        with self._lock:
            self._keys.add(api_key)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Make the next inquiries go wrong."""
        with self._lock:
            self._faults.extend([fault] * times)

    def next_fault(self) -> Fault | None:
        """The fault of the inquiry that is being answered, if any; used up by asking."""
        with self._lock:
            return self._faults.popleft() if self._faults else self.always

    def wait_as_slow(self) -> None:
        """Wait like a slow bureau, but not longer than it runs."""
        self._released.wait(self.slow_ms / 1000)

    def accepts(self, api_key: str) -> bool:
        """Whether a key is one of ours, without telling by the time it takes how much of it was right."""
        with self._lock:
            matches = [hmac.compare_digest(api_key.encode(), key.encode()) for key in self._keys]
        return any(matches)

    def claim(self, reference: str, request: bytes) -> bool:
        """Record an inquiry; False when its reference stands for another request already.

        Remembering the request is enough: the answer is a function of it, so a repetition is answered alike.
        """
        fingerprint = hashlib.sha256(request).hexdigest()
        with self._lock:
            return self._claims.setdefault(reference, fingerprint) == fingerprint

    def take_batch(self, number: str, request: bytes, references: tuple[str, ...]) -> bool:
        """Keep the references of a batch; False when its number stands for another request already."""
        fingerprint = hashlib.sha256(request).hexdigest()
        with self._lock:
            return self._batches.setdefault(number, (fingerprint, references))[0] == fingerprint

    def batch(self, number: str) -> tuple[str, ...] | None:
        """The references of a batch; None where it never came."""
        with self._lock:
            return self._batches[number][1] if number in self._batches else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
