"""Split the payments of a debt anew, in the order of their days, after something was entered that is dated before them.

Nothing is updated: a payment whose split comes out differently is reversed on its own day and recorded again, as a new
payment that names in `replaces_id` the one as which the money was first recorded. A payment whose split stays keeps
it. Only mandates whose allocation policy says `reprocess` do this by themselves; others keep what was stored.
"""

from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.agreements.pay_promises import carry_over
from core.debts.kinds import ComponentKind, DebtStatus
from core.debts.lock import lock_debt, require_text
from core.debts.reprocessing import REPROCESS, SPLIT_ANEW
from core.interest.accrue_interest import reaccrue
from core.interest.anew import InterestAnew
from core.interest.book import read_book
from core.interest.move_interest import move_interest
from core.kit import db, events, jobs
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.ids import new_id
from core.kit.jobs import Run
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.balances import available_minor, surplus_minor
from core.ledger.kinds import Account
from core.payments import reverse_payment, write_payment
from core.payments.commands import RecordPayment
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy
from core.payments.replay import Charge, Paid, replay
from core.payments.reverse_payment import ReversePayment
from core.payments.rules import Allocation
from core.payments.write_payment import Replaced
from core.permissions import Permission

MAX_PAYMENTS = 2000
"""How many payments of one debt are split anew at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessPayments:
    """All payments of the debt from `first_day` on, or from the first on that had money left over."""

    debt_id: UUID
    first_day: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsReprocessed:
    """The payments that were reversed, each with the one that has taken its place."""

    debt_id: UUID
    replaced: tuple[tuple[UUID, UUID], ...]


async def reprocess_payments(scope: Scope, command: ReprocessPayments) -> PaymentsReprocessed:
    """Split payments anew as if they had been recorded in the order of their days, against what is owed now.

    A charge counts for the payments from its effective day on, and what an earlier payment had left over goes to it
    too, but for what was refunded. Interest is what was earned to the day of a payment on what the new splits before it
    have left: the difference to what was posted is posted. The debt's stage counts as it is now.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_TEXT); Conflict (DEBT_CLOSED, TOO_MANY_PAYMENTS).
    """
    scope.require(Permission.PAYMENT_REVERSE)
    scope.require(Permission.PAYMENT_RECORD)
    require_text(command.reason, "reason", 150)
    async with db.transaction(scope) as tx:
        replaced = await _split(tx, command)
    events.tell()
    return PaymentsReprocessed(debt_id=command.debt_id, replaced=tuple(replaced))


@jobs.handler(REPROCESS)
async def reprocess(run: Run) -> None:
    """What a payment, a reversal or a charge has asked for in its transaction."""
    command = ReprocessPayments(
        debt_id=UUID(run.payload["debt_id"]),
        first_day=date.fromisoformat(run.payload["first_day"]),
        reason=run.payload["reason"],
    )
    async with db.transaction(run.scope) as tx:
        replaced = await _split(tx, command)
        await run.finish(tx, {"replaced": len(replaced)})
    events.tell()


# Money that was left over, or that has paid what was charged after it came, goes elsewhere where a charge is earlier.
_PAID = """
WITH over AS (
  SELECT min(p.paid_on) AS day FROM payment p
  WHERE p.agency_id = $1 AND p.debt_id = $2 AND p.status <> 'REVERSED' AND (p.unapplied_minor > 0 OR EXISTS (
    SELECT FROM payment_allocation a JOIN debt_movement m ON m.agency_id = $1 AND m.debt_id = $2
      AND m.component_id = a.component_id AND m.kind = 'CHARGE'
    WHERE a.agency_id = $1 AND a.payment_id = p.id
      AND (m.effective_on, m.id) > (p.paid_on, COALESCE(p.replaces_id, p.id))))
)
SELECT p.id, p.creditor_id, p.amount_minor, p.unapplied_minor, p.currency, p.paid_on, p.method, p.received_by,
  p.reference, p.purpose, p.designation, p.status, p.clears_on, p.cleared_on, p.after_write_off,
  COALESCE(p.replaces_id, p.id) AS first_id,
  COALESCE((SELECT jsonb_object_agg(a.component_id, a.amount_minor) FROM payment_allocation a
    WHERE a.agency_id = $1 AND a.payment_id = p.id), '{}') AS parts
FROM payment p
WHERE p.agency_id = $1 AND p.debt_id = $2 AND p.status <> 'REVERSED'
  AND p.paid_on >= LEAST($3, (SELECT day FROM over))
