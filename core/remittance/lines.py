"""What is to be stated, each thing once: postings that changed what the agency holds for the creditor, payments that
the creditor received itself, fee lines, costs.

What the agency holds is taken from the ledger, so that a statement cannot miss a way in which it changed. Receipts
count by the day on which they had cleared, which for a cheque that was recorded late is after the day of its posting;
what of them went away counts with them, whenever it did, as nobody can remit what is gone. So do their fees, whenever
they were charged or given back: the nightly run charges the money of a period's last day on the day after.

Money that was only split anew (core/payments/reprocess_payments.py) is received once, as which payment it ever stands:
both postings of the new split are lines of their own kind, which count among the adjustments. They come to what the
creditor has more of it, or less, which mostly is nothing.
"""

# ruff: noqa: S608 - what is put together here is text of the program; values are bound

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.commissions.assess_fees import TIMEOUT_S
from core.kit.db import Row, Tx
from core.kit.errors import LimitExceeded

MAX_LINES = 200_000

# Somebody has taken the place of the payment `{0}`: what took it back was a new split, and no bounce.
_REPLACED = """EXISTS (SELECT FROM payment m
  WHERE m.agency_id = $1 AND m.replaces_id IN ({0}.replaces_id, {0}.id)
  AND (m.recorded_at, m.id) > ({0}.recorded_at, {0}.id))"""
# In whose place the payment `p` is.
_REPLACES = """SELECT m.id, m.amount_minor - m.unapplied_minor AS applied FROM payment m
  WHERE m.agency_id = $1 AND p.replaces_id IN (m.id, m.replaces_id)
    AND (m.recorded_at, m.id) < (p.recorded_at, p.id)
  ORDER BY m.recorded_at DESC, m.id DESC LIMIT 1"""

# What replaces a payment whose money had not cleared is received when it clears.
_MONEY = f"""
  SELECT CASE WHEN p.kind = 'RECEIPT' AND y.replaces_id IS NOT NULL THEN 'SPLIT_ANEW'
      WHEN p.kind = 'REVERSAL' AND {_REPLACED.format("y")} THEN 'SPLIT_ANEW'
      WHEN p.kind IN ('RECEIPT', 'CLEARING', 'IDENTIFICATION', 'APPLICATION') THEN 'PAYMENT'
      WHEN p.kind = 'REVERSAL' THEN 'REVERSAL' ELSE 'ADJUSTMENT' END AS kind,
    p.effective_on AS occurred_on, p.debt_id, y.id AS payment_id, p.id AS posting_id, NULL::uuid AS fee_line_id,
    false AS direct, CASE WHEN p.credit = 'CLIENT' THEN p.amount_minor ELSE -p.amount_minor END AS minor,
    CASE WHEN p.debit = 'CREDITOR_RECEIVABLE' THEN p.amount_minor ELSE 0 END AS laid_out
  FROM ledger_posting p LEFT JOIN payment y ON y.agency_id = $1 AND y.id = p.source_id
  WHERE p.agency_id = $1 AND p.creditor_id = $2 AND p.currency = $3
    AND ('CLIENT' IN (p.debit, p.credit)
         OR (p.debit, p.credit, p.kind) = ('CREDITOR_RECEIVABLE', 'TRUST_BANK', 'REVERSAL'))
    AND COALESCE(y.cleared_on, p.effective_on) <= $4
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.agency_id = $1 AND s.posting_id = p.id)
    AND NOT EXISTS (SELECT FROM remittance_statement s WHERE s.agency_id = $1 AND s.id = p.source_id)
"""

_COSTS = """
  SELECT 'COST', p.effective_on, p.debt_id, NULL, p.id, NULL, false, p.amount_minor, 0
  FROM ledger_posting p
  WHERE p.agency_id = $1 AND p.creditor_id = $2 AND p.currency = $3 AND p.effective_on <= $4
    AND (p.debit, p.credit, p.kind) = ('CREDITOR_RECEIVABLE', 'OPERATING_BANK', 'COURT_COST')
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.agency_id = $1 AND s.posting_id = p.id)
"""

