"""Record that the agency paid an approved cost of a lawsuit: its creditor owes it, in its next statement."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.ledger.kinds import Account, PostingKind
from core.legal.case import Case, lock_case
from core.legal.kinds import CostState
from core.permissions import Permission

_POST = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
  effective_on, recorded_at, source_id, actor, reason)
VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCost:
    """`paid_on` is the legal day on which the money left the agency's own account."""

    cost_id: UUID
    paid_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPaid:
    cost_id: UUID
    handoff_id: UUID
    paid_on: date
    replayed: bool


@again
async def pay_cost(scope: Scope, command: PayCost) -> CostPaid:
    """Post an approved cost that the agency laid out, once: from its operating account to what the creditor owes it.

    Raises: Forbidden; NotFound (cost); InvalidInput (PAID_ON); Conflict (COST_NOT_APPROVED, COST_PAID for another day).
    """
    scope.require(Permission.BANKING_MANAGE)
    async with db.transaction(scope) as tx:
        handoff_id = await tx.fetchval(
            "SELECT handoff_id FROM legal_cost WHERE agency_id = $1 AND id = $2", scope.agency, command.cost_id
        )
        if handoff_id is None:
            raise not_found("cost", "cost_id")
        case = await lock_case(tx, handoff_id)
        row = await tx.fetchrow(
            "SELECT * FROM legal_cost WHERE agency_id = $1 AND id = $2", scope.agency, command.cost_id
        )
        assert row is not None
        replayed = row["state"] == CostState.PAID
        if not replayed:
            await _pay(tx, case, row, command.paid_on)
        elif row["paid_on"] != command.paid_on:
            raise Conflict(
                f"This cost was paid on {row['paid_on']}.", code="COST_PAID", field="cost_id",
                remedy="A cost is paid once.",
            )  # fmt: skip
        return CostPaid(cost_id=row["id"], handoff_id=case.id, paid_on=command.paid_on, replayed=replayed)


async def _pay(tx: Tx, case: Case, row: Row, paid_on: date) -> None:
    if row["state"] != CostState.APPROVED:
        raise Conflict(
            f"This cost is {row['state']}.", code="COST_NOT_APPROVED", field="cost_id",
            remedy="Pay what was approved, and no more.",
        )  # fmt: skip
    today = clock.today(case.debt["timezone"])
    if not case.debt["opened_on"] <= paid_on <= today:
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="PAID_ON", field="paid_on",
            remedy=f"Give a day from {case.debt['opened_on']} to {today}.",
        )  # fmt: skip
    agency_id, reason = tx.scope.agency, f"{row['kind']}: {row['reason']}"[:200]
    await tx.execute(
        _POST, agency_id, case.creditor_id, case.handoff["debt_id"], PostingKind.COURT_COST.value,
        Account.CREDITOR_RECEIVABLE.value, Account.OPERATING_BANK.value, row["currency"], row["amount_minor"], paid_on,
        tx.now, row["id"], str(tx.scope.actor), reason,
    )  # fmt: skip
    await tx.execute(
        "UPDATE legal_cost SET state = 'PAID', paid_on = $3 WHERE agency_id = $1 AND id = $2",
        agency_id, row["id"], paid_on,
    )  # fmt: skip
    data = {
        "cost_id": str(row["id"]), "amount_minor": row["amount_minor"], "currency": row["currency"],
        "paid_on": paid_on.isoformat(),
    }  # fmt: skip
    await emit(tx, "legal.cost_paid", case.id, data, creditor_id=case.creditor_id)
