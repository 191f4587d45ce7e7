"""Let somebody in no more."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import InvalidInput, not_found
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, reach, revocation


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser:
    """Exactly one of them: `membership_id` ends a membership; `user_id` closes the whole account, for the operator."""

    membership_id: UUID | None = None
    user_id: UUID | None = None


async def disable_user(scope: Scope, command: DisableUser) -> None:
    """End a membership, and the tokens that came of it. What the person may do at other tenants stays.

    Raises: Forbidden; NotFound; InvalidInput; Conflict (LAST_ADMINISTRATOR).
    """
    if (command.membership_id is None) == (command.user_id is None):
        raise InvalidInput("Give a member or an account.", field="memberId")
    if command.user_id is not None:
        scope.require(Permission.INSTALLATION_OPERATE)
        await _close_account(command.user_id)
    elif command.membership_id is not None:
        within = reach.reach_of(scope, Permission.USER_MANAGE)
        async with identity.transaction("users") as tx:
            row = await reach.member_in_reach(tx, within, command.membership_id)
            await reach.keep_an_administrator(tx, row)
            await tx.execute(
                "UPDATE membership SET disabled_at = COALESCE(disabled_at, $2), invitation_hash = NULL WHERE id = $1",
                command.membership_id, tx.now,
            )  # fmt: skip
            await revocation.revoke_member(tx, command.membership_id)
    revocation.announce()


async def _close_account(user_id: UUID) -> None:
    async with identity.transaction("users") as tx:
        changed = await tx.execute(
            "UPDATE user_account SET disabled_at = COALESCE(disabled_at, $2), sessions_since = $2 WHERE id = $1",
            user_id, tx.now,
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise not_found("user", "userId")
        await revocation.revoke_user(tx, user_id)
