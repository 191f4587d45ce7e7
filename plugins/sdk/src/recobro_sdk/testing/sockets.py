"""Connections of a plugin that speaks something else than HTTP, and what can go wrong with them.

What they carry is usually encrypted, so faults are done to the bytes: a connection that is dropped, silent, cut, or
answered by something that is not the protocol.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Final

from recobro_sdk.errors import HostNotAllowed, ProviderUnavailable
from recobro_sdk.testing.faults import Fault, SentRequest, WatchedTransport, within_host

CONNECT: Final = "CONNECT"
"""The method under which a connection is kept among what was sent."""

_PAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>maintenance</html>\r\n"
_NONSENSE: Final = b"SSH-2.0-nonsense\r\n" + bytes(4096)
_CUT_AFTER: Final = {Fault.HALF_ANSWER: 100, Fault.CUT: 2000}
"""Bytes of the other side's answer: within its greeting, and once both sides are speaking."""


class WatchedSockets:
    """Opens connections to `hosts`; they are kept and go wrong together with the requests of `wire`."""

    def __init__(self, wire: WatchedTransport, hosts: Iterable[str]) -> None:
        self._wire = wire
        self._hosts = frozenset(host.lower() for host in hosts)
        self._relays: set[asyncio.Task[None]] = set()

    async def connect(self, host: str, port: int) -> socket.socket:
        """Connect, or fail as told."""
        self._wire.sent.append(SentRequest(CONNECT, f"tcp://{host}:{port}", (), b""))
        fault = self._wire.taken()
        if host.lower() not in self._hosts:
            self._wire.refused.append(host)
            raise HostNotAllowed(f"the plugin may not connect to {host}")
        if fault is Fault.UNREACHABLE:
            raise ProviderUnavailable("unreachable, as asked")
        if fault is None:
            return await _connected(host, port)
        return await self._spoilt(host, port, fault)

    async def close(self) -> None:
        """End what still stands between a plugin and its other side."""
        for relay in self._relays:
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _spoilt(self, host: str, port: int, fault: Fault) -> socket.socket:
        mine, theirs = socket.socketpair()
        mine.setblocking(False)
        theirs.setblocking(False)
        if fault in _CUT_AFTER:
            work = _cut(theirs, await _connected(host, port), _CUT_AFTER[fault])
        elif fault in (Fault.STATUS_500, Fault.RATE_LIMITED):
            theirs.close()
            return mine
        else:
            work = _say(theirs, {Fault.NOT_JSON: _PAGE, Fault.WRONG_TYPES: _NONSENSE}.get(fault, b""))
        relay = asyncio.get_running_loop().create_task(work)
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)
        return mine


async def _connected(host: str, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    found.setblocking(False)
    try:
        with within_host():
            await asyncio.get_running_loop().sock_connect(found, (host, port))
    except OSError as error:
        found.close()
        raise ProviderUnavailable("nobody listens there") from error
    except BaseException:
        found.close()
        raise
    return found


async def _say(end: socket.socket, words: bytes) -> None:
    """Say these words, or nothing, and listen until the plugin hangs up."""
    with end:
        await asyncio.get_running_loop().sock_sendall(end, words)
        while await _got(end):
            continue


async def _cut(end: socket.socket, other: socket.socket, left: int) -> None:
    """Carry what both sides say, until the other side has said so many bytes."""
    loop = asyncio.get_running_loop()
    with end, other:
        talk = loop.create_task(_pass_on(end, other))
        try:
            while left > 0 and (heard := await _got(other)):
                await loop.sock_sendall(end, heard[:left])
                left -= len(heard)
        except OSError:
            return  # the plugin has hung up
        finally:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)


async def _pass_on(end: socket.socket, other: socket.socket) -> None:
    while heard := await _got(end):
        await asyncio.get_running_loop().sock_sendall(other, heard)
    other.shutdown(socket.SHUT_WR)


async def _got(end: socket.socket) -> bytes:
    try:
        return await asyncio.get_running_loop().sock_recv(end, 1 << 16)
    except ConnectionError:
        return b""
