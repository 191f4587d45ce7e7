"""What an account of the money side holds now. In a transaction, for those who are about to take from it."""

from uuid import UUID

from core.kit.db import Tx
from core.ledger.kinds import Account


async def available_minor(tx: Tx, account: Account, owner_id: UUID, currency: str) -> int:
    """What is owed on a liability to its owner (a creditor, or the agency), in minor units; 0 where nothing is.

    The account is held until the transaction ends: nobody else can take from it, and everybody can add to it.
    """
    key = (tx.scope.agency, account.value, owner_id, currency)
    await tx.execute("SELECT ledger_hold($1, $2, $3, $4)", *key)
    return max(0, -await tx.fetchval("SELECT ledger_balance_now($1, $2, $3, $4)", *key))


_SURPLUS = """
SELECT COALESCE(sum(CASE WHEN credit = 'UNAPPLIED' THEN amount_minor ELSE -amount_minor END), 0)::bigint
FROM ledger_posting WHERE agency_id = $1 AND debt_id = $2 AND 'UNAPPLIED' IN (debit, credit) AND currency = $3
"""


async def surplus_minor(tx: Tx, debt_id: UUID, currency: str) -> int:
    """What was paid for a debt beyond what any component could take, and is still here; cleared or not."""
    return await tx.fetchval(_SURPLUS, tx.scope.agency, debt_id, currency)


_REFUND_OWED = """
SELECT COALESCE(sum(minor), 0)::bigint AS owed,
  -COALESCE(sum(minor) FILTER (WHERE 'OPERATING_BANK' IN (debit, credit)), 0)::bigint AS repaid
FROM (
  SELECT debit, credit, CASE debit WHEN 'NSF_RECEIVABLE' THEN amount_minor ELSE -amount_minor END AS minor
  FROM ledger_posting
  WHERE agency_id = $1 AND debt_id = $2 AND 'NSF_RECEIVABLE' IN (debit, credit) AND currency = $3
) AS n
"""


async def refund_owed_minor(tx: Tx, debt_id: UUID, currency: str) -> tuple[int, int]:
    """What the debtor owes the agency itself for a debt (a surplus that was refunded, of a payment that then bounced),
    and what it has repaid of that."""
    row = await tx.fetchrow(_REFUND_OWED, tx.scope.agency, debt_id, currency)
    assert row is not None
    return row["owed"], row["repaid"]
