"""Sign-in through an organisation's own OpenID provider: a real one of our own making, and all the ways it can lie."""

import time
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.kit import db
from core.kit.errors import InvalidInput
from tenants import identity
from tenants.accept_invitation import AcceptInvitation, accept_invitation
from tenants.add_identity_provider import AddIdentityProvider, add_identity_provider
from tenants.add_user import AddUser, add_user
from tenants.authenticate import authenticate
from tenants.identity import installation_scope
from tenants.models import Role
from tenants.oauth import providers
from tenants.oauth.routes import SignInConfig
from tenants.oauth.way_out import MAX_ANSWER, GuardedTransport, RefusedAddress, is_public
from tests.tenants.house import ANA, ISSUER, PASSWORD, House, application, hidden, query_of, send_password
from tests.tenants.test_code_flow import redeem, request_url

PROVIDER = "https://id.norte.test.co"
EVA = "eva@norte.test.co"
_KEY = RSAKey.generate_key(2048, {"kid": "provider-key"})
_ANOTHER = RSAKey.generate_key(2048, {"kid": "provider-key"})


class Provider:
    """An OpenID provider in memory. `claims`, `metadata` and `answer` change what it says; None takes a claim away."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.key = _KEY
        self.asked: dict[str, str] = {}
        self.paths: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.describe),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
            ]
        )

    async def describe(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        return JSONResponse({
            "issuer": PROVIDER, "authorization_endpoint": f"{PROVIDER}/authorize",
            "token_endpoint": f"{PROVIDER}/token", "jwks_uri": f"{PROVIDER}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.metadata)  # fmt: skip

    async def authorize(self, request: Request) -> Response:
        self.asked = dict(request.query_params)
        back = httpx.URL(self.asked["redirect_uri"], params={"code": "the-code", "state": self.asked["state"]})
        return RedirectResponse(str(back))

    async def token(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        form = await request.form()
        self.asked |= {name: str(value) for name, value in form.items()}
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": PROVIDER, "aud": "recobro", "sub": "eva-1", "exp": now + 300, "iat": now, "email": EVA,
            "email_verified": True, "nonce": self.asked["nonce"],
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        id_token = jwt.encode({"alg": "RS256", "kid": "provider-key"}, claims, self.key, algorithms=["RS256"])
        answer = {"access_token": "x", "token_type": "Bearer", "id_token": id_token} | self.answer
        return JSONResponse({name: value for name, value in answer.items() if value is not None})

    async def keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([_KEY]).as_dict(private=False))


@pytest.fixture
async def provider(house: House) -> Provider:
    fake = Provider()
    providers._metadata.clear()
    house.app = application(
        SignInConfig(issuer=ISSUER, production=True, provider_transport=httpx.ASGITransport(fake.app))
    )
    command = AddIdentityProvider(
        name="Norte S.A.", slug="norte-id", issuer=PROVIDER, client_id="recobro", client_secret="hush",
        email_domain="norte.test.co",
    )  # fmt: skip
    await add_identity_provider(await house.scope(house.ana), command)
    return fake


async def come_back(house: House, provider: Provider, browser: httpx.AsyncClient, goes_to: str = "") -> httpx.Response:
    """Walk to the provider and back to the callback."""
    start = await browser.get("/sign-in/provider/norte-id", params={"next": goes_to} if goes_to else None)
    assert start.status_code == 302, start.text
    async with httpx.AsyncClient(transport=httpx.ASGITransport(provider.app)) as outside:
        answer = await outside.get(start.headers["location"])
    return await browser.get(answer.headers["location"])


async def invite_eva(house: House) -> UUID:
    command = AddUser(email=EVA, name="Eva", role=Role.SUPERVISOR)
    return (await add_user(await house.scope(house.ana), command)).membership_id


async def test_a_member_signs_in_through_the_provider(house: House, provider: Provider) -> None:
    await invite_eva(house)
    async with house.browser() as browser:
        goes_to = request_url(house)
        found = await browser.get("/sign-in/provider", params={"slug": "norte-id", "next": goes_to})
        assert "Norte S.A." in found.text
        assert "id.norte.test.co" in found.text
        back = await come_back(house, provider, browser, goes_to)
        assert (back.status_code, back.headers["location"]) == (303, goes_to)
        answer = await browser.get(goes_to)
        code = query_of(answer.headers["location"])["code"]
        token = (await redeem(browser, house, code)).json()
    scope = await authenticate(token["access_token"])
    assert (scope.agency_id, scope.actor.name) == (house.norte, "Eva")
    # What our client sent, by its own account: state, nonce, PKCE and its secret.
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["code_verifier"]
    assert provider.asked["nonce"]
    assert provider.asked["state"]
    assert provider.asked["redirect_uri"] == f"{ISSUER}/sign-in/provider/norte-id/callback"


LIES: list[dict[str, Any]] = [
    {"claims": {"nonce": "another"}},
    {"claims": {"nonce": None}},
    {"claims": {"iss": "https://evil.test"}},
    {"claims": {"iss": None}},
    {"claims": {"aud": "another"}},
    {"claims": {"aud": "another", "azp": "recobro"}},
    {"claims": {"aud": ["recobro", "another"], "azp": "another"}},
    {"claims": {"exp": int(time.time()) - 1000}},
    {"claims": {"exp": None}},
    {"claims": {"sub": None}},
    {"claims": {"email_verified": False}},
    {"claims": {"email_verified": None}},
    {"claims": {"email_verified": "true"}},
    {"claims": {"email": "eva@evil.test"}},
    {"claims": {"email": "eva@sub.norte.test.co"}},
    {"claims": {"email": "eva@evil.test@norte.test.co"}},
    {"claims": {"email": "stranger@norte.test.co"}},
    {"claims": {"email": None}},
    {"claims": {"email": [EVA]}},
    {"answer": {"id_token": None}},
    {"answer": {"id_token": "x.y.z"}},
    {"metadata": {"issuer": "https://evil.test"}},
    {"metadata": {"token_endpoint": "http://id.norte.test.co/token"}},
    {"metadata": {"jwks_uri": None}},
    {"metadata": {"id_token_signing_alg_values_supported": ["none", "HS256"]}},
    {"key": _ANOTHER},
]


async def test_what_a_provider_says_is_checked(house: House, provider: Provider) -> None:
    await invite_eva(house)
    for lie in LIES:
        providers._metadata.clear()
        provider.claims, provider.answer, provider.metadata, provider.key = {}, {}, {}, _KEY
        for name, value in lie.items():
            setattr(provider, name, value)
        async with house.browser() as browser:
            if "metadata" in lie:
                answer = await browser.get("/sign-in/provider/norte-id")
                assert answer.status_code == 502, lie
            else:
                answer = await come_back(house, provider, browser)
                assert answer.status_code == 403, lie
            assert "evil" not in answer.text
            assert EVA not in (await browser.get("/sign-in")).text


async def test_a_provider_does_not_configure_our_client(house: House, provider: Provider) -> None:
    """Authlib hands the whole discovery document to its HTTP client's constructor."""
    await invite_eva(house)
    provider.metadata = {
        "verify": False, "proxy": "http://evil.test", "code_challenge_method": None, "scope": "everything",
        "transport": None, "base_url": "https://evil.test", "headers": {"x": "y"}, "trust_env": True,
    }  # fmt: skip
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 303
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["scope"] == "openid email"


