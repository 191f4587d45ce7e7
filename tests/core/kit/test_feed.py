"""Whoever reads events by a cursor misses none, in whatever order the transactions that write them begin and end."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from core.kit import db, feed
from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Actor, agency_scope, creditor_scope

pytestmark = pytest.mark.both_servers

AGENCY = agency_scope(new_id(), Actor("user", "somebody"))


@asynccontextmanager
async def _writing(*numbers: int, creditor_id: UUID | None = None) -> AsyncIterator[Tx]:
    """A transaction that has written its events and is still open."""
    async with db.transaction(AGENCY) as tx:
        for number in numbers:
            await emit(tx, "test.number", new_id(), {"number": number}, creditor_id=creditor_id)
        await tx.flush()
        yield tx


class Reader:
    """Reads on from where it stopped, as a client with a cursor does."""

    def __init__(self, limit: int = 100) -> None:
        self.seen: list[int] = []
        self._cursor, self._limit = (0, 0), limit

    async def read(self) -> list[int]:
        rows = await feed.events_after(AGENCY, self._cursor, limit=self._limit)
        if rows:
            self._cursor = feed.parse_cursor(f"{rows[-1]['xid']}.{rows[-1]['position']}")
        fresh = [row["data"]["number"] for row in rows]
        self.seen += fresh
        return fresh

    async def until(self, count: int) -> list[int]:
        """Others may have transactions open on the same server; nothing is read before they end."""
        return await _until(lambda: self._has(count))

    async def _has(self, count: int) -> list[int]:
        await self.read()
        return self.seen if len(self.seen) >= count else []


async def _until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
        return found


@pytest.mark.usefixtures("database")
async def test_what_began_first_and_commits_last_is_not_missed() -> None:
    reader = Reader()
    async with AsyncExitStack() as late:
        await late.enter_async_context(_writing(1, 2))
        async with _writing(3):
            assert await reader.read() == []
        assert await reader.read() == [], "read now, the cursor would step over those of the open transaction"
    assert await reader.until(3) == [1, 2, 3]
    assert await reader.read() == []


@pytest.mark.usefixtures("database")
async def test_what_began_last_and_commits_first_waits_for_nothing_it_overtook() -> None:
    reader = Reader(limit=2)
    async with AsyncExitStack() as second:
        async with AsyncExitStack() as first:
            await first.enter_async_context(_writing(1))
            await second.enter_async_context(_writing(2, 3))
        assert await reader.until(1) == [1]
        assert await reader.read() == []
        async with _writing(4):
            pass
        assert await reader.read() == []
    assert await reader.until(4) == [1, 2, 3, 4]


@pytest.mark.usefixtures("database")
async def test_what_is_rolled_back_never_happened() -> None:
    reader = Reader()
    with pytest.raises(ZeroDivisionError):
        async with _writing(1):
            raise ZeroDivisionError
    async with _writing(2):
        pass
    assert await reader.until(1) == [2]


@pytest.mark.usefixtures("database")
async def test_many_writers_at_once_and_a_reader_who_never_stops() -> None:
    chance, reader, count = random.Random(7), Reader(limit=7), 120

    async def write(number: int) -> None:
        await asyncio.sleep(chance.random() / 2)
        async with _writing(number):
            await asyncio.sleep(chance.random() / 10)

    writers = asyncio.gather(*(write(number) for number in range(count)))
    seen = await reader.until(count)
    await writers
    assert sorted(seen) == list(range(count))
    assert await reader.read() == []


@pytest.mark.usefixtures("database")
async def test_following_goes_on_with_what_happens_next() -> None:
    creditor_id = new_id()
    creditor = creditor_scope(creditor_id, Actor("user", "vera"))
    async with _writing(1, creditor_id=creditor_id):
        pass
    start = await _until(lambda: _behind_all(1))
    seen: list[int] = []

    async def follow() -> None:
        async for row in feed.follow(creditor, start):
            seen.append(row["data"]["number"])

    following = asyncio.create_task(follow())
    async with _writing(2, creditor_id=creditor_id):
        pass
    async with _writing(3):
        pass
    async with _writing(4, creditor_id=creditor_id):
        pass

    async def two() -> bool:
        return len(seen) == 2

    await _until(two)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert seen == [2, 4], "neither what was before, nor what is the agency's own affair"


async def _behind_all(count: int) -> tuple[int, int] | None:
    """The newest cursor, once so many events can be read."""
    return await feed.newest(AGENCY) if len(await feed.events_after(AGENCY, (0, 0))) >= count else None


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "1.x", "-1.2", "1.2.3", "9" * 50 + ".1"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        feed.parse_cursor(text)
