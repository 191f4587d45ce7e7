"""The pages where people sign in: what they refuse, what they hide, and how they are built."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import httpx
import pytest
from argon2 import PasswordHasher

from core.kit import clock
from core.kit.errors import Conflict, InvalidInput
from tenants import identity, passwords, throttle
from tenants.add_user import AddUser, add_user
from tenants.authenticate import authenticate
from tenants.change_password import ChangePassword, change_password
from tenants.disable_user import DisableUser, disable_user
from tenants.identity import installation_scope
from tenants.models import Role
from tenants.oauth import browser as cookies
from tenants.oauth.routes import SignInConfig
from tenants.sign_in import SignIn, sign_in
from tests.tenants.conftest import CHEAP
from tests.tenants.house import ANA, BRUNO, ISSUER, PASSWORD, House, application, hidden, send_password, tokens_of
from tests.tenants.test_code_flow import request_url


async def page_of(browser: httpx.AsyncClient, url: str = "/sign-in") -> httpx.Response:
    answer = await browser.get(url)
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_wrong_password_and_an_unknown_address_look_the_same(house: House, browser: httpx.AsyncClient) -> None:
    seen: set[str] = set()
    for email, password in (
        (ANA, "wrong password 1"),
        ("nobody@norte.test.co", PASSWORD),
        ("ñ@\u202e", "xyzzy"),
        ("", ""),
    ):
        answer = await send_password(browser, await page_of(browser), email, password)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        text = re.sub(r'(value|name|aria-\w+)="[^"]*"| autofocus', "", answer.text)
        seen.add(text)
        assert not password or password not in answer.text
    assert len(seen) == 1


async def test_an_unknown_address_takes_as_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether somebody has an account is not to be read from the clock: the same hash is computed."""
    hashes: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            hashes.append(str(hash).split("$")[3])
            return super().verify(hash, password)

    passwords.use_parameters(Counting(time_cost=1, memory_cost=8, parallelism=1))
    for email in (ANA, "nobody@norte.test.co"):
        with pytest.raises(Exception, match="not right"):
            await sign_in(SignIn(email=email, password="x", address="192.0.2.1"))
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


async def test_a_form_that_is_not_ours_does_nothing(house: House, browser: httpx.AsyncClient) -> None:
    page = await page_of(browser)
    form = {"csrf": hidden(page.text), "next": "", "email": ANA, "password": PASSWORD}
    async with house.browser() as other:
        theirs = hidden((await page_of(other)).text)
        assert (await other.post("/sign-in", data=form)).status_code == 403
    for csrf in ("", "x", theirs, "ñ"):
        assert (await browser.post("/sign-in", data=form | {"csrf": csrf})).status_code == 403
    async with house.browser() as without_cookie:
        assert (await without_cookie.post("/sign-in", data=form)).status_code == 403
        assert (await without_cookie.post("/sign-in", data=form | {"csrf": ""})).status_code == 403
    assert (await browser.post("/sign-in", json=form)).status_code == 400
    assert (await browser.post("/sign-in", data=form)).status_code == 303

    # Signed in: another site can neither answer for the person nor sign the person out.
    answer = await browser.post(request_url(house), data={"decision": "continue", "csrf": "x"})
    assert answer.headers["location"].startswith("/oauth/authorize?")
    assert (await browser.post("/sign-out", data={"csrf": "x"})).status_code == 403
    signed_in = await page_of(browser)
    assert ANA in signed_in.text
    await browser.get("/sign-out")
    assert ANA in (await page_of(browser)).text
    assert (await browser.post("/sign-out", data={"csrf": hidden(signed_in.text)})).status_code == 200
    assert ANA not in (await page_of(browser)).text


async def test_signing_in_begins_a_new_session(house: House, browser: httpx.AsyncClient) -> None:
    before = await page_of(browser)
    await send_password(browser, before, ANA)
    assert hidden((await page_of(browser)).text) != hidden(before.text)


