"""Passwords and client secrets, by argon2id (RFC 9106). Hashing is slow on purpose: never in a transaction, never on
the event loop, and never more at once than the machine has memory for."""

import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.kit.errors import InvalidInput

T = TypeVar("T")

MIN_LENGTH, MAX_LENGTH = 12, 256
_AT_ONCE = 4
_limiter: RunVar[CapacityLimiter] = RunVar("recobro_hashing")
_hasher = PasswordHasher()
_process_key = secrets.token_bytes(32)
_proven: dict[str, bytes] = {}
_proven_lock = Lock()
_PROVEN = 1_000


def use_parameters(hasher: PasswordHasher) -> None:
    """Set the cost of a hash. Older hashes stay good, and are renewed when their owner next signs in."""
    global _hasher
    _hasher = hasher
    _nobody.cache_clear()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("nobody's password")


def hash_now(secret: str) -> str:
    """Blocking: tens of milliseconds and megabytes."""
    return _hasher.hash(secret)


def matches_now(stored: str | None, secret: str) -> bool:
    """Whether the secret is the stored one. Blocking; takes as long where nothing is stored."""
    try:
        return _hasher.verify(stored or _nobody(), secret) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def secret_matches_now(stored: str | None, secret: str) -> bool:
    """As `matches_now`, for the random secret of a machine, which comes again every ten minutes: once proven, this
    process knows it by a keyed hash. Nothing of a person's password is ever remembered."""
    digest = hmac.digest(_process_key, secret.encode(), "sha256")
    with _proven_lock:
        known = _proven.get(stored or "")
    if known is not None and hmac.compare_digest(known, digest):
        return True
    if stored is None or not matches_now(stored, secret):
        return False
    with _proven_lock:
        _proven[stored] = digest
        if len(_proven) > _PROVEN:
            del _proven[next(iter(_proven))]
    return True


async def in_turn(work: Callable[..., T], *args: object) -> T:
    """Run blocking work that hashes, a few at a time."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(work, *args, limiter=limiter)


async def hash_secret(secret: str) -> str:
    return await in_turn(hash_now, secret)


async def matches(stored: str | None, secret: str) -> bool:
    return await in_turn(matches_now, stored, secret)


def outdated(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)


def check_strength(password: str, email: str, *, field: str = "password") -> None:
    """Length is what helps (NIST SP 800-63B); the upper bound keeps hashing affordable.

    Raises: InvalidInput (WEAK_PASSWORD).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        problem = f"The password needs {MIN_LENGTH} to {MAX_LENGTH} characters."
    elif password.strip().lower() in (email, email.partition("@")[0]) or len(set(password)) < 5:
        problem = "The password is too easy to guess."
    else:
        return
    raise InvalidInput(problem, code="WEAK_PASSWORD", field=field, remedy="Use several words, or a password manager.")
