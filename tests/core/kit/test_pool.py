"""Connections remember for whom they were last used, and nobody ever reads what is another's by it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import psycopg
import pytest

from core.kit import db
from core.kit.db import Database, PoolOptions
from core.kit.errors import NotFound
from core.kit.pool import MAX_OVERTAKEN, Binding, Held, Pool
from core.kit.scope import Scope
from tests.core.house import house
from tests.core.kit.storm import assert_all_places_free, assert_calm, storm

pytestmark = pytest.mark.both_servers

SIZE = 5
SEEN = "SELECT DISTINCT agency_id FROM creditor"
SESSION = (
    "SELECT current_user::text AS role, current_setting('app.agency_id', true) AS agency, "
    "current_setting('app.creditor_id', true) AS creditor, current_setting('plan_cache_mode') AS plans, "
    "pg_backend_pid() AS pid"
)


async def _opened(app_url: str, size: int) -> AsyncIterator[Database]:
    opened = await Database.connect(app_url, PoolOptions(max_size=size, acquire_timeout_s=30))
    db.use(opened)
    yield opened
    db.use(None)
    await opened.close()


@pytest.fixture
async def small(app_url: str) -> AsyncIterator[Database]:
    async for opened in _opened(app_url, SIZE):
        yield opened


@pytest.fixture
async def lone(app_url: str) -> AsyncIterator[Database]:
    """A database with one connection: whatever is done next is done on the one that was used last."""
    async for opened in _opened(app_url, 1):
        yield opened


async def _agencies(database: Database, scope: Scope) -> set[UUID]:
    async with database.single(scope) as single:
        return {row["agency_id"] for row in await single.fetch(SEEN)}


async def test_nobody_reads_anothers_rows_in_a_storm(small: Database) -> None:
    found = await storm(small, await house(small), seconds=4)
    assert_calm(found)
    await assert_all_places_free(small, SIZE)


async def test_a_transaction_after_a_bound_read_sees_its_own_tenant_and_the_other_way_round(lone: Database) -> None:
    furnished = await house(lone)
    north, south, bank = furnished.north, furnished.south, furnished.bank_scope
    both = {north.agency, south.agency}
    for bound, other, seen in (
        (north, south, {south.agency}), (south, bank, both), (bank, north, {north.agency}),
    ):  # fmt: skip
        assert await _agencies(lone, bound) == (both if bound is bank else {bound.agency})
        async with lone.transaction(other) as tx:
            assert {row["agency_id"] for row in await tx.fetch(SEEN)} == seen
        assert await _agencies(lone, bound) == (both if bound is bank else {bound.agency})
        assert await _agencies(lone, other) == seen


async def test_a_creditor_limited_to_an_agency_after_one_that_is_not(lone: Database) -> None:
    from core.kit.scope import creditor_scope
    from tests.core.house import CLIENT_USER, EVERYTHING

    furnished = await house(lone)
    limited = creditor_scope(furnished.bank.creditor_id, CLIENT_USER, EVERYTHING, furnished.south.agency)
    both = {furnished.north.agency, furnished.south.agency}
    for _ in range(2):
        assert await _agencies(lone, furnished.bank_scope) == both
        assert await _agencies(lone, limited) == {furnished.south.agency}
    async with lone.transaction(furnished.bank_scope) as tx:
        assert {row["agency_id"] for row in await tx.fetch(SEEN)} == both


async def test_what_a_read_set_is_not_left_in_a_transaction(lone: Database) -> None:
    furnished = await house(lone)
    async with lone.single(furnished.north) as single:
        bound = (await single.fetch(SESSION))[0]
    assert bound["plans"] == "force_generic_plan"
    async with lone.transaction(furnished.bank_scope) as tx:
        within = await tx.fetchrow(SESSION)
    assert within is not None
    assert dict(within) == {
        "role": "recobro_creditor", "agency": "", "creditor": str(furnished.bank.creditor_id), "plans": "auto",
        "pid": bound["pid"],
    }  # fmt: skip
    async with lone.single(furnished.north) as single:
        assert (await single.fetch(SESSION))[0] == bound


async def test_without_a_scope_nothing_can_be_done_on_a_bound_connection(lone: Database) -> None:
    furnished = await house(lone)
    assert await _agencies(lone, furnished.north) == {furnished.north.agency}
    async with lone.unscoped() as connection:
        session = await connection.fetchrow(SESSION)
        assert session is not None
        assert (session["agency"], session["creditor"], session["plans"]) == ("", "", "auto")
        assert not session["role"].startswith("recobro_agency")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(SEEN)
    assert await _agencies(lone, furnished.south) == {furnished.south.agency}


async def test_a_connection_whose_binding_failed_is_bound_anew(lone: Database, owner_url: str, app_url: str) -> None:
    """The login role may for a while not become the agency's: what the session was set to before must not live on."""
    furnished = await house(lone)
    login = app_url.split("//")[1].split(":")[0]
    assert len(await _agencies(lone, furnished.bank_scope)) == 2
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"REVOKE recobro_agency FROM {login}")
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _agencies(lone, furnished.north)
            async with lone.unscoped() as connection:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(SEEN)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _agencies(lone, furnished.north)
            async with lone.transaction(furnished.bank_scope) as tx:
                session = await tx.fetchrow(SESSION)
                assert session is not None
                assert session["plans"] == "auto"
        finally:
            owner.execute(f"GRANT recobro_agency TO {login}")
    assert await _agencies(lone, furnished.north) == {furnished.north.agency}
    await assert_all_places_free(lone, 1)


