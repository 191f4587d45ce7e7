"""Sign-in through a tenant's own OpenID provider, by Authlib's Starlette client: state, nonce and PKCE.

A provider speaks for one tenant. It is believed about addresses of its `email_domain` that it calls verified, and the
sign-in is good for memberships of that tenant alone: otherwise whoever runs one tenant's provider could walk into what
another tenant granted to the same person.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.kit import crypto
from core.kit.db import Row
from tenants import identity
from tenants.oauth import browser
from tenants.oauth.config import SignInConfig
from tenants.oauth.pages import message, page
from tenants.oauth.way_out import TIMEOUT_S, BoundedTransport, GuardedTransport

log = logging.getLogger("recobro.sign_in")

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_METADATA_KEPT_S, _METADATA_KEPT = 300.0, 100
_metadata: OrderedDict[UUID, tuple[float, dict[str, Any]]] = OrderedDict()


class ProviderError(Exception):
    """What the provider says cannot be believed; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Provider:
    id: UUID
    name: str
    slug: str
    issuer: str
    client_id: str
    sealed_client_secret: bytes
    email_domain: str
    agency_id: UUID | None
    creditor_id: UUID | None


class _App(StarletteOAuth2App):
    """Authlib's client, with the provider's description of itself cut to what is needed and checked.

    Authlib hands every key of the discovery document on to the constructor of its HTTP client, so that a provider could
    set `verify`, `proxy` or `code_challenge_method`; and it does not compare the `issuer` (OpenID Discovery 4.3).
    """

    def __init__(self, provider: Provider, transport: httpx.AsyncBaseTransport, *, secure: bool) -> None:
        super().__init__(
            StarletteIntegration(provider.slug),
            provider.slug,
            client_id=provider.client_id,
            client_secret=crypto.decrypt(provider.sealed_client_secret).decode(),
            client_kwargs={
                "scope": "openid email",
                "code_challenge_method": "S256",
                "transport": transport,
                "timeout": TIMEOUT_S,
                "trust_env": False,
            },
        )
        self._provider = provider
        self._transport = transport
        self._https = secure

    async def load_server_metadata(self) -> dict[str, Any]:
        if "_loaded_at" in self.server_metadata:
            return self.server_metadata
        loaded_at, known = _metadata.get(self._provider.id, (0.0, {}))
        if known.get("issuer") == self._provider.issuer and time.monotonic() - loaded_at < _METADATA_KEPT_S:
            self.server_metadata = known
            return known
        async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            answer.raise_for_status()
            self.server_metadata = self._checked(answer.json())
        _metadata[self._provider.id] = (time.monotonic(), self.server_metadata)
        if len(_metadata) > _METADATA_KEPT:
            _metadata.popitem(last=False)
        return self.server_metadata

    def _checked(self, told: Any) -> dict[str, Any]:
        if not isinstance(told, dict) or told.get("issuer") != self._provider.issuer:
            raise ProviderError("the discovery document is of another issuer")
        kept: dict[str, Any] = {"issuer": told["issuer"], "_loaded_at": time.time()}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            address = told.get(name)
            if not isinstance(address, str) or urlsplit(address).scheme not in self._schemes:
                raise ProviderError(f"the discovery document has no proper {name}")
            kept[name] = address
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        # What is left must not be empty: Authlib would take that for no restriction and fall back.
        usable = [name for name in offered if name in _ALGORITHMS]
        if not usable:
            raise ProviderError("the provider signs with no algorithm that we take")
        kept["id_token_signing_alg_values_supported"] = usable
        return kept

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("https",) if self._https else ("https", "http")


