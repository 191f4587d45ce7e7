"""What the grants need of the database, inside the transaction of one request."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, TokenMixin

from core.kit.db import Row, Tx
from core.kit.ids import new_id
from tenants import identity, revocation, subjects
from tenants.oauth.clients import Client
from tenants.subjects import Subject

log = logging.getLogger("recobro.sign_in")

CONCURRENT_REFRESH = timedelta(seconds=10)
"""Two tabs refresh at once, or an answer is lost on its way and the client asks again: within this time a refresh token
that was just used gives one sibling of its successor, once, as long as nothing else came of the family meanwhile."""


@dataclass(frozen=True, slots=True)
class Reused:
    """A code or a refresh token was used when it must not be any more, and its family was revoked for it."""


@dataclass(frozen=True, slots=True)
class Code(AuthorizationCodeMixin):
    """An authorization code that may be redeemed."""

    id: UUID
    redirect_uri: str
    scope: str
    code_challenge: str
    family_id: UUID
    subject: Subject

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass(frozen=True, slots=True)
class RefreshToken(TokenMixin):
    """A refresh token that may be used. `scope` is what was granted, as far as the member's role still has it."""

    id: UUID
    family_id: UUID
    granted: str
    scope: str
    client_row_id: UUID
    subject: Subject

    def check_client(self, client: Client) -> bool:
        return client.id == self.client_row_id

    def get_scope(self) -> str:
        return self.scope


async def add_code(
    tx: Tx, code: str, *, client: Client, subject: Subject, redirect_uri: str, scope: str, challenge: str
) -> None:
    await tx.execute(
        "INSERT INTO authorization_code (id, code_hash, client_id, user_id, membership_id, redirect_uri, scope, "
        "code_challenge, family_id, expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        new_id(), identity.hashed(code), client.id, subject.user_id, subject.membership_id, redirect_uri, scope,
        challenge, new_id(), tx.now + identity.CODE_LIFETIME,
    )  # fmt: skip


async def redeemable_code(tx: Tx, code: str, client: Client) -> Code | Reused | None:
    """The code, locked, if this client may redeem it now. A second use revokes what the first gave (RFC 6749 4.1.2)."""
    found = await tx.fetchrow(
        "SELECT id, membership_id FROM authorization_code WHERE code_hash = $1 AND client_id = $2",
        identity.hashed(code), client.id,
    )  # fmt: skip
    if found is None:
        return None
    # First the people, then their codes and tokens: the order in which everybody locks.
    subject = await subjects.member(tx, found["membership_id"])
    row = await tx.fetchrow("SELECT * FROM authorization_code WHERE id = $1 FOR UPDATE", found["id"])
    if row is None or subject is None:
        return None
    if row["used_at"] is not None:
        return await _revoke_family(tx, row, "an authorization code was used twice")
    if row["expires_at"] <= tx.now:
        return None
    return Code(row["id"], row["redirect_uri"], row["scope"], row["code_challenge"], row["family_id"], subject)


async def mark_code_used(tx: Tx, code: Code) -> None:
    await tx.execute("UPDATE authorization_code SET used_at = $2 WHERE id = $1", code.id, tx.now)


async def usable_refresh_token(tx: Tx, refresh_token: str, client: Client) -> RefreshToken | Reused | None:
    """The refresh token, locked, if this client may use it now.

    One that was used before revokes its family (RFC 9700 4.14.2), except for `CONCURRENT_REFRESH`.
    """
    digest = identity.hashed(refresh_token)
    found = await tx.fetchrow(
        "SELECT membership_id, family_id FROM oauth_token WHERE refresh_hash = $1 AND client_id = $2", digest, client.id
    )
    if found is None:
        return None
    subject = await subjects.member(tx, found["membership_id"])
    await revocation.lock_family(tx, found["family_id"])
    row = await tx.fetchrow("SELECT * FROM oauth_token WHERE refresh_hash = $1 FOR UPDATE", digest)
    if row is None or subject is None or row["revoked_at"] is not None or row["refresh_expires_at"] <= tx.now:
        return None
    if row["rotated_at"] is not None and not await _is_concurrent(tx, row):
        return await _revoke_family(tx, row, "a refresh token was used again")
    scope = subject.narrowed(row["scope"])
    if not scope:
        return None
    return RefreshToken(row["id"], row["family_id"], row["scope"], scope, row["client_id"], subject)


async def mark_rotated(tx: Tx, token: RefreshToken) -> None:
    """The first use counts: a concurrent second one does not begin the time anew."""
    await tx.execute("UPDATE oauth_token SET rotated_at = COALESCE(rotated_at, $2) WHERE id = $1", token.id, tx.now)


async def family_began(tx: Tx, family_id: UUID) -> timedelta:
    """How old the family is."""
    began = await tx.fetchval("SELECT min(created_at) FROM oauth_token WHERE family_id = $1", family_id)
    return tx.now - began if began else timedelta()


async def _is_concurrent(tx: Tx, row: Row) -> bool:
    if tx.now - row["rotated_at"] > CONCURRENT_REFRESH:
        return False
    unused = await tx.fetchval(
        "SELECT count(*) FROM oauth_token WHERE family_id = $1 AND rotated_at IS NULL", row["family_id"]
    )
    since = await tx.fetchval(
        "SELECT count(*) FROM oauth_token WHERE family_id = $1 AND created_at >= $2",
        row["family_id"],
        row["rotated_at"],
    )
    return unused == 1 and since == 1


async def _revoke_family(tx: Tx, row: Row, why: str) -> Reused:
    await revocation.revoke_family(tx, row["family_id"])
    log.warning("sign-in revoked: %s (family %s, membership %s)", why, row["family_id"], row["membership_id"])
    return Reused()
