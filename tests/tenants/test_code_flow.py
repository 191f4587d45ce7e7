"""People sign in: the authorization code with PKCE, from the application's request to a scope, and those who cheat."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from core.kit import clock
from core.kit.errors import Unauthenticated
from core.kit.scope import Audience
from tenants.accept_invitation import AcceptInvitation, accept_invitation
from tenants.add_user import AddUser, add_user
from tenants.authenticate import authenticate
from tenants.create_client import CreateClient, create_client
from tenants.identity import installation_scope
from tenants.models import ClientKind, Role
from tests.tenants.house import (
    ANA,
    CALLBACK,
    ISSUER,
    PASSWORD,
    House,
    authorize,
    hidden,
    open_sign_in,
    query_of,
    send_password,
    tokens_of,
)

VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"


def request_url(house: House, **changes: str | None) -> str:
    asked: dict[str, str | None] = {
        "response_type": "code",
        "client_id": house.client_id,
        "redirect_uri": CALLBACK,
        "state": "the state",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    asked |= changes
    return "/oauth/authorize?" + urlencode({name: value for name, value in asked.items() if value is not None})


async def redeem(
    browser: httpx.AsyncClient, house: House, code: str, changes: dict[str, str | None] | None = None
) -> httpx.Response:
    form: dict[str, Any] = {
        "grant_type": "authorization_code", "code": code, "client_id": house.client_id, "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    } | (changes or {})  # fmt: skip
    return await browser.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})


async def test_a_real_client_signs_a_person_in(house: House, browser: httpx.AsyncClient) -> None:
    async with house.oauth() as oauth:
        url, state = oauth.create_authorization_url(f"{ISSUER}/oauth/authorize", code_verifier=VERIFIER)
        back = await authorize(browser, url)
        assert back.startswith(CALLBACK)
        assert query_of(back)["state"] == state
        assert query_of(back)["iss"] == ISSUER
        token = await oauth.fetch_token(
            f"{ISSUER}/oauth/token", authorization_response=back, code_verifier=VERIFIER, state=state
        )
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 600
    assert "user:manage" in token["scope"].split()

    scope = await authenticate(token["access_token"])
    assert scope.audience is Audience.AGENCY
    assert scope.agency_id == house.norte
    assert scope.actor.kind == "user"
    assert scope.actor.id.startswith("user_")
    assert scope.actor.name == "Ana"
    assert scope.permissions == frozenset(token["scope"].split())


async def test_a_user_gets_what_the_role_has_of_what_is_asked_for(house: House) -> None:
    await house.add("luz@norte.test.co", Role.COLLECTOR, agency_id=house.norte)
    token = await tokens_of(house, "luz@norte.test.co", scope="debt:read user:manage")
    assert token["scope"] == "debt:read"
    assert (await authenticate(token["access_token"])).permissions == {"debt:read"}


async def test_nothing_of_what_is_asked_for_is_an_error(house: House, browser: httpx.AsyncClient) -> None:
    await house.add("luz@norte.test.co", Role.COLLECTOR, agency_id=house.norte)
    back = await authorize(browser, request_url(house, scope="user:manage"), "luz@norte.test.co")
    assert query_of(back) == {"error": "invalid_scope", "state": "the state", "iss": ISSUER} | {
        "error_description": query_of(back)["error_description"]
    }


async def test_several_memberships_are_asked_about(house: House, browser: httpx.AsyncClient) -> None:
    bruno = await house.scope(house.bruno)
    added = await add_user(bruno, AddUser(email=ANA, name="Ana from Norte", role=Role.AUDITOR))
    assert added.invitation
    await accept_invitation(AcceptInvitation(code=added.invitation, password=PASSWORD))

    signed_in = await send_password(browser, await open_sign_in(browser, request_url(house)), ANA)
    page = await browser.get(signed_in.headers["location"])
    assert page.status_code == 200
    assert "Cobranzas Norte" in page.text
    assert "Cobranzas Sur" in page.text
    form = {"csrf": hidden(page.text), "membership": str(added.membership_id), "decision": "continue"}
    answer = await browser.post(signed_in.headers["location"], data=form)
    token = (await redeem(browser, house, query_of(answer.headers["location"])["code"])).json()
    scope = await authenticate(token["access_token"])
    assert scope.agency_id == house.sur
    assert scope.actor.name == "Ana from Norte"
    assert "user:manage" not in scope.permissions

    someone_elses = form | {"membership": str(house.bruno)}
    assert (await browser.post(request_url(house), data=someone_elses)).status_code == 422


async def test_an_old_sign_in_is_asked_before_it_is_used_again(house: House, browser: httpx.AsyncClient) -> None:
    """No application gets a code without a person's say, only because a browser is still signed in (RFC 8252 8.6)."""
    await authorize(browser, request_url(house))
    page = await browser.get(request_url(house, state="another"))
    assert page.status_code == 200
    assert "The application" in page.text
    form = {"csrf": hidden(page.text), "membership": hidden(page.text, "membership"), "decision": "cancel"}
    answer = await browser.post(request_url(house, state="another"), data=form)
    assert query_of(answer.headers["location"])["error"] == "access_denied"
    assert query_of(answer.headers["location"])["iss"] == ISSUER
    answer = await browser.post(request_url(house), data=form | {"decision": "continue"})
    assert "code" in query_of(answer.headers["location"])


