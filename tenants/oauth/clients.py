"""Applications as Authlib asks about them."""

# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# The types of Authlib that there are (typeshed) are narrower than what it calls us with and takes from us.

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin

from core.kit.db import Row
from core.permissions import Permission
from tenants import identity, passwords
from tenants.identity import is_loopback
from tenants.kinds import ClientKind
from tenants.subjects import Subject, machine

_PUBLIC_GRANTS = frozenset({"authorization_code", "refresh_token"})


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):
    """PUBLIC: people, by code with PKCE, without a secret. MACHINE: itself, by its secret.

    The method names are Authlib's.
    """

    id: UUID
    client_id: str
    name: str
    kind: ClientKind
    secret_hash: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    subject: Subject | None

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """None: a request always names its redirect URI."""
        return None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly a registered one; for an address of this machine the port is free (RFC 8252 7.3)."""
        return any(redirect_uri == known or _same_but_port(redirect_uri, known) for known in self.redirect_uris)

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What is asked for, if all of it is allowed; all that is allowed, if nothing is asked for; otherwise None,
        which Authlib turns into `invalid_scope`. Nothing is narrowed in silence."""
        if self.subject is not None:
            allowed = self.subject.permissions
        else:
            allowed = set(self.scopes) or {permission.value for permission in Permission}
        asked = set(scope.split()) if scope else allowed
        return " ".join(sorted(asked)) if asked and asked <= allowed else None

    def check_client_secret(self, client_secret: str) -> bool:
        return passwords.secret_matches_now(self.secret_hash, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") is (self.kind is ClientKind.PUBLIC)

    def check_response_type(self, response_type: str) -> bool:
        return self.kind is ClientKind.PUBLIC and response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        if self.kind is ClientKind.PUBLIC:
            return grant_type in _PUBLIC_GRANTS
        return grant_type == "client_credentials"


def _same_but_port(asked: str, known: str) -> bool:
    try:
        one, other = urlsplit(asked), urlsplit(known)
        _ = one.port
    except ValueError:
        return False
    return (
        other.scheme == one.scheme == "http"
        and other.hostname in ("127.0.0.1", "::1")
        and is_loopback(other.hostname)
        and asked == known.replace(other.netloc, one.netloc, 1)
        and one.hostname == other.hostname
        and "@" not in one.netloc
    )


def client_of(row: Row) -> Client:
    kind = ClientKind(row["kind"])
    return Client(
        id=row["id"],
        client_id=row["client_id"],
        name=row["name"],
        kind=kind,
        secret_hash=row["secret_hash"],
        redirect_uris=tuple(row["redirect_uris"]),
        scopes=tuple(row["scopes"]),
        subject=machine(row) if kind is ClientKind.MACHINE else None,
    )


async def find_client(client_id: str) -> Client | None:
    """A client that is not disabled, by its public name."""
    async with identity.transaction("oauth", read_only=True) as tx:
        row = await tx.fetchrow("SELECT * FROM oauth_client WHERE client_id = $1 AND disabled_at IS NULL", client_id)
    return client_of(row) if row else None
