"""Approve or refuse a cost that the lawyers ask for, as the creditor or, where the mandate lets it, as the agency."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.add_charge import AddCharge, charge_in
from core.debts.kinds import ComponentKind
from core.debts.lock import require_text
from core.kit import db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.events import emit
from core.kit.money import Money
from core.kit.scope import Audience, Scope, agency_scope
from core.legal.case import Case, lock_case
from core.legal.kinds import CostApprover, CostState
from core.legal.tell_cost import tell_later
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCost:
    """`reason` is told to the lawyers."""

    cost_id: UUID
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDecided:
    """`charge_id` is the `source_id` of the movement that charged the debt, where it was charged."""

    cost_id: UUID
    handoff_id: UUID
    state: CostState
    charge_id: UUID | None
    replayed: bool


@again
async def decide_cost(scope: Scope, command: DecideCost) -> CostDecided:
    """Decide on a cost once. An approved one is charged to the debt in the same transaction, where the mandate's terms
    say so (`LEGAL_COST`).

    A creditor reads and writes nothing: that the cost is its own is looked up in its scope, and the decision is written
    for the agency, in the creditor's name.

    Raises: Forbidden; NotFound (cost); InvalidInput (INVALID_TEXT); Conflict (COST_NEEDS_CREDITOR, COST_DECIDED,
    DEBT_CLOSED where it would be charged).
    """
    scope.require(Permission.LEGAL_COST_APPROVE)
    reason = require_text(command.reason, "reason")
    acting = await _acting(scope, command.cost_id)
    async with db.transaction(acting) as tx:
        handoff_id = await tx.fetchval(
            "SELECT handoff_id FROM legal_cost WHERE agency_id = $1 AND id = $2", acting.agency, command.cost_id
        )
        if handoff_id is None:
            raise not_found("cost", "cost_id")
        case = await lock_case(tx, handoff_id)
        row = await _read(tx, command.cost_id)
        by = CostApprover.CREDITOR if scope.audience is Audience.CREDITOR else CostApprover.AGENCY
        if by is CostApprover.AGENCY and row["approver"] != CostApprover.AGENCY:
            raise Conflict(
                "The creditor decides on this cost.", code="COST_NEEDS_CREDITOR", field="cost_id",
                remedy="Wait for its decision, or agree on other terms under the mandate for what is asked later.",
            )  # fmt: skip
        if row["state"] != CostState.ASKED:
            return _replay(command, row)
        row = await (approve if command.approved else refuse)(tx, case, row, by, reason)
        return _result(row, replayed=False)


async def approve(tx: Tx, case: Case, row: Row, by: CostApprover, reason: str) -> Row:
    """Approve a cost that is asked for; charges the debt where the cost says so. Raises: Conflict (DEBT_CLOSED)."""
    charge_id = None
    if row["charged"]:
        charged = await charge_in(
            tx,
            AddCharge(
                debt_id=case.handoff["debt_id"],
                kind=ComponentKind.LEGAL_COST,
                amount=Money(row["amount_minor"], row["currency"]),
                reason=f"{row['kind']}: {row['reason']}"[:200],
                idempotency_key=str(row["id"]),
            ),
        )
        charge_id = charged.charge_id
    return await _decide(tx, case, row, CostState.APPROVED, by, reason, charge_id)


async def refuse(tx: Tx, case: Case, row: Row, by: CostApprover, reason: str) -> Row:
    """Refuse a cost that is asked for."""
    return await _decide(tx, case, row, CostState.REFUSED, by, reason, None)


async def _decide(
    tx: Tx, case: Case, row: Row, state: CostState, by: CostApprover, reason: str, charge_id: UUID | None
) -> Row:
    decided = await tx.fetchrow(
        "UPDATE legal_cost SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6, charge_id = $7, "
        "approver = $8 WHERE agency_id = $1 AND id = $2 AND state = 'ASKED' RETURNING *",
        tx.scope.agency, row["id"], state.value, str(tx.scope.actor), tx.now, reason, charge_id, by.value,
    )  # fmt: skip
    assert decided is not None
    data = {
        "debt_id": str(case.handoff["debt_id"]), "cost_id": str(row["id"]), "kind": row["kind"],
        "amount_minor": row["amount_minor"], "currency": row["currency"], "by": by.value, "reason": reason,
        "charge_id": charge_id and str(charge_id),
    }  # fmt: skip
    await emit(tx, f"legal.cost_{state.value.lower()}", case.id, data, creditor_id=case.creditor_id)
    await tell_later(tx, case, row["id"])
    return decided


async def _acting(scope: Scope, cost_id: UUID) -> Scope:
    """The scope of the agency whose cost it is: the caller's own, or that of an agency of the calling creditor."""
    if scope.audience is not Audience.CREDITOR:
        return agency_scope(scope.agency, scope.actor)
    async with db.transaction(scope, read_only=True) as tx:
        agency_id = await tx.fetchval(
            "SELECT agency_id FROM legal_cost WHERE creditor_id = $1 AND id = $2", scope.creditor_id, cost_id
        )
    if agency_id is None:
        raise not_found("cost", "cost_id")
    return agency_scope(agency_id, scope.actor)


async def _read(tx: Tx, cost_id: UUID) -> Row:
    row = await tx.fetchrow("SELECT * FROM legal_cost WHERE agency_id = $1 AND id = $2", tx.scope.agency, cost_id)
    assert row is not None
    return row


def _replay(command: DecideCost, row: Row) -> CostDecided:
    if (row["state"] == CostState.REFUSED) == command.approved:
        raise Conflict(
            f"This cost is decided already ({row['state']}).", code="COST_DECIDED", field="cost_id",
            remedy="What was decided stays; the lawyers may ask anew.",
        )  # fmt: skip
    return _result(row, replayed=True)


def _result(row: Row, *, replayed: bool) -> CostDecided:
    return CostDecided(
        cost_id=row["id"],
        handoff_id=row["handoff_id"],
        state=CostState(row["state"]),
        charge_id=row["charge_id"],
        replayed=replayed,
    )
