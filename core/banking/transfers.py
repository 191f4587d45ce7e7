"""What the agency sends, and is waiting for the bank to tell of: the orders of remittances, refunds of a surplus, and
advances that go back to their creditors.

The reference of each is made of its id, so that whoever writes the transfer can put it there (at most 35 letters and
digits, as ISO 20022 has it for an end-to-end reference).
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from uuid import UUID

from core.banking.words import compact

_REFERENCE = "'{prefix}' || upper(replace({id}::text, '-', ''))"
_ORDER = _REFERENCE.format(prefix="RO", id="o.id")
_REFUND = _REFERENCE.format(prefix="RS", id="p.source_id")
_ADVANCE = _REFERENCE.format(prefix="RA", id="p.source_id")


def order_reference(order_id: UUID) -> str:
    """What to write into the transfer of an order as its end-to-end reference."""
    return f"RO{order_id.hex.upper()}"


def refund_reference(refund_id: UUID) -> str:
    """What to write into the transfer of a refund as its end-to-end reference."""
    return f"RS{refund_id.hex.upper()}"


def advance_reference(advance_id: UUID) -> str:
    """What to write into the transfer of an advance that goes back as its end-to-end reference."""
    return f"RA{advance_id.hex.upper()}"


# `known_as` is what a person said that the bank calls it, `number` what a text may name it by, `account_of_ours` that
# it goes to, or comes from, an account of the agency's own money. What the bank has told of already is not there.
_ORDERS = f"""
SELECT 'ORDER' AS kind, o.id, v.direction, o.currency, o.amount_minor, o.ordered_on AS since, {_ORDER} AS paid_as,
  {compact("o.reference")} AS known_as, {compact("c.code || s.number")} AS number,
  CASE o.kind WHEN 'REMIT' THEN c.name ELSE a.name END AS beneficiary, o.kind <> 'REMIT' AS account_of_ours,
  v.comes_back
FROM remittance_order o
JOIN remittance_statement s ON s.agency_id = $1 AND s.id = o.statement_id
JOIN creditor c ON c.agency_id = $1 AND c.id = o.creditor_id
JOIN agency a ON a.id = $1
CROSS JOIN LATERAL (
  SELECT CASE o.kind WHEN 'FUND' THEN 'CREDIT' ELSE 'DEBIT' END AS direction, false AS comes_back
  UNION ALL SELECT 'CREDIT', true WHERE o.kind = 'REMIT'
) AS v
WHERE o.agency_id = $1 AND NOT EXISTS (
  SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.order_id = o.id AND b.direction = v.direction
)
"""
_REFUNDS = f"""
SELECT 'REFUND', p.source_id, 'DEBIT', p.currency, p.amount_minor, p.effective_on, {_REFUND}, '',
  {compact("d.reference")}, d.debtor_name, false, false
FROM ledger_posting p JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
WHERE p.agency_id = $1 AND p.kind = 'REFUND' AND p.debit = 'UNAPPLIED'
  AND NOT EXISTS (SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.refund_id = p.source_id)
"""
_ADVANCES = f"""
SELECT 'ADVANCE', p.source_id, 'DEBIT', p.currency, p.amount_minor, p.effective_on, {_ADVANCE}, {compact("p.reason")},
  '', c.name, false, false
FROM ledger_posting p JOIN creditor c ON c.agency_id = $1 AND c.id = p.creditor_id
WHERE p.agency_id = $1 AND p.kind = 'ADVANCE' AND p.credit = 'TRUST_BANK'
  AND NOT EXISTS (SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.refund_id = p.source_id)
"""
AWAITED = f"{_ORDERS} UNION ALL {_REFUNDS} UNION ALL {_ADVANCES}"
"""Everything that the bank has not told of yet. `$1` is the agency."""
