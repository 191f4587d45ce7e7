"""Connections that keep the role and the agency of their last request, and are given to that agency again: also to one
who waits for it, past those who wait for another, a few times in a row."""

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import asyncpg

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

_TELL_AFTER_S = 0.02
_MAX_OVERTAKEN, _MAX_LOOKED_AT = 8, 64


class Pool:
    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url, size
        self._free: list[tuple[str, Connection]] = []
        self._waiting: dict[asyncio.Future[tuple[str, Connection]], str] = {}
        self._overtaken = 0
        self._telling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        settings = {
            "timezone": "UTC", "jit": "off", "application_name": "limit", "role": "recobro_agency",
            "plan_cache_mode": "force_generic_plan",
        }  # fmt: skip
        for _ in range(self._size):
            self._free.append(("", await asyncpg.connect(self._url, server_settings=settings)))

    async def close(self) -> None:
        for _, connection in self._free:
            await connection.close()

    async def take(self, agency: str) -> Connection:
        """A connection whose tenant is the agency; the one that was given back last, of those that already are."""
        bound, connection = self._choose(agency) if self._free else await self._handed(agency)
        if bound != agency:
            try:
                await connection.execute(f"SET app.agency_id = '{UUID(agency)}'")
            except BaseException:
                self.give(connection, "")
                raise
        return connection

    def _choose(self, agency: str) -> tuple[str, Connection]:
        free = self._free
        for place in range(len(free) - 1, -1, -1):
            if free[place][0] == agency:
                return free.pop(place)
        return free.pop(0)

    async def _handed(self, agency: str) -> tuple[str, Connection]:
        waiter: asyncio.Future[tuple[str, Connection]] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = agency
        try:
            return await waiter
        except BaseException:
            if self._waiting.pop(waiter, None) is None:
                bound, connection = waiter.result()
                self.give(connection, bound)
            raise

    def tell(self) -> None:
        """Wake the readers of events in a moment, once for all payments until then: a NOTIFY for each would make their
        commits wait for each other."""
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(_TELL_AFTER_S)
        agency, connection = self._free.pop(0) if self._free else await self._handed("")
        try:
            await connection.execute("SELECT pg_notify('recobro_events', '')")
        finally:
            self.give(connection, agency)

    def give(self, connection: Connection, agency: str) -> None:
        waiter = self._next(agency)
        if waiter is None:
            self._free.append((agency, connection))
        else:
            del self._waiting[waiter]
            waiter.set_result((agency, connection))

    def _next(self, agency: str) -> asyncio.Future[tuple[str, Connection]] | None:
        first = next((one for one in self._waiting if not one.done()), None)
        if first is None or self._overtaken == _MAX_OVERTAKEN or self._waiting[first] == agency:
            self._overtaken = 0
            return first
        for one, wanted in islice(self._waiting.items(), _MAX_LOOKED_AT):
            if wanted == agency and not one.done():
                self._overtaken += 1
                return one
        self._overtaken = 0
        return first
