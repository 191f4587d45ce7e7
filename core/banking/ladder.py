"""The ladder: for what debts the unmatched receipts of a statement can be, the surest sign first.

One statement a rung over all receipts at once. An entry goes down to a rung only where those above found nothing for
it. On the rung where something is found, exactly one debt has to be found, and it has to be open: two of them, or a
closed one, is for a person to decide, and no lower rung is asked.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from uuid import UUID

from core.banking.kinds import Rung
from core.banking.words import TOKENS, compact
from core.kit.db import Tx
from core.payments.write_payment import HELD

TIMEOUT_MS = 600_000
"""Of one statement: taking the words of 5,000 receipts apart takes seconds."""
_OPEN = f"""
CREATE TEMP TABLE receipt ON COMMIT DROP AS
SELECT e.id, e.currency, e.amount_minor, e.booked_on, e.mandate_reference, e.creditor_reference, e.end_to_end_id, e.rf,
  e.text, e.counterparty_name, {compact("e.mandate_reference")} AS mandate, {compact("e.end_to_end_id")} AS paid_as
FROM bank_entry e
JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.state = 'UNMATCHED' AND e.debt_id IS NULL
  AND e.direction = 'CREDIT' AND NOT e.reversal AND e.return_reason = '' AND e.attempt = 0 AND e.id <> ALL ($3::uuid[])
"""
_CANDIDATES = "CREATE TEMP TABLE candidate (entry_id uuid, debt_id uuid, rung text, because text) ON COMMIT DROP"

# In each of them one equality a join: with two in one condition PostgreSQL compares all with all.
_MANDATES = """
SELECT s.id, p.debt_id, lower(p.kind) || ' ' || p.reference
FROM (SELECT id, mandate AS said FROM receipt UNION SELECT id, paid_as FROM receipt) s
JOIN payment_reference p ON p.agency_id = $1 AND p.kind IN ('MANDATE', 'PLAN') AND p.reference = s.said
UNION
SELECT t.id, p.debt_id, 'plan ' || p.reference FROM token t
JOIN payment_reference p ON p.agency_id = $1 AND p.kind = 'PLAN' AND p.reference = t.compact
"""
# The agency gave it out, or the creditor did, who writes its own number for the debt into it.
_REFERENCES = f"""
SELECT r.id, p.debt_id, 'reference ' || p.reference FROM receipt r
JOIN payment_reference p ON p.agency_id = $1 AND p.kind = 'RF' AND p.reference = r.rf WHERE r.rf <> ''
UNION
SELECT r.id, d.id, 'reference ' || r.rf FROM receipt r
JOIN debt d ON d.agency_id = $1
  AND {compact("d.reference")} IN (substr(r.rf, 5), ltrim(substr(r.rf, 5), '0')) WHERE r.rf <> ''
UNION
SELECT r.id, d.id, 'reference ' || r.creditor_reference FROM receipt r
JOIN debt d ON d.agency_id = $1 AND {compact("d.reference")} = {compact("r.creditor_reference")}
WHERE {compact("r.creditor_reference")} <> ''
"""
# As the creditor writes it or not: in whatever case, with other separators or none. Two debts whose numbers are the
# same then are two.
_NUMBERS = f"""
SELECT t.id, d.id, 'the number ' || d.reference || ' in the text' FROM token t
JOIN debt d ON d.agency_id = $1 AND {compact("d.reference")} = t.compact
"""
_IDENTIFIERS = """
WITH known AS MATERIALIZED (
  SELECT s.id, i.party_id, i.number, CASE i.type WHEN 'CUSTOMER' THEN i.issuer END AS creditor
  FROM (SELECT id, said FROM token UNION SELECT id, upper(said) FROM token UNION SELECT id, compact FROM token) s
  JOIN party_identifier i ON i.agency_id = $1 AND i.number = s.said
  WHERE length(s.said) >= 5
)
SELECT k.id, d.id, 'the identifier ' || k.number || ' in the text' FROM known k
JOIN debt d ON d.agency_id = $1 AND d.party_id = k.party_id AND d.status = 'ACTIVE'
  AND (k.creditor IS NULL OR k.creditor = d.creditor_id::text)
"""
# The whole balance of a debt that was there. Where the bank names the payer, two words of the name (or its only one)
# are the debtor's: money of a stranger of the same amount is somebody else's.
_AMOUNTS = """
SELECT r.id, d.id, 'the whole balance' FROM receipt r
JOIN debt d ON d.agency_id = $1 AND d.status = 'ACTIVE' AND d.balance_minor = r.amount_minor AND d.currency = r.currency
  AND d.placed_on <= r.booked_on
CROSS JOIN LATERAL (SELECT array_remove(string_to_array(search_fold(r.counterparty_name), ' '), '') AS payer,
  array_remove(string_to_array(search_fold(d.debtor_name), ' '), '') AS debtor) n
