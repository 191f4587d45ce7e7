"""The keys that sign access tokens (ES256). One is ACTIVE; a RETIRED one verifies until what it signed has expired."""

from datetime import datetime

import orjson
from joserfc.jwk import ECKey, KeySet

from core.kit import crypto
from core.kit.db import Tx
from core.kit.ids import new_id
from tenants.identity import ACCESS_LIFETIME
from tenants.kinds import KeyState

LONGEST_LIFETIME = ACCESS_LIFETIME * 72
"""No token lives longer (twelve hours, tenants/issue_token.py); a retired key is kept as long."""

_LOCK = 0x6B6579  # "key"


async def active_key(tx: Tx) -> ECKey:
    """The key that signs, with its `kid`; the installation's first one is made here."""
    row = await tx.fetchrow("SELECT sealed_private_jwk FROM signing_key WHERE state = 'ACTIVE'")
    if row is None:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        row = await tx.fetchrow("SELECT sealed_private_jwk FROM signing_key WHERE state = 'ACTIVE'")
    if row is None:
        return await add_active(tx)
    return ECKey.import_key(orjson.loads(crypto.decrypt(row["sealed_private_jwk"])))


async def add_active(tx: Tx) -> ECKey:
    """Make a new signing key; there must be no active one."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    await tx.execute(
        "INSERT INTO signing_key (id, kid, state, public_jwk, sealed_private_jwk, created_at) "
        "VALUES ($1,$2,$3,$4,$5,$6)",
        new_id(), key.kid, KeyState.ACTIVE.value, key.as_dict(private=False),
        crypto.encrypt(_as_json(key)), tx.now,
    )  # fmt: skip
    return key


async def replace_active(tx: Tx, state: KeyState) -> ECKey:
    """Put the active key into `state` and make a new one, in one transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await tx.execute("UPDATE signing_key SET state = $1, retired_at = $2 WHERE state = 'ACTIVE'", state.value, tx.now)
    return await add_active(tx)


async def verifying_keys(tx: Tx) -> dict[str, ECKey]:
    """Every public key that may still verify a token, by `kid`."""
    rows = await tx.fetch(
        "SELECT kid, public_jwk FROM signing_key WHERE state = 'ACTIVE' OR (state = 'RETIRED' AND retired_at > $1)",
        _oldest(tx.now),
    )
    return {row["kid"]: ECKey.import_key(row["public_jwk"]) for row in rows}


def key_set(keys: dict[str, ECKey]) -> KeySet:
    return KeySet(list(keys.values()))


def _oldest(now: datetime) -> datetime:
    return now - LONGEST_LIFETIME


def _as_json(key: ECKey) -> bytes:
    return orjson.dumps(key.as_dict(private=True))