async def test_the_answer_belongs_to_the_browser_that_asked(house: House, provider: Provider) -> None:
    await invite_eva(house)
    async with house.browser() as attacker, house.browser() as victim:
        start = await attacker.get("/sign-in/provider/norte-id")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(provider.app)) as outside:
            back = (await outside.get(start.headers["location"])).headers["location"]
        assert (await victim.get(back)).status_code == 403
        await victim.get("/sign-in/provider/norte-id")
        assert (await victim.get(back)).status_code == 403
        assert (await attacker.get(back.replace("state=", "state=x"))).status_code == 403
        assert (await attacker.get(back + "&iss=https://evil.test")).status_code == 403
        start = await attacker.get("/sign-in/provider/norte-id")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(provider.app)) as outside:
            back = (await outside.get(start.headers["location"])).headers["location"]
        assert (await attacker.get(back)).status_code == 303
        assert (await attacker.get(back)).status_code == 403
        assert (
            await attacker.get("/sign-in/provider/norte-id/callback?error=access_denied&state=x")
        ).status_code == 403
        for path in ("/sign-in/provider/none", "/sign-in/provider/none/callback", "/sign-in/provider?slug=none"):
            assert (await attacker.get(path)).status_code == 404


async def test_a_provider_speaks_for_its_own_tenant_alone(house: House, provider: Provider) -> None:
    """Ana's agency runs a provider; Ana is a member of Bruno's agency too. Her own provider must not open that."""
    added = await add_user(await house.scope(house.bruno), AddUser(email=ANA, name="Ana", role=Role.AGENCY_ADMIN))
    await accept_invitation(AcceptInvitation(code=added.invitation or "", password=PASSWORD))
    provider.claims = {"email": ANA}
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser, request_url(house))).status_code == 303
        answer = await browser.get(request_url(house))
        assert answer.status_code == 303  # one place only, and that is Norte
        token = (await redeem(browser, house, query_of(answer.headers["location"])["code"])).json()
        assert (await authenticate(token["access_token"])).agency_id == house.norte
        page = await browser.get(request_url(house))
        form = {"csrf": hidden(page.text), "decision": "continue", "membership": str(added.membership_id)}
        assert (await browser.post(request_url(house), data=form)).status_code == 422
        async with identity.transaction("test") as tx:
            await tx.execute("UPDATE identity_provider SET enabled = false")
        assert (await browser.get(request_url(house))).headers["location"].startswith("/sign-in?")
        assert (await browser.get("/sign-in/provider/norte-id")).status_code == 404


