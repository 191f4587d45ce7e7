"""Money that the bank took back: a return is claimed for the payment of the receipt that it returns.

A receipt and its return have the same account and amount, and the end-to-end reference, or the bank's own, of the
receipt. Exactly one receipt has to fit. Where nobody knew yet what the receipt was for, it leaves the unidentified
money, and both entries are done with.
"""

from uuid import UUID

from core.kit.db import Tx

_SAME = """
o.agency_id = $1 AND o.account_id = b.account_id AND o.direction = 'CREDIT' AND o.amount_minor = b.amount_minor
AND o.booked_on <= b.booked_on AND o.state <> 'IGNORED' AND o.return_reason = ''
AND NOT EXISTS (SELECT 1 FROM bank_entry g WHERE g.agency_id = $1 AND g.direction = 'DEBIT'
  AND g.payment_id = o.payment_id)
"""
_FOUND = f"""
CREATE TEMP TABLE taken_back ON COMMIT DROP AS
WITH back AS MATERIALIZED (
  SELECT e.* FROM bank_entry e JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
  WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.direction = 'DEBIT' AND e.state = 'UNMATCHED'
    AND e.payment_id IS NULL AND (e.reversal OR e.return_reason <> '')
), pair AS (
  SELECT b.id, o.id AS receipt_id FROM back b
  JOIN bank_entry o ON {_SAME} AND o.end_to_end_id <> '' AND o.end_to_end_id = b.end_to_end_id
  UNION
  SELECT b.id, o.id FROM back b
  JOIN bank_entry o ON {_SAME} AND o.bank_reference <> '' AND o.bank_reference = b.bank_reference
)
SELECT b.id, b.booked_on, min(p.receipt_id::text)::uuid AS receipt_id, count(*) AS receipts
FROM back b JOIN pair p ON p.id = b.id GROUP BY b.id, b.booked_on
"""  # noqa: S608 - the program's own text
# Two returns of one receipt in one statement, or one of what was several payments: a person decides.
_DOUBTFUL = """
UPDATE bank_entry e SET match_reason = CASE WHEN r.shares > 0 THEN 'returns a receipt of ' || r.shares || ' payments'
  ELSE 'ambiguous: ' || t.receipts || ' receipts, or two returns of one' END
FROM taken_back t JOIN bank_entry r ON r.agency_id = $1 AND r.id = t.receipt_id
WHERE e.agency_id = $1 AND e.id = t.id
  AND (t.receipts > 1 OR r.shares > 0 OR (SELECT count(*) FROM taken_back o WHERE o.receipt_id = t.receipt_id) > 1)
RETURNING e.id
"""
_CLAIM = """
UPDATE bank_entry e SET payment_id = o.payment_id, debt_id = o.debt_id, rung = 'RETURN',
  match_reason = 'returns the receipt of ' || o.booked_on, decided_by = 'system:matching', decided_at = $2::timestamptz
FROM taken_back t JOIN bank_entry o ON o.agency_id = $1 AND o.id = t.receipt_id
WHERE e.agency_id = $1 AND e.id = t.id AND t.id <> ALL ($3::uuid[]) AND o.payment_id IS NOT NULL
  AND o.state = 'MATCHED' AND e.state = 'UNMATCHED' AND e.payment_id IS NULL
RETURNING e.id
"""
_NEVER_KNOWN = """
WITH gone AS (
  UPDATE bank_entry o SET state = 'IGNORED', match_reason = 'returned by the bank before it was identified',
    decided_by = 'system:matching', decided_at = $2::timestamptz
  FROM taken_back t
  WHERE o.agency_id = $1 AND o.id = t.receipt_id AND t.id <> ALL ($3::uuid[]) AND o.state = 'UNMATCHED'
    AND o.debt_id IS NULL
  RETURNING t.id, t.booked_on, o.currency, o.amount_minor
), done AS (
  UPDATE bank_entry e SET state = 'IGNORED', rung = 'RETURN',
    match_reason = 'returns a receipt that was not identified',
    decided_by = 'system:matching', decided_at = $2::timestamptz
  FROM gone g WHERE e.agency_id = $1 AND e.id = g.id
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, recorded_at,
    source_id, actor, reason)
  SELECT $1, recobro_uuid7(), 'REVERSAL', 'UNIDENTIFIED', 'TRUST_BANK', g.currency, g.amount_minor, g.booked_on, $2,
    g.id, $4, 'returned by the bank' FROM gone g
)
SELECT count(*) FROM gone
"""


async def claim_returns(tx: Tx, statement_id: UUID) -> tuple[int, int, int]:
    """Claim the returns of a statement. Returns how many have a payment to take back, how many took back money that
    nobody had identified (which is done then), and of how many a person has to decide."""
    agency_id = tx.scope.agency
    await tx.execute(_FOUND, agency_id, statement_id)
    doubtful = [row["id"] for row in await tx.fetch(_DOUBTFUL, agency_id)]
    claimed = await tx.fetch(_CLAIM, agency_id, tx.now, doubtful)
    unknown: int = await tx.fetchval(_NEVER_KNOWN, agency_id, tx.now, doubtful, str(tx.scope.actor))
    return len(claimed), unknown, len(doubtful)
