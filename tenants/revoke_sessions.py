"""End sign-ins that are still going on."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import ids
from core.kit.errors import InvalidInput
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, reach, revocation
from tenants.subjects import USER_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSessions:
    """Of a member, by whoever manages it; without `membership_id` the actor's own, everywhere."""

    membership_id: UUID | None = None


async def revoke_sessions(scope: Scope, command: RevokeSessions) -> None:
    """Take back every token and end every browser session: a lost telephone, a shared computer.

    Raises: Forbidden; NotFound; InvalidInput where a machine asks for its own.
    """
    async with identity.transaction("sessions") as tx:
        if command.membership_id is not None:
            within = reach.reach_of(scope, Permission.USER_MANAGE)
            await reach.member_in_reach(tx, within, command.membership_id)
            await tx.execute("UPDATE membership SET sessions_since = $2 WHERE id = $1", command.membership_id, tx.now)
            await revocation.revoke_member(tx, command.membership_id)
        else:
            if scope.actor.kind != "user":
                raise InvalidInput("Say whose sessions.", field="memberId")
            user_id = ids.decode(USER_PREFIX, scope.actor.id)
            await tx.execute("UPDATE user_account SET sessions_since = $2 WHERE id = $1", user_id, tx.now)
            await revocation.revoke_user(tx, user_id)
    revocation.announce()
