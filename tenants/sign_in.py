"""Who a password belongs to."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import Unauthenticated
from tenants import identity, passwords, throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """`address` is the network address that the attempt comes from."""

    email: str
    password: str
    address: str


async def sign_in(command: SignIn) -> UUID:
    """The user with this address and password. There is no scope before it.

    An address that nobody has takes as long and answers the same as a wrong password; so does a disabled account.
    Raises: Unauthenticated (WRONG_CREDENTIALS), LimitExceeded (TOO_MANY_ATTEMPTS).
    """
    email = command.email.strip().lower()
    attempt = await throttle.begin(email, command.address)
    async with identity.transaction("sign-in", read_only=True) as tx:
        row = await tx.fetchrow(
            "SELECT id, password_hash FROM user_account WHERE email = $1 AND disabled_at IS NULL", email
        )
    stored = row["password_hash"] if row else None
    if not await passwords.matches(stored, command.password) or row is None or stored is None:
        raise Unauthenticated(
            "The email address or the password is not right.",
            code="WRONG_CREDENTIALS",
            remedy="Check both. After several attempts you have to wait.",
        )
    await throttle.forgive(attempt)
    if passwords.outdated(stored):
        renewed = await passwords.hash_secret(command.password)
        async with identity.transaction("sign-in") as tx:
            # Only while it is still the one that was proven: a change of password meanwhile wins.
            await tx.execute(
                "UPDATE user_account SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                row["id"],
                renewed,
                stored,
            )
    return row["id"]
