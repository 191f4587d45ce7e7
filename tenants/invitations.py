"""How a membership is granted: with a secret that only its person should get.

An account is one for all tenants. If a membership counted as soon as it was granted, whoever had opened an account for
somebody else's address first could wait for another tenant to let that address in. So the grant gives the granter a
code, to be handed to the person; it is taken up with the code and the password of the account together.
"""

from uuid import UUID, uuid4

from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.ids import new_id
from tenants import identity, reach
from tenants.kinds import MembershipKind, Role


async def account_of(tx: Tx, email: str, name: str) -> UUID:
    """The account with this address, made where there is none. The caller must not show which it was."""
    await tx.execute(
        "INSERT INTO user_account (id, email, name, sessions_since, created_at) VALUES ($1, $2, $3, $4, $4) "
        "ON CONFLICT (email) DO NOTHING",
        uuid4(), email, name, tx.now,
    )  # fmt: skip
    return await tx.fetchval("SELECT id FROM user_account WHERE email = $1 FOR UPDATE", email)


async def grant(
    tx: Tx,
    user_id: UUID,
    *,
    kind: MembershipKind,
    role: Role,
    name: str,
    agency_id: UUID | None = None,
    creditor_id: UUID | None = None,
) -> tuple[UUID, str]:
    """A membership to be accepted, and its invitation's secret. A membership that was ended is granted anew.

    Raises: InvalidInput (ROLE_NOT_FROM_HERE); Conflict (ALREADY_MEMBER).
    """
    reach.check_role(kind, role)
    known: Row | None = await tx.fetchrow(
        "SELECT id, accepted_at, disabled_at FROM membership WHERE user_id = $1 AND kind = $2 "
        "AND agency_id IS NOT DISTINCT FROM $3 AND creditor_organisation_id IS NOT DISTINCT FROM $4 FOR UPDATE",
        user_id, kind.value, agency_id, creditor_id,
    )  # fmt: skip
    if known and known["disabled_at"] is None:
        raise Conflict(
            "This person is a member already.", code="ALREADY_MEMBER", field="email",
            remedy="Change the role, or send the invitation again.",
        )  # fmt: skip
    membership_id = known["id"] if known else new_id()
    if known:
        await tx.execute(
            "UPDATE membership SET role = $2, name = $3, disabled_at = NULL, accepted_at = NULL, "
            "vouched_at = NULL WHERE id = $1",
            membership_id, role.value, name,
        )  # fmt: skip
    else:
        await tx.execute(
            "INSERT INTO membership (id, user_id, kind, agency_id, creditor_organisation_id, role, name, "
            "sessions_since, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
            membership_id, user_id, kind.value, agency_id, creditor_id, role.value, name, tx.now,
        )  # fmt: skip
    return membership_id, await invite(tx, membership_id)


async def invite(tx: Tx, membership_id: UUID) -> str:
    """A new secret for a membership; the one before is good no more."""
    secret = identity.new_secret()
    await tx.execute(
        "UPDATE membership SET accepted_at = NULL, invitation_hash = $2, invitation_expires_at = $3 WHERE id = $1",
        membership_id, identity.hashed(secret), tx.now + identity.INVITATION_LIFETIME,
    )  # fmt: skip
    return secret


async def accept_for(tx: Tx, user_id: UUID, membership_id: UUID, password_hash: str) -> None:
    """The operator of the installation answers for the person: for the first administrators and for demonstrations.

    Raises: Conflict (ACCOUNT_EXISTS): the password of an account that has one is never replaced this way.
    """
    changed = await tx.execute(
        "UPDATE user_account SET password_hash = $2 WHERE id = $1 AND password_hash IS NULL", user_id, password_hash
    )
    if changed != "UPDATE 1":
        raise Conflict(
            "This address has an account with a password.", code="ACCOUNT_EXISTS", field="password",
            remedy="Leave the password out and pass the invitation on.",
        )  # fmt: skip
    await tx.execute(
        "UPDATE membership SET accepted_at = $2, invitation_hash = NULL, invitation_expires_at = NULL WHERE id = $1",
        membership_id, tx.now,
    )  # fmt: skip