ORDER BY p.paid_on, first_id LIMIT $4 FOR NO KEY UPDATE OF p
"""
_CHARGED = """
SELECT id, component_id, effective_on, delta_minor FROM debt_movement
WHERE agency_id = $1 AND debt_id = $2 AND kind = 'CHARGE' ORDER BY effective_on, id
"""


async def _split(tx: Tx, command: ReprocessPayments) -> list[tuple[UUID, UUID]]:
    agency_id, debt_id = tx.scope.agency, command.debt_id
    debt = await lock_debt(tx, debt_id)
    if debt["status"] == DebtStatus.CLOSED and debt["closed_reason"] not in SPLIT_ANEW:
        raise Conflict(
            f"The debt is closed ({debt['closed_reason']}).", code="DEBT_CLOSED", field="debt_id",
            remedy="Its payments stay as they are.",
        )  # fmt: skip
    paid = await tx.fetch(_PAID, agency_id, debt_id, command.first_day, MAX_PAYMENTS + 1)
    if len(paid) > MAX_PAYMENTS:
        raise Conflict(
            f"More than {MAX_PAYMENTS} payments would be split anew.", code="TOO_MANY_PAYMENTS", field="first_day",
            remedy="Give a later day.",
        )  # fmt: skip
    rows = await tx.fetch(write_payment.READ, agency_id, debt_id, "")
    charges = [
        Charge(row["id"], row["component_id"], row["effective_on"], row["delta_minor"])
        for row in await tx.fetch(_CHARGED, agency_id, debt_id)
    ]
    payments, bears_interest = await _payments(tx, debt_id, paid), rows[0]["bears_interest"]
    interest = await _interest(tx, debt_id, payments) if bears_interest else None
    components = [write_payment.component_of(row) for row in rows]
    # Thousands of payments take seconds, in which the loop has other work.
    found = await to_thread(replay, dict(rows[0]), components, payments, charges, interest)
    changed = [
        (row, split)
        for row, split in zip(paid, found.splits, strict=True)
        if {str(part.component_id): part.minor for part in split.parts} != row["parts"]
    ]
    if not changed:
        return []
    await _reverse(tx, changed, command.reason)
    await move_interest(tx, debt_id, found.interest, f"payments split anew after {command.reason}")
    replaced = [(row["id"], await _record_again(tx, debt_id, row, split)) for row, split in changed]
    await carry_over(tx, replaced)
    await reaccrue(tx, debt_id, changed[0][0]["paid_on"], f"payments split anew after {command.reason}")
    if bears_interest and interest is None and await _interest(tx, debt_id, payments):
        # Now that it bears interest, there is a component for it, which later payments pay.
        replaced += await _split(tx, command)
    return replaced


async def _interest(tx: Tx, debt_id: UUID, payments: Sequence[Paid]) -> InterestAnew | None:
    return InterestAnew.of(await read_book(tx, debt_id), [(one.paid_on, one.parts) for one in payments])


async def _payments(tx: Tx, debt_id: UUID, rows: Sequence[Row]) -> list[Paid]:
    """What was refunded was of the first payments that had a surplus."""
    ours = sum(row["unapplied_minor"] for row in rows if row["received_by"] == ReceivedBy.AGENCY)
    gone = max(0, ours - await surplus_minor(tx, debt_id, rows[0]["currency"])) if ours else 0
    found = list[Paid]()
    for row in rows:
        of_this = min(gone, row["unapplied_minor"]) if row["received_by"] == ReceivedBy.AGENCY else 0
        gone -= of_this
        parts = {UUID(component_id): minor for component_id, minor in row["parts"].items()}
        designation = _designation(row["designation"])
        found.append(
            Paid(row["first_id"], row["amount_minor"], row["paid_on"], row["purpose"], designation, parts, of_this)
        )
    return found


def _designation(stored: Sequence[str]) -> tuple[ComponentKind | UUID, ...]:
    return tuple(ComponentKind(one) if one in ComponentKind.__members__ else UUID(one) for one in stored)


async def _reverse(tx: Tx, changed: Sequence[tuple[Row, Allocation]], reason: str) -> None:
    """No money moves by this: what the creditor's account loses it has again at the end of the transaction, so far as
    the new splits leave it. Only the rest is as if it had bounced."""
    ours = [(row, split) for row, split in changed if row["status"] == PaymentStatus.CLEARED]
    ours = [(row, split) for row, split in ours if row["received_by"] == ReceivedBy.AGENCY]
    available = sum(split.applied_minor for _, split in ours)
    if ours:
        first = ours[0][0]
        available += await available_minor(tx, Account.CLIENT, first["creditor_id"], first["currency"])
    cleared = {row["id"] for row, _ in ours}
    for row, _ in changed:
        command = ReversePayment(payment_id=row["id"], reason=f"split anew after {reason}", reversed_on=row["paid_on"])
        locked = await reverse_payment.lock_payment(tx, row["id"])
        await reverse_payment.write(tx, command, locked, available=available)
        if row["id"] in cleared:
            available = max(0, available - (row["amount_minor"] - row["unapplied_minor"]))


async def _record_again(tx: Tx, debt_id: UUID, paid: Row, split: Allocation) -> UUID:
    command = RecordPayment(
        debt_id=debt_id,
        amount=Money(paid["amount_minor"], paid["currency"]),
        paid_on=paid["paid_on"],
        method=PaymentMethod(paid["method"]),
        received_by=ReceivedBy(paid["received_by"]),
        idempotency_key=f"reprocess:{new_id()}",
        reference=paid["reference"],
        purpose=paid["purpose"],
        designation=_designation(paid["designation"]),
    )
    rows: list[Row] = await tx.fetch(write_payment.READ, tx.scope.agency, debt_id, command.idempotency_key)
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    clearance = (PaymentStatus(paid["status"]), paid["clears_on"], paid["cleared_on"])
    replaced = Replaced(paid["first_id"], clearance, paid["after_write_off"])
    recorded = await write_payment.write(tx, tx.scope, command, fingerprint, rows, split, replaced)
    if recorded is None:
        raise RuntimeError(f"the debt {debt_id} changed while it was locked")
    return recorded.payment_id
