"""Behind a real PgBouncer in transaction mode: the same answers, nobody's rows, and no session that is set to
anything."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date

import asyncpg
import httpx
import pytest

from core.kit import db
from core.kit.db import STATEMENT_TIMEOUT_MS, Database, PoolOptions
from core.kit.ids import encode
from core.kit.scope import Scope
from tenants.add_user import AddUser, add_user
from tenants.identity import installation_scope
from tenants.issue_token import IssueToken, issue_token
from tenants.models import Role
from tests.core.house import assert_books, house, make_debt
from tests.core.kit.bouncer import SERVERS, pooled
from tests.core.kit.storm import assert_all_places_free, assert_calm, storm
from tests.journey.client import Person, serving
from tests.schema.sql.driver import listening

CLIENTS = 8
_SESSION_SET = re.compile(r"(^|;)\s*(SET (?!LOCAL)|RESET|LISTEN|PREPARE|DISCARD)", re.IGNORECASE)


@pytest.fixture
def pooled_url(app_url: str) -> Iterator[str]:
    with pooled(app_url) as url:
        yield url


@pytest.fixture
async def behind(pooled_url: str) -> AsyncIterator[Database]:
    options = PoolOptions(max_size=CLIENTS, pooler=True, acquire_timeout_s=30)
    opened = await Database.connect(pooled_url, options)
    db.use(opened)
    yield opened
    db.use(None)
    await opened.close()


async def _sessions(url: str) -> list[asyncpg.Record]:
    """What each session of PostgreSQL that PgBouncer holds is set to, read by clients of no scope all at once."""

    async def one(entered: asyncio.Barrier) -> asyncpg.Record:
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            async with connection.transaction():
                await connection.execute("SELECT 1")
                await entered.wait()
                found = await connection.fetchrow(
                    "SELECT pg_backend_pid() AS pid, current_user = session_user AS own, "
                    "COALESCE(current_setting('app.agency_id', true), '') AS agency, "
                    "COALESCE(current_setting('app.creditor_id', true), '') AS creditor, "
                    "current_setting('plan_cache_mode') AS plans, "
                    "(SELECT count(*) FROM pg_prepared_statements WHERE name <> '') AS prepared, "
                    "(SELECT count(*) FROM pg_listening_channels()) AS channels"
                )
        finally:
            await connection.close()
        assert found is not None
        return found

    barrier = asyncio.Barrier(SERVERS)
    return list(await asyncio.gather(*[one(barrier) for _ in range(SERVERS)]))


async def test_a_storm_behind_a_pooler_leaks_nothing_and_sets_no_session(
    behind: Database, pooled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished = await house(behind)
    with listening(monkeypatch) as heard:
        found = await storm(behind, furnished, seconds=4)
    assert_calm(found)
    await assert_all_places_free(behind, CLIENTS)
    assert [sql for sql in heard.all if _SESSION_SET.search(sql)] == []
    assert sum("SET LOCAL ROLE" in sql for sql in heard.all) > 100
    sessions = await _sessions(pooled_url)
    assert len({session["pid"] for session in sessions}) == SERVERS
    for session in sessions:
        assert (session["own"], session["agency"], session["creditor"], session["plans"]) == (True, "", "", "auto")
        assert (session["prepared"], session["channels"]) == (0, 0)


async def test_a_transaction_has_the_settings_that_a_session_cannot_have(behind: Database) -> None:
    furnished = await house(behind)
    async with behind.transaction(furnished.north) as tx:
        found = await tx.fetchrow(
            "SELECT current_setting('jit') AS jit, current_setting('timezone') AS zone, "
            "(SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS timeout"
        )
    assert found is not None
    assert dict(found) == {"jit": "off", "zone": "UTC", "timeout": STATEMENT_TIMEOUT_MS}


async def test_a_single_statement_sees_its_own_tenant_only(behind: Database) -> None:
    furnished = await house(behind)

    async def agencies(scope: Scope) -> set[object]:
        async with behind.single(scope) as single:
            return {row["agency_id"] for row in await single.fetch("SELECT agency_id FROM creditor")}

    both = {furnished.north.agency, furnished.south.agency}
    for _ in range(3):
        assert await agencies(furnished.north) == {furnished.north.agency}
        assert await agencies(furnished.south) == {furnished.south.agency}
        assert await agencies(furnished.bank_scope) == both
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with behind.unscoped() as connection:
            await connection.fetch("SELECT * FROM creditor")


async def _token(agency_id: object, name: str) -> str:
    command = AddUser(
        email=f"{name}@people.test.co", name=name, role=Role.AGENCY_ADMIN, password="correct horse battery staple",
        agency_id=agency_id,
    )  # fmt: skip
    member = await add_user(installation_scope(), command)
    return await issue_token(installation_scope(), IssueToken(membership_id=member.membership_id))


async def test_the_whole_program_behind_a_pooler(pooled_url: str) -> None:
    query = "query($id: ID!) { debt(id: $id) { balance { minorUnits } payments { totalCount } } debts { totalCount } }"
    async with serving(pooled_url, pooler=True) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        furnished = await house(db.current())
        parts = [("PRINCIPAL", 100_000, date(2026, 3, 1))]
        north = await make_debt(furnished.north, furnished.bank, parts)
        south = await make_debt(furnished.south, furnished.bank_south, parts)
        ana = Person(http, await _token(furnished.north.agency, "ana"))
        sol = Person(http, await _token(furnished.south.agency, "sol"))

        async def pay(number: int) -> None:
            given = {
                "debtId": encode("debt", north.id), "amount": {"minorUnits": "100", "currency": "COP"},
                "paidOn": "2026-06-01", "idempotencyKey": f"key-{number // 2}",
            }  # fmt: skip
            await ana.do("paymentRecord", given, "payment { id }")

        async def read(person: Person, debt: str, seen: bool) -> None:
            found = await person.ask(query, id=debt)
            assert (found["debt"] is not None) is seen
            assert found["debts"]["totalCount"] == 1

        mine, other = encode("debt", north.id), encode("debt", south.id)
        reads = [read(p, d, (p is ana) is (d == mine)) for p in (ana, sol) for d in (mine, other) for _ in range(10)]
        await asyncio.gather(*reads, *[pay(n) for n in range(20)])
        found = await ana.ask(query, id=mine)
        assert found["debt"] == {"balance": {"minorUnits": "99000"}, "payments": {"totalCount": 10}}
        await assert_books(furnished.north, north.id)
