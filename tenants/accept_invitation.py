"""Take up a membership that somebody granted."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import InvalidInput, NotFound
from tenants import identity, passwords, throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation:
    """`code` is the invitation's secret. `password` is chosen here for a new account, and proven for an old one."""

    code: str
    password: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted:
    user_id: UUID
    membership_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an invitation says, to whoever holds its code. `new`: the account has no password yet."""

    membership_id: UUID
    user_id: UUID
    email: str
    kind: str
    role: str
    agency: str | None
    creditor: str | None
    password_hash: str | None

    @property
    def new(self) -> bool:
        return self.password_hash is None


async def invitation_of(code: str) -> Invitation:
    """Raises: NotFound (INVITATION_NOT_VALID)."""
    async with identity.transaction("invitation", read_only=True) as tx:
        return await _invitation(tx, code, lock=False)


async def accept_invitation(command: AcceptInvitation) -> InvitationAccepted:
    """Take up the membership that an invitation offers. There is no scope yet: the code is what the actor may do.

    Raises: NotFound (INVITATION_NOT_VALID), InvalidInput (WEAK_PASSWORD, WRONG_PASSWORD), LimitExceeded.
    """
    invitation = await invitation_of(command.code)
    if invitation.new:
        passwords.check_strength(command.password, invitation.email)
        stored = await passwords.hash_secret(command.password)
    else:
        attempt = await throttle.begin(invitation.email, command.address)
        if not await passwords.matches(invitation.password_hash, command.password):
            raise InvalidInput("This is not the password of the account.", code="WRONG_PASSWORD", field="password")
        await throttle.forgive(attempt)
        stored = invitation.password_hash
    async with identity.transaction("invitation") as tx:
        again = await _invitation(tx, command.code, lock=True)
        if again.password_hash != invitation.password_hash:
            raise _not_valid()
        await tx.execute("UPDATE user_account SET password_hash = $2 WHERE id = $1", again.user_id, stored)
        await tx.execute(
            "UPDATE membership SET accepted_at = $2, invitation_hash = NULL, invitation_expires_at = NULL "
            "WHERE id = $1",
            again.membership_id, tx.now,
        )  # fmt: skip
    return InvitationAccepted(user_id=again.user_id, membership_id=again.membership_id)


async def _invitation(tx: Tx, code: str, *, lock: bool) -> Invitation:
    row = await tx.fetchrow(
        "SELECT m.id AS membership_id, m.user_id, u.email, m.kind, m.role, a.name AS agency, o.name AS creditor, "  # noqa: S608 - no value in it
        "u.password_hash FROM membership m JOIN user_account u ON u.id = m.user_id "
        "LEFT JOIN agency a ON a.id = m.agency_id "
        "LEFT JOIN creditor_organisation o ON o.id = m.creditor_organisation_id "
        "WHERE m.invitation_hash = $1 AND m.invitation_expires_at > $2 "
        "AND m.disabled_at IS NULL AND u.disabled_at IS NULL"
        + (" FOR UPDATE OF m, u" if lock else ""),
        identity.hashed(code), tx.now,
    )  # fmt: skip
    if row is None:
        raise _not_valid()
    return Invitation(**dict(row))


def _not_valid() -> NotFound:
    return NotFound(
        "This invitation is not valid any more.",
        code="INVITATION_NOT_VALID",
        remedy="Ask whoever invited you for a new one.",
    )
