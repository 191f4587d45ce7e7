"""Charge what was paid: the fee lines of every payment that has none yet, and the reversal of those whose payment is
gone."""

# ruff: noqa: S608 - what is put together here is text of the program; values are bound

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.commissions.fees import CLEARED_ON, FEE_LINES, FEES, OF_CREDITOR, OPEN
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission

TIMEOUT_S = 600
MOST_TOLD = 100
"""How many payments an event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessFees:
    """The payments whose money was there by `until`, a legal day."""

    creditor_id: UUID
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTotal:
    """`fee_minor` and `tax_minor` of so many payments, in one currency; negative for reversals."""

    currency: str
    payments: int
    fee_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesAssessed:
    """`recalculation_due`: payments that were charged before, and would be charged otherwise now that others are gone
    or have come before them; nothing is done about them here. `without_schedule` payments are of debts that were placed
    before any schedule was valid."""

    assessed: tuple[FeeTotal, ...]
    reversed: tuple[FeeTotal, ...]
    without_schedule: int
    recalculation_due: tuple[UUID, ...]


async def assess_fees(scope: Scope, command: AssessFees) -> FeesAssessed:
    """Assess all payments of a creditor that were not yet, and reverse the fees of reversed payments by their stored
    lines. Each payment once, however often and by how many it is asked.

    Raises: Forbidden; NotFound (creditor).
    """
    scope.require(Permission.COMMISSION_MANAGE)
    async with db.transaction(scope) as tx:
        return await assess(tx, command.creditor_id, command.until)


async def assess(tx: Tx, creditor_id: UUID, until: date) -> FeesAssessed:
    """As `assess_fees`, in the caller's transaction, which holds the creditor from here on.

    Raises: NotFound (creditor).
    """
    await take_time(tx)
    await lock_creditor(tx, creditor_id)
    gone = await tx.fetch(_GONE, tx.scope.agency, creditor_id)
    returned = await reverse_lines(tx, creditor_id, [row["payment_id"] for row in gone], until)
    charged, left, known = await charge(tx, creditor_id, until)
    debts = {row["debt_id"] for row in gone} | set(known)
    stale = await stale_payments(tx, creditor_id, list(debts))
    if stale:
        told = {"payments": len(stale), "first": [str(one) for one in stale[:MOST_TOLD]]}
        await emit(tx, "fee.recalculation_due", creditor_id, told)
    return FeesAssessed(assessed=charged, reversed=returned, without_schedule=left, recalculation_due=tuple(stale))


async def take_time(tx: Tx, seconds: int = TIMEOUT_S) -> None:
    """Work over all of a creditor's payments takes its time: longer than other statements may."""
    await tx.execute(f"SET LOCAL statement_timeout = {seconds * 1000}")


async def lock_creditor(tx: Tx, creditor_id: UUID) -> None:
    """Whoever charges or states what a creditor owes waits here for the other. Raises: NotFound."""
    if not await tx.fetchval(
        "SELECT true FROM creditor WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.scope.agency, creditor_id
    ):
        raise not_found("creditor", "creditor_id")


def _posted(lines: str, actor: str) -> str:
    """The creditor owes a line, or less where it is negative: the income is the agency's, the tax the state's."""
    return f"""posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, recorded_at, source_id, actor)
  SELECT c.agency_id, recobro_uuid7(), c.creditor_id, c.debt_id, 'COMMISSION',
    CASE WHEN c.amount_minor > 0 THEN 'COMMISSION_RECEIVABLE' ELSE i.account END,
    CASE WHEN c.amount_minor > 0 THEN i.account ELSE 'COMMISSION_RECEIVABLE' END,
    c.currency, abs(c.amount_minor), c.assessed_on, c.recorded_at, c.id, {actor}
  FROM {lines} c, LATERAL (SELECT CASE c.kind WHEN 'TAX' THEN 'TAX_PAYABLE' ELSE 'COMMISSION' END AS account) AS i
  WHERE c.amount_minor <> 0
)"""


_GONE = f"""
SELECT DISTINCT f.payment_id, f.debt_id FROM fee_line f
JOIN payment p ON p.agency_id = $1 AND p.id = f.payment_id AND p.status = 'REVERSED'
WHERE f.creditor_id = $2 AND {OPEN}
"""