async def test_a_providers_word_does_not_open_the_door_to_a_password(house: House, provider: Provider) -> None:
    """Bruno opened an account for Eva's address before Ana let her in. She comes by Norte's provider; he stays out."""
    trap = await add_user(await house.scope(house.bruno), AddUser(email=EVA, name="Trap", role=Role.AUDITOR))
    await accept_invitation(AcceptInvitation(code=trap.invitation or "", password=PASSWORD))
    membership = await invite_eva(house)
    async with house.browser() as eva:
        await come_back(house, provider, eva, request_url(house))
        answer = await eva.get(request_url(house))
        token = (await redeem(eva, house, query_of(answer.headers["location"])["code"])).json()
        assert (await authenticate(token["access_token"])).agency_id == house.norte
    async with house.browser() as bruno:
        await send_password(bruno, await bruno.get("/sign-in"), EVA)
        page = await bruno.get(request_url(house))
        assert "Cobranzas Sur" in page.text
        assert "Cobranzas Norte" not in page.text
        form = {"csrf": hidden(page.text), "decision": "continue", "membership": str(membership)}
        assert (await bruno.post(request_url(house), data=form)).status_code == 422


async def test_only_members_of_the_tenant_come_in(house: House, provider: Provider) -> None:
    """A member elsewhere with an address of the domain is nobody here."""
    await house.add(EVA, Role.AUDITOR, agency_id=house.sur)
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 403


async def test_the_secret_of_a_provider_is_sealed(house: House, provider: Provider, database: db.Database) -> None:
    async with identity.transaction("test") as tx:
        row = await tx.fetchrow("SELECT * FROM identity_provider")
    assert row and b"hush" not in row["sealed_client_secret"]


async def test_providers_that_cannot_be(house: House) -> None:
    command: dict[str, Any] = {
        "name": "x", "slug": "x", "issuer": "https://id.test", "client_id": "x", "client_secret": "x",
        "email_domain": "x.test.co", "agency_id": house.norte,
    }  # fmt: skip
    for name, value in (
        ("issuer", "http://id.test"), ("issuer", "https://u@id.test"), ("issuer", "x"), ("issuer", "https://id.test?x"),
        ("email_domain", "x"), ("email_domain", "@x.co"), ("slug", "No"), ("client_secret", ""),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            await add_identity_provider(installation_scope(), AddIdentityProvider(**(command | {name: value})))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%eth0",
     "fd00::1", "::ffff:127.0.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
async def test_the_way_out_leads_to_the_public_internet_only(address: str) -> None:
    assert not is_public(address)


async def test_the_way_out_refuses_before_it_connects() -> None:
    reached: list[httpx.URL] = []

    async def inner(request: httpx.Request) -> httpx.Response:
        reached.append(request.url)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=GuardedTransport(httpx.MockTransport(inner))) as client:
        for url in ("https://127.0.0.1/", "https://localhost/", "http://93.184.216.34/", "https://[::1]:8443/"):
            with pytest.raises(RefusedAddress):
                await client.get(url)
        assert reached == []
        answer = await client.get("https://93.184.216.34:8443/x")
        assert answer.status_code == 200
        assert reached[0].host == "93.184.216.34"


async def test_an_endless_answer_is_cut(house: House, provider: Provider) -> None:
    provider.metadata = {"padding": "x" * MAX_ANSWER}
    async with house.browser() as browser:
        assert (await browser.get("/sign-in/provider/norte-id")).status_code == 502
