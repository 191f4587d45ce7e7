"""Assign a debt to a member of the agency, or to nobody."""

from uuid import UUID

from core.debts import assign_debt as core_assign
from core.kit.errors import not_found
from core.kit.scope import Scope
from tenants import identity


async def assign_debt(scope: Scope, debt_id: UUID, user_id: UUID | None) -> None:
    """Raises: Forbidden; NotFound (debt, or a user who is no active member of the agency); Conflict (DEBT_CLOSED)."""
    agency_id = scope.agency
    if user_id is not None:
        async with identity.transaction("users", read_only=True) as tx:
            member = await tx.fetchval(
                "SELECT true FROM membership WHERE user_id = $1 AND agency_id = $2 AND kind = 'AGENCY' "
                "AND (accepted_at IS NOT NULL OR vouched_at IS NOT NULL) AND disabled_at IS NULL",
                user_id, agency_id,
            )  # fmt: skip
        if not member:
            raise not_found("member", "user_id")
    await core_assign.assign_debt(scope, core_assign.AssignDebt(debt_id=debt_id, assigned_to=user_id))
