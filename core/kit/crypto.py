"""Secrets at rest (settings of plugins, secrets of identity providers, signing keys): Fernet with rotating keys."""

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.kit.errors import DomainError

_keys: tuple[str, ...] = ()


def use_keys(keys: tuple[str, ...]) -> None:
    """Set the installation's secret keys: the first encrypts, all of them decrypt."""
    global _keys
    if not keys or any(len(key) < 32 for key in keys):
        raise ValueError("a secret key needs at least 32 characters")
    _keys = keys
    _fernet.cache_clear()


@lru_cache(maxsize=1)
def _fernet() -> MultiFernet:
    if not _keys:
        raise RuntimeError("no secret key is set in this process")
    return MultiFernet([Fernet(_at_rest(key)) for key in _keys])


def _at_rest(key: str) -> bytes:
    return urlsafe_b64encode(sha256(b"recobro-at-rest:" + key.encode()).digest())


def encrypt(plain: bytes) -> bytes:
    return _fernet().encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """Raises: DomainError when none of the installation's keys opens it."""
    try:
        return _fernet().decrypt(sealed)
    except InvalidToken as problem:
        raise DomainError(
            "A stored secret was sealed with a key that this installation no longer has.",
            code="SECRET_UNREADABLE",
            remedy="Add the old key to RECOBRO_SECRET_KEYS, or enter the secret again.",
        ) from problem


def resealed(sealed: bytes) -> bytes | None:
    """The same secret sealed with the newest key; None where it is already.

    Raises: DomainError when none of the installation's keys opens it.
    """
    plain = decrypt(sealed)
    try:
        Fernet(_at_rest(_keys[0])).decrypt(sealed)
    except InvalidToken:
        return encrypt(plain)
    return None


def derived(purpose: str) -> str:
    """A secret for one purpose, derived from the first key: cookies, the password of the application's role."""
    if not _keys:
        raise RuntimeError("no secret key is set in this process")
    return sha256(f"recobro:{purpose}:{_keys[0]}".encode()).hexdigest()
