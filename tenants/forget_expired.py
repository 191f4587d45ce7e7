"""Housekeeping of sign-in: what has expired is deleted. The worker does it now and then."""

from datetime import timedelta

from tenants import identity, throttle

_BATCH = 10_000
_DAY = timedelta(days=1)

# ($1: before when, $2: how many), and how long a row is kept after it means nothing any more.
_STATEMENTS = (
    (
        "DELETE FROM authorization_code WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM authorization_code WHERE expires_at < $1 LIMIT $2))",
        _DAY,
    ),
    (
        "DELETE FROM sign_in_attempt WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM sign_in_attempt WHERE failed_at < $1 LIMIT $2))",
        throttle.WINDOW,
    ),
    (
        "DELETE FROM oauth_token WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM oauth_token t "
        "WHERE t.access_expires_at < $1 AND NOT EXISTS (SELECT 1 FROM oauth_token l WHERE l.family_id = t.family_id "
        "AND (l.access_expires_at >= $1 OR l.refresh_expires_at >= $1)) LIMIT $2))",
        _DAY,
    ),
    (
        "DELETE FROM signing_key WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM signing_key WHERE state <> 'ACTIVE' AND retired_at < $1 LIMIT $2))",
        30 * _DAY,
    ),
)


async def forget_expired() -> int:
    """Delete codes, tokens, attempts and keys that can mean nothing any more, some thousands of each; returns how many.

    A family's old refresh tokens stay as long as one of it lives: they are how a reuse is noticed.
    """
    deleted = 0
    async with identity.transaction("housekeeping") as tx:
        for statement, kept in _STATEMENTS:
            done = await tx.execute(statement, tx.now - kept, _BATCH)
            deleted += int(done.rpartition(" ")[2])
    return deleted
