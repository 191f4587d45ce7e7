"""A new invitation: for one that expired, or for somebody who forgot the password."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import Conflict, Forbidden, not_found
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, invitations, reach, revocation


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteAgain:
    """`reset_password`: the person forgot it; the account gets a new one with this invitation."""

    membership_id: UUID
    reset_password: bool = False


async def invite_again(scope: Scope, command: InviteAgain) -> str:
    """A new secret for a membership; the person signs in with it at /sign-in/invitation?code=….

    The password is shared by all tenants of a person, so only who answers for all of them may reset it: the operator
    always, anybody else where the person is accepted nowhere else.

    Raises: Forbidden (ACCOUNT_SHARED); NotFound; Conflict (ALREADY_MEMBER) for a member who needs no invitation.
    """
    within = reach.reach_of(scope, Permission.USER_MANAGE)
    async with identity.transaction("users") as tx:
        row = await reach.member_in_reach(tx, within, command.membership_id)
        if row["disabled_at"] is not None:
            raise not_found("member", "memberId")
        if row["accepted_at"] is not None and not command.reset_password:
            raise Conflict("This person is a member already.", code="ALREADY_MEMBER", field="memberId")
        if command.reset_password:
            await tx.execute("SELECT 1 FROM user_account WHERE id = $1 FOR UPDATE", row["user_id"])
            elsewhere = await tx.fetchval(
                f"SELECT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = $4 AND m.accepted_at IS NOT NULL "  # noqa: S608 - our own constant
                f"AND m.disabled_at IS NULL AND NOT COALESCE({reach.CONDITION}, false))",
                *within.arguments, row["user_id"],
            )  # fmt: skip
            if elsewhere:
                raise Forbidden(
                    "This account is not only yours to reset.", code="ACCOUNT_SHARED", field="memberId",
                    remedy="Ask the operator of the installation.",
                )  # fmt: skip
            await tx.execute(
                "UPDATE user_account SET password_hash = NULL, sessions_since = $2 WHERE id = $1",
                row["user_id"],
                tx.now,
            )
            await revocation.revoke_user(tx, row["user_id"])
        secret = await invitations.invite(tx, command.membership_id)
    revocation.announce()
    return secret
