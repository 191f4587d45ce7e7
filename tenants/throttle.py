"""Slows guessing down. An attempt is counted before it is judged, so that a thousand at once are no way around it; what
succeeds is taken back.

The narrow limit is per account and network address together, so that a stranger elsewhere cannot lock anybody out
easily; the wide ones stop a guesser who spreads over accounts or over addresses.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from uuid import UUID

from core.kit import crypto
from core.kit.errors import LimitExceeded
from core.kit.ids import new_id
from tenants import identity

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS, PER_ACCOUNT, PER_ADDRESS = 5, 25, 60


@dataclass(frozen=True, slots=True)
class Attempt:
    ids: tuple[UUID, ...]
    narrow: str


async def begin(account: str, address: str) -> Attempt:
    """Count an attempt on an account from a network address.

    Raises: LimitExceeded (TOO_MANY_ATTEMPTS) where one of the limits is reached.
    """
    network = _network(address)
    limits = {
        _subject("both", account, network): PER_ACCOUNT_AND_ADDRESS,
        _subject("account", account): PER_ACCOUNT,
        _subject("address", network): PER_ADDRESS,
    }
    subjects = list(limits)
    ids = [new_id() for _ in subjects]
    async with identity.transaction("throttle") as tx:
        # In one order for everybody, so that two attempts wait for each other and never for ever.
        for subject in sorted(subjects):
            await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", subject)
        since = tx.now - WINDOW
        await tx.execute(
            "DELETE FROM sign_in_attempt WHERE subject_hash = ANY($1) AND failed_at <= $2", subjects, since
        )
        counted = await tx.fetch(
            "SELECT subject_hash, count(*) AS failures FROM sign_in_attempt WHERE subject_hash = ANY($1) GROUP BY 1",
            subjects,
        )
        if any(row["failures"] >= limits[row["subject_hash"]] for row in counted):
            raise LimitExceeded(
                "Too many attempts to sign in.",
                code="TOO_MANY_ATTEMPTS",
                remedy=f"Wait {int(WINDOW.total_seconds() // 60)} minutes, then try again.",
            )
        await tx.execute(
            "INSERT INTO sign_in_attempt (id, subject_hash, failed_at) "
            "SELECT id, subject, $3 FROM unnest($1::uuid[], $2::text[]) AS t(id, subject)",
            ids, subjects, tx.now,
        )  # fmt: skip
    return Attempt(tuple(ids), subjects[0])


async def forgive(attempt: Attempt) -> None:
    """The attempt succeeded: it does not count, and the account starts afresh from that network."""
    async with identity.transaction("throttle") as tx:
        await tx.execute(
            "DELETE FROM sign_in_attempt WHERE id = ANY($1) OR subject_hash = $2", list(attempt.ids), attempt.narrow
        )


def _subject(*parts: str) -> str:
    """Neither addresses nor networks are kept in the clear."""
    return hmac.new(crypto.derived("throttle").encode(), "|".join(parts).encode(), sha256).hexdigest()


def _network(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