# No postings tell of it, so that a new split is one line, of the difference. Statements of before had it as a payment.
_DIRECT = f"""
  SELECT v.kind, v.day, p.debt_id, p.id, NULL, NULL, true, v.minor, 0
  FROM payment p
  CROSS JOIN LATERAL (SELECT p.amount_minor - p.unapplied_minor AS minor) AS own
  CROSS JOIN LATERAL (
    SELECT 'DIRECT' AS kind, p.cleared_on AS day, own.minor WHERE p.replaces_id IS NULL
    UNION ALL SELECT 'SPLIT_ANEW', p.cleared_on, own.minor - (SELECT o.applied FROM ({_REPLACES}) o)
    WHERE p.replaces_id IS NOT NULL
    UNION ALL SELECT 'DIRECT_REVERSAL', p.reversed_on, -own.minor
    WHERE p.reversed_on IS NOT NULL AND NOT {_REPLACED.format("p")}
  ) AS v
  WHERE p.agency_id = $1 AND p.creditor_id = $2 AND p.currency = $3 AND p.received_by = 'CREDITOR'
    AND p.cleared_on <= $4
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.agency_id = $1 AND s.payment_id = p.id
      AND (s.kind = v.kind OR (s.kind, v.kind) = ('DIRECT', 'SPLIT_ANEW')))
"""

_FEES = """
  SELECT CASE f.kind WHEN 'TAX' THEN 'TAX' ELSE 'FEE' END, f.assessed_on, f.debt_id, f.payment_id, NULL, f.id,
    p.received_by = 'CREDITOR', f.amount_minor, 0
  FROM fee_line f JOIN payment p ON p.agency_id = $1 AND p.id = f.payment_id
  WHERE f.agency_id = $1 AND f.creditor_id = $2 AND f.currency = $3 AND p.cleared_on <= $4
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.agency_id = $1 AND s.fee_line_id = f.id)
"""

_STATE = f"""
WITH found AS MATERIALIZED ({_MONEY} UNION ALL {_COSTS} UNION ALL {_DIRECT} UNION ALL {_FEES}), stated AS (
  INSERT INTO statement_line (agency_id, id, creditor_id, statement_id, position, kind, occurred_on, debt_id,
    payment_id, posting_id, fee_line_id, direct, amount_minor)
  SELECT $1, recobro_uuid7(), $2, $5,
    row_number() OVER (ORDER BY occurred_on, payment_id, kind, posting_id, fee_line_id), kind, occurred_on, debt_id,
    payment_id, posting_id, fee_line_id, direct, minor FROM found
)
SELECT count(*) AS lines, {
    ", ".join(
        f"COALESCE(sum({what}), 0)::bigint AS {name}"
        for name, what in (
            ("received", "minor) FILTER (WHERE kind = 'PAYMENT'"),
            ("adjustments", "minor) FILTER (WHERE kind IN ('REVERSAL', 'ADJUSTMENT', 'SPLIT_ANEW') AND NOT direct"),
            ("paid_direct", "minor) FILTER (WHERE kind IN ('DIRECT', 'DIRECT_REVERSAL', 'SPLIT_ANEW') AND direct"),
            ("fee_received", "minor) FILTER (WHERE kind = 'FEE' AND NOT direct"),
            ("fee_direct", "minor) FILTER (WHERE kind = 'FEE' AND direct"),
            ("tax_received", "minor) FILTER (WHERE kind = 'TAX' AND NOT direct"),
            ("tax_direct", "minor) FILTER (WHERE kind = 'TAX' AND direct"),
            ("costs", "minor) FILTER (WHERE kind = 'COST'"),
            ("laid_out", "laid_out"),
        )
    )
} FROM found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the lines add up to, by what they are; `laid_out` is the part of the reversals that the agency put in."""

    lines: int
    received: int
    adjustments: int
    paid_direct: int
    fee_received: int
    fee_direct: int
    tax_received: int
    tax_direct: int
    costs: int
    laid_out: int


