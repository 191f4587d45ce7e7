"""What is to be stated, each thing once: postings that changed what the agency holds for the creditor, payments that
the creditor received itself, fee lines, costs.

What the agency holds is taken from the ledger, so that a statement cannot miss a way in which it changed. Receipts
count by the day on which they had cleared, which for a cheque that was recorded late is after the day of its posting;
what of them went away counts with them, whenever it did, as nobody can remit what is gone. So do their fees, whenever
they were charged or given back: the nightly run charges the money of a period's last day on the day after.
"""

# ruff: noqa: S608 - what is put together here is text of the program; values are bound

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.commissions.assess_fees import TIMEOUT_S
from core.kit.db import Row, Tx
from core.kit.errors import LimitExceeded

MAX_LINES = 200_000

_MONEY = """
  SELECT CASE WHEN p.kind IN ('RECEIPT', 'CLEARING', 'IDENTIFICATION', 'APPLICATION') THEN 'PAYMENT'
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

_DIRECT = """
  SELECT v.kind, v.day, p.debt_id, p.id, NULL, NULL, true, v.sign * (p.amount_minor - p.unapplied_minor), 0
  FROM payment p
  CROSS JOIN LATERAL (VALUES ('DIRECT', p.cleared_on, 1), ('DIRECT_REVERSAL', p.reversed_on, -1)) AS v (kind, day, sign)
  WHERE p.agency_id = $1 AND p.creditor_id = $2 AND p.currency = $3 AND p.received_by = 'CREDITOR'
    AND p.cleared_on <= $4 AND v.day IS NOT NULL
    AND NOT EXISTS (SELECT FROM statement_line s WHERE s.agency_id = $1 AND s.payment_id = p.id AND s.kind = v.kind)
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
            ("adjustments", "minor) FILTER (WHERE kind IN ('REVERSAL', 'ADJUSTMENT')"),
            ("paid_direct", "minor) FILTER (WHERE kind IN ('DIRECT', 'DIRECT_REVERSAL')"),
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


# A reversal of a payment refers to the line that stated the payment, that of a fee line to the line of what it turns.
_READ = """
SELECT l.position, l.kind, l.occurred_on, l.amount_minor, l.direct, l.payment_id, l.posting_id, l.fee_line_id,
  d.reference AS debt, d.debtor_name, p.paid_on, p.method, p.reference,
  f.kind AS fee_kind, f.tier, f.component, f.base_minor, f.rate::text AS rate,
  e.position AS earlier_position, e.statement_id AS earlier_statement, q.number AS earlier_number
FROM statement_line l
LEFT JOIN debt d ON d.agency_id = $1 AND d.id = l.debt_id
LEFT JOIN payment p ON p.agency_id = $1 AND p.id = l.payment_id
LEFT JOIN fee_line f ON f.agency_id = $1 AND f.id = l.fee_line_id
LEFT JOIN LATERAL (
  SELECT o.position, o.statement_id FROM statement_line o
  WHERE o.agency_id = $1 AND o.fee_line_id = f.reverses_id
  UNION ALL
  (SELECT o.position, o.statement_id FROM statement_line o
   WHERE l.kind IN ('REVERSAL', 'DIRECT_REVERSAL') AND o.agency_id = $1 AND o.payment_id = l.payment_id
     AND o.kind IN ('PAYMENT', 'DIRECT')
   ORDER BY o.occurred_on, o.id LIMIT 1)
) AS e ON true
LEFT JOIN remittance_statement q ON q.agency_id = $1 AND q.id = e.statement_id
WHERE l.agency_id = $1 AND l.statement_id = $2 ORDER BY l.position
"""


async def read_lines(tx: Tx, statement_id: UUID) -> list[Row]:
    """The lines of a statement in their order, with what a reader of it wants to know of each."""
    return await tx.fetch(_READ, tx.scope.agency, statement_id, timeout_s=TIMEOUT_S)
