"""Give a member another role."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import not_found
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, reach, revocation
from tenants.kinds import MembershipKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRole:
    membership_id: UUID
    role: Role


async def change_role(scope: Scope, command: ChangeRole) -> None:
    """Give a member another role of the same place. The member's tokens carry the old one, so they are taken back.

    Raises: Forbidden; NotFound; InvalidInput (ROLE_NOT_FROM_HERE); Conflict (LAST_ADMINISTRATOR).
    """
    within = reach.reach_of(scope, Permission.USER_MANAGE)
    async with identity.transaction("users") as tx:
        row = await reach.member_in_reach(tx, within, command.membership_id)
        if row["disabled_at"] is not None:
            raise not_found("member", "memberId")
        reach.check_role(MembershipKind(row["kind"]), command.role)
        if row["role"] == command.role.value:
            return
        await reach.keep_an_administrator(tx, row)
        await tx.execute("UPDATE membership SET role = $2 WHERE id = $1", command.membership_id, command.role.value)
        await revocation.revoke_member(tx, command.membership_id)
    revocation.announce()
