"""Give a debt to a collector."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.lock import lock_debt, require_active
from core.kit import db
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignDebt:
    """`assigned_to` is a user of the agency, as the caller has made sure: users are not the core's. None frees it."""

    debt_id: UUID
    assigned_to: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtAssigned:
    debt_id: UUID
    previous: UUID | None
    assigned_to: UUID | None


async def assign_debt(scope: Scope, command: AssignDebt) -> DebtAssigned:
    """Assign a debt to a user, or to nobody. The creditor is not told who works on it.

    Raises: Forbidden; NotFound (debt); Conflict (DEBT_CLOSED).
    """
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        if debt["assigned_to"] != command.assigned_to:
            await tx.execute(
                "UPDATE debt SET assigned_to = $3, updated_at = $4 WHERE agency_id = $1 AND id = $2",
                tx.scope.agency, command.debt_id, command.assigned_to, tx.now,
            )  # fmt: skip
            assigned_to = str(command.assigned_to) if command.assigned_to else None
            await emit(tx, "debt.assigned", command.debt_id, {"assigned_to": assigned_to})
    return DebtAssigned(debt_id=command.debt_id, previous=debt["assigned_to"], assigned_to=command.assigned_to)