NOT_S256: list[dict[str, str | None]] = [
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge": VERIFIER},
    {"code_challenge": None},
]


async def test_s256_is_required_at_the_authorization_request(house: House, browser: httpx.AsyncClient) -> None:
    for changes in NOT_S256:
        answer = await browser.get(request_url(house, **changes))
        assert answer.status_code == 303
        told = query_of(answer.headers["location"])
        assert answer.headers["location"].startswith(CALLBACK)
        assert (told["error"], told["state"], told["iss"]) == ("invalid_request", "the state", ISSUER)


NOT_REGISTERED = [
    "https://evil.test/callback",
    CALLBACK + "/",
    CALLBACK + "?x=1",
    CALLBACK + "#x",
    "https://app.test.evil.test/callback",
    "https://app.test@evil.test/callback",
    "https://APP.test/callback",
    "http://app.test/callback",
    "https://app.test/callback/../x",
    "https://app.test\\@evil.test/callback",
    "javascript:alert(1)",
    "",
]


async def test_no_redirect_to_what_was_not_registered(house: House, browser: httpx.AsyncClient) -> None:
    for redirect_uri in NOT_REGISTERED:
        answer = await browser.get(request_url(house, redirect_uri=redirect_uri))
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "<script" not in answer.text


async def test_the_port_is_free_on_the_users_own_machine_only(house: House, browser: httpx.AsyncClient) -> None:
    command = CreateClient(
        name="Cli", kind=ClientKind.PUBLIC, redirect_uris=("http://127.0.0.1/cb", "com.example.app:/cb")
    )
    client = await create_client(installation_scope(), command)
    for uri, good in (
        ("http://127.0.0.1:51004/cb", True),
        ("com.example.app:/cb", True),
        ("http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1.evil.test/cb", False),
        ("http://127.0.0.1:1@evil.test/cb", False),
        ("http://127.0.0.2:51004/cb", False),
    ):
        answer = await browser.get(request_url(house, client_id=client.client_id, redirect_uri=uri))
        assert answer.status_code == (303 if good else 400), uri


BAD_REQUESTS: list[tuple[dict[str, str | None], str | None]] = [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": 'c"de'}, None),
    ({"scope": "everything"}, "invalid_scope"),
    ({"client_id": "nobody"}, None),
    ({"client_id": 'a"b\\'}, None),
    ({"client_id": None}, None),
    ({"redirect_uri": "https://app.test/ñ"}, None),
]