async def state(tx: Tx, statement_id: UUID, creditor_id: UUID, currency: str, last_on: date) -> Totals:
    """Write the lines of a statement and add them up. Raises: LimitExceeded (STATEMENT_TOO_LARGE)."""
    row = await tx.fetchrow(_STATE, tx.scope.agency, creditor_id, currency, last_on, statement_id)
    assert row is not None
    totals = Totals(**dict(row.items()))
    if totals.lines > MAX_LINES:
        raise LimitExceeded(
            f"The statement would have {totals.lines} lines, and {MAX_LINES} are the most.",
            code="STATEMENT_TOO_LARGE", field="last_on", remedy="Give an earlier last day.",
        )  # fmt: skip
    return totals


# A reversal of a payment refers to the line that stated the money, be it as another payment, and that of a fee line to
# the line of what it turns. `shares`: by kind of component what a split anew paid, or (below 0) had paid before; of
# money that the creditor received itself the difference, as its amount is.
_READ = f"""
SELECT l.position, l.kind, l.occurred_on, l.amount_minor, l.direct, l.payment_id, l.posting_id, l.fee_line_id,
  d.reference AS debt, d.debtor_name, p.paid_on, p.method, p.reference, p.replaces_id,
  f.kind AS fee_kind, f.tier, f.component, f.base_minor, f.rate::text AS rate,
  e.position AS earlier_position, e.statement_id AS earlier_statement, q.number AS earlier_number,
  CASE WHEN l.kind = 'SPLIT_ANEW' THEN (
    SELECT jsonb_object_agg(k.kind, k.minor) FROM (
      SELECT c.kind, sum(v.sign * a.amount_minor)::bigint AS minor
      FROM (
        SELECT l.payment_id AS id, CASE WHEN l.amount_minor < 0 AND NOT l.direct THEN -1 ELSE 1 END AS sign
        UNION ALL SELECT o.id, -1 FROM ({_REPLACES}) o WHERE l.direct
      ) AS v
      JOIN payment_allocation a ON a.agency_id = $1 AND a.payment_id = v.id
      JOIN debt_component c ON c.agency_id = $1 AND c.id = a.component_id
      GROUP BY c.kind HAVING sum(v.sign * a.amount_minor) <> 0
    ) AS k
  ) END AS shares
FROM statement_line l
LEFT JOIN debt d ON d.agency_id = $1 AND d.id = l.debt_id
LEFT JOIN payment p ON p.agency_id = $1 AND p.id = l.payment_id
LEFT JOIN fee_line f ON f.agency_id = $1 AND f.id = l.fee_line_id
LEFT JOIN LATERAL (
  SELECT o.position, o.statement_id FROM statement_line o
  WHERE o.agency_id = $1 AND o.fee_line_id = f.reverses_id
  UNION ALL
  (SELECT o.position, o.statement_id
   FROM (
     SELECT c.* FROM statement_line c WHERE c.agency_id = $1 AND c.payment_id = l.payment_id
     UNION ALL SELECT c.* FROM statement_line c WHERE c.agency_id = $1 AND c.payment_id = p.replaces_id
   ) AS o
   WHERE (l.kind IN ('REVERSAL', 'DIRECT_REVERSAL') OR l.kind = 'SPLIT_ANEW' AND l.amount_minor < 0 AND NOT l.direct)
     AND (o.kind IN ('PAYMENT', 'DIRECT') OR o.kind = 'SPLIT_ANEW' AND o.amount_minor > 0) AND o.id <> l.id
   ORDER BY o.kind = 'SPLIT_ANEW', o.payment_id <> l.payment_id, o.occurred_on, o.id LIMIT 1)
) AS e ON true
LEFT JOIN remittance_statement q ON q.agency_id = $1 AND q.id = e.statement_id
WHERE l.agency_id = $1 AND l.statement_id = $2 ORDER BY l.position
"""


async def read_lines(tx: Tx, statement_id: UUID) -> list[Row]:
    """The lines of a statement in their order, with what a reader of it wants to know of each."""
    return await tx.fetch(_READ, tx.scope.agency, statement_id, timeout_s=TIMEOUT_S)
