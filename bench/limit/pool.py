"""Connections that keep the role and the agency of their last request, and are given to that agency again."""

import asyncio
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import asyncpg

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

_TELL_AFTER_S = 0.02


class Pool:
    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url, size
        self._free: list[tuple[str, Connection]] = []
        self._places = asyncio.Semaphore(size)
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
        await self._places.acquire()
        free = self._free
        for place in range(len(free) - 1, -1, -1):
            if free[place][0] == agency:
                return free.pop(place)[1]
        connection = free.pop(0)[1]
        try:
            await connection.execute(f"SET app.agency_id = '{UUID(agency)}'")
        except BaseException:
            self.give(connection, "")
            raise
        return connection

    def tell(self) -> None:
        """Wake the readers of events in a moment, once for all payments until then: a NOTIFY for each would make their
        commits wait for each other."""
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(_TELL_AFTER_S)
        await self._places.acquire()
        agency, connection = self._free.pop(0)
        try:
            await connection.execute("SELECT pg_notify('recobro_events', '')")
        finally:
            self.give(connection, agency)

    def give(self, connection: Connection, agency: str) -> None:
        self._free.append((agency, connection))
        self._places.release()
