"""Add what has changed to the recovery totals, so that who reads them has few changes left to add himself."""

from dataclasses import dataclass

from core.kit import db
from core.kit.scope import Scope

CHANGES = 10_000
"""How many changes one fold takes at most."""


@dataclass(frozen=True, slots=True)
class Folded:
    """`changes` that were added, and `days`: mandates whose ageing buckets were made anew, for today."""

    changes: int
    days: int


async def fold_totals(scope: Scope, *, days: bool, limit: int = CHANGES) -> Folded:
    """Fold up to `limit` changes of all agencies; with `days` also renew the buckets of up to a hundredth as many
    mandates on which a new day has begun. Relay scope.

    One fold runs at a time: where another one does, and where there is nothing to do, nothing is written.
    """
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow("SELECT folded, days FROM recovery_fold($1, $2, $3)", tx.now, limit, days)
    assert row is not None
    return Folded(row["folded"], row["days"])
