"""What a payment writes: one statement, all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from core.debts.kinds import ComponentKind, DebtStatus
from core.kit import clock
from core.kit.db import Row, Single
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger import legs
from core.ledger.kinds import PostingKind
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy
from core.payments.rules import AllocatedPart, Allocation, OpenComponent


class PaymentWarning(StrEnum):
    """OVERPAYMENT: `unapplied_minor` of the money found no component to pay; it is kept on the payment, to be returned
    or moved by a person. DISPUTED_PORTION: what found no component stands against what the debtor disputes, where no
    payment goes; it is kept on the payment likewise."""

    OVERPAYMENT = "OVERPAYMENT"
    DISPUTED_PORTION = "DISPUTED_PORTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayment:
    """`paid_on` is the legal day of the payment in the mandate's zone; `idempotency_key` is unique in the agency.

    `designation` is what the debtor named to be paid first, kinds or ids of components (C.C. (Colombia) 1654; 12 CFR
    1006.30(c)). `purpose` is a code of the mandate's own for what the money is, by which its policy may split it.
    """

    debt_id: UUID
    amount: Money
    paid_on: date
    method: PaymentMethod
    received_by: ReceivedBy
    idempotency_key: str
    reference: str = ""
    purpose: str = ""
    designation: tuple[ComponentKind | UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded:
    """The stored split, in the order of allocation, and the debt's balance right after this payment.

    A replay gives the first answer again, whatever has happened to the debt since, with `replayed` true. `payment` and
    `debt` are the rows as they were written, columns by name; None in a replay.
    """

    payment_id: UUID
    debt_id: UUID
    allocations: tuple[AllocatedPart, ...]
    unapplied_minor: int
    balance_after: Money
    debt_status: DebtStatus
    warning: PaymentWarning | None
    replayed: bool
    payment: Mapping[str, Any] | None = field(default=None, compare=False)
    debt: Mapping[str, Any] | None = field(default=None, compare=False)


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
  m.clearance_days,
  c.id AS component_id, c.kind, c.position, c.due_on, c.balance_minor AS component_minor, c.instalment,
  c.disputed_minor, {_FIRST},
  EXISTS (SELECT 1 FROM debt_interest i WHERE i.agency_id = $1 AND i.debt_id = d.id) AS bears_interest
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = d.id
LEFT JOIN payment p ON {_BY_KEY}
WHERE d.agency_id = $1 AND d.id = $2
"""  # noqa: S608 - the program's own text


def component_of(row: Row) -> OpenComponent:
    """The component in a row with its `component_id` and `component_minor`, its balance, as the split sees it."""
    return OpenComponent(
        row["component_id"], ComponentKind(row["kind"]), row["position"], row["due_on"], row["component_minor"],
        row["instalment"], row["disputed_minor"],
    )  # fmt: skip


def warning_of(unapplied_minor: int, balance_after_minor: int) -> PaymentWarning | None:
    if not unapplied_minor:
        return None
    return PaymentWarning.DISPUTED_PORTION if balance_after_minor else PaymentWarning.OVERPAYMENT


# Everything hangs on the INSERT of the payment, and that on the debt: where it is not the version that was read any
# more, or the key is taken, no part of this writes anything.
_WRITE = """
WITH same AS MATERIALIZED (
  SELECT d.id FROM debt d WHERE d.agency_id = $1 AND d.id = $4 AND d.xmin = $23::text::xid FOR NO KEY UPDATE
), paid AS (
  INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on,
    received_by, method, reference, idempotency_key, fingerprint, recorded_by, recorded_at, status, clears_on,
    cleared_on, purpose, designation, replaces_id)
  SELECT $1, $2, $3, same.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $24, $25, $26, $30, $31, $32 FROM same
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id
), part AS (
  SELECT component_id, minor FROM paid, unnest($16::uuid[], $17::bigint[]) AS given (component_id, minor)
), split AS (
  INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
  SELECT $1, recobro_uuid7(), $3, $2, component_id, minor FROM part
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor)
  SELECT $1, recobro_uuid7(), $3, $4, component_id, 'PAYMENT', $8, $15, -minor, $2, $14 FROM part
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, recorded_at, source_id, actor)
  SELECT $1, recobro_uuid7(), $3, $4, $33, leg.debit, leg.credit, $5, leg.minor, $8, $15, $2, $14
  FROM paid, unnest($27::text[], $28::text[], $29::bigint[]) AS leg (debit, credit, minor)
), lowered AS (
  UPDATE debt_component c SET balance_minor = c.balance_minor - part.minor FROM part
  WHERE c.agency_id = $1 AND c.id = part.component_id
), changed AS (
  UPDATE debt d SET balance_minor = d.balance_minor - $18, recovered_minor = d.recovered_minor + $18, due_on = $19,
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


Clearance: TypeAlias = tuple[PaymentStatus, date | None, date | None]
"""Whether the money can still bounce, until when, and since when it can not."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a payment is the new split of: the payment as which the money was first recorded, and how far it has
    cleared."""

    first_id: UUID
    clearance: Clearance


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
) -> PaymentRecorded | None:
    """Write a payment with its split, if the debt is still as in `rows`; None, and nothing, if it is not."""
    now, actor = clock.now(), str(scope.actor)
    debt, payment_id, taken = rows[0], new_id(), {part.component_id: part.minor for part in split.parts}
    left = [row for row in rows if row["component_minor"] > taken.get(row["component_id"], 0)]
    balance = debt["balance_minor"] - split.applied_minor
    status, clears_on, cleared_on = replaces.clearance if replaces else _clearance(command, debt, from_unidentified)
    money = _legs(command, split, status, from_unidentified)
    kind = PostingKind.IDENTIFICATION if from_unidentified else PostingKind.RECEIPT
    closes = balance == 0 and debt["status"] == DebtStatus.ACTIVE
    recorded = PaymentRecorded(
        payment_id=payment_id,
        debt_id=command.debt_id,
        allocations=split.parts,
        unapplied_minor=split.unapplied_minor,
        balance_after=Money(balance, debt["currency"]),
        debt_status=DebtStatus.CLOSED if closes else DebtStatus(debt["status"]),
        warning=warning_of(split.unapplied_minor, balance),
        replayed=False,
    )
    written = await single.fetch(
        _WRITE, scope.agency, payment_id, debt["creditor_id"], command.debt_id, debt["currency"],
        command.amount.minor_units, split.unapplied_minor, command.paid_on, command.received_by.value,
        command.method.value, command.reference, command.idempotency_key, fingerprint, actor, now,
        list(taken), list(taken.values()), split.applied_minor,
        min((row["due_on"] for row in left if row["due_on"]), default=None), closes, new_id(), _told(command, recorded),
        debt["version"], status.value, clears_on, cleared_on, *legs.columns(money), command.purpose,
        [str(one) for one in command.designation], replaces.first_id if replaces else None, kind.value,
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
        "recorded_at": now,
    }  # fmt: skip
    return replace(recorded, payment=payment, debt=written[0])


def _clearance(command: RecordPayment, debt: Row, from_unidentified: bool) -> Clearance:
    """Whether the money can still bounce, until when, and since when it can not. The creditor's own money is its own
    business, and what the bank has booked is there."""
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


def _told(command: RecordPayment, recorded: PaymentRecorded) -> dict[str, Any]:
    """The event, which is also what a replay answers from."""
    return {
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