ELSEWHERE = [
    "https://evil.test/",
    "//evil.test/oauth/authorize?x",
    "/\\evil.test",
    "/oauth/authorize?x=\\",
    "/oauth/authorize/../../evil",
    "/oauth/authorize",
    "/oauth/authorize?x\r\nlocation: https://evil.test",
    "oauth/authorize?x",
    "javascript:alert(1)",
    "/sign-out",
    "/oauth/authorize@evil.test?x",
]


async def test_no_open_redirect(house: House, browser: httpx.AsyncClient) -> None:
    for goes_to in ELSEWHERE:
        browser.cookies.clear()
        page = await page_of(browser, f"/sign-in?next={quote(goes_to, safe='')}")
        assert hidden(page.text, "next") == ""
        form = {"csrf": hidden(page.text), "next": goes_to, "email": ANA, "password": PASSWORD}
        answer = await browser.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        form = {"csrf": hidden((await page_of(browser)).text), "next": goes_to}
        assert "location" not in (await browser.post("/sign-out", data=form)).headers


async def test_every_page_is_shut_to_scripts_frames_and_caches(house: House, browser: httpx.AsyncClient) -> None:
    goes_to = f"/sign-in?next={quote(request_url(house), safe='')}"
    for url in (
        "/sign-in",
        goes_to,
        "/sign-in/provider",
        "/sign-in/invitation?code=x",
        "/oauth/authorize",
        "/sign-out",
    ):
        answer = await browser.get(url)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert "style=" not in answer.text
    # A browser holds what follows a form to the policy too: the application's address is named, and only there.
    assert "form-action 'self' https://app.test" in (await browser.get(goes_to)).headers["content-security-policy"]
    foreign = quote(request_url(house, redirect_uri="https://evil.test/"), safe="")
    assert "evil" not in (await browser.get(f"/sign-in?next={foreign}")).headers["content-security-policy"]


