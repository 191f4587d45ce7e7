"""A person's own new password."""

from dataclasses import dataclass

from core.kit import ids
from core.kit.errors import Conflict, Forbidden, InvalidInput
from core.kit.scope import Scope
from tenants import identity, passwords, revocation, throttle
from tenants.subjects import USER_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    current: str
    new: str


async def change_password(scope: Scope, command: ChangePassword) -> None:
    """Replace the actor's own password. Every session and token of the person ends, the present one too.

    Raises: Forbidden for a machine; InvalidInput (WRONG_PASSWORD, WEAK_PASSWORD); Conflict (NO_PASSWORD) where an
    OpenID provider vouches; LimitExceeded (TOO_MANY_ATTEMPTS): a stolen token must not be a way to guess.
    """
    if scope.actor.kind != "user":
        raise Forbidden("Only a person has a password.")
    user_id = ids.decode(USER_PREFIX, scope.actor.id)
    async with identity.transaction("password", read_only=True) as tx:
        row = await tx.fetchrow("SELECT email, password_hash FROM user_account WHERE id = $1", user_id)
    if row is None or row["password_hash"] is None:
        raise Conflict("This account signs in through its organisation.", code="NO_PASSWORD")
    attempt = await throttle.begin(f"password of {user_id}")
    if not await passwords.matches(row["password_hash"], command.current):
        raise InvalidInput("This is not your present password.", code="WRONG_PASSWORD", field="current")
    await throttle.forgive(attempt)
    passwords.check_strength(command.new, row["email"], field="new")
    renewed = await passwords.hash_secret(command.new)
    async with identity.transaction("password") as tx:
        changed = await tx.execute(
            "UPDATE user_account SET password_hash = $2, sessions_since = $3 WHERE id = $1 AND password_hash = $4",
            user_id, renewed, tx.now, row["password_hash"],
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise Conflict("The password was changed meanwhile.", code="PASSWORD_CHANGED")
        await revocation.revoke_user(tx, user_id)
    revocation.announce()
