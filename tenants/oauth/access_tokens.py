"""Access tokens: JWTs after RFC 9068, signed with ES256 by exactly one key, whose `kid` stands in the header."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import ECKey, KeySet

from core.kit import clock
from core.kit.db import Tx
from core.kit.ids import new_id
from tenants import identity
from tenants.oauth.clients import Client
from tenants.subjects import Subject


class AccessTokens(JWTBearerTokenGenerator):
    """Makes the tokens of one answer, and knows afterwards what it made (`jti`, `expires_at`)."""

    def __init__(self, key: ECKey, lifetime: timedelta = identity.ACCESS_LIFETIME) -> None:
        super().__init__(
            issuer=identity.issuer(),
            alg="ES256",
            refresh_token_generator=lambda **_: identity.new_secret(),
            expires_generator=int(lifetime.total_seconds()),
        )
        self._key = key
        self._lifetime = lifetime
        self.jti = new_id().hex
        self.issued_at = clock.now()

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + self._lifetime

    def get_jwks(self) -> KeySet:
        # A set: from a lone key Authlib leaves the `kid` out. Of one: from several it would choose by chance.
        return KeySet([self._key])

    def get_jti(self, client: Client, grant_type: str, user: Subject | None, scope: str) -> str:
        return self.jti

    def get_audiences(self, client: Client, user: Subject | None, scope: str) -> str:
        return identity.AUDIENCE

    def get_extra_claims(self, client: Client, grant_type: str, user: Subject | None, scope: str) -> dict[str, Any]:
        subject = user or client.subject
        if subject is None:
            raise ValueError("a token speaks for a member or a machine")
        # By our clock, where Authlib takes the system's.
        issued_at = int(self.issued_at.timestamp())
        return {
            "iat": issued_at,
            "exp": issued_at + int(self._lifetime.total_seconds()),
            "recobro": subject.claims(),
        }


async def record_token(
    tx: Tx,
    tokens: AccessTokens,
    *,
    client: Client,
    subject: Subject,
    scope: str,
    family_id: UUID,
    refresh_token: str | None = None,
    refresh_expires_at: datetime | None = None,
) -> None:
    """Keep what was issued, for revocation and introspection: the refresh token by hash, the access token by `jti`."""
    await tx.execute(
        "INSERT INTO oauth_token (id, family_id, client_id, user_id, membership_id, scope, access_jti, "
        "access_expires_at, refresh_hash, refresh_expires_at, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        new_id(), family_id, client.id, subject.user_id, subject.membership_id, scope, tokens.jti, tokens.expires_at,
        identity.hashed(refresh_token) if refresh_token else None, refresh_expires_at, tx.now,
    )  # fmt: skip
