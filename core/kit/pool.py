"""Connections that remember for whom they were last used.

A statement that stands alone needs no BEGIN and COMMIT, if the connection's session already has the role and the tenant
of its scope. So a connection keeps what it was set to, and goes to a scope of the same tenant first, also among those
who wait: setting it anew costs a round trip, and as much of PostgreSQL as a small read. What it is set to is known here
before it is used, is forgotten before it is changed, and is never taken on trust: statements name their tenant
themselves, so that a wrong setting could only hide rows, and never show any.

A connection comes back only after a clean end. What was cancelled, or has failed in an unknown state, is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

TENANT_UNKNOWN = None
MAX_OVERTAKEN, MAX_LOOKED_AT = 8, 64
_SERVED: Any = object()


class Closable(Protocol):
    def is_closed(self) -> bool: ...
    async def close(self, *, timeout: float | None = None) -> None: ...  # noqa: ASYNC109 - the driver's
    def terminate(self) -> None: ...


C = TypeVar("C", bound=Closable)
Binding = tuple[str, str, str]
"""Role, agency and creditor of a session, the last two empty where not set."""


class Held(Generic[C]):
    """A connection, what its session is set to (`None` while nobody knows), and how often in a row it has gone past the
    one who waited longest."""

    __slots__ = ("binding", "connection", "overtaken")

    def __init__(self, connection: C) -> None:
        self.connection = connection
        self.binding: Binding | None = TENANT_UNKNOWN
        self.overtaken = 0


Waiter: TypeAlias = "asyncio.Future[Held[C] | None]"


class Pool(Generic[C]):
    """At most `max_size` connections, made when they are needed."""

    def __init__(self, connect: Callable[[], Awaitable[C]], max_size: int, acquire_timeout_s: float) -> None:
        self._connect, self._timeout_s = connect, acquire_timeout_s
        self._places = max_size
        self._waiting: dict[Waiter[C], Binding | None] = {}
        self._free: list[Held[C]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._used: set[Held[C]] = set()

    async def take(self, binding: Binding | None = None) -> Held[C]:
        """A connection, if there is one then with this binding, else the one that has rested longest.

        Raises: TimeoutError where none came free in time.
        """
        if self._places:
            self._places -= 1
            held = self._choose(binding)
        else:
            held = await self._handed(binding)
        if held is None:
            try:
                held = Held(await self._connect())
            except BaseException:
                self._hand_on(None)
                raise
        self._used.add(held)
        return held

    async def _handed(self, binding: Binding | None) -> Held[C] | None:
        """The place of somebody else, with the connection, if that is still good."""
        loop = asyncio.get_running_loop()
        waiter: Waiter[C] = loop.create_future()
        too_late = loop.call_later(self._timeout_s, _too_late, waiter)
        self._waiting[waiter] = binding
        try:
            return await waiter
        except BaseException:
            # Who was cancelled after something came, and before it was told so, hands that on.
            if self._waiting.pop(waiter, _SERVED) is _SERVED:
                self._hand_on(waiter.result())
            raise
        finally:
            too_late.cancel()

    def _hand_on(self, held: Held[C] | None) -> None:
        """Give a place to who has waited longest, but first, a few times in a row, to who waits for this tenant."""
        first = next((one for one in self._waiting if not one.done()), None)
        if first is None:
            self._places += 1
            if held is not None:
                self._free.append(held)
            return
        chosen = self._fitting(held, first) if held is not None else first
        del self._waiting[chosen]
        chosen.set_result(held)

    def _fitting(self, held: Held[C], first: "Waiter[C]") -> "Waiter[C]":
        if held.overtaken == MAX_OVERTAKEN or self._waiting[first] in (None, held.binding):
            held.overtaken = 0
            return first
        for one, binding in islice(self._waiting.items(), MAX_LOOKED_AT):
            if binding == held.binding and not one.done():
                held.overtaken += 1
                return one
        held.overtaken = 0
        return first

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
            self._hand_on(held)
            return
        task = asyncio.ensure_future(_close(held.connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._hand_on(None)

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


def _too_late(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError("no connection came free in time"))


async def _close(connection: Closable) -> None:
    try:
        await connection.close(timeout=5)
    except Exception:
        connection.terminate()
