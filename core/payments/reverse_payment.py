"""Take a payment back: a bounced cheque, a chargeback, a mistake."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.agreements.judge import judge
from core.debts.kinds import ClosedReason, ComponentKind, DebtStatus
from core.debts.reprocessing import SPLIT_ANEW, ask_to_reprocess
from core.interest.accrue_interest import reaccrue
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger import legs
from core.ledger.balances import available_minor, surplus_minor
from core.ledger.kinds import Account
from core.mandates.allocation import policy_of
from core.payments.kinds import PaymentStatus, ReceivedBy
from core.payments.rules import AllocatedPart
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePayment:
    """`reversed_on` is the legal day of the reversal in the mandate's time zone: the month it counts in."""

    payment_id: UUID
    reason: str
    reversed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed:
    """What each component got back, and the debt right after."""

    payment_id: UUID
    debt_id: UUID
    restored: tuple[AllocatedPart, ...]
    unapplied_minor: int
    balance_after: Money
    debt_status: DebtStatus
    reopened: bool


@again
async def reverse_payment(scope: Scope, command: ReversePayment, *, to_unidentified: bool = False) -> PaymentReversed:
    """Reverse a payment: every component gets back exactly the part of it that is stored, nothing is computed anew.

    `to_unidentified`: the money is not gone, it was for another debt. It stays in the trust account, unidentified.

    A debt that was closed as PAID is open again. One closed for another reason stays closed, with the balance restored;
    of one that is written off, what comes back is written off too.
    Where the mandate's policy says `reprocess`, later payments are split anew, each by a reversal of its own; and of a
    payment that was split anew before, the one that has taken its place is reversed. What it had paid of promises is
    missing there again: one that was kept is open until its last day, and broken after it.

    Raises: Forbidden; NotFound (payment); InvalidInput (REASON_NEEDED, REVERSED_ON_IN_FUTURE,
    REVERSED_ON_BEFORE_PAYMENT); Conflict (PAYMENT_ALREADY_REVERSED, MONEY_REMITTED where it is to stay here).
    """
    scope.require(Permission.PAYMENT_REVERSE)
    if not 1 <= len(command.reason.strip()) <= len(command.reason) <= 200 or "\0" in command.reason:
        raise InvalidInput(
            "A reversal needs a reason of 1 to 200 characters.", code="REASON_NEEDED", field="reason",
            remedy="Say why the money is gone, such as 'cheque returned R01'.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        rows = await lock_payment(tx, command.payment_id)
        _check_against(command, rows[0])
        done = await write(tx, command, rows, to_unidentified=to_unidentified)
        if rows[0]["promised"]:
            await judge(tx, [done.debt_id])
        kept = done.debt_status is DebtStatus.CLOSED and rows[0]["closed_reason"] not in SPLIT_ANEW
        if not kept and policy_of(rows[0]["allocation_order"], rows[0]["allocation_policy"]).reprocess:
            await ask_to_reprocess(tx, done.debt_id, rows[0]["paid_on"], "a reversal")
        await reaccrue(tx, done.debt_id, command.reversed_on, f"reversal of the payment of {rows[0]['paid_on']}")
        return done


async def lock_payment(tx: Tx, payment_id: UUID) -> list[Row]:
    """The payment, or what has taken its place, with its debt and the components, held until the transaction ends.

    Raises: NotFound.
    """
    if not await tx.fetch(_HOLD, tx.scope.agency, payment_id):
        raise not_found("payment", "payment_id")
    return await tx.fetch(_LOCK, tx.scope.agency, payment_id)


# The debt first, by itself, then what hangs on it. A statement that waits for a debt and goes on knows what has changed
# meanwhile in the debt's own row, and nowhere else: not which payment stands now, nor a component that was added. It
# would also ask for the debt once for each component, as it was before the wait, too, where others may wait already.
_HOLD = """
SELECT d.id FROM payment p JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
WHERE p.agency_id = $1 AND p.id = $2 FOR NO KEY UPDATE OF d
"""
_LOCK = """
WITH asked AS (
  SELECT COALESCE(replaces_id, id) AS first_id FROM payment WHERE agency_id = $1 AND id = $2
), live AS (
  SELECT p.id FROM payment p, asked WHERE p.agency_id = $1 AND (p.id = first_id OR p.replaces_id = first_id)
    AND p.status <> 'REVERSED' LIMIT 1
)
SELECT p.id AS payment_id, p.debt_id, p.creditor_id,
  p.currency, p.amount_minor, p.unapplied_minor, p.paid_on, p.status AS payment_status, p.received_by,
  d.status, d.closed_reason, d.closed_on, d.balance_minor, m.timezone, m.allocation_order, m.allocation_policy,
  EXISTS (SELECT FROM promise_payment r WHERE r.agency_id = $1 AND r.payment_id = p.id) AS promised,
  c.id AS component_id, c.kind, c.due_on, c.balance_minor AS component_minor, a.amount_minor AS part_minor
FROM payment p
JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = d.id
LEFT JOIN payment_allocation a ON a.agency_id = $1 AND a.payment_id = p.id AND a.component_id = c.id
WHERE p.agency_id = $1 AND p.id = COALESCE((SELECT id FROM live), $2) ORDER BY c.position FOR NO KEY UPDATE OF p, c
"""

_STATEMENT = """
WITH part AS (
  SELECT component_id, minor FROM unnest($5::uuid[], $6::bigint[]) AS given (component_id, minor)
), reversed AS (
  UPDATE payment SET status = 'REVERSED', reversed_on = $7, reversal_reason = $8 WHERE agency_id = $1 AND id = $2
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), $3::uuid, $4::uuid, component_id, 'PAYMENT_REVERSAL', $7, $9::timestamptz, minor, $2,
    $10::text, $8 FROM part{written_off}
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, recorded_at, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), $3, $4, 'REVERSAL', leg.debit, leg.credit, $16, leg.minor, $7, $9, $2, $10, $8
  FROM unnest($17::text[], $18::text[], $19::bigint[]) AS leg (debit, credit, minor)
), raised AS (
  UPDATE debt_component c SET {owed} = c.{owed} + part.minor FROM part
  WHERE c.agency_id = $1 AND c.id = part.component_id
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  VALUES ($1, $14, $3, 'payment.reversed', $2, $10, $15, $9)
)
UPDATE debt d SET {owed} = d.{owed} + $11, recovered_minor = d.recovered_minor - $11, due_on = $12,
  last_payment_on = (SELECT max(o.paid_on) FROM payment o
    WHERE o.agency_id = $1 AND o.debt_id = $4 AND o.status <> 'REVERSED' AND o.id <> $2),
  status = CASE WHEN $13 THEN 'ACTIVE' ELSE d.status END, updated_at = $9,
  closed_reason = CASE WHEN NOT $13 THEN d.closed_reason END, closed_on = CASE WHEN NOT $13 THEN d.closed_on END
WHERE d.agency_id = $1 AND d.id = $4
"""
_WRITTEN_OFF = """
  UNION ALL
  SELECT $1, recobro_uuid7(), $3, $4, component_id, 'WRITE_OFF', GREATEST($7, $20::date), $9, -minor, $2, $10, $8
  FROM part"""
_WRITE = _STATEMENT.format(owed="balance_minor", written_off="")
_WRITE_OFF = _STATEMENT.format(owed="written_off_minor", written_off=_WRITTEN_OFF)


def _check_against(command: ReversePayment, row: Row) -> None:
    if row["payment_status"] == PaymentStatus.REVERSED:
        raise Conflict(
            "This payment is already reversed.", code="PAYMENT_ALREADY_REVERSED", field="payment_id",
            remedy="Nothing is left to do.",
        )  # fmt: skip
    if command.reversed_on > clock.today(row["timezone"]):
        raise InvalidInput(
            "The day of reversal is in the future.", code="REVERSED_ON_IN_FUTURE", field="reversed_on",
            remedy=f"Give today or an earlier day of {row['timezone']}.",
        )  # fmt: skip
    if command.reversed_on < row["paid_on"]:
        raise InvalidInput(
            "A payment cannot be reversed before it was made.", code="REVERSED_ON_BEFORE_PAYMENT", field="reversed_on",
            remedy=f"Give a day from {row['paid_on']} on.",
        )  # fmt: skip


async def write(
    tx: Tx,
    command: ReversePayment,
    rows: list[Row],
    *,
    available: int | None = None,
    to_unidentified: bool = False,
) -> PaymentReversed:
    """Write the reversal of the payment in `rows`, which `lock_payment` gave. `available` is what the creditor's
    account has for it, where the caller knows better than the account."""
    debt = rows[0]
    restored = tuple(
        AllocatedPart(row["component_id"], ComponentKind(row["kind"]), row["part_minor"])
        for row in rows
        if row["part_minor"]
    )
    back = sum(part.minor for part in restored)
    written_off = debt["closed_reason"] == ClosedReason.WRITTEN_OFF
    balance = debt["balance_minor"] + (0 if written_off else back)
    open_due = (row["due_on"] for row in rows if row["component_minor"] + (row["part_minor"] or 0) > 0 < balance)
    reopens = debt["closed_reason"] == ClosedReason.PAID and balance > 0
    done = PaymentReversed(
        payment_id=debt["payment_id"],
        debt_id=debt["debt_id"],
        restored=restored,
        unapplied_minor=debt["unapplied_minor"],
        balance_after=Money(balance, debt["currency"]),
        debt_status=DebtStatus.ACTIVE if reopens else DebtStatus(debt["status"]),
        reopened=reopens,
    )
    await tx.execute(
        _WRITE_OFF if written_off else _WRITE, tx.scope.agency, debt["payment_id"], debt["creditor_id"],
        debt["debt_id"], [part.component_id for part in restored], [part.minor for part in restored],
        command.reversed_on, command.reason.strip(), tx.now, str(tx.scope.actor), back,
        min((day for day in open_due if day), default=None), reopens, new_id(), _told(command, debt, done),
        debt["currency"], *legs.columns(await _legs(tx, debt, available, to_unidentified)),
        *([debt["closed_on"]] if written_off else []),
    )  # fmt: skip
    return done


async def _legs(tx: Tx, payment: Row, available: int | None, to_unidentified: bool) -> legs.Legs:
    """What of the trust account's money was this payment's, and is gone (or nobody's yet). The creditor's account is
    held meanwhile."""
    if payment["received_by"] == ReceivedBy.CREDITOR:
        return ()
    cleared = payment["payment_status"] == PaymentStatus.CLEARED
    anew = available is not None
    if available is None and cleared:
        available = await available_minor(tx, Account.CLIENT, payment["creditor_id"], payment["currency"])
    applied = payment["amount_minor"] - payment["unapplied_minor"]
    if to_unidentified:
        _require_here(cleared, applied, available or 0)
        return tuple(
            leg.back for leg in legs.received(applied, payment["unapplied_minor"], cleared=True, identified=False)
        )
    unapplied, surplus = payment["unapplied_minor"], payment["unapplied_minor"]
    if unapplied and not anew:
        surplus = await surplus_minor(tx, payment["debt_id"], payment["currency"])
    return legs.bounced(applied, unapplied, cleared=cleared, available=available or 0, surplus=surplus)


def _require_here(cleared: bool, applied: int, available: int) -> None:
    if not cleared or available < applied:
        raise Conflict(
            "The creditor has been paid this money.", code="MONEY_REMITTED", field="payment_id",
            remedy="Reverse the payment, and record the money for its debt: the creditor owes it back.",
        )  # fmt: skip


def _told(command: ReversePayment, debt: Row, done: PaymentReversed) -> dict[str, Any]:
    return {
        "debt_id": str(done.debt_id),
        "amount_minor": debt["amount_minor"],
        "currency": debt["currency"],
        "received_by": debt["received_by"],
        "reversed_on": command.reversed_on.isoformat(),
        "reason": command.reason.strip(),
        "balance_after_minor": done.balance_after.minor_units,
        "debt_status": done.debt_status.value,
    }
