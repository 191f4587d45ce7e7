"""Slows guessing down.

The narrow limit is per account and network address together, so that a stranger elsewhere cannot lock anybody out
easily; the wide ones stop a guesser who spreads over accounts or over addresses. The one per address leaves room for a
whole call centre behind one.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from uuid import UUID

from core.kit import crypto
from core.kit.db import Tx
from core.kit.errors import LimitExceeded
from core.kit.ids import new_id
from tenants import identity

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS, PER_ACCOUNT, PER_ADDRESS = 5, 25, 200


@dataclass(frozen=True, slots=True)
class Attempt:
    ids: tuple[UUID, ...]
    narrow: str


async def begin(account: str, address: str = "") -> Attempt:
    """Count an attempt on an account before it is judged, so that a thousand at once are no way around the limits.

    Without an address the narrow limit holds for the account alone. Raises: LimitExceeded (TOO_MANY_ATTEMPTS).
    """
    limits = _limits(account, address)
    async with identity.transaction("throttle") as tx:
        # In one order for everybody, so that two attempts wait for each other and never for ever.
        for subject in sorted(limits):
            await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", subject)
        since = tx.now - WINDOW
        await tx.execute(
            "DELETE FROM sign_in_attempt WHERE subject_hash = ANY($1) AND failed_at <= $2", list(limits), since
        )
        await _refuse(tx, limits)
        return await _count(tx, limits)


async def forgive(attempt: Attempt) -> None:
    """The attempt succeeded: it does not count, and the account starts afresh from that network."""
    async with identity.transaction("throttle") as tx:
        await tx.execute(
            "DELETE FROM sign_in_attempt WHERE id = ANY($1) OR subject_hash = $2", list(attempt.ids), attempt.narrow
        )


async def check(account: str, address: str = "") -> None:
    """Raises: LimitExceeded (TOO_MANY_ATTEMPTS) where one of the limits is reached."""
    async with identity.transaction("throttle", read_only=True) as tx:
        await _refuse(tx, _limits(account, address))


async def record(account: str, address: str = "") -> None:
    """Count an attempt that failed."""
    async with identity.transaction("throttle") as tx:
        await _count(tx, _limits(account, address))


def _limits(account: str, address: str) -> dict[str, int]:
    """The limit of each subject; the narrow one comes first."""
    network = _network(address)
    limits = {_subject("both", account, network): PER_ACCOUNT_AND_ADDRESS, _subject("account", account): PER_ACCOUNT}
    return limits | ({_subject("address", network): PER_ADDRESS} if network else {})


async def _refuse(tx: Tx, limits: dict[str, int]) -> None:
    counted = await tx.fetch(
        "SELECT subject_hash, count(*) AS failures FROM sign_in_attempt "
        "WHERE subject_hash = ANY($1) AND failed_at > $2 GROUP BY 1",
        list(limits), tx.now - WINDOW,
    )  # fmt: skip
    if any(row["failures"] >= limits[row["subject_hash"]] for row in counted):
        raise LimitExceeded(
            "Too many attempts to sign in.",
            code="TOO_MANY_ATTEMPTS",
            remedy=f"Wait {int(WINDOW.total_seconds() // 60)} minutes, then try again.",
        )


async def _count(tx: Tx, limits: dict[str, int]) -> Attempt:
    subjects = list(limits)
    ids = [new_id() for _ in subjects]
    await tx.execute(
        "INSERT INTO sign_in_attempt (id, subject_hash, failed_at) "
        "SELECT id, subject, $3 FROM unnest($1::uuid[], $2::text[]) AS t(id, subject)",
        ids, subjects, tx.now,
    )  # fmt: skip
    return Attempt(tuple(ids), subjects[0])


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
