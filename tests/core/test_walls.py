"""The three walls of tenancy, each with somebody who tries to climb it: scope, row-level security, composite keys."""

from uuid import UUID

import asyncpg
import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.scope import Actor, Audience, Scope, agency_scope, creditor_scope, system_scope

pytestmark = pytest.mark.both_servers

TESTER = Actor("user", "user_test")


async def _creditor(scope: Scope, creditor_id: UUID | None = None, code: str = "bank") -> UUID:
    async with db.transaction(scope) as tx:
        creditor_id = creditor_id or new_id()
        await tx.execute(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
            "VALUES ($1, $2, $2, 'Banco', $3, $3, 'CO')",
            scope.agency, creditor_id, code,
        )  # fmt: skip
        return creditor_id


async def test_without_a_scope_the_application_may_do_nothing(database: Database) -> None:
    async with database.unscoped() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM creditor")


async def test_an_agency_sees_and_changes_its_own_rows_only(database: Database) -> None:
    ours, theirs = agency_scope(new_id(), TESTER), agency_scope(new_id(), TESTER)
    await _creditor(theirs)

    async with db.transaction(ours) as tx:
        assert await tx.fetch("SELECT * FROM creditor") == []
        assert await tx.execute("UPDATE creditor SET name = 'x'") == "UPDATE 0"
        assert await tx.execute("DELETE FROM creditor") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(ours) as tx:
            await tx.execute(
                "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
                "VALUES ($1, $2, $2, 'x', 'x', 'x', 'CO')",
                theirs.agency_id, new_id(),
            )  # fmt: skip


async def test_a_foreign_key_cannot_reach_another_agency(database: Database) -> None:
    ours, theirs = agency_scope(new_id(), TESTER), agency_scope(new_id(), TESTER)
    creditor = await _creditor(theirs)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with db.transaction(ours) as tx:
            await tx.execute(
                "INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, allocation_order, "
                "ageing_bounds, stage_days) VALUES ($1,$2,$3,'m','COP','UTC','2026-01-01','[]','[]','{}')",
                ours.agency_id, new_id(), creditor,
            )  # fmt: skip


async def test_a_creditor_reads_its_own_rows_at_every_agency_and_writes_none(database: Database) -> None:
    one, two, bank = agency_scope(new_id(), TESTER), agency_scope(new_id(), TESTER), new_id()
    await _creditor(one, bank)
    await _creditor(two, bank)
    await _creditor(one, code="other")

    async with db.transaction(creditor_scope(bank, TESTER)) as tx:
        assert {row["agency_id"] for row in await tx.fetch("SELECT * FROM creditor")} == {one.agency_id, two.agency_id}
    async with db.transaction(creditor_scope(bank, TESTER, agency_id=one.agency_id)) as tx:
        assert [row["agency_id"] for row in await tx.fetch("SELECT * FROM creditor")] == [one.agency_id]
    for statement in ("UPDATE creditor SET name = 'x'", "SELECT * FROM party", "SELECT * FROM user_account"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(creditor_scope(bank, TESTER)) as tx:
                await tx.execute(statement)


async def test_no_tenant_scope_reaches_the_tables_of_sign_in(database: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(agency_scope(new_id(), TESTER)) as tx:
            await tx.fetch("SELECT * FROM user_account")
    async with db.transaction(system_scope(Audience.IDENTITY, "test")) as tx:
        assert await tx.fetch("SELECT * FROM user_account") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.fetch("SELECT * FROM debt")


async def test_a_journal_cannot_be_rewritten(database: Database) -> None:
    for statement in ("UPDATE debt_movement SET delta_minor = 1", "DELETE FROM event", "TRUNCATE payment_allocation"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(agency_scope(new_id(), TESTER)) as tx:
                await tx.execute(statement)


async def test_the_scope_ends_with_the_transaction(database: Database) -> None:
    """The next user of a connection starts with nothing, however the last one left."""
    scope = agency_scope(new_id(), TESTER)
    await _creditor(scope)
    with pytest.raises(RuntimeError, match="half way"):
        async with db.transaction(scope) as tx:
            await tx.execute("DELETE FROM creditor")
            raise RuntimeError("half way")

    async with database.unscoped() as connection:
        assert await connection.fetchval("SELECT current_setting('app.agency_id', true)") in (None, "")
        assert str(await connection.fetchval("SELECT current_user")).startswith("recobro_app")
    async with db.transaction(scope) as tx:
        assert len(await tx.fetch("SELECT * FROM creditor")) == 1
