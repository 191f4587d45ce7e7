"""Connections that remember for whom they were last used.

A statement that stands alone needs no BEGIN and COMMIT, if the connection's session already has the role and the tenant
of its scope. So a connection keeps what it was set to, and goes to a scope of the same tenant first. What it is set to
is known here before it is used, is forgotten before it is changed, and is never taken on trust: statements name their
tenant themselves, so that a wrong setting could only hide rows, and never show any.

A connection comes back only after a clean end. What was cancelled, or has failed in an unknown state, is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

TENANT_UNKNOWN = None


class Closable(Protocol):
    def is_closed(self) -> bool: ...
    async def close(self, *, timeout: float | None = None) -> None: ...  # noqa: ASYNC109 - the driver's
    def terminate(self) -> None: ...


C = TypeVar("C", bound=Closable)
Binding = tuple[str, str, str]
"""Role, agency and creditor of a session, the last two empty where not set."""


class Held(Generic[C]):
    """A connection, and what its session is set to; `None` while nobody knows."""

    __slots__ = ("binding", "connection")

    def __init__(self, connection: C) -> None:
        self.connection = connection
        self.binding: Binding | None = TENANT_UNKNOWN


class Pool(Generic[C]):
    """At most `max_size` connections, made when they are needed."""

    def __init__(self, connect: Callable[[], Awaitable[C]], max_size: int, acquire_timeout_s: float) -> None:
        self._connect, self._timeout_s = connect, acquire_timeout_s
        self._gate = asyncio.Semaphore(max_size)
        self._free: list[Held[C]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._used: set[Held[C]] = set()

    async def take(self, binding: Binding | None = None) -> Held[C]:
        """A connection, if there is one then with this binding, else the one that has rested longest.

        Raises: TimeoutError where none came free in time.
        """
        if self._gate.locked():
            async with asyncio.timeout(self._timeout_s):
                await self._gate.acquire()
        else:
            await self._gate.acquire()
        try:
            held = self._choose(binding) or Held(await self._connect())
        except BaseException:
            self._gate.release()
            raise
        self._used.add(held)
        return held

    def _choose(self, binding: Binding | None) -> Held[C] | None:
        free = self._free
        for place in range(len(free) - 1, -1, -1):
            if free[place].connection.is_closed():
                del free[place]
        for place in range(len(free) - 1, -1, -1):
            if free[place].binding == binding:
                return free.pop(place)
        return free.pop(0) if free else None

    def give(self, held: Held[C], *, clean: bool) -> None:
        """Give a connection back. One that did not end cleanly is closed, and its statement cancelled, beside."""
        self._used.discard(held)
        if clean and not held.connection.is_closed():
            self._free.append(held)
        else:
            task = asyncio.ensure_future(_close(held.connection))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self._gate.release()

    @property
    def idle(self) -> int:
        return len(self._free)

    async def close(self) -> None:
        """Close what is free, and cut off what is still used."""
        for held in self._used:
            held.connection.terminate()
        closing = [_close(held.connection) for held in self._free]
        self._free = []
        await asyncio.gather(*closing, *self._closing, return_exceptions=True)


async def _close(connection: Closable) -> None:
    try:
        await connection.close(timeout=5)
    except Exception:
        connection.terminate()
