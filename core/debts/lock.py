"""Take one debt to change it. Every use case that changes a debt begins here, or locks it likewise, the debt first."""

from uuid import UUID

from core.debts.kinds import DebtStatus
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found

# NO KEY: as strong among writers as FOR UPDATE, and does not hold up rows elsewhere that merely refer to the debt.
_LOCK = """
SELECT d.id, d.creditor_id, d.currency, d.status, d.closed_reason, d.stage, d.disputed, d.assigned_to, d.opened_on,
  d.due_on, d.balance_minor, d.written_off_minor, d.closed_on, m.timezone, m.stage_days
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE d.agency_id = $1 AND d.id = $2 FOR NO KEY UPDATE OF d
"""


async def lock_debt(tx: Tx, debt_id: UUID) -> Row:
    """The debt, held until the transaction ends, with its mandate's `timezone` and `stage_days`. Raises: NotFound."""
    row = await tx.fetchrow(_LOCK, tx.scope.agency, debt_id)
    if row is None:
        raise not_found("debt", "debt_id")
    return row


def require_active(debt: Row) -> None:
    """Raises: Conflict (DEBT_CLOSED)."""
    if debt["status"] == DebtStatus.CLOSED:
        raise Conflict(
            f"The debt is closed ({debt['closed_reason']}).", code="DEBT_CLOSED", field="debt_id",
            remedy="Nothing is left to work on it.",
        )  # fmt: skip


def require_text(text: str, field: str, most: int = 200) -> str:
    """The text without outer spaces. Raises: InvalidInput (INVALID_TEXT) for an empty or too long one."""
    plain = text.strip()
    if not 1 <= len(plain) <= most or "\0" in plain:
        raise InvalidInput(
            f"This needs 1 to {most} characters.", code="INVALID_TEXT", field=field, remedy="Say why, in a sentence."
        )
    return plain
