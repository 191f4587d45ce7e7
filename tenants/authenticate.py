"""From a bearer token to a scope.

A token is verified once per process: signature, type, issuer, audience, times, and in the database that nobody took it
back. After that it is a look-up in memory, kept honest by a poll that is never older than `POLL_S`: keys, and the
tokens that were revoked before their time. A revocation in this process is seen at once (tenants/revocation.py).
"""

import asyncio
import time
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet

from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Unauthenticated
from core.kit.scope import Actor, Audience, Scope, agency_scope, creditor_scope
from core.permissions import Permission
from tenants import identity, revocation, signing_keys

POLL_S = 3.0
UNKNOWN_KEY_S = 2.0
"""An unknown key is looked up at once, but not more often than this: anybody can invent names of keys."""
MAX_TOKEN = 8_192
_REMEMBERED = 10_000
_REVOKED_AT_ONCE = 20_000
_KNOWN = frozenset(permission.value for permission in Permission)


def _refused(code: str) -> Unauthenticated:
    message, remedy = {
        "TOKEN_EXPIRED": ("The access token has expired.", "Get a new one with the refresh token, or sign in again."),
        "TOKEN_REVOKED": ("The access token was taken back.", "Sign in again."),
        "TOKEN_INVALID": ("The access token is not one of this installation.", "Sign in and send the token you get."),
    }[code]
    return Unauthenticated(message, code=code, remedy=remedy)


class _Validator(JWTBearerTokenValidator):
    def __init__(self, keys: KeySet) -> None:
        super().__init__(issuer=identity.issuer(), resource_server=identity.AUDIENCE)
        self._keys = keys

    def get_jwks(self) -> KeySet:
        return self._keys


def key_id(token: str) -> str:
    """The `kid` of what looks like one of our access tokens, before anything is verified.

    Authlib lets a token without `typ` pass, and leaves the algorithm to the key; RFC 9068 4 wants both stated.
    Raises: Unauthenticated (TOKEN_INVALID).
    """
    try:
        if len(token) > MAX_TOKEN:
            raise ValueError("too long")
        first = token.split(".", 1)[0].encode("ascii")
        header = orjson.loads(urlsafe_b64decode(first + b"=" * (-len(first) % 4)))
        if header["alg"] != "ES256" or header["typ"].lower() not in ("at+jwt", "application/at+jwt"):
            raise ValueError("of another kind")
        kid = header["kid"]
    except (ValueError, KeyError, TypeError, AttributeError, Base64Error) as problem:
        raise _refused("TOKEN_INVALID") from problem
    if not isinstance(kid, str):
        raise _refused("TOKEN_INVALID")
    return kid


def verified_claims(token: str, key: ECKey) -> dict[str, Any]:
    """The claims of an access token that this key signed.

    Raises: Unauthenticated (TOKEN_INVALID, TOKEN_EXPIRED).
    """
    try:
        claims = _Validator(KeySet([key])).authenticate_token(token)
        claims.validate(now=int(clock.now().timestamp()))
    except ExpiredTokenError as problem:
        raise _refused("TOKEN_EXPIRED") from problem
    except (JoseError, InvalidTokenError, ValueError) as problem:
        raise _refused("TOKEN_INVALID") from problem
    return dict(claims)


def scope_of_claims(claims: dict[str, Any]) -> Scope:
    ours = claims["recobro"]
    machine = claims["sub"] == claims["client_id"]
    actor = Actor("client" if machine else "user", claims["sub"], ours["name"])
    agency_id = UUID(ours["agency_id"]) if ours["agency_id"] else None
    creditor_id = UUID(ours["creditor_id"]) if ours["creditor_id"] else None
    permissions = _KNOWN & set(claims["scope"].split())
    match ours["audience"]:
        case "agency" if agency_id:
            return agency_scope(agency_id, actor, permissions)
        case "creditor" if creditor_id:
            return creditor_scope(creditor_id, actor, permissions, agency_id)
        case "operator":
            return Scope(audience=Audience.IDENTITY, actor=actor, permissions=permissions)
        case _:
            raise _refused("TOKEN_INVALID")


@dataclass(frozen=True, slots=True)
class _Known:
    scope: Scope
    jti: str
    kid: str
    expires_at: int


