"""The way out of a plugin: only to the hosts of its manifest, never into our own network, never an endless answer.

A host that stands in the manifest was chosen by the operator who installed the plugin, and may be anywhere, loopback
included. A host that an agency wrote into its settings may not: it is resolved here, and an address that is not public
is refused at the moment of connecting, so that no name can point inwards later.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import httpcore
import httpx
from pydantic import BaseModel

from recobro_sdk import AllowListTransport, HostNotAllowed, PluginManifest, ProviderUnavailable

MAX_ANSWER_BYTES = 16 << 20
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, HostNotAllowed)


@dataclass(slots=True)
class Trace:
    """Whether the running call has let anything out: what an honest outcome of its failure depends on.

    `on_acting` is told once, before it first may: whoever dies in the middle can say nothing afterwards.
    """

    acted: bool = False
    on_acting: Callable[[], None] | None = None


trace: ContextVar[Trace | None] = ContextVar("recobro_plugin_trace", default=None)


def mark_acting() -> None:
    """Something of the running call is about to leave."""
    running = trace.get()
    if running is not None and running.on_acting is not None:
        tell, running.on_acting = running.on_acting, None
        tell()


def mark_acted() -> None:
    """Something of the running call left, or was kept, and cannot be taken back."""
    running = trace.get()
    if running is not None:
        running.acted = True


def trusted_hosts(manifest: PluginManifest, scheme: str = "http") -> frozenset[str]:
    """The hosts that the manifest names itself."""
    prefix = f"{scheme}:"
    named = (scope.code.removeprefix(prefix) for scope in manifest.scopes if scope.code.startswith(prefix))
    return frozenset(host.lower() for host in named if not host.startswith("{"))


def http_client(manifest: PluginManifest, settings: BaseModel) -> httpx.AsyncClient:
    """The client of one offer at one agency. Raises: InvalidConfiguration, HostNotAllowed."""
    allowed, trusted = manifest.allowed_hosts(settings), trusted_hosts(manifest)
    for host in allowed - trusted:
        if is_inward(host):
            raise HostNotAllowed(f"the settings name {host}, which is not a public address")
    transport = AllowListTransport(allowed, _Traced(_transport(trusted)))
    return httpx.AsyncClient(
        transport=transport, timeout=_TIMEOUT, follow_redirects=False, trust_env=False,
        headers={"User-Agent": "Recobro/1"},
    )  # fmt: skip


def is_inward(host: str) -> bool:
    """Whether a host is, by its address or name, one of this machine or of a private network."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _transport(trusted: frozenset[str]) -> httpx.AsyncBaseTransport:
    transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
    # httpx has no parameter for what opens the connections; tests hold that this is still where it looks.
    transport._pool = httpcore.AsyncConnectionPool(  # pyright: ignore[reportPrivateUsage]
        ssl_context=_tls(), max_connections=8, max_keepalive_connections=4, keepalive_expiry=30.0,
        network_backend=_Outward(trusted),
    )  # fmt: skip
    return transport


class _Outward(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and to the trusted hosts wherever they are."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted
        self._inner = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        target = host if host.lower() in self._trusted else await _public_address(host, port, timeout)
        return await self._inner.connect_tcp(target, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise HostNotAllowed("a plugin may not use sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _public_address(host: str, port: int, timeout_s: float | None) -> str:
    try:
        async with asyncio.timeout(timeout_s):
            return await public_address(host, port)
    except TimeoutError as problem:
        raise httpcore.ConnectTimeout(f"{host} has not been found in time") from problem
    except OSError as problem:
        raise httpcore.ConnectError(f"{host} is not to be found") from problem


async def public_address(host: str, port: int) -> str:
    """The address of a host, none of whose addresses leads inwards. Raises: HostNotAllowed; OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or any(is_inward(address) for address in addresses):
        raise HostNotAllowed(f"{host} does not lead to a public address")
    return addresses[0]


class _Traced(httpx.AsyncBaseTransport):
    """Notes what was sent, and cuts answers that do not end."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        mark_acting()
        try:
            response = await self._inner.handle_async_request(request)
        except _NOT_SENT:
            raise
        except BaseException:
            mark_acted()
            raise
        mark_acted()
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise ProviderUnavailable("the answer is too large", code="answer_too_large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
