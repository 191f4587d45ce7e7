"""The agency sends: commission on the counter's mandate, a statement to its creditor, and the orders of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.banking.reconcile import Reconciliation, reconcile
from core.banking.transfers import order_reference
from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.remittance.issue_statement import IssueStatement, issue_statement
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import IBAN, camt, entry, part
from tests.core.commissions.commission_house import FLAT, IVA

TODAY = date(2026, 3, 10)


@dataclass
class Bank:
    """The bank's side of one account: each `tell` is a statement that goes on where the one before ended."""

    counter: Counter
    balance: int = 0
    told: int = 0
    account: str = IBAN

    async def tell(self, *lines: tuple[int, str, dict[str, Any]], day: str) -> list[dict[str, Any]]:
        """A statement of a day; lines are signed cents, the bank's reference, and what else the entry says."""
        before, self.told = self.balance, self.told + 1
        self.balance += sum(minor for minor, _, _ in lines)
        entries: list[str] = []
        for minor, ref, more in lines:
            told = {"cd": "CRDT" if minor > 0 else "DBIT", "ref": ref, "day": day, "parts": part()} | more
            entries.append(entry(_amount(abs(minor)), **told))
        file = await self.counter.give(
            camt(
                *entries,
                opening=_amount(before),
                closing=_amount(self.balance),
                number=f"S{self.told}",
                account=self.account,
            )
        )
        assert file["state"] == "IMPORTED", file
        return [await self.entry(ref, "CREDIT" if minor > 0 else "DEBIT") for minor, ref, _ in lines]

    async def entry(self, ref: str, direction: str) -> dict[str, Any]:
        (found,) = await self.counter.fetch(
            "SELECT * FROM bank_entry WHERE bank_reference = $1 AND direction = $2", ref, direction
        )
        return found


async def charge(counter: Counter) -> None:
    """25 % and IVA on what comes in."""
    await save_schedule(
        counter.scope,
        SaveSchedule(
            mandate_id=counter.client.mandate_id, terms=FLAT, valid_from=date(2026, 1, 1), tax_rate=IVA
        ),
    )  # fmt: skip


async def issue(counter: Counter, last_on: date = TODAY) -> dict[str, dict[str, Any]]:
    """The orders of a new statement, by kind, with their references."""
    await issue_statement(
        counter.scope, IssueStatement(creditor_id=counter.client.creditor_id, currency="EUR", last_on=last_on)
    )
    rows = await counter.fetch(
        "SELECT o.* FROM remittance_order o JOIN remittance_statement s ON s.id = o.statement_id "
        "WHERE s.number = (SELECT max(number) FROM remittance_statement)"
    )
    return {row["kind"]: row | {"e2e": order_reference(row["id"])} for row in rows}


async def order(counter: Counter, order_id: UUID) -> dict[str, Any]:
    (row,) = await counter.fetch("SELECT * FROM remittance_order WHERE id = $1", order_id)
    return row


async def items(counter: Counter, on: date = TODAY) -> dict[str, int]:
    """What lies between the bank and the books, by class; of a reconciliation that holds."""
    found = await reconciled(counter, on)
    assert found.reconciled, found
    return {one.item_class.value: one.minor for one in found.classes}


async def reconciled(counter: Counter, on: date = TODAY) -> Reconciliation:
    found = await reconcile(counter.scope, counter.account_id, on)
    assert found.bank + found.explained + found.difference == found.books
    assert sum(account.books_minor for account in found.accounts) + found.unplaced == found.books
    return found


def _amount(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
