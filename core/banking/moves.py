"""Which lines of a statement are money that the agency moved from one of its trust accounts to another.

Both banks have to say so: the debit names the other account as where the money went, and the receipt there names this
one as where it came from. Of the same amount, few days apart, and there is one such pair; all else is for a person.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from uuid import UUID

from core.banking.identify_move import link
from core.banking.kinds import Rung
from core.banking.lock_entry import lock_entry
from core.banking.words import compact
from core.kit.db import Tx

DAYS = 5
"""How many days may lie between the two banks' days."""

_OPEN = "{0}.agency_id = $1 AND {0}.state = 'UNMATCHED' AND {0}.debt_id IS NULL AND {0}.payment_id IS NULL"


def _fits(one: str, other: str) -> str:
    """SQL: the line `one` is open, and could be the other side of `other` by its amount, direction and day."""
    return f"""
    {_OPEN.format(one)} AND {one}.attempt = 0 AND {one}.amount_minor = {other}.amount_minor
    AND {one}.booked_on BETWEEN {other}.booked_on - {DAYS} AND {other}.booked_on + {DAYS}
    AND {one}.direction <> {other}.direction
    """


_PAIRS = f"""
WITH side AS MATERIALIZED (
  SELECT e.*, a.number, o.id AS other_id, o.number AS other_number
  FROM bank_entry e
  JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
  JOIN bank_account o ON o.agency_id = $1 AND o.kind = 'TRUST' AND o.currency = e.currency AND o.id <> a.id
    AND o.number = {compact("e.counterparty_account")}
  WHERE {_OPEN.format("e")} AND e.attempt = 0 AND e.statement_id = $2
)
SELECT s.id, min(b.id::text)::uuid AS counterpart_id FROM side s
JOIN bank_entry b ON {_fits("b", "s")} AND b.account_id = s.other_id
  AND {compact("b.counterparty_account")} = s.number
WHERE 1 = (
  SELECT count(*) FROM bank_entry x
  WHERE {_fits("x", "b")} AND x.account_id = s.account_id AND {compact("x.counterparty_account")} = s.other_number
)
GROUP BY s.id HAVING count(*) = 1 ORDER BY s.id
"""


async def match_moves(tx: Tx, statement_id: UUID) -> int:
    """Tie the lines of a statement to those of other trust accounts that are the same money; returns how many moves."""
    pairs = await tx.fetch(_PAIRS, tx.scope.agency, statement_id)
    for pair in pairs:
        held = {one: await lock_entry(tx, one) for one in sorted((pair["id"], pair["counterpart_id"]))}
        await link(tx, held[pair["id"]], held[pair["counterpart_id"]], Rung.OWN_ACCOUNT, "system:matching")
    return len(pairs)
