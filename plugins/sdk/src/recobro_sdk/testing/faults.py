"""What can go wrong between a plugin and its provider, done to the plugin's own requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

import httpx

from recobro_sdk.errors import HostNotAllowed


class Fault(StrEnum):
    """A way in which a provider fails. In all but the first three it has acted before the answer is lost."""

    UNREACHABLE = "unreachable"
    """No connection: the provider got nothing."""
    STATUS_500 = "status_500"
    """Status 500, and nothing recorded."""
    RATE_LIMITED = "rate_limited"
    """Status 429 with `Retry-After: 7`."""
    REFUSED_KEY = "refused_key"
    """Status 401."""
    SLOW = "slow"
    """No answer within the plugin's own timeout."""
    HALF_ANSWER = "half_answer"
    """The connection closes in the middle of the answer."""
    CUT = "cut"
    """The connection closes before the answer."""
    NOT_JSON = "not_json"
    """Status 200 with a page of HTML."""
    WRONG_TYPES = "wrong_types"
    """Status 200 and JSON with the right names, where numbers are texts and texts are numbers."""
    HANGS = "hangs"
    """No answer for ever, whatever timeout the plugin set: only the host's deadline ends it."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request that the plugin sent through its context."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


through_host: ContextVar[bool] = ContextVar("through_host", default=False)
"""Set while a request goes out through the context's client, so that a connection beside it can be told apart."""


class WatchedTransport(httpx.AsyncBaseTransport):
    """Keeps what is sent and what is refused, and makes answers go wrong: `next_faults` first, then `always`."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: list[SentRequest] = []
        self.refused: list[str] = []
        self.next_faults: deque[Fault] = deque()
        self.always: Fault | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, or fail as told."""
        body = await request.aread()
        self.sent.append(SentRequest(request.method, str(request.url), tuple(request.headers.items()), body))
        fault = self.taken()
        if fault is Fault.UNREACHABLE:
            raise httpx.ConnectError("unreachable, as asked", request=request)
        with within_host():
            try:
                return await self._answer(request, fault)
            except HostNotAllowed:
                self.refused.append(request.url.host)
                raise

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def taken(self) -> Fault | None:
        """How the next of what goes out goes wrong."""
        return self.next_faults.popleft() if self.next_faults else self.always

    async def _answer(self, request: httpx.Request, fault: Fault | None) -> httpx.Response:
        if fault is Fault.STATUS_500:
            return httpx.Response(500, json={"code": "internal"}, request=request)
        if fault is Fault.RATE_LIMITED:
            return httpx.Response(429, json={"code": "too_many"}, headers={"Retry-After": "7"}, request=request)
        if fault is Fault.REFUSED_KEY:
            return httpx.Response(401, json={"code": "unknown_key"}, request=request)
        response = await self._inner.handle_async_request(request)
        if fault is None:
            return response
        content = await response.aread()
        await response.aclose()
        if fault is Fault.CUT:
            raise httpx.ReadError("cut, as asked", request=request)
        if fault in (Fault.SLOW, Fault.HANGS):
            await _silence(request, for_ever=fault is Fault.HANGS)
        if fault is Fault.HALF_ANSWER:
            headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            return httpx.Response(response.status_code, headers=headers, stream=_Half(content, request))
        if fault is Fault.NOT_JSON:
            return httpx.Response(200, html="<html>maintenance</html>", request=request)
        return httpx.Response(200, content=of_wrong_types(content), request=request)


async def _silence(request: httpx.Request, *, for_ever: bool) -> None:
    timeouts = cast("dict[str, float | None]", request.extensions.get("timeout", {}))
    if for_ever or timeouts.get("read") is None:
        await asyncio.Event().wait()
    # The plugin's timeout is believed, not waited for: a test of 30 seconds is a test that nobody runs.
    await asyncio.sleep(0.02)
    raise httpx.ReadTimeout("no answer, as asked", request=request)


class _Half(httpx.AsyncByteStream):
    def __init__(self, content: bytes, request: httpx.Request) -> None:
        self._content, self._request = content, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content[: len(self._content) // 2]
        raise httpx.RemoteProtocolError("broken off, as asked", request=self._request)


def of_wrong_types(content: bytes) -> bytes:
    """A JSON answer with the same names, where every value is of another type."""
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    return json.dumps(_swapped(value)).encode()


def _swapped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _swapped(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_swapped(item) for item in cast("list[Any]", value)]
    return 7 if isinstance(value, str) else f"it was {type(value).__name__}"


@contextlib.contextmanager
def within_host() -> Generator[None]:
    """What is opened inside of it goes out through the context."""
    token = through_host.set(True)
    try:
        yield
    finally:
        through_host.reset(token)