async def test_an_expected_failure_keeps_the_connection(lone: Database) -> None:
    """Whoever asks for what does not exist must not cost a new connection each time."""
    furnished = await house(lone)

    async def pid() -> int:
        async with lone.single(furnished.north) as single:
            return (await single.fetch(SESSION))[0]["pid"]

    before = await pid()
    with pytest.raises(NotFound):
        async with lone.single(furnished.north) as single:
            await single.fetch(SEEN)
            raise NotFound("There is no such thing.")
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with lone.single(furnished.north) as single:
            await single.fetch("SELECT 1 / 0")
    assert await pid() == before


async def test_whoever_is_cancelled_leaves_neither_a_statement_nor_a_place(lone: Database, owner_url: str) -> None:
    furnished = await house(lone)

    async def slow() -> None:
        async with lone.single(furnished.north) as single:
            await single.fetch("SELECT pg_sleep(20) /* cut off */")

    task = asyncio.ensure_future(slow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _agencies(lone, furnished.south) == {furnished.south.agency}
    async with asyncio.timeout(5):
        with psycopg.connect(owner_url, autocommit=True) as owner:
            running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%cut off%' AND pid <> pg_backend_pid()"
            while owner.execute(running).fetchone() != (0,):
                await asyncio.sleep(0.05)
    await assert_all_places_free(lone, 1)


async def test_whoever_waits_too_long_is_told_and_takes_no_place(app_url: str) -> None:
    database = await Database.connect(app_url, PoolOptions(max_size=1, acquire_timeout_s=0.1))
    held = await database.pool.take()
    with pytest.raises(TimeoutError):
        await database.pool.take()
    database.pool.give(held, clean=True)
    await assert_one(database)
    await database.close()


async def assert_one(database: Database) -> None:
    database.pool.give(await database.pool.take(), clean=True)
    assert database.pool.idle == 1


class _Line:
    """A connection without a server."""

    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's
        self.closed = True

    def terminate(self) -> None:
        self.closed = True


def _lines(size: int) -> Pool[Any]:
    async def connect() -> _Line:
        return _Line()

    return Pool(connect, size, 1)


async def test_a_tenant_gets_its_own_connection_and_the_longest_rested_one_otherwise() -> None:
    pool = _lines(3)
    held: list[Held[Any]] = [await pool.take() for _ in range(3)]
    bindings = [("role", str(n), "") for n in range(3)]
    for one, binding in zip(held, bindings, strict=True):
        one.binding = binding
        pool.give(one, clean=True)
    again = await pool.take(bindings[1])
    assert again is held[1]
    pool.give(again, clean=True)
    assert await pool.take(("role", "new", "")) is held[0]
    assert await pool.take(bindings[1]) is held[1]
    assert await pool.take(bindings[0]) is held[2]


async def test_a_connection_that_broke_while_it_rested_is_not_given_out() -> None:
    pool = _lines(2)
    one, other = await pool.take(), await pool.take()
    pool.give(one, clean=True)
    pool.give(other, clean=True)
    one.connection.terminate()
    assert await pool.take() is other
    assert await pool.take() is not one


NORTH, SOUTH = ("role", "north", ""), ("role", "south", "")


async def _line(pool: Pool[Any], wanted: list[Binding | None]) -> tuple[Held[Any], list[asyncio.Task[Held[Any]]]]:
    """The only connection, which is the north's, and who waits for it in this order."""
    held = await pool.take(NORTH)
    held.binding = NORTH
    waiting = [asyncio.ensure_future(pool.take(binding)) for binding in wanted]
    await asyncio.sleep(0)
    return held, waiting


async def test_who_waits_for_the_same_tenant_comes_first_but_not_for_ever() -> None:
    pool = _lines(1)
    held, waiting = await _line(pool, [SOUTH, *[NORTH] * (MAX_OVERTAKEN + 3)])
    served: list[int] = []
    for _ in waiting:
        pool.give(held, clean=True)
        await asyncio.sleep(0)
        [now] = [n for n, task in enumerate(waiting) if task.done() and n not in served]
        served.append(now)
        assert await waiting[now] is held
    assert served == [*range(1, MAX_OVERTAKEN + 1), 0, *range(MAX_OVERTAKEN + 1, MAX_OVERTAKEN + 4)]
    pool.give(held, clean=True)
    assert pool.idle == 1


async def test_who_is_fine_with_any_connection_is_not_overtaken() -> None:
    pool = _lines(1)
    held, waiting = await _line(pool, [None, NORTH])
    pool.give(held, clean=True)
    assert await waiting[0] is held
    pool.give(held, clean=True)
    assert await waiting[1] is held


async def test_a_place_goes_on_past_those_who_gave_up() -> None:
    pool = _lines(1)
    held, waiting = await _line(pool, [SOUTH, SOUTH, NORTH, SOUTH])
    waiting[0].cancel()  # while it waits, and before it was told
    pool.give(held, clean=True)
    waiting[2].cancel()  # after the connection was handed to it, and before it was told
    await asyncio.gather(*waiting[:3:2], return_exceptions=True)
    assert waiting[0].cancelled()
    assert waiting[2].cancelled()
    assert await waiting[1] is held
    pool.give(held, clean=False)
    fresh = await waiting[3]
    assert fresh is not held
    pool.give(fresh, clean=True)
    assert pool.idle == 1
    assert await pool.take() is fresh
    with pytest.raises(TimeoutError):
        await pool.take()


async def test_a_connection_that_cannot_be_made_gives_its_place_on() -> None:
    made = 0

    async def connect() -> _Line:
        nonlocal made
        made += 1
        if made == 2:
            raise OSError("no route")
        return _Line()

    pool: Pool[Any] = Pool(connect, 1, 1)
    held, waiting = await _line(pool, [SOUTH, SOUTH])
    pool.give(held, clean=False)
    with pytest.raises(OSError, match="no route"):
        await waiting[0]
    assert (await waiting[1]).connection is not held.connection
