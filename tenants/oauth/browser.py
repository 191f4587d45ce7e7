"""The signed cookie of the sign-in pages: who signed in, when and how, and the token that proves a form is ours.

The cookie is signed and not secret. It holds for `SESSION_LIFETIME`, and no longer than the account's `sessions_since`.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import Request

from core.kit import clock
from tenants import identity
from tenants.kinds import MembershipKind, Role
from tenants.oauth.clients import find_client
from tenants.oauth.http import Payload, parse_parameters, read_body

AUTHORIZE = "/oauth/authorize"


@dataclass(frozen=True, slots=True)
class Place:
    """A membership as the person chooses it."""

    id: UUID
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sits at the browser. `places` are the memberships that this sign-in may act as."""

    user_id: UUID
    email: str
    places: tuple[Place, ...]


def start(request: Request, user_id: UUID, *, provider_id: UUID | None = None, goes_to: str | None = None) -> None:
    """Sign the browser in, in a session that begins here. `goes_to` was asked for by this very sign-in."""
    request.session.clear()
    request.session.update(
        user=str(user_id),
        at=clock.now().timestamp(),
        via=str(provider_id) if provider_id else None,
        fresh=_digest(goes_to) if goes_to else None,
        csrf=identity.new_secret(),
    )


def take_fresh(request: Request, goes_to: str) -> bool:
    """Whether the person just signed in for exactly this request: then it needs no second question. True once."""
    fresh = request.session.pop("fresh", None)
    return fresh is not None and hmac.compare_digest(fresh, _digest(goes_to))


async def signed_in(request: Request) -> SignedIn | None:
    """Who is signed in, as the database has it now; None where the session is over or was ended."""
    session: dict[str, Any] = request.session
    if not session.get("user"):
        return None
    began = datetime.fromtimestamp(session["at"], UTC)
    if clock.now() - began > identity.SESSION_LIFETIME:
        return None
    async with identity.transaction("sign-in", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT u.email, m.id, m.kind, m.role, a.name AS agency, o.name AS creditor, "
            "GREATEST(u.sessions_since, m.sessions_since) > $2 AS ended, "
            "p.id IS NOT NULL AND ((p.agency_id IS NOT NULL AND (m.kind <> 'AGENCY' OR m.agency_id <> p.agency_id)) OR "
            "(p.creditor_organisation_id IS NOT NULL "
            " AND m.creditor_organisation_id IS DISTINCT FROM p.creditor_organisation_id)) AS elsewhere "
            "FROM user_account u LEFT JOIN membership m ON m.user_id = u.id AND m.disabled_at IS NULL "
            "AND (m.accepted_at IS NOT NULL OR ($3::uuid IS NOT NULL AND m.vouched_at IS NOT NULL)) "
            "LEFT JOIN agency a ON a.id = m.agency_id "
            "LEFT JOIN creditor_organisation o ON o.id = m.creditor_organisation_id "
            "LEFT JOIN identity_provider p ON p.id = $3 AND p.enabled "
            "WHERE u.id = $1 AND u.disabled_at IS NULL AND ($3::uuid IS NULL OR p.id IS NOT NULL) "
            "ORDER BY m.created_at LIMIT 100",
            UUID(session["user"]), began, UUID(session["via"]) if session.get("via") else None,
        )  # fmt: skip
    if not rows or any(row["ended"] for row in rows):
        return None
    # Who came through a tenant's own provider is known to that tenant and to nobody else.
    places = tuple(_place(row) for row in rows if row["id"] and not row["elsewhere"])
    return SignedIn(UUID(session["user"]), rows[0]["email"], places)


def csrf(request: Request) -> str:
    """The token for this session's forms."""
    token = request.session.get("csrf")
    if token is None:
        token = request.session["csrf"] = identity.new_secret()
    return token


async def read_form(request: Request) -> tuple[dict[str, str], bool]:
    """A page's form, and whether it is one of ours. Passwords may hold any character, so only repetition is refused."""
    form: dict[str, str] = {}
    for name, value in parse_parameters(await read_body(request)):
        if name in form or "\0" in value:
            raise InvalidRequestError("A field cannot be read.")
        form[name] = value
    ours = request.session.get("csrf") or ""
    return form, bool(ours) and hmac.compare_digest(ours.encode(), form.get("csrf", "").encode())


def safe_next(text: str | None) -> str:
    """Where to go after sign-in: an authorization request of this server, or nowhere. Never another site."""
    if text and text.startswith(f"{AUTHORIZE}?") and text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return ""


def next_query(goes_to: str) -> str:
    return f"?next={quote(goes_to, safe='')}" if goes_to else ""


async def leads_to(goes_to: str) -> tuple[list[str], str]:
    """For a page before an authorization request: the origins that its forms end at, and the application's name."""
    if not goes_to:
        return [], ""
    try:
        asked = Payload(parse_parameters(goes_to.partition("?")[2])).data
    except OAuth2Error:
        return [], ""
    client = await find_client(asked.get("client_id", ""))
    redirect_uri = asked.get("redirect_uri", "")
    if client is None or not client.check_redirect_uri(redirect_uri):
        return [], ""
    return [origin(redirect_uri)], client.name


def origin(redirect_uri: str) -> str:
    """A registered redirect URI as a source of a content security policy."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def _place(row: Any) -> Place:
    role = Role(row["role"]).value.replace("_", " ").capitalize()
    match MembershipKind(row["kind"]):
        case MembershipKind.AGENCY:
            return Place(row["id"], row["agency"], role)
        case MembershipKind.CREDITOR:
            return Place(row["id"], row["creditor"], f"{role} (at {row['agency']})" if row["agency"] else role)
        case MembershipKind.OPERATOR:
            return Place(row["id"], "This installation", role)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
