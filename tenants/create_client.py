"""Register an application: a machine of a tenant, or (by the operator) one that people sign in with."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from core.kit.errors import Conflict, Forbidden, InvalidInput
from core.kit.ids import new_id
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants import checks, identity, passwords, reach
from tenants.identity import is_loopback
from tenants.kinds import ClientKind, MembershipKind
from tenants.subjects import machine_scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateClient:
    """MACHINE: `scopes` are its permissions, for good. PUBLIC (the operator's): `redirect_uris` are compared exactly;
    `scopes` are the most that its users' tokens carry (empty: whatever the user's role has).

    `agency_id` and `creditor_id` say whose machine it is, where the operator makes it. `client_id` too is the
    operator's, for applications that come with the installation.
    """

    name: str
    kind: ClientKind = ClientKind.MACHINE
    scopes: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    agency_id: UUID | None = None
    creditor_id: UUID | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCreated:
    """`secret` is shown this once; only its hash is kept."""

    id: UUID
    client_id: str
    secret: str | None


async def create_client(scope: Scope, command: CreateClient) -> ClientCreated:
    """Register an application.

    Raises: Forbidden; InvalidInput (INVALID_NAME, INVALID_SCOPE, INVALID_REDIRECT_URI); Conflict (CLIENT_EXISTS).
    """
    reach.reach_of(scope, Permission.USER_MANAGE)
    operator = scope.audience is Audience.IDENTITY
    name = checks.label(command.name, "name", longest=120)
    if not operator and (command.kind is not ClientKind.MACHINE or command.client_id or command.redirect_uris):
        raise Forbidden("Only the operator registers applications that people sign in with.", field="kind")
    agency_id, creditor_id = (
        (command.agency_id, command.creditor_id) if operator else (scope.agency_id, scope.creditor_id)
    )
    if command.kind is ClientKind.MACHINE:
        if not agency_id and not creditor_id:
            raise InvalidInput("Say whose machine it is.", field="agencyId")
        kind = MembershipKind.CREDITOR if creditor_id else MembershipKind.AGENCY
        _check_scopes(command.scopes, {allowed.value for allowed in machine_scopes(kind)}, needed=True)
    else:
        agency_id = creditor_id = None
        _check_scopes(command.scopes, {permission.value for permission in Permission}, needed=False)
        _check_redirect_uris(command.redirect_uris)
    client_id = checks.slug(command.client_id, field="clientId") if command.client_id else f"client_{new_id().hex}"
    secret = identity.new_secret() if command.kind is ClientKind.MACHINE else None
    secret_hash = await passwords.hash_secret(secret) if secret else None
    async with identity.transaction("clients") as tx:
        made = await tx.fetchval(
            "INSERT INTO oauth_client (id, client_id, name, kind, secret_hash, redirect_uris, scopes, agency_id, "
            "creditor_organisation_id, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) "
            "ON CONFLICT (client_id) DO NOTHING RETURNING id",
            new_id(), client_id, name, command.kind.value, secret_hash, list(command.redirect_uris),
            sorted(set(command.scopes)), agency_id, creditor_id, tx.now,
        )  # fmt: skip
    if made is None:
        raise Conflict("There is an application with this client id.", code="CLIENT_EXISTS", field="clientId")
    return ClientCreated(id=made, client_id=client_id, secret=secret)


def _check_scopes(scopes: tuple[str, ...], allowed: set[str], *, needed: bool) -> None:
    refused = sorted(set(scopes) - allowed)
    if refused or (needed and not scopes):
        raise InvalidInput(
            f"Not a scope for this application: {', '.join(refused)[:200]}." if refused else "A machine needs scopes.",
            code="INVALID_SCOPE",
            field="scopes",
            remedy=f"Choose from {', '.join(sorted(allowed))}.",
        )


def _check_redirect_uris(uris: tuple[str, ...]) -> None:
    if not 1 <= len(uris) <= 20 or not all(_is_redirect_uri(uri) for uri in uris):
        raise InvalidInput(
            "An application needs 1 to 20 proper redirect URIs.",
            code="INVALID_REDIRECT_URI",
            field="redirectUris",
            remedy="https://…, http://127.0.0.1/… for a program on the user's machine, or com.example.app:/… ; no #.",
        )


def _is_redirect_uri(uri: str) -> bool:
    """https; http on the user's own machine; or a scheme that is a reversed domain name (RFC 8252 7.1)."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if len(uri) > 400 or not uri.isascii() or any(c in uri for c in " \"\\<>#*;,'") or not uri.isprintable():
        return False
    if parts.scheme in ("http", "https"):
        clean = bool(parts.hostname) and "@" not in parts.netloc
        return clean and (parts.scheme == "https" or is_loopback(parts.hostname or ""))
    return "." in parts.scheme and not parts.netloc and parts.path.startswith("/")