class Providers:
    def __init__(self, config: SignInConfig) -> None:
        self._config = config
        given = config.provider_transport
        open_way = config.private_providers or not config.production
        self._transport = BoundedTransport(given or (httpx.AsyncHTTPTransport() if open_way else GuardedTransport()))

    async def find(self, request: Request) -> Response:
        """A page to name the organisation; then one that says where the person goes. A link leads there and no form, so
        that the page's policy can go on naming the places that forms end at."""
        goes_to, slug = browser.safe_next(request.query_params.get("next")), request.query_params.get("slug", "")
        provider = await _provider(slug)
        values: dict[str, Any] = {"title": "Sign in through your organisation", "next": goes_to, "slug": slug[:60]}
        values["next_query"] = browser.next_query(goes_to)
        if provider is not None:
            link = f"/sign-in/provider/{provider.slug}{values['next_query']}"
            host = urlsplit(provider.issuer).hostname
            return page("provider.html", provider=provider.name, host=host, link=link, **values)
        problem = "There is no organisation with this code." if slug else None
        return page(
            "provider.html", status=404 if slug else 200, provider=None, problem=problem, field="slug", **values
        )

    async def begin(self, request: Request) -> Response:
        provider = await _provider(request.path_params["slug"])
        if provider is None:
            return _failed(404)
        request.session["provider_next"] = browser.safe_next(request.query_params.get("next"))
        try:
            return await self._app(provider).authorize_redirect(request, self._callback(provider))
        except (ProviderError, httpx.HTTPError, OAuthError, ValueError) as problem:
            log.warning("OpenID provider %s: %s", provider.slug, problem)
            return _failed(502)

    async def callback(self, request: Request) -> Response:
        provider = await _provider(request.path_params["slug"])
        if provider is None:
            return _failed(404)
        goes_to = browser.safe_next(request.session.pop("provider_next", None))
        try:
            user_id = await _member(provider, await self._verified_email(provider, request))
        except (ProviderError, httpx.HTTPError, OAuthError, JoseError, ValueError, KeyError, TypeError) as problem:
            log.warning("OpenID provider %s: %s", provider.slug, problem)
            return _failed(403)
        browser.start(request, user_id, provider_id=provider.id, goes_to=goes_to)
        return RedirectResponse(goes_to or "/sign-in", status_code=303)

    async def _verified_email(self, provider: Provider, request: Request) -> str:
        app = self._app(provider)
        stated = request.query_params.get("iss")
        if stated is not None and stated != provider.issuer:
            raise ProviderError("the answer comes from another issuer (RFC 9207)")
        token = await app.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True},
            },
        )
        claims = token.get("userinfo")
        if not claims:
            raise ProviderError("the answer has no id_token")
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str):
            raise ProviderError("the address is not verified")
        email = email.strip().lower()
        if email.count("@") != 1 or email.partition("@")[2] != provider.email_domain:
            raise ProviderError("the address is not of the provider's domain")
        return email

    def _app(self, provider: Provider) -> _App:
        return _App(provider, self._transport, secure=self._config.production)

    def _callback(self, provider: Provider) -> str:
        return f"{self._config.issuer}/sign-in/provider/{provider.slug}/callback"


async def _provider(slug: str) -> Provider | None:
    if not slug or len(slug) > 60 or not slug.isascii() or not slug.isprintable():
        return None
    async with identity.transaction("provider", read_only=True) as tx:
        row: Row | None = await tx.fetchrow(
            "SELECT id, name, slug, issuer, client_id, sealed_client_secret, email_domain, agency_id, "
            "creditor_organisation_id AS creditor_id FROM identity_provider WHERE slug = $1 AND enabled",
            slug.strip().lower(),
        )
    return Provider(**dict(row)) if row else None


async def _member(provider: Provider, email: str) -> UUID:
    """The user with this address, who is a member of the provider's tenant. The provider's word opens the membership to
    sign-ins through it; to the account's password, which somebody else may have set, the invitation alone does.

    Raises: ProviderError for everybody else.
    """
    async with identity.transaction("provider") as tx:
        rows = await tx.fetch(
            "UPDATE membership m SET vouched_at = COALESCE(m.vouched_at, $4) FROM user_account u "
            "WHERE u.id = m.user_id AND u.email = $1 AND u.disabled_at IS NULL AND m.disabled_at IS NULL "
            "AND ((m.kind = 'AGENCY' AND m.agency_id = $2) "
            "OR (m.kind = 'CREDITOR' AND m.creditor_organisation_id = $3)) "
            "RETURNING u.id",
            email, provider.agency_id, provider.creditor_id, tx.now,
        )  # fmt: skip
    if not rows:
        raise ProviderError("the address is no member there")
    return rows[0]["id"]


def _failed(status: int) -> Response:
    return message(
        "This sign-in did not succeed",
        "Your organisation's sign-in did not say that you may come in here.",
        "Try again, or ask your administrator whether you are a member.",
        status=status,
        link="/sign-in",
        link_text="Back to sign-in",
    )
