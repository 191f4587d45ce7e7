"""The way to OpenID providers. A tenant's administrator names their address, and our server calls it: so it is called
only where the public internet answers, by the address that was checked, and what it sends is bounded."""

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import anyio
import httpx

MAX_ANSWER = 1 << 20
TIMEOUT_S = 10.0


class RefusedAddress(httpx.ConnectError):
    """The provider's name leads to a place that this server does not call."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """https to public addresses only. The connection goes to the very address that was checked, so that a name which
    answers differently the second time gains nothing; the certificate is still checked against the name."""

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None) -> None:
        # No connection is kept: two names at one address must not share what was certified for one of them.
        self._inner = inner or httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if request.url.scheme != "https":
            raise RefusedAddress("an OpenID provider must be https", request=request)
        try:
            found = await anyio.getaddrinfo(host, request.url.port or 443, type=socket.SOCK_STREAM)
        except OSError as problem:
            raise RefusedAddress(f"{host} is not known", request=request) from problem
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(is_public(address) for address in addresses):
            raise RefusedAddress(f"{host} is not on the public internet", request=request)
        # Host stays as it was set with the name; only the connection goes by the number.
        request.url = request.url.copy_with(host=addresses[0])
        request.extensions = {**request.extensions, "sni_hostname": host}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class BoundedTransport(httpx.AsyncBaseTransport):
    """Cuts an answer that is larger than any that a provider has reason to give."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        """The inner transport belongs to whoever made it."""


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._inner:
            received += len(chunk)
            if received > MAX_ANSWER:
                raise httpx.ReadError("the provider's answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def is_public(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return mapped.is_global and not mapped.is_multicast
