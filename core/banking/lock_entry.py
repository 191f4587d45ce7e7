"""Take one entry to decide about it."""

from uuid import UUID

from core.banking.kinds import AccountKind
from core.banking.settle_entry import COLUMNS
from core.banking.statement import Direction
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found

_LOCK = f"""
SELECT {COLUMNS}, e.rung, a.kind, a.name AS account_name FROM bank_entry e
JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id
WHERE e.agency_id = $1 AND e.id = $2 FOR NO KEY UPDATE OF e
"""  # noqa: S608 - the program's own names


async def lock_entry(tx: Tx, entry_id: UUID) -> Row:
    """The entry, held until the transaction ends, with its account's `kind` and `account_name`. Raises: NotFound."""
    row = await tx.fetchrow(_LOCK, tx.scope.agency, entry_id)
    if row is None:
        raise not_found("bank entry", "entry_id")
    return row


def require_receipt(entry: Row) -> None:
    """Raises: InvalidInput (NOT_A_RECEIPT)."""
    _require(entry, Direction.CREDIT, "NOT_A_RECEIPT", "money that came into a trust account")


def require_return(entry: Row) -> None:
    """Raises: InvalidInput (NOT_A_RETURN)."""
    _require(entry, Direction.DEBIT, "NOT_A_RETURN", "money that the bank took from a trust account")


def _require(entry: Row, direction: Direction, code: str, what: str) -> None:
    if entry["direction"] != direction or entry["kind"] != AccountKind.TRUST:
        raise InvalidInput(f"This entry is not {what}.", code=code, field="entry_id", remedy="Choose another entry.")