class _Outline(HTMLParser):
    """What a person without sight or mouse relies on."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.html: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids.add(given.get("id") or "")
        if tag == "html":
            self.html = given
        if tag == "label":
            self.labels.add(given.get("for") or "")
        if tag == "input" and given.get("type") != "hidden":
            self.fields.append(given)


async def test_every_page_can_be_read_aloud(house: House, browser: httpx.AsyncClient) -> None:
    added = await add_user(await house.scope(house.ana), AddUser(email="new@x.test.co", name="N", role=Role.AUDITOR))
    wrong = await send_password(browser, await page_of(browser), ANA, "wrong")
    pages = [wrong, await page_of(browser), await page_of(browser, "/sign-in/provider")]
    pages.append(await browser.get("/sign-in/provider?slug=none"))
    pages.append(await page_of(browser, f"/sign-in/invitation?code={added.invitation}"))
    await send_password(browser, await page_of(browser), ANA)
    pages.append(await page_of(browser, request_url(house)))
    for page in pages:
        outline = _Outline()
        outline.feed(page.text)
        assert outline.html["lang"] == "en"
        assert outline.tags.count("h1") == 1
        assert outline.tags.count("main") == 1
        assert 'name="viewport"' in page.text
        assert outline.fields
        for field in outline.fields:
            assert field["id"] in outline.labels, field
            for described in (field.get("aria-describedby") or "").split():
                assert described in outline.ids, described
    assert 'role="alert"' in wrong.text
    assert 'href="#email"' in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert "<title>Problem:" in wrong.text


async def test_guessing_is_slowed_down(house: House, browser: httpx.AsyncClient) -> None:
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS):
        assert (await send_password(browser, await page_of(browser), ANA, "wrong")).status_code == 401
    answer = await send_password(browser, await page_of(browser), ANA)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Wait" in answer.text
    # The real Ana sits elsewhere; and here it passes.
    async with house.browser(client=("203.0.113.7", 1)) as elsewhere:
        assert (await send_password(elsewhere, await page_of(elsewhere), ANA)).status_code == 303
    with clock.at(clock.now() + throttle.WINDOW + timedelta(seconds=1)):
        assert (await send_password(browser, await page_of(browser), ANA)).status_code == 303


async def test_guessing_from_everywhere_and_at_everybody_is_slowed_down_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PER_ACCOUNT", 6)
    monkeypatch.setattr(throttle, "PER_ADDRESS", 8)

    async def guess(email: str, address: str) -> str:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - either of two
            await sign_in(SignIn(email=email, password="x", address=address))
        return getattr(caught.value, "code", "")

    codes = [await guess(ANA, f"198.51.100.{n}") for n in range(7)]
    assert codes == ["WRONG_CREDENTIALS"] * 6 + ["TOO_MANY_ATTEMPTS"]
    # One owner of an IPv6 network is one address.
    codes = [await guess(f"p{n}@x.test.co", f"2001:db8:0:1::{n:x}") for n in range(9)]
    assert codes == ["WRONG_CREDENTIALS"] * 8 + ["TOO_MANY_ATTEMPTS"]


async def test_a_hash_of_older_parameters_is_renewed(house: House) -> None:
    async def stored() -> str:
        async with identity.transaction("test") as tx:
            return await tx.fetchval("SELECT password_hash FROM user_account WHERE email = $1", ANA)

    assert "t=1" in await stored()
    passwords.use_parameters(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    await sign_in(SignIn(email=ANA, password=PASSWORD, address="192.0.2.1"))
    assert "t=2" in await stored()
    passwords.use_parameters(CHEAP)
    await sign_in(SignIn(email=f" {ANA.upper()} ", password=PASSWORD, address="192.0.2.1"))


async def test_the_cookie(house: House, browser: httpx.AsyncClient) -> None:
    await page_of(browser)
    cookie = (await send_password(browser, await page_of(browser), ANA)).headers["set-cookie"].lower()
    assert cookie.startswith("__host-recobro=")
    for flag in ("secure", "httponly", "samesite=lax", "path=/"):
        assert flag in cookie
    value = browser.cookies["__Host-recobro"]
    head, _, rest = value.partition(".")
    browser.cookies.set("__Host-recobro", head[:-4] + "AAAA." + rest, domain="recobro.test")
    async with house.browser(raise_app_exceptions=True) as forged:
        forged.cookies.set("__Host-recobro", head[:-4] + "AAAA." + rest)
        assert ANA not in (await page_of(forged)).text


async def test_a_browser_session_ends(house: House) -> None:
    async with house.browser() as browser:
        await send_password(browser, await page_of(browser), ANA)
        assert ANA in (await page_of(browser)).text
        with clock.at(clock.now() + identity.SESSION_LIFETIME + timedelta(seconds=1)):
            assert ANA not in (await page_of(browser)).text
        scope = await authenticate((await tokens_of(house))["access_token"])
        await change_password(scope, ChangePassword(current=PASSWORD, new="another long password"))
        assert ANA not in (await page_of(browser)).text
        assert (await send_password(browser, await page_of(browser), ANA)).status_code == 401
        assert (await send_password(browser, await page_of(browser), ANA, "another long password")).status_code == 303
        async with identity.transaction("test") as tx:
            user_id = await tx.fetchval("SELECT id FROM user_account WHERE email = $1", ANA)
        await disable_user(installation_scope(), DisableUser(user_id=user_id))
        assert ANA not in (await page_of(browser)).text
        assert (await send_password(browser, await page_of(browser), ANA, "another long password")).status_code == 401


async def test_changing_a_password_asks_for_the_present_one(house: House) -> None:
    scope = await authenticate((await tokens_of(house))["access_token"])
    for current, new, code in (
        ("wrong", "another long password", "WRONG_PASSWORD"),
        (PASSWORD, "short", "WEAK_PASSWORD"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "WEAK_PASSWORD"),
        (PASSWORD, ANA, "WEAK_PASSWORD"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await change_password(scope, ChangePassword(current=current, new=new))
        assert caught.value.code == code


async def test_an_invitation_by_the_page(house: House, browser: httpx.AsyncClient) -> None:
    added = await add_user(await house.scope(house.ana), AddUser(email="eva@x.test.co", name="Eva", role=Role.AUDITOR))
    url = f"/sign-in/invitation?code={added.invitation}"
    page = await page_of(browser, url)
    assert "Cobranzas Norte" in page.text
    assert "eva@x.test.co" in page.text
    form = {"csrf": hidden(page.text), "code": added.invitation, "password": PASSWORD, "again": PASSWORD}
    for changes, status in (
        ({"csrf": "x"}, 403),
        ({"again": "x"}, 422),
        ({"password": "short", "again": "short"}, 422),
        ({"code": "x"}, 404),
        ({}, 303),
        ({}, 404),
    ):
        answer = await browser.post("/sign-in/invitation", data=form | changes)
        assert answer.status_code == status, changes
    assert "eva@x.test.co" in (await page_of(browser)).text


async def test_who_was_invited_and_has_not_answered_cannot_come_in(house: House, browser: httpx.AsyncClient) -> None:
    await add_user(await house.scope(house.bruno), AddUser(email=ANA, name="Ana", role=Role.AGENCY_ADMIN))
    signed_in = await send_password(browser, await page_of(browser), ANA)
    assert signed_in.status_code == 303
    page = await page_of(browser, request_url(house))
    assert "Cobranzas Norte" in page.text
    assert "Cobranzas Sur" not in page.text


async def test_https_is_asked_for_also_behind_a_proxy(house: House) -> None:
    far = ("198.51.100.5", 1)

    async def status(client: tuple[str, int], base: str, path: str) -> int:
        transport = httpx.ASGITransport(house.app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url=base) as browser:
            if path == "/oauth/token":
                return (await browser.post(path, data={"grant_type": "x"})).status_code
            return (await browser.get(path)).status_code

    for path, good in (("/oauth/token", 400), (request_url(house), 303)):
        transport = httpx.ASGITransport(house.app, client=far)
        async with httpx.AsyncClient(transport=transport, base_url="http://recobro.test") as browser:
            method = browser.post(path, data={"grant_type": "x"}) if path == "/oauth/token" else browser.get(path)
            answer = await method
        assert answer.status_code == 400
        assert "insecure_transport" in answer.text
        assert await status(far, "https://recobro.test", path) == good
        # The proxy on this machine, or a developer.
        assert await status(("127.0.0.1", 1), "http://recobro.test", path) == good
    for issuer in ("http://recobro.test", "https://recobro.test/path", "ftp://x", "https://x?y", "", "http://10.0.0.1"):
        with pytest.raises(ValueError, match="public address"):
            SignInConfig(issuer=issuer, production=True)
    for issuer in ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "https://recobro.test:8443"):
        SignInConfig(issuer=issuer, production=False)


async def test_on_a_laptop_it_works_without_https(house: House) -> None:
    app = application(SignInConfig(issuer="http://localhost:8000", production=False))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("172.17.0.1", 1)), base_url="http://localhost:8000"
    ) as browser:
        page = await page_of(browser)
        answer = await send_password(browser, page, BRUNO)
        assert answer.status_code == 303
        assert "secure" not in answer.headers["set-cookie"].lower()
        assert (await browser.get(request_url(house))).status_code == 200


def test_only_authorization_requests_are_a_next() -> None:
    assert cookies.safe_next("/oauth/authorize?client_id=x") == "/oauth/authorize?client_id=x"
    assert cookies.safe_next(None) == ""
    assert cookies.origin("com.example.app:/cb") == "com.example.app:"
    assert cookies.origin("http://127.0.0.1:51004/cb") == "http://127.0.0.1:51004"
    assert ISSUER.startswith("https")


async def test_an_account_without_a_password_has_none_to_change(house: House) -> None:
    ana = await house.scope(house.ana)
    async with identity.transaction("test") as tx:
        await tx.execute("UPDATE user_account SET password_hash = NULL WHERE email = $1", ANA)
    with pytest.raises(Conflict):
        await change_password(ana, ChangePassword(current="x", new="another long password"))
    with pytest.raises(Exception, match="not right"):
        await sign_in(SignIn(email=ANA, password="nobody's password", address="192.0.2.1"))
