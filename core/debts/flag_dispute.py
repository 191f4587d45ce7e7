"""Say that the debtor disputes a debt, or that the dispute is over."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.lock import lock_debt, require_active, require_text
from core.kit import db
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagDispute:
    debt_id: UUID
    disputed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFlagged:
    """`changed` is false where the debt stood like that already."""

    debt_id: UUID
    disputed: bool
    changed: bool


async def flag_dispute(scope: Scope, command: FlagDispute) -> DisputeFlagged:
    """Open or close the dispute of a debt; its creditor sees it.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_TEXT); Conflict (DEBT_CLOSED).
    """
    scope.require(Permission.DEBT_WORK)
    reason = require_text(command.reason, "reason")
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        changed = debt["disputed"] != command.disputed
        if changed:
            await tx.execute(
                "UPDATE debt SET disputed = $3, updated_at = $4 WHERE agency_id = $1 AND id = $2",
                tx.scope.agency, command.debt_id, command.disputed, tx.now,
            )  # fmt: skip
            name = "dispute.opened" if command.disputed else "dispute.closed"
            await emit(tx, name, command.debt_id, {"reason": reason}, creditor_id=debt["creditor_id"])
    return DisputeFlagged(debt_id=command.debt_id, disputed=command.disputed, changed=changed)
