"""Taking tokens back. What is revoked here stops at the next request of this process, and within seconds in others.

Every function runs in the caller's transaction. After it has committed, the caller says `announce()`.
"""

from uuid import UUID

from core.kit.db import Tx

_generation = 0


def announce() -> None:
    """Something was revoked and committed: what this process remembers about tokens is out of date."""
    global _generation
    _generation += 1


def generation() -> int:
    return _generation


async def lock_family(tx: Tx, family_id: UUID) -> None:
    """One at a time: a refresh under way is either finished before its family is revoked, or sees it revoked."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 2))", str(family_id))


async def revoke_family(tx: Tx, family_id: UUID) -> bool:
    """Whether there was anything left to take back."""
    await lock_family(tx, family_id)
    return await _revoke(tx, "family_id", family_id)


async def revoke_member(tx: Tx, membership_id: UUID) -> None:
    """The tokens of one membership, and codes on their way. The caller has locked the membership's row before."""
    await _revoke(tx, "membership_id", membership_id)
    await tx.execute("DELETE FROM authorization_code WHERE membership_id = $1 AND used_at IS NULL", membership_id)


async def revoke_user(tx: Tx, user_id: UUID) -> None:
    """All tokens of a person at all tenants. The caller has locked the account's row before."""
    await _revoke(tx, "user_id", user_id)
    await tx.execute("DELETE FROM authorization_code WHERE user_id = $1 AND used_at IS NULL", user_id)


async def revoke_client(tx: Tx, client_row_id: UUID) -> None:
    """All tokens that a client holds. The caller has locked the client's row before."""
    await _revoke(tx, "client_id", client_row_id)
    await tx.execute("DELETE FROM authorization_code WHERE client_id = $1 AND used_at IS NULL", client_row_id)


async def _revoke(tx: Tx, column: str, value: UUID) -> bool:
    # Locked in the order of their ids: two revocations that overlap wait for each other, and never for ever.
    done = await tx.execute(
        f"WITH doomed AS (SELECT id FROM oauth_token WHERE {column} = $1 "  # noqa: S608 - one of the names above
        "AND revoked_at IS NULL ORDER BY id FOR UPDATE) "
        "UPDATE oauth_token t SET revoked_at = $2 FROM doomed WHERE t.id = doomed.id",
        value, tx.now,
    )  # fmt: skip
    return done != "UPDATE 0"