async def test_bad_authorization_requests(house: House, browser: httpx.AsyncClient) -> None:
    for changes, error in BAD_REQUESTS:
        answer = await browser.get(request_url(house, **changes))
        if error is None:
            assert answer.status_code == 400
        else:
            assert query_of(answer.headers["location"])["error"] == error
            assert query_of(answer.headers["location"])["iss"] == ISSUER


async def test_repeated_parameters_are_refused_everywhere(house: House, browser: httpx.AsyncClient) -> None:
    for name in ("client_id", "scope", "code_challenge", "redirect_uri", "x"):
        answer = await browser.get(request_url(house) + f"&{name}=a&{name}=b")
        assert answer.status_code == 400, name
    code = query_of(await authorize(browser, request_url(house)))["code"]
    form = urlencode({
        "grant_type": "authorization_code", "code": code, "client_id": house.client_id, "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    })  # fmt: skip
    headers = {"content-type": "application/x-www-form-urlencoded"}
    twice = await browser.post("/oauth/token", content=f"{form}&code={code}", headers=headers)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert (await browser.post("/oauth/token?scope=x", content=form, headers=headers)).status_code == 400
    assert (await browser.post("/oauth/token", json={})).json()["error"] == "invalid_request"
    assert (await browser.post("/oauth/token", content=form, headers=headers)).status_code == 200


async def test_a_code_is_bound_to_verifier_client_and_address(house: House, browser: httpx.AsyncClient) -> None:
    other = await create_client(
        installation_scope(), CreateClient(name="Other", kind=ClientKind.PUBLIC, redirect_uris=(CALLBACK,))
    )
    code = query_of(await authorize(browser, request_url(house)))["code"]
    for changes, error in (
        ({"code_verifier": "w" * 50}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": create_s256_code_challenge(VERIFIER)}, "invalid_grant"),
        ({"client_id": other.client_id}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": "https://evil.test/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "x"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": "guess"}, "invalid_client"),
    ):
        refused = await redeem(browser, house, code, changes)
        assert (refused.status_code, refused.json()["error"]) == (400, error), changes
    assert (await redeem(browser, house, code)).status_code == 200


async def test_a_stolen_code_does_not_work_in_the_thiefs_own_flow(house: House, browser: httpx.AsyncClient) -> None:
    """Code injection: the thief's verifier does not fit the victim's challenge."""
    stolen = query_of(await authorize(browser, request_url(house)))["code"]
    async with house.oauth() as thief:
        thief.create_authorization_url(f"{ISSUER}/oauth/authorize", code_verifier="t" * 64)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await thief.fetch_token(f"{ISSUER}/oauth/token", code=stolen, code_verifier="t" * 64)


async def test_a_code_used_twice_revokes_what_it_gave(house: House, browser: httpx.AsyncClient) -> None:
    code = query_of(await authorize(browser, request_url(house)))["code"]
    token = (await redeem(browser, house, code)).json()
    await authenticate(token["access_token"])
    again = await redeem(browser, house, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    with pytest.raises(Unauthenticated) as caught:
        await authenticate(token["access_token"])
    assert caught.value.code == "TOKEN_REVOKED"
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "client_id": house.client_id}
    assert (await browser.post("/oauth/token", data=form)).json()["error"] == "invalid_grant"


async def test_a_code_lives_a_minute(house: House, browser: httpx.AsyncClient) -> None:
    code = query_of(await authorize(browser, request_url(house)))["code"]
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert (await redeem(browser, house, code)).json()["error"] == "invalid_grant"


async def test_the_request_survives_the_sign_in_page_as_it_was(house: House, browser: httpx.AsyncClient) -> None:
    state = "ñ & <b>'\" + %"
    refused = await browser.get(request_url(house, state=state))
    assert refused.status_code == 400  # RFC 6749 A.5: printable ASCII
    state = "& <b>'\" + %"
    back = await authorize(browser, request_url(house, state=state))
    assert query_of(back)["state"] == state
    assert quote("<b>") in back
