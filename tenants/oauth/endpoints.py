"""Revocation (RFC 7009) and introspection (RFC 7662), by Authlib's endpoints."""

# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# The types of Authlib that there are (typeshed) are narrower than what it calls us with and takes from us.

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from core.kit import clock, ids
from core.kit.db import Tx
from core.kit.errors import Unauthenticated
from tenants import authenticate, identity, revocation
from tenants.oauth.clients import Client
from tenants.oauth.http import HttpRequest
from tenants.subjects import USER_PREFIX

if TYPE_CHECKING:
    from tenants.oauth.server import SignInServer


@dataclass(frozen=True, slots=True)
class IssuedToken(TokenMixin):
    """A token of either kind as it stands in the database. `claims` are those of an access token."""

    family_id: UUID
    client_row_id: UUID
    client_id: str
    user_id: UUID | None
    agency_id: UUID | None
    creditor_id: UUID | None
    scope: str
    expires_at: datetime
    dead: bool
    claims: dict[str, Any] | None

    def check_client(self, client: Client) -> bool:
        return client.id == self.client_row_id

    def is_expired(self) -> bool:
        return self.expires_at <= clock.now()

    def is_revoked(self) -> bool:
        return self.dead


async def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of an access token that is good; None for any other string. Before the request's transaction begins:
    it may have to ask the database for keys."""
    try:
        return authenticate.verified_claims(token, await authenticate.verifier().key(authenticate.key_id(token)))
    except Unauthenticated:
        return None


async def find_token(tx: Tx, token: str, claims: dict[str, Any] | None) -> IssuedToken | None:
    """The token, by what it is and not by its hint (RFC 7009 2.1: a wrong hint must not matter)."""
    row = await tx.fetchrow(
        "SELECT t.*, c.client_id AS public_client_id, COALESCE(m.agency_id, c.agency_id) AS agency_id, "
        "COALESCE(m.creditor_organisation_id, c.creditor_organisation_id) AS creditor_id, "
        "t.revoked_at IS NOT NULL OR c.disabled_at IS NOT NULL OR u.disabled_at IS NOT NULL "
        "OR m.disabled_at IS NOT NULL OR ($2::text IS NULL AND t.rotated_at IS NOT NULL) AS dead "
        "FROM oauth_token t JOIN oauth_client c ON c.id = t.client_id LEFT JOIN membership m ON m.id = t.membership_id "
        "LEFT JOIN user_account u ON u.id = t.user_id WHERE t.refresh_hash = $1 OR t.access_jti = $2",
        identity.hashed(token), claims["jti"] if claims else None,
    )  # fmt: skip
    if row is None:
        return None
    return IssuedToken(
        family_id=row["family_id"],
        client_row_id=row["client_id"],
        client_id=row["public_client_id"],
        user_id=row["user_id"],
        agency_id=row["agency_id"],
        creditor_id=row["creditor_id"],
        scope=claims["scope"] if claims else row["scope"],
        expires_at=row["access_expires_at"] if claims else row["refresh_expires_at"],
        dead=row["dead"],
        claims=claims,
    )


class Revocation(RevocationEndpoint):
    """Takes back the token and all that belongs to its grant: an access token without its refresh token is no grant."""

    CLIENT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
    server: "SignInServer"

    def query_token(self, token_string: str, token_type_hint: str | None) -> IssuedToken | None:
        return self.server.wait_for(find_token, self.server.tx, token_string, self.server.claims)

    def revoke_token(self, token: IssuedToken, request: HttpRequest) -> None:
        self.server.has_revoked |= self.server.wait_for(revocation.revoke_family, self.server.tx, token.family_id)


class Introspection(IntrospectionEndpoint):
    """For machines, about tokens of their own tenant; anything else is `{"active": false}`, as if it did not exist."""

    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
    server: "SignInServer"

    def query_token(self, token_string: str, token_type_hint: str | None) -> IssuedToken | None:
        return self.server.wait_for(find_token, self.server.tx, token_string, self.server.claims)

    def check_permission(self, token: IssuedToken, client: Client, request: HttpRequest) -> bool:
        asking = client.subject
        if asking is None:
            return False
        return (asking.agency_id, asking.creditor_id) == (token.agency_id, token.creditor_id)

    def introspect_token(self, token: IssuedToken) -> dict[str, Any]:
        found: dict[str, Any] = {
            "active": True,
            "client_id": token.client_id,
            "scope": token.scope,
            "sub": ids.encode(USER_PREFIX, token.user_id) if token.user_id else token.client_id,
            "iss": identity.issuer(),
            "exp": int(token.expires_at.timestamp()),
        }
        if token.claims is not None:
            found |= {"token_type": "Bearer"} | {name: token.claims[name] for name in ("aud", "iat", "jti")}
        return found