class _Verifier:
    """What one process remembers about the tokens of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._keys: dict[str, ECKey] = {}
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._by_jti: dict[str, bytes] = {}
        self._polled_at = float("-inf")
        self._polled_generation = -1
        self._asked_for_key_at = float("-inf")
        self._lock = asyncio.Lock()

    async def scope_of(self, token: str) -> Scope:
        await self._poll()
        digest = sha256(token.encode(errors="replace")).digest()
        if known := self._known.get(digest):
            self._known.move_to_end(digest)
            if known.expires_at <= clock.now().timestamp():
                self._forget(digest)
                raise _refused("TOKEN_EXPIRED")
            return known.scope
        generation = revocation.generation()
        kid = key_id(token)
        claims = verified_claims(token, await self.key(kid))
        await self._check_in_database(claims["jti"])
        scope = scope_of_claims(claims)
        # Revoked while the database was asked? Then what it said is out of date, and is not remembered.
        if generation == revocation.generation():
            self._remember(digest, _Known(scope, claims["jti"], kid, int(claims["exp"])))
        return scope

    async def key(self, kid: str) -> ECKey:
        """Raises: Unauthenticated (TOKEN_INVALID) for a key that this installation does not (or no longer) have."""
        now = time.monotonic()
        if kid not in self._keys and now - self._asked_for_key_at >= UNKNOWN_KEY_S:
            self._asked_for_key_at = now
            await self._poll(0)
        if kid not in self._keys:
            raise _refused("TOKEN_INVALID")
        return self._keys[kid]

    async def _poll(self, max_age: float | None = None) -> None:
        max_age = POLL_S if max_age is None else max_age
        if self._is_fresh(max_age):
            return
        async with self._lock:
            if self._is_fresh(max_age):
                return
            generation, begun = revocation.generation(), time.monotonic()
            async with identity.transaction("authenticate", read_only=True) as tx:
                keys = await signing_keys.verifying_keys(tx)
                revoked = await tx.fetch(
                    "SELECT access_jti FROM oauth_token WHERE revoked_at > $1 AND access_expires_at > $2 LIMIT $3",
                    tx.now - signing_keys.LONGEST_LIFETIME, tx.now, _REVOKED_AT_ONCE,
                )  # fmt: skip
            if len(revoked) == _REVOKED_AT_ONCE or not self._keys.keys() <= keys.keys():
                self._known.clear()
                self._by_jti.clear()
            for row in revoked:
                if digest := self._by_jti.get(row["access_jti"]):
                    self._forget(digest)
            self._keys, self._polled_generation, self._polled_at = keys, generation, begun

    def _is_fresh(self, max_age: float) -> bool:
        return self._polled_generation == revocation.generation() and time.monotonic() - self._polled_at < max_age

    async def _check_in_database(self, jti: str) -> None:
        async with identity.transaction("authenticate", read_only=True) as tx:
            good = await tx.fetchval(
                "SELECT t.revoked_at IS NULL AND c.disabled_at IS NULL AND u.disabled_at IS NULL "
                "AND m.disabled_at IS NULL "
                "FROM oauth_token t JOIN oauth_client c ON c.id = t.client_id "
                "LEFT JOIN user_account u ON u.id = t.user_id LEFT JOIN membership m ON m.id = t.membership_id "
                "WHERE t.access_jti = $1",
                jti,
            )
        if not good:
            raise _refused("TOKEN_REVOKED")

    def _remember(self, digest: bytes, known: _Known) -> None:
        self._known[digest] = known
        self._by_jti[known.jti] = digest
        if len(self._known) > _REMEMBERED:
            self._forget(next(iter(self._known)))

    def _forget(self, digest: bytes) -> None:
        if known := self._known.pop(digest, None):
            self._by_jti.pop(known.jti, None)


_verifier: _Verifier | None = None


def verifier() -> _Verifier:
    """The memory of this process about the tokens of its database."""
    global _verifier
    database = db.current()
    if _verifier is None or _verifier.database is not database:
        _verifier = _Verifier(database)
    return _verifier


async def authenticate(token: str) -> Scope:
    """The scope of a bearer token.

    Raises: Unauthenticated (TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED).
    """
    return await verifier().scope_of(token)
