"""A trust account in EUR of the north, debts in EUR, and short words for what these tests do with a bank's files."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.banking import import_statements, match_entries  # noqa: F401 - they register their jobs
from core.banking.kinds import AccountKind
from core.banking.open_account import OpenAccount, open_account
from core.banking.prove import prove
from core.banking.upload_statements import StatementsUploaded, UploadStatements, upload_statements
from core.debts.kinds import ComponentKind
from core.kit import clock, db, files
from core.kit.db import Database
from core.kit.scope import Scope
from tests.core.banking.samples import IBAN
from tests.core.house import Client, DebtRow, House, house, make_debt, make_mandate, make_portfolio
from tests.helpers_jobs import run_jobs

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Counter:
    """The bank's counter: `give(content)` uploads, imports and matches."""

    database: Database
    home: House
    client: Client
    account_id: UUID
    wrong: list[str] = field(default_factory=list)
    """What of the proof does not hold, where a test has brought it about."""

    @property
    def scope(self) -> Scope:
        return self.home.north

    async def upload(
        self, content: bytes, account_id: UUID | None = None, scope: Scope | None = None
    ) -> StatementsUploaded:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        scope = scope or self.scope
        stored = await files.store(scope.agency, chunks(), max_bytes=1 << 30)
        return await upload_statements(scope, UploadStatements(file=stored, file_name="f", account_id=account_id))

    async def give(self, content: bytes, account_id: UUID | None = None) -> dict[str, Any]:
        """The file as it ended."""
        uploaded = await self.upload(content, account_id)
        await run_jobs(self.database)
        (row,) = await self.fetch("SELECT * FROM bank_file WHERE id = $1", uploaded.file_id)
        return row

    async def debt(self, minor: int = 100_000, **more: Any) -> DebtRow:
        parts = [(ComponentKind.PRINCIPAL, minor, date(2026, 2, 1))]
        return await make_debt(self.scope, self.client, parts, currency="EUR", **more)

    async def fetch(self, sql: str, *args: Any, scope: Scope | None = None) -> list[dict[str, Any]]:
        async with db.transaction(scope or self.scope) as tx:
            return [dict(row) for row in await tx.fetch(sql, *args)]

    async def entries(self) -> list[dict[str, Any]]:
        return await self.fetch("SELECT * FROM bank_entry ORDER BY booked_on, line, part, id")

    async def balances(self) -> dict[str, int]:
        """What the accounts of the money side hold: debits less credits, in cents; accounts with nothing left out."""
        rows = await self.fetch(
            "SELECT v.account, sum(v.sign * p.amount_minor)::bigint AS minor FROM ledger_posting p, "
            "LATERAL (VALUES (p.debit, 1), (p.credit, -1)) AS v (account, sign) GROUP BY 1"
        )
        return {row["account"]: row["minor"] for row in rows if row["minor"]}

    async def assert_books(self) -> None:
        """Whatever a test did: the journal proves, and what nobody has identified is what the ledger says it is."""
        proof = await prove(self.scope)
        wrong = [check for check in proof.checks if not check.holds]
        assert [check.name for check in wrong] == self.wrong, wrong
        (row,) = await self.fetch(
            "SELECT COALESCE(sum(e.amount_minor), 0)::bigint AS minor FROM bank_entry e "
            "JOIN bank_account a ON a.agency_id = e.agency_id AND a.id = e.account_id AND a.kind = 'TRUST' "
            "WHERE e.direction = 'CREDIT' AND e.state = 'UNMATCHED'"
        )
        assert row["minor"] == -(await self.balances()).get("UNIDENTIFIED", 0)


@pytest.fixture
async def counter(database: Database) -> AsyncIterator[Counter]:
    with clock.at(NOW):
        home = await house(database)
        mandate_id = await make_mandate(home.north, home.bank.creditor_id, name="euro", currency="EUR")
        portfolio_id = await make_portfolio(home.north, home.bank.creditor_id, mandate_id)
        opened = OpenAccount(name="trust", kind=AccountKind.TRUST, number=IBAN, currency="EUR")
        account_id = await open_account(home.north, opened)
        made = Counter(database, home, Client(home.bank.creditor_id, mandate_id, portfolio_id), account_id)
        yield made
        await made.assert_books()