_REVERSE = f"""
WITH turned AS (
  INSERT INTO fee_line (agency_id, id, creditor_id, debt_id, payment_id, schedule_id, currency, assessment, line, kind,
    tier, component, base_minor, rate, rounding, amount_minor, paid_before_minor, stage, assessed_on, recorded_at,
    reverses_id)
  SELECT f.agency_id, recobro_uuid7(), f.creditor_id, f.debt_id, f.payment_id, f.schedule_id, f.currency, f.assessment,
    f.line, f.kind, f.tier, f.component, -f.base_minor, f.rate, -f.rounding, -f.amount_minor, f.paid_before_minor,
    f.stage, GREATEST($4, f.assessed_on), $5, f.id
  FROM fee_line f WHERE f.creditor_id = $2 AND f.payment_id = ANY ($3) AND {OPEN}
  RETURNING *
), {_posted("turned", "$6")}
SELECT currency, count(DISTINCT payment_id) AS payments,
  COALESCE(sum(amount_minor) FILTER (WHERE kind <> 'TAX'), 0)::bigint AS fee_minor,
  COALESCE(sum(amount_minor) FILTER (WHERE kind = 'TAX'), 0)::bigint AS tax_minor
FROM turned GROUP BY currency ORDER BY currency
"""


async def reverse_lines(tx: Tx, creditor_id: UUID, payments: Sequence[UUID], on: date) -> tuple[FeeTotal, ...]:
    """Turn the standing lines of these payments, as they are stored; nothing is computed anew. Not before the day on
    which a line was charged: a period may be stated after that day."""
    if not payments:
        return ()
    rows = await tx.fetch(
        _REVERSE, tx.scope.agency, creditor_id, payments, on, tx.now, str(tx.scope.actor), timeout_s=TIMEOUT_S
    )  # fmt: skip
    return await _told(tx, "fee.reversed", creditor_id, rows)


_CHARGE = f"""
WITH given AS ({OF_CREDITOR}), due AS MATERIALIZED (
  SELECT p.debt_id FROM payment p
  WHERE p.agency_id = $1 AND p.creditor_id = $2 AND p.status = 'CLEARED' AND {CLEARED_ON} <= $3
    AND NOT EXISTS (SELECT FROM fee_line f WHERE f.payment_id = p.id AND {OPEN})
), asked AS MATERIALIZED (
  SELECT DISTINCT debt_id FROM due
), {FEE_LINES}, charged AS (
  INSERT INTO fee_line (agency_id, id, creditor_id, debt_id, payment_id, schedule_id, currency, assessment, line, kind,
    tier, component, base_minor, rate, rounding, amount_minor, paid_before_minor, stage, assessed_on, recorded_at)
  SELECT $1, recobro_uuid7(), l.creditor_id, l.debt_id, l.payment_id, l.schedule_id, l.currency, l.turn, l.line, l.kind,
    l.tier, l.component, l.base, l.rate, l.rounding, l.amount, l.paid_before, l.stage, $3, $4
  FROM line l WHERE NOT l.charged AND l.cleared_on <= $3
  RETURNING *
), {_posted("charged", "$5")}, totals AS (
  SELECT s.currency, count(*) AS payments, sum(s.fee)::bigint AS fee_minor, sum(s.tax)::bigint AS tax_minor
  FROM fee s WHERE NOT s.charged AND s.cleared_on <= $3 GROUP BY s.currency
)
SELECT t.*, a.due, a.known
FROM (SELECT (SELECT count(*) FROM due) AS due,
        ARRAY(SELECT DISTINCT s.debt_id FROM fee s WHERE s.charged) AS known) AS a
LEFT JOIN totals t ON true ORDER BY t.currency
"""


async def charge(tx: Tx, creditor_id: UUID, until: date) -> tuple[tuple[FeeTotal, ...], int, list[UUID]]:
    """Write the lines of payments without any. Returns the totals, how many payments have no schedule, and the debts
    among them of which other payments had been charged."""
    rows = await tx.fetch(
        _CHARGE, tx.scope.agency, creditor_id, until, tx.now, str(tx.scope.actor), timeout_s=TIMEOUT_S
    )
    totals = await _told(tx, "fee.accrued", creditor_id, [row for row in rows if row["currency"] is not None])
    return totals, rows[0]["due"] - sum(one.payments for one in totals), rows[0]["known"]


_STALE = f"""
WITH given AS ({OF_CREDITOR}), asked AS MATERIALIZED (SELECT unnest($3::uuid[]) AS debt_id), {FEES}
SELECT s.payment_id FROM fee s WHERE s.charged AND s.charged_fee + s.charged_tax <> s.fee + s.tax
ORDER BY s.cleared_on, s.recorded_at, s.payment_id
"""


async def stale_payments(tx: Tx, creditor_id: UUID, debts: Sequence[UUID]) -> list[UUID]:
    """The payments of these debts whose fee would be another one today."""
    if not debts:
        return []
    rows = await tx.fetch(_STALE, tx.scope.agency, creditor_id, debts, timeout_s=TIMEOUT_S)
    return [row["payment_id"] for row in rows]


async def _told(tx: Tx, event: str, creditor_id: UUID, rows: Sequence[Row]) -> tuple[FeeTotal, ...]:
    names = ("currency", "payments", "fee_minor", "tax_minor")
    told = [{name: row[name] for name in names} for row in rows]
    for one in told:
        await emit(tx, event, creditor_id, one, creditor_id=creditor_id)
    return tuple(FeeTotal(**one) for one in told)
