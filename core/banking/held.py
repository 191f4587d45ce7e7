"""What lawyers hold of payments, and have to pay over: what of each the next line of the bank should bring."""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from uuid import UUID

from core.kit.db import Row, Tx

# `due_minor` is, the first time, what they have told that they remit, or else all of it less what they kept; then what
# is still missing of it; of a payment that is reversed, what they take off again. `waits` is for the first, or for that
# last; `taken`: one line is just this payment.
_HELD = """
SELECT m.id, m.state, m.payment_id, m.currency, m.amount_minor, m.occurred_on, h.channel, paid.reversed, paid.taken,
  COALESCE(back.remittance, m.remittance) AS remittance, told.lines,
  CASE WHEN paid.reversed THEN told.minor <> 0 ELSE told.lines = 0 AND NOT paid.taken END AS waits,
  (CASE WHEN paid.reversed THEN -told.minor WHEN told.lines > 0 THEN m.amount_minor - told.minor
    WHEN said.remitted > 0 THEN said.remitted ELSE m.amount_minor - said.kept END)::bigint AS due_minor
FROM legal_money m
JOIN legal_handoff h ON h.agency_id = $1 AND h.id = m.handoff_id
CROSS JOIN LATERAL (
  SELECT count(*) AS lines, COALESCE(sum(s.amount_minor), 0) AS minor FROM bank_share s
  WHERE s.agency_id = $1 AND s.payment_id = m.payment_id
) told
CROSS JOIN LATERAL (
  SELECT COALESCE(bool_and(p.status = 'REVERSED'), false) AS reversed, COALESCE(bool_or(EXISTS (
    SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.payment_id = p.id AND b.direction = 'CREDIT')), false
  ) AS taken
  FROM payment p WHERE p.agency_id = $1 AND (p.id = m.payment_id OR p.replaces_id = m.payment_id)
) paid
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(o.amount_minor) FILTER (WHERE o.kind = 'REMITTED' AND o.state <> 'DISMISSED'), 0) AS remitted,
    COALESCE(sum(o.amount_minor) FILTER (WHERE o.kind IN ('FEE', 'COST')), 0) AS kept
  FROM legal_money o WHERE o.agency_id = $1 AND o.handoff_id = m.handoff_id AND o.of_reference = m.reference
) said
LEFT JOIN LATERAL (
  SELECT o.remittance FROM legal_money o
  WHERE o.agency_id = $1 AND o.handoff_id = m.handoff_id AND o.of_reference = m.reference AND o.kind = 'REVERSED'
    AND o.state = 'BOOKED' AND paid.reversed ORDER BY o.id LIMIT 1
) back ON true
WHERE m.agency_id = $1 AND m.kind = 'RECEIVED' AND m.state <> 'DISMISSED' AND {which}
"""
_REVERSAL = """
EXISTS (SELECT FROM legal_money r WHERE r.agency_id = $1 AND r.handoff_id = m.handoff_id AND r.kind = 'REVERSED'
  AND r.of_reference = m.reference AND {number})
"""
_NUMBERED = "r.remittance <> ''"
_BY_ID = _HELD.format(which="m.id = ANY($2::uuid[])") + " ORDER BY m.id"
_OF_NUMBER = f"""
SELECT w.* FROM ({
    _HELD.format(which=f"h.channel = $2 AND (m.remittance = $3 OR {_REVERSAL.format(number='r.remittance = $3')})")
}) w WHERE w.remittance = $3
"""
_ALL_NUMBERS = _HELD.format(
    which="(m.remittance <> '' AND NOT EXISTS (SELECT FROM bank_share s WHERE s.agency_id = $1 "
    f"AND s.payment_id = m.payment_id) OR {_REVERSAL.format(number=_NUMBERED)})"
)
REMITTANCES = f"""
SELECT w.channel, w.remittance, w.currency, sum(w.due_minor)::bigint AS minor, max(w.occurred_on) AS since,
  array_agg(w.id) AS money_ids, count(*) FILTER (WHERE w.state <> 'BOOKED') AS undecided
FROM ({_ALL_NUMBERS}) w WHERE w.waits AND w.remittance <> ''
GROUP BY w.channel, w.remittance, w.currency HAVING sum(w.due_minor) > 0
"""
"""What the bank has not told of yet, by the channels' numbers. `$1` is the agency."""

_HOLD_MONEY = "SELECT id FROM legal_money WHERE agency_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_HOLD_PAYMENTS = """
SELECT p.id FROM payment p
WHERE p.agency_id = $1 AND (p.id = ANY($2::uuid[]) OR p.replaces_id = ANY($2::uuid[])) ORDER BY p.id FOR NO KEY UPDATE
"""


async def of_number(tx: Tx, channel: str, remittance: str) -> list[Row]:
    """All that lawyers held and pay over, or have paid over, with a number of theirs."""
    return await tx.fetch(_OF_NUMBER, tx.scope.agency, channel, remittance)


async def hold(tx: Tx, money_ids: list[UUID]) -> list[Row]:
    """The amounts as they are, which nobody changes, nor their payments, until the transaction ends. An amount is left
    out that is not RECEIVED, is dismissed, or is not there."""
    agency_id = tx.scope.agency
    await tx.fetch(_HOLD_MONEY, agency_id, money_ids)
    paid = [row["payment_id"] for row in await tx.fetch(_BY_ID, agency_id, money_ids) if row["payment_id"] is not None]
    await tx.fetch(_HOLD_PAYMENTS, agency_id, paid)
    return await tx.fetch(_BY_ID, agency_id, money_ids)
