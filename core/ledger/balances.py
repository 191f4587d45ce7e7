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
