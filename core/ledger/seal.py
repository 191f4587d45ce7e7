"""Seal what was written to the journals since the last time."""

from core.kit import db
from core.kit.scope import Scope

_TIMEOUT_MS = 3_600_000


async def seal(scope: Scope) -> int:
    """Make a block of each agency that has new entries; returns how many. Relay scope.

    Only entries of transactions that everybody can see are sealed, after the fact, so that no writer waits for another.
    One seal runs at a time; where another one does, nothing is done. The balances of the money side are brought up to
    the block in the same transaction.

    Raises: asyncpg.RaiseError where the server's transaction counter is behind the ledger (after a restore).
    """
    async with db.transaction(scope) as tx:
        # A first block, or one with an import of millions, takes a while.
        await tx.execute(f"SET LOCAL statement_timeout = {_TIMEOUT_MS}; SET LOCAL work_mem = '256MB'")
        return await tx.fetchval("SELECT ledger_seal()")
