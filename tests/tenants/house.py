"""A small installation to sign in at: two agencies, a bank, people, an application and a browser."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from starlette.applications import Starlette

from core.kit.scope import Scope
from tenants.add_user import AddUser, add_user
from tenants.authenticate import authenticate
from tenants.create_agency import CreateAgency, create_agency
from tenants.create_client import CreateClient, create_client
from tenants.identity import installation_scope
from tenants.issue_token import IssueToken, issue_token
from tenants.models import ClientKind, Role
from tenants.oauth.routes import SignInConfig, oauth_routes, sign_in_middleware

ISSUER = "https://recobro.test"
CALLBACK = "https://app.test/callback"
PASSWORD = "correct horse battery staple"
ANA, BRUNO, CARLA = "ana@norte.test.co", "bruno@sur.test.co", "carla@banco.test.co"


def application(config: SignInConfig | None = None) -> Starlette:
    config = config or SignInConfig(issuer=ISSUER, production=True)
    return Starlette(routes=oauth_routes(config), middleware=sign_in_middleware(config))


@dataclass
class House:
    """Ana administers the agency Norte, Bruno the agency Sur. `client_id` is an application of people."""

    app: Starlette
    norte: UUID
    ana: UUID
    sur: UUID
    bruno: UUID
    client_id: str

    def browser(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, **options), base_url=ISSUER)

    def oauth(self, client_id: str | None = None, **options: Any) -> AsyncOAuth2Client:
        """Authlib's own client, as an application would use it."""
        return AsyncOAuth2Client(
            client_id or self.client_id,
            redirect_uri=CALLBACK,
            token_endpoint_auth_method="none",
            code_challenge_method="S256",
            transport=httpx.ASGITransport(self.app),
            **options,
        )

    async def add(self, email: str, role: Role, **where: Any) -> UUID:
        """A member who can sign in with PASSWORD."""
        command = AddUser(email=email, name=email.partition("@")[0].title(), role=role, password=PASSWORD, **where)
        return (await add_user(installation_scope(), command)).membership_id

    async def scope(self, membership_id: UUID) -> Scope:
        return await authenticate(await issue_token(installation_scope(), IssueToken(membership_id=membership_id)))


async def build() -> House:
    operator = installation_scope()
    agencies: list[Any] = []
    for name, tax_id, admin in (("Norte", "860.034.313-7", ANA), ("Sur", "900.373.913-4", BRUNO)):
        command = CreateAgency(
            name=f"Cobranzas {name}", slug=name.lower(), tax_id=tax_id, admin_email=admin,
            admin_name=admin.partition("@")[0].title(), admin_password=PASSWORD,
        )  # fmt: skip
        agencies.append(await create_agency(operator, command))
    public = CreateClient(name="The application", kind=ClientKind.PUBLIC, redirect_uris=(CALLBACK,))
    client = await create_client(operator, public)
    norte, sur = agencies
    return House(
        app=application(), norte=norte.agency_id, ana=norte.membership_id, sur=sur.agency_id,
        bruno=sur.membership_id, client_id=client.client_id,
    )  # fmt: skip


def hidden(html: str, name: str = "csrf") -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return found[1].replace("&amp;", "&")


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def open_sign_in(browser: httpx.AsyncClient, url: str) -> httpx.Response:
    """Follow an authorization request to the sign-in page."""
    answer = await browser.get(url)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def send_password(
    browser: httpx.AsyncClient, page: httpx.Response, email: str, password: str = PASSWORD
) -> httpx.Response:
    form = {"csrf": hidden(page.text), "next": hidden(page.text, "next"), "email": email, "password": password}
    return await browser.post("/sign-in", data=form)


async def authorize(browser: httpx.AsyncClient, url: str, email: str = ANA) -> str:
    """Sign in for an authorization request; the address with the code that the application is called at."""
    signed_in = await send_password(browser, await open_sign_in(browser, url), email)
    assert signed_in.status_code == 303, signed_in.text
    answer = await browser.get(signed_in.headers["location"])
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def tokens_of(house: House, email: str = ANA, scope: str | None = None) -> dict[str, Any]:
    """What the application holds after a whole sign-in."""
    async with house.browser() as browser, house.oauth(scope=scope) as oauth:
        verifier = "v" * 64
        url, _ = oauth.create_authorization_url(f"{ISSUER}/oauth/authorize", code_verifier=verifier)
        back = await authorize(browser, url, email)
        return await oauth.fetch_token(f"{ISSUER}/oauth/token", authorization_response=back, code_verifier=verifier)
