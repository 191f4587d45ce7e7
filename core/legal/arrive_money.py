"""Say that money which lawyers held is in the agency's trust account: it clears as of that day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.jobs import enqueue
from core.kit.scope import Scope
from core.legal.case import lock_case
from core.legal.kinds import MoneyKind, MoneyState
from core.payments.clear_payments import JOB as CLEAR_JOB
from core.payments.kinds import PaymentStatus
from core.payments.write_payment import HELD
from core.permissions import Permission

# Of a payment that was split anew the one that has taken its place.
_LIVE = """
SELECT p.id, p.status, p.paid_on, p.clears_on FROM payment p
WHERE p.agency_id = $1 AND (p.id = $2 OR p.replaces_id = $2) ORDER BY p.status = 'REVERSED' LIMIT 1 FOR NO KEY UPDATE
"""
_ARRIVED = "UPDATE payment SET clears_on = $3 WHERE agency_id = $1 AND id = $2"
_ALL_ARRIVED = """
UPDATE payment p SET clears_on = GREATEST($3::date, p.paid_on) FROM legal_money m
WHERE m.agency_id = $1 AND m.id = ANY($2::uuid[]) AND m.kind = 'RECEIVED' AND p.agency_id = $1
  AND (p.id = m.payment_id OR p.replaces_id = m.payment_id) AND p.status = 'PENDING' AND p.clears_on = $4
RETURNING m.id, m.handoff_id, m.creditor_id, m.payment_id, p.debt_id
"""
_ALL_REMITTED = """
UPDATE legal_money r SET state = 'BOOKED', payment_id = m.payment_id, problem = NULL, decided_by = $3, decided_at = $4,
  decision_reason = $5
FROM legal_money m
WHERE m.agency_id = $1 AND m.id = ANY($2::uuid[]) AND r.agency_id = $1 AND r.handoff_id = m.handoff_id
  AND r.of_reference = m.reference AND r.kind = 'REMITTED' AND r.state = 'TOLD'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveMoney:
    """`arrived_on` is the day on which the bank booked it. `reason` says where that is seen."""

    money_id: UUID
    arrived_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyArrived:
    money_id: UUID
    payment_id: UUID
    replayed: bool


@again
async def arrive_money(scope: Scope, command: ArriveMoney) -> MoneyArrived:
    """Have the payment clear that was booked as held by the lawyers, once; whether the case still runs or not.

    All of it clears. Of what the lawyers kept as their fee the agency makes the trust account whole.

    Raises: Forbidden; NotFound (money); InvalidInput (INVALID_TEXT, ARRIVED_ON); Conflict (MONEY_NOT_HELD,
    MONEY_ARRIVED on another day, PAYMENT_ALREADY_REVERSED).
    """
    scope.require(Permission.BANKING_MANAGE)
    reason = require_text(command.reason, "reason")
    async with db.transaction(scope) as tx:
        handoff_id = await tx.fetchval(
            "SELECT handoff_id FROM legal_money WHERE agency_id = $1 AND id = $2", scope.agency, command.money_id
        )
        if handoff_id is None:
            raise not_found("money", "money_id")
        case = await lock_case(tx, handoff_id)
        row = await tx.fetchrow(
            "SELECT * FROM legal_money WHERE agency_id = $1 AND id = $2", scope.agency, command.money_id
        )
        assert row is not None
        if (row["kind"], row["state"]) != (MoneyKind.RECEIVED, MoneyState.BOOKED):
            raise Conflict(
                "This is no money that the lawyers hold.", code="MONEY_NOT_HELD", field="money_id",
                remedy="Name an amount that they RECEIVED and that is BOOKED.",
            )  # fmt: skip
        today = clock.today(case.debt["timezone"])
        if not row["occurred_on"] <= command.arrived_on <= today:
            raise InvalidInput(
                "The day is before the lawyers had it, or in the future.", code="ARRIVED_ON", field="arrived_on",
                remedy=f"Give a day from {row['occurred_on']} to {today}.",
            )  # fmt: skip
        cleared = await clear_held(tx, row["payment_id"], command.arrived_on)
        if cleared is None:
            data = {
                "debt_id": str(case.handoff["debt_id"]), "money_id": str(row["id"]), "on": f"{command.arrived_on}",
                "payment_id": str(row["payment_id"]), "reason": reason,
            }  # fmt: skip
            await emit(tx, "legal.money_arrived", case.id, data, creditor_id=case.creditor_id)
        elif cleared != command.arrived_on:
            raise Conflict(
                f"This money arrived on {cleared}.", code="MONEY_ARRIVED", field="money_id", remedy="It arrives once."
            )
    return MoneyArrived(money_id=row["id"], payment_id=row["payment_id"], replayed=cleared is not None)


async def arrive_all(tx: Tx, money_ids: list[UUID], on: date, reason: str) -> None:
    """The same of many amounts at once, which a line of the bank is: what of them is still held clears as of that day,
    and that the lawyers have sent it is decided."""
    agency_id = tx.scope.agency
    cleared = await tx.fetch(_ALL_ARRIVED, agency_id, money_ids, on, HELD)
    await tx.execute(_ALL_REMITTED, agency_id, money_ids, str(tx.scope.actor), tx.now, reason)
    for row in cleared:
        data = {
            "debt_id": str(row["debt_id"]), "money_id": str(row["id"]), "on": f"{on}",
            "payment_id": str(row["payment_id"]), "reason": reason,
        }  # fmt: skip
        await emit(tx, "legal.money_arrived", row["handoff_id"], data, creditor_id=row["creditor_id"])
    if cleared:
        await enqueue(tx, CLEAR_JOB, {})


async def clear_held(tx: Tx, payment_id: UUID, on: date) -> date | None:
    """Have a held payment, or what has taken its place, clear as of a day; the day, where it has one already.

    Raises: Conflict (PAYMENT_ALREADY_REVERSED).
    """
    live: Row | None = await tx.fetchrow(_LIVE, tx.scope.agency, payment_id)
    assert live is not None
    if live["status"] == PaymentStatus.REVERSED:
        raise Conflict(
            "The payment is reversed.", code="PAYMENT_ALREADY_REVERSED", field="money_id",
            remedy="Ask the lawyers what they have paid over.",
        )  # fmt: skip
    if live["clears_on"] != HELD:
        return live["clears_on"]
    await tx.execute(_ARRIVED, tx.scope.agency, live["id"], max(on, live["paid_on"]))
    await enqueue(tx, CLEAR_JOB, {})
    return None
