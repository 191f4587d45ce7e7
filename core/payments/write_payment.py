"""What a payment writes: one statement, all of it or nothing."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from core.agreements.pay_promises import PROMISED
from core.debts.kinds import ClosedReason, ComponentKind, DebtStatus
from core.kit import clock
from core.kit.db import Row, Single
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger import legs
from core.ledger.kinds import PostingKind
from core.payments.commands import PaymentRecorded, RecordPayment, warning_of
from core.payments.kinds import PaymentStatus, ReceivedBy
from core.payments.rules import Allocation, OpenComponent

# A look-up inside the select list, so that no plan can read the agency's events to find one.
_FIRST = (
    "p.id AS payment_id, p.fingerprint, (SELECT e.data FROM event e "
    "WHERE e.agency_id = $1 AND e.subject_id = p.id AND e.name = 'payment.recorded') AS data"
)
_BY_KEY = "p.agency_id = $1 AND p.idempotency_key = $3"

# Whatever changes a component also changes its debt in the same transaction: the debt's version stands for all of it.
READ = f"""
SELECT d.xmin::text AS version, d.creditor_id, d.currency, d.status, d.closed_reason, d.opened_on, d.balance_minor,
  d.stage, d.last_payment_on, m.allocation_order, m.allocation_policy, m.timezone,
  m.clearance_days, m.rounding_unit_minor,
  c.id AS component_id, c.kind, c.position, c.due_on, c.balance_minor + c.written_off_minor AS component_minor,
  c.instalment,
  c.disputed_minor, {_FIRST},
  EXISTS (SELECT 1 FROM debt_interest i WHERE i.agency_id = $1 AND i.debt_id = d.id) AS bears_interest,
  {PROMISED} AS promised
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = d.id
LEFT JOIN payment p ON {_BY_KEY}
WHERE d.agency_id = $1 AND d.id = $2
"""  # noqa: S608 - the program's own text


def component_of(row: Row) -> OpenComponent:
    """The component in a row with its `component_id` and `component_minor`, its balance, or what of it was written off
    and not recovered yet, as the split sees it."""
    return OpenComponent(
        row["component_id"], ComponentKind(row["kind"]), row["position"], row["due_on"], row["component_minor"],
        row["instalment"], row["disputed_minor"],
    )  # fmt: skip


# Everything hangs on the INSERT of the payment, and that on the debt: where it is not the version that was read any
# more, or the key is taken, no part of this writes anything.
_STATEMENT = """
WITH same AS MATERIALIZED (
  SELECT d.id, d.closed_on FROM debt d WHERE d.agency_id = $1 AND d.id = $4 AND d.xmin = $23::text::xid
  FOR NO KEY UPDATE
), paid AS (
  INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on,
    received_by, method, reference, idempotency_key, fingerprint, recorded_by, recorded_at, status, clears_on,
    cleared_on, purpose, designation, replaces_id, after_write_off)
  SELECT $1, $2, $3, same.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $24, $25, $26, $30, $31, $32, $34
  FROM same
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id
), part AS (
  SELECT component_id, minor FROM paid, unnest($16::uuid[], $17::bigint[]) AS given (component_id, minor)
), split AS (
  INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
  SELECT $1, recobro_uuid7(), $3, $2, component_id, minor FROM part
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor)
  SELECT $1, recobro_uuid7(), $3, $4, component_id, 'PAYMENT', $8, $15, -minor, $2, $14 FROM part{reinstated}
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, recorded_at, source_id, actor)
  SELECT $1, recobro_uuid7(), $3, $4, $33, leg.debit, leg.credit, $5, leg.minor, $8, $15, $2, $14
  FROM paid, unnest($27::text[], $28::text[], $29::bigint[]) AS leg (debit, credit, minor)
), lowered AS (
  UPDATE debt_component c SET {owed} = c.{owed} - part.minor FROM part
  WHERE c.agency_id = $1 AND c.id = part.component_id
), changed AS (
  UPDATE debt d SET {owed} = d.{owed} - $18, recovered_minor = d.recovered_minor + $18, due_on = $19,
    last_payment_on = GREATEST(d.last_payment_on, $8), updated_at = $15,
    status = CASE WHEN $20 THEN 'CLOSED' ELSE d.status END,
    closed_reason = CASE WHEN $20 THEN 'PAID' ELSE d.closed_reason END,
    closed_on = CASE WHEN $20 THEN GREATEST(d.last_payment_on, $8) ELSE d.closed_on END
  FROM paid WHERE d.agency_id = $1 AND d.id = $4 RETURNING d.*
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, $21, $3, 'payment.recorded', $2, $14, $22, $15 FROM paid
)
SELECT * FROM changed
"""
# What is recovered of a debt that is written off is no longer written off, and paid at once: its balance stays 0. What
# was paid before the day of the write-off was not there to be written off on that day.
_REINSTATED = """
  UNION ALL
  SELECT $1, recobro_uuid7(), $3, $4, component_id, 'WRITE_OFF', GREATEST($8, same.closed_on), $15, minor, $2, $14
  FROM part, same"""
_WRITE = _STATEMENT.format(owed="balance_minor", reinstated="")
_RECOVER = _STATEMENT.format(owed="written_off_minor", reinstated=_REINSTATED)


HELD = date(9999, 1, 1)
"""The day on which money clears that somebody else holds for the agency: none, until it is told to be here."""

Clearance: TypeAlias = tuple[PaymentStatus, date | None, date | None]
"""Whether the money can still bounce, until when, and since when it can not."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a payment is the new split of: the payment as which the money was first recorded, how far it has cleared,
    and whether the debt was written off when it came."""

    first_id: UUID
    clearance: Clearance
    after_write_off: bool


async def write(
    single: Single,
    scope: Scope,
    command: RecordPayment,
    fingerprint: str,
    rows: list[Row],
    split: Allocation,
    replaces: Replaced | None = None,
    *,
    from_unidentified: bool = False,
    held: bool = False,
) -> PaymentRecorded | None:
    """Write a payment with its split, if the debt is still as in `rows`; None, and nothing, if it is not."""
    now, actor = clock.now(), str(scope.actor)
    debt, payment_id, taken = rows[0], new_id(), {part.component_id: part.minor for part in split.parts}
    left = [row for row in rows if row["component_minor"] > taken.get(row["component_id"], 0) and row["due_on"]]
    written_off = debt["closed_reason"] == ClosedReason.WRITTEN_OFF
    balance = 0 if written_off else debt["balance_minor"] - split.applied_minor
    left_minor = sum(row["component_minor"] for row in rows) - split.applied_minor
    clearance = replaces.clearance if replaces else _clearance(command, debt, from_unidentified, held)
    status, clears_on, cleared_on = clearance
    money = _legs(command, split, status, from_unidentified)
    kind = PostingKind.IDENTIFICATION if from_unidentified else PostingKind.RECEIPT
    due_on = None if written_off else min((row["due_on"] for row in left), default=None)
    closes = balance == 0 and debt["status"] == DebtStatus.ACTIVE
    recorded = PaymentRecorded(
        payment_id=payment_id,
        debt_id=command.debt_id,
        allocations=split.parts,
        unapplied_minor=split.unapplied_minor,
        balance_after=Money(balance, debt["currency"]),
        debt_status=DebtStatus.CLOSED if closes else DebtStatus(debt["status"]),
        warning=warning_of(split.unapplied_minor, left_minor),
        replayed=False,
        after_write_off=replaces.after_write_off if replaces else written_off,
    )
    written = await single.fetch(
        _RECOVER if written_off else _WRITE, scope.agency, payment_id, debt["creditor_id"], command.debt_id,
        debt["currency"], command.amount.minor_units, split.unapplied_minor, command.paid_on, command.received_by.value,
        command.method.value, command.reference, command.idempotency_key, fingerprint, actor, now,
        list(taken), list(taken.values()), split.applied_minor, due_on, closes, new_id(),
        _told(command, recorded, left_minor if written_off else 0), debt["version"], status.value, clears_on,
        cleared_on, *legs.columns(money), command.purpose,
        [str(one) for one in command.designation], replaces.first_id if replaces else None, kind.value,
        recorded.after_write_off,
    )  # fmt: skip
    if not written:
        return None
    payment = {
        "agency_id": scope.agency, "id": payment_id, "creditor_id": debt["creditor_id"], "debt_id": command.debt_id,
        "currency": debt["currency"], "amount_minor": command.amount.minor_units,
        "unapplied_minor": split.unapplied_minor, "paid_on": command.paid_on, "received_by": command.received_by.value,
        "method": command.method.value, "reference": command.reference, "status": status.value,
        "clears_on": clears_on, "cleared_on": cleared_on, "reversed_on": None, "reversal_reason": None,
        "purpose": command.purpose, "replaces_id": replaces.first_id if replaces else None, "recorded_by": actor,
        "recorded_at": now, "after_write_off": recorded.after_write_off,
    }  # fmt: skip
    return replace(recorded, payment=payment, debt=written[0])


def _clearance(command: RecordPayment, debt: Row, from_unidentified: bool, held: bool) -> Clearance:
    """Whether the money can still bounce, until when, and since when it can not. The creditor's own money is its own
    business, and what the bank has booked is there."""
    if held and command.received_by is ReceivedBy.AGENCY:
        return PaymentStatus.PENDING, HELD, None
    bounces = command.received_by is ReceivedBy.AGENCY and not from_unidentified
    days = debt["clearance_days"].get(command.method.value, 0) if bounces else 0
    clears_on = command.paid_on + timedelta(days=days)
    if days and clears_on > clock.today(debt["timezone"]):
        return PaymentStatus.PENDING, clears_on, None
    return PaymentStatus.CLEARED, clears_on, clears_on


def _legs(command: RecordPayment, split: Allocation, status: PaymentStatus, from_unidentified: bool) -> legs.Legs:
    if command.received_by is ReceivedBy.CREDITOR:
        return ()
    cleared = status is PaymentStatus.CLEARED
    return legs.received(split.applied_minor, split.unapplied_minor, cleared=cleared, identified=not from_unidentified)


def _told(command: RecordPayment, recorded: PaymentRecorded, written_off_minor: int) -> dict[str, Any]:
    """The event, which is also what a replay answers from."""
    recovery = {"after_write_off": True, "written_off_after_minor": written_off_minor}
    return (recovery if recorded.after_write_off else {}) | {
        "debt_id": str(command.debt_id),
        "amount_minor": command.amount.minor_units,
        "currency": command.amount.currency,
        "paid_on": command.paid_on.isoformat(),
        "received_by": command.received_by.value,
        "allocations": [
            {"component_id": str(part.component_id), "kind": part.kind.value, "minor": part.minor}
            for part in recorded.allocations
        ],
        "unapplied_minor": recorded.unapplied_minor,
        "balance_after_minor": recorded.balance_after.minor_units,
        "debt_status": recorded.debt_status.value,
    }
