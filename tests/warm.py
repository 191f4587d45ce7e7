"""Connections that outlive a test: the next one gets them reset, on a server process that knows the tables already.

A new process of PostgreSQL learns what tables, policies and triggers are, and plans everything anew: most of what a
small test costs. Pools are each test's own, and so is whatever a test has left in use, or has left broken, which ends
with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from core.kit import db
from core.kit.db import Connection, PoolOptions
from core.kit.pool import Pool

Connect = Callable[[], Awaitable[Connection]]
MOST = 10
_RESET_S = 5.0


class Reserve:
    """Connections of one loop to the database of one address, while nobody uses them."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self._url, self._loop = url, loop
        self._resting: list[Connection] = []
        self._connects: set[Connect] = set()

    def processes(self) -> list[int]:
        """The server processes of those that rest."""
        return [one.get_server_pid() for one in self._resting if not one.is_closed()]

    def connector(self, url: str, options: PoolOptions, connect: Connect) -> Connect:
        """What opens a pool's connections: for a pool of this database, first those that rest."""
        if url != self._url or options.pooler:
            return connect

        async def rested() -> Connection:
            while self._resting and asyncio.get_running_loop() is self._loop:
                one = self._resting.pop()
                if not one.is_closed():
                    return one
            return await connect()

        self._connects.add(rested)
        return rested

    async def take_from(self, pool: Pool[Any]) -> None:
        """Let rest what is free in a pool that closes."""
        if pool._connect not in self._connects or asyncio.get_running_loop() is not self._loop:
            return
        self._connects.discard(pool._connect)
        free, pool._free = pool._free, []
        for held in free[MOST - len(self._resting) :]:
            held.connection.terminate()
        for held in free[: MOST - len(self._resting)]:
            if await _reset(held.connection):
                self._resting.append(held.connection)

    def end(self) -> None:
        for one in self._resting:
            one.terminate()
        self._resting.clear()

    @contextmanager
    def used(self) -> Iterator["Reserve"]:
        """Stand behind every pool of this process."""
        original, close = db._connector, Pool.close

        async def closed(pool: Pool[Any]) -> None:
            await self.take_from(pool)
            await close(pool)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "_connector", lambda u, o: self.connector(u, o, original(u, o)))
            patch.setattr(Pool, "close", closed)
            yield self
        self.end()


async def _reset(connection: Connection) -> bool:
    """Make it as a new one; false where that is not possible."""
    if connection.is_closed() or connection.is_in_transaction():
        connection.terminate()
        return False
    try:
        await connection.execute(f"RESET ROLE;DISCARD TEMP;{connection.get_reset_query()}", timeout=_RESET_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
        return False
    return True


async def end_tasks(before: set["asyncio.Task[Any]"]) -> None:
    """Cancel what a test has begun and not ended, as the end of a loop of its own would."""
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
