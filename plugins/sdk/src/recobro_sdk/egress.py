"""The allow-list of the way out, as a transport, so that redirects are checked like first requests."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from recobro_sdk.errors import HostNotAllowed


class AllowListTransport(httpx.AsyncBaseTransport):
    """Lets requests through to the named hosts (exact, lower case, without port) and refuses the rest.

    `inner` is the transport that does the work; by default a plain TLS-verifying one that ignores proxy variables.
    """

    def __init__(self, allowed: Iterable[str], inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._inner = inner if inner is not None else httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, or raise `HostNotAllowed`."""
        if request.url.host not in self._allowed:
            raise HostNotAllowed(f"the plugin may not call {request.url.host}")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()
