"""The ground that sign-in stands on: its transaction, its secrets and the name that its tokens carry."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.kit import db
from core.kit.db import Tx
from core.kit.scope import Actor, Audience, Scope, system_scope
from core.permissions import Permission

AUDIENCE = "recobro"
"""The `aud` of every access token: this installation's API."""

ACCESS_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=7)
FAMILY_LIFETIME = timedelta(days=30)
CODE_LIFETIME = timedelta(minutes=1)
INVITATION_LIFETIME = timedelta(days=7)
SESSION_LIFETIME = timedelta(hours=8)

_issuer: str | None = None


def use_issuer(url: str) -> None:
    """Set the issuer of this process's tokens: the public address, without a path. Called by the program at its start.

    Raises: ValueError unless it is https, or http on this machine itself.
    """
    global _issuer
    check_issuer(url)
    _issuer = url


def issuer() -> str:
    if _issuer is None:
        raise RuntimeError("no issuer is set in this process")
    return _issuer


def check_issuer(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError(f"the public address '{url}' must look like https://host, without a path")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"the public address '{url}' must be https: tokens and passwords travel over it")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by name or by address."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def installation_scope(name: str = "operator") -> Scope:
    """Who sits at the command line of the installation: may do what an operator may."""
    return Scope(
        audience=Audience.IDENTITY,
        actor=Actor("system", name),
        permissions=frozenset({Permission.INSTALLATION_OPERATE}),
    )


@asynccontextmanager
async def transaction(name: str, *, read_only: bool = False) -> AsyncGenerator[Tx]:
    """A transaction on the tables of sign-in; whether the actor may do what it does is checked by who opens it."""
    async with db.transaction(system_scope(Audience.IDENTITY, name), read_only=read_only) as tx:
        yield tx


def new_secret() -> str:
    """256 random bits that can stand in a URL."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """How a random secret is kept. It needs no slow hash: there is nothing to guess in 256 bits."""
    return sha256(secret.encode()).hexdigest()
