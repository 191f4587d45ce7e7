"""Sees every connection of the process while a check runs, and lets none leave the machine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from typing import Any, Final, cast

from recobro_sdk.testing.faults import through_host

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Connections:
    """What was seen: `abroad` are addresses outside the machine, which were refused; `beside` went to loopback, but
    not through the context's client."""

    def __init__(self) -> None:
        self.abroad: list[str] = []
        self.beside: list[str] = []


_watching: list[Connections] = []
_installed: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        return
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    if not isinstance(address, (tuple, str, bytes)):
        return
    host = str(cast("tuple[Any, ...]", address)[0]) if isinstance(address, tuple) else _text(address)
    # A connection to a path is local to the machine, and a host that is looked up through the client is its matter.
    if host.startswith(("/", "\0")) or not host:
        return
    seen = _watching[-1]
    if host not in LOOPBACK:
        seen.abroad.append(host)
        raise PermissionError(f"the kit lets nothing leave this machine: {host}")
    if event == "socket.connect" and not through_host.get():
        seen.beside.append(host)


def _text(address: str | bytes) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else address


@contextlib.contextmanager
def watched() -> Generator[Connections]:
    """Watch for as long as the block lasts."""
    if not _installed:
        # An audit hook cannot be taken away again; outside such a block it does nothing.
        _installed.append(True)
        sys.addaudithook(_hook)
    seen = Connections()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