WHERE cardinality(n.payer) = 0
  OR (SELECT count(DISTINCT w) FROM unnest(n.payer) w WHERE w = ANY (n.debtor))
     >= LEAST(2, cardinality(n.payer), cardinality(n.debtor))
"""
_RUNGS = (
    (Rung.MANDATE_REFERENCE, _MANDATES),
    (Rung.CREDITOR_REFERENCE, _REFERENCES),
    (Rung.ACCOUNT_NUMBER, _NUMBERS),
    (Rung.DEBTOR_IDENTIFIER, _IDENTIFIERS),
    (Rung.AMOUNT, _AMOUNTS),
)

# Somebody may have recorded the same money already, when the debtor told of it: only a person can say.
_LIKE = """
EXISTS (SELECT 1 FROM payment p WHERE p.agency_id = $1 AND p.debt_id = f.debt_id AND p.received_by = 'AGENCY'
  AND p.status <> 'REVERSED' AND p.amount_minor = e.amount_minor AND p.idempotency_key NOT LIKE 'bank:%'
  AND p.paid_on BETWEEN e.booked_on - 10 AND e.booked_on + 10
  AND NOT EXISTS (SELECT 1 FROM bank_entry b WHERE b.agency_id = $1 AND b.payment_id IN (p.id, p.replaces_id))
  AND NOT EXISTS (SELECT 1 FROM bank_share s WHERE s.agency_id = $1 AND s.payment_id IN (p.id, p.replaces_id)))
"""
# What lawyers hold they send some day, most often less what they kept: it is no new payment of the debtor.
_HELD = f"""
EXISTS (SELECT 1 FROM payment p WHERE p.agency_id = $1 AND p.debt_id = f.debt_id AND p.status = 'PENDING'
  AND p.clears_on = DATE '{HELD}' AND p.amount_minor >= e.amount_minor)
"""
_CLAIM = f"""
WITH found AS (
  SELECT c.entry_id, min(c.rung) AS rung, min(c.because) AS because, count(DISTINCT c.debt_id) AS debts,
    (min(c.debt_id::text))::uuid AS debt_id
  FROM candidate c GROUP BY c.entry_id
), judged AS (
  SELECT f.*, CASE
    WHEN f.debts > 1 THEN 'ambiguous: ' || f.debts || ' debts by ' || f.because
    WHEN d.status <> 'ACTIVE' AND d.closed_reason <> 'WRITTEN_OFF'
      THEN 'the debt is closed (' || d.closed_reason || '), by ' || f.because
    WHEN d.currency <> e.currency THEN 'the debt is in ' || d.currency || ', by ' || f.because
    WHEN {_HELD} THEN 'lawyers hold money of this debt, by ' || f.because
    WHEN {_LIKE} THEN 'a payment of this amount is recorded already, by ' || f.because
    END AS doubt
  FROM found f JOIN bank_entry e ON e.agency_id = $1 AND e.id = f.entry_id
  JOIN debt d ON d.agency_id = $1 AND d.id = f.debt_id
)
UPDATE bank_entry e SET debt_id = CASE WHEN j.doubt IS NULL THEN j.debt_id END,
  rung = CASE WHEN j.doubt IS NULL THEN j.rung END, match_reason = left(COALESCE(j.doubt, j.because), 300),
  decided_by = CASE WHEN j.doubt IS NULL THEN 'system:matching' END,
  decided_at = CASE WHEN j.doubt IS NULL THEN $2::timestamptz END
FROM judged j
WHERE e.agency_id = $1 AND e.id = j.entry_id AND e.state = 'UNMATCHED' AND e.debt_id IS NULL
RETURNING e.debt_id IS NULL AS doubtful
"""


async def claim(tx: Tx, statement_id: UUID, but: list[UUID]) -> tuple[int, int]:
    """Claim each receipt of a statement for the one debt that it can be for. Not those that a person has taken from a
    debt before: what led to that one would lead there again; nor `but`, which can be something else.

    Returns how many are claimed, and of how many a person has to decide. Nothing is paid here.
    """
    agency_id = tx.scope.agency
    await tx.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
    await tx.execute(_OPEN, agency_id, statement_id, but)
    await tx.execute(_CANDIDATES)
    await tx.execute(TOKENS.format(made="token", source="receipt"))
    await tx.execute("ANALYZE receipt, token")
    for rung, sql in _RUNGS:
        await tx.execute(
            "INSERT INTO candidate (entry_id, debt_id, rung, because) "
            f"SELECT f.id, f.debt_id, $2, f.because FROM ({sql}) AS f (id, debt_id, because)",
            agency_id, rung.value,
        )  # fmt: skip
        for table in ("receipt", "token"):
            await tx.execute(f"DELETE FROM {table} t USING candidate c WHERE c.entry_id = t.id")
    rows = await tx.fetch(_CLAIM, agency_id, tx.now)
    doubtful = sum(row["doubtful"] for row in rows)
    return len(rows) - doubtful, doubtful
