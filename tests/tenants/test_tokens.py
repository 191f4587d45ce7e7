"""Machines, refresh, revocation, introspection, keys and what is inside a token."""

import asyncio
import base64
import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from core.kit import clock, crypto, db
from core.kit.errors import Forbidden, NotFound, Unauthenticated
from core.kit.scope import Audience
from core.permissions import Permission
from tenants import authenticate as authenticating
from tenants import identity, passwords, signing_keys
from tenants.authenticate import authenticate
from tenants.change_role import ChangeRole, change_role
from tenants.create_client import ClientCreated, CreateClient, create_client
from tenants.disable_client import DisableClient, disable_client
from tenants.disable_user import DisableUser, disable_user
from tenants.forget_expired import forget_expired
from tenants.identity import installation_scope
from tenants.issue_token import IssueToken, issue_token
from tenants.models import KeyState, Role
from tenants.revoke_sessions import RevokeSessions, revoke_sessions
from tenants.rotate_signing_key import RotateSigningKey, rotate_signing_key
from tests.tenants.house import ISSUER, House, tokens_of

OPERATOR = installation_scope()


async def machine(house: House, *scopes: str) -> ClientCreated:
    ana = await house.scope(house.ana)
    return await create_client(ana, CreateClient(name="Core banking", scopes=scopes or ("debt:read", "payment:record")))


def basic(client: ClientCreated, secret: str | None = None) -> dict[str, str]:
    pair = f"{client.client_id}:{secret if secret is not None else client.secret}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


async def refused_as(token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await authenticate(token)
    return caught.value.code


async def refresh(browser: httpx.AsyncClient, house: House, refresh_token: str, **more: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": house.client_id} | more
    return await browser.post("/oauth/token", data=form)


async def test_a_machine_gets_a_token_in_both_ways(house: House, browser: httpx.AsyncClient) -> None:
    client = await machine(house)
    form = {"grant_type": "client_credentials"}
    for answer in (
        await browser.post("/oauth/token", data=form, headers=basic(client)),
        await browser.post("/oauth/token", data=form | {"client_id": client.client_id, "client_secret": client.secret}),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body["scope"] == "debt:read payment:record"
        assert "refresh_token" not in body
        scope = await authenticate(body["access_token"])
        assert (scope.audience, scope.agency_id) == (Audience.AGENCY, house.norte)
        assert (scope.actor.kind, scope.actor.id, scope.actor.name) == ("client", client.client_id, "Core banking")
        assert scope.permissions == {"debt:read", "payment:record"}


async def test_a_machines_scope_is_never_narrowed_in_silence(house: House, browser: httpx.AsyncClient) -> None:
    client = await machine(house)
    for scope, status in (("debt:read", 200), ("debt:read report:run", 400), ("user:manage", 400), ("nonsense", 400)):
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = await browser.post("/oauth/token", data=form, headers=basic(client))
        assert answer.status_code == status
        assert answer.json().get("error", "invalid_scope") == "invalid_scope"


async def test_bad_client_credentials(house: House, browser: httpx.AsyncClient) -> None:
    client, form = await machine(house), {"grant_type": "client_credentials"}
    for headers, data, status, error in (
        (basic(client, "wrong"), {}, 401, "invalid_client"),
        ({"authorization": "Basic ñ".encode()}, {}, 401, "invalid_client"),
        ({"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, {}, 401, "invalid_client"),
        (basic(client), {"client_secret": client.secret or ""}, 400, "invalid_request"),
        (basic(client), {"client_id": "another"}, 400, "invalid_request"),
        ({}, {"client_id": client.client_id}, 401, "invalid_client"),
        ({}, {"client_id": client.client_id, "client_secret": "x"}, 401, "invalid_client"),
        ({}, {"client_id": house.client_id}, 401, "invalid_client"),
        ({}, {}, 401, "invalid_client"),
    ):
        answer = await browser.post("/oauth/token", data=form | data, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (status, error), (headers, data)
    assert (await browser.post("/oauth/token", data={"x": "y" * 20_000})).status_code == 413


async def test_guessing_a_clients_secret_is_slowed_down(house: House, browser: httpx.AsyncClient) -> None:
    client, form = await machine(house), {"grant_type": "client_credentials"}
    for _ in range(5):
        assert (await browser.post("/oauth/token", data=form, headers=basic(client, "x"))).status_code == 401
    answer = await browser.post("/oauth/token", data=form, headers=basic(client))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    async with house.browser(client=("203.0.113.9", 1)) as elsewhere:
        assert (await elsewhere.post("/oauth/token", data=form, headers=basic(client))).status_code == 200


async def test_the_workers_of_one_machine_may_start_together(house: House, browser: httpx.AsyncClient) -> None:
    client = await machine(house)
    form = {"grant_type": "client_credentials"}
    answers = await asyncio.gather(*(browser.post("/oauth/token", data=form, headers=basic(client)) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}


async def test_a_machines_secret_is_hashed_once_per_process_and_never_kept(house: House) -> None:
    hashed = 0

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            nonlocal hashed
            hashed += 1
            return super().verify(hash, password)

    passwords.use_parameters(Counting(time_cost=1, memory_cost=8, parallelism=1))
    stored = passwords.hash_now("the secret")
    for secret, good in (("the secret", True), ("the secret", True), ("another", False), ("the secret", True)):
        assert passwords.secret_matches_now(stored, secret) is good
    assert hashed == 2
    assert not passwords.secret_matches_now(None, "the secret")
    assert not passwords.secret_matches_now(passwords.hash_now("renewed"), "the secret")
    assert b"the secret" not in str(passwords._proven).encode()


async def test_what_is_in_an_access_token(house: House) -> None:
    token = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    header, claims = part(token, 0), part(token, 1)
    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    async with house.browser() as browser:
        keys = (await browser.get("/oauth/jwks.json")).json()["keys"]
    assert [key["kid"] for key in keys] == [header["kid"]]
    assert "d" not in keys[0]
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "recobro"
    assert claims["client_id"] == "recobro-cli"
    assert claims["sub"].startswith("user_")
    assert claims["exp"] - claims["iat"] == 600
    assert set(claims["scope"].split()) <= {permission.value for permission in Permission}
    assert claims["recobro"] == {
        "audience": "agency", "agency_id": str(house.norte), "creditor_id": None, "role": "AGENCY_ADMIN", "name": "Ana",
    }  # fmt: skip
    assert jwt.decode(token, KeySet.import_key_set({"keys": keys}), algorithms=["ES256"]).claims == claims


async def test_tokens_of_every_other_kind_are_refused(house: House, database: db.Database) -> None:
    good = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    header, claims = part(good, 0), part(good, 1)
    async with identity.transaction("test") as tx:
        ours, public = await signing_keys.active_key(tx), await signing_keys.verifying_keys(tx)
    kid = header["kid"]
    stranger = ECKey.generate_key("P-256", {"kid": kid})
    text = f"{encoded(header | {'alg': 'HS256'})}.{good.split('.')[1]}"
    by_public_key = hmac.new(public[kid].as_pem(private=False), text.encode(), sha256).digest()

    def signed(head: dict[str, Any], body: dict[str, Any], key: Any = ours) -> str:
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid} | head, body, key, default_type=None)

    def untyped() -> str:
        return jwt.encode({"alg": "ES256", "kid": kid}, claims, ours, default_type=None)

    head, body, signature = good.split(".")
    tampered, none = encoded(claims | {"scope": "installation:operate"}), encoded(header | {"alg": "none"})
    bad = [
        signed({"typ": "JWT"}, claims),
        untyped(),
        signed({}, claims, stranger),
        f"{text}.{base64.urlsafe_b64encode(by_public_key).decode().rstrip('=')}",
        signed({"kid": "another"}, claims, stranger),
        signed({}, claims | {"iss": "https://evil.test"}),
        signed({}, claims | {"aud": "another"}),
        signed({}, {name: value for name, value in claims.items() if name != "exp"}),
        f"{head}.{tampered}.{signature}",
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "...",
        "ñ.ñ.ñ",
        "a" * 10_000,
    ]
    for token in bad:
        assert await refused_as(token) == "TOKEN_INVALID", token[:60]
    # Signed by us, and yet never issued.
    assert await refused_as(signed({}, claims | {"jti": "never"})) == "TOKEN_REVOKED"
    await authenticate(good)


async def test_a_token_expires_also_where_it_is_remembered(house: House) -> None:
    token = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    first = await authenticate(token)
    assert await authenticate(token) is first
    with clock.at(clock.now() + timedelta(minutes=10, seconds=1)):
        assert await refused_as(token) == "TOKEN_EXPIRED"
        assert await refused_as(token) == "TOKEN_EXPIRED"


async def test_refresh_tokens_rotate(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    for _ in range(3):
        answer = await refresh(browser, house, token["refresh_token"])
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != token["refresh_token"]
        token = answer.json()
        assert (await authenticate(token["access_token"])).agency_id == house.norte


async def test_a_refresh_may_ask_for_less_and_never_for_more(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house, scope="debt:read party:read")
    less = (await refresh(browser, house, token["refresh_token"], scope="debt:read")).json()
    assert less["scope"] == "debt:read"
    more = await refresh(browser, house, less["refresh_token"], scope="debt:read user:manage")
    assert more.json()["error"] == "invalid_scope"
    assert (await refresh(browser, house, less["refresh_token"])).json()["scope"] == "debt:read party:read"


async def test_reuse_of_a_refresh_token_revokes_the_family(house: House, browser: httpx.AsyncClient) -> None:
    stolen = await tokens_of(house)
    kept = (await refresh(browser, house, stolen["refresh_token"])).json()
    await authenticate(kept["access_token"])
    with clock.at(clock.now() + timedelta(seconds=11)):
        assert (await refresh(browser, house, stolen["refresh_token"])).json()["error"] == "invalid_grant"
        assert await refused_as(kept["access_token"]) == "TOKEN_REVOKED"
        assert await refused_as(stolen["access_token"]) == "TOKEN_REVOKED"
        assert (await refresh(browser, house, kept["refresh_token"])).json()["error"] == "invalid_grant"


async def test_two_tabs_that_refresh_at_once_both_go_on(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    answers = await asyncio.gather(*(refresh(browser, house, token["refresh_token"]) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    one, two = (answer.json() for answer in answers)
    assert one["refresh_token"] != two["refresh_token"]
    for tab in (one, two):
        assert (await refresh(browser, house, tab["refresh_token"])).status_code == 200


async def test_a_third_use_at_once_is_a_thief(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    one, two, three = [await refresh(browser, house, token["refresh_token"]) for _ in range(3)]
    assert [one.status_code, two.status_code, three.status_code] == [200, 200, 400]
    assert (await refresh(browser, house, two.json()["refresh_token"])).status_code == 400


async def test_an_old_token_after_its_successor_was_used_is_a_thief(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    successor = (await refresh(browser, house, token["refresh_token"])).json()
    latest = (await refresh(browser, house, successor["refresh_token"])).json()
    assert (await refresh(browser, house, token["refresh_token"])).status_code == 400
    assert (await refresh(browser, house, latest["refresh_token"])).status_code == 400


async def test_a_refresh_token_is_its_clients_alone_and_ends(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    client = await machine(house)
    for form, headers in (
        ({"client_id": client.client_id}, {}),
        ({"client_id": client.client_id, "client_secret": client.secret}, {}),
        ({}, basic(client)),
    ):
        answer = await browser.post(
            "/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": token["refresh_token"]} | form,
            headers=headers,
        )
        assert answer.json()["error"] == "invalid_client"
    with clock.at(clock.now() + timedelta(days=8)):
        assert (await refresh(browser, house, token["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_family_ends_after_a_month_however_often_it_is_refreshed(
    house: House, browser: httpx.AsyncClient
) -> None:
    token, began = await tokens_of(house), clock.now()
    for day in range(6, 30, 6):
        with clock.at(began + timedelta(days=day)):
            token = (await refresh(browser, house, token["refresh_token"])).json()
    with clock.at(began + timedelta(days=29, hours=23)):
        token = (await refresh(browser, house, token["refresh_token"])).json()
    with clock.at(began + timedelta(days=30, hours=1)):
        assert (await refresh(browser, house, token["refresh_token"])).status_code == 400


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revocation(house: House, browser: httpx.AsyncClient, kind: str) -> None:
    token = await tokens_of(house)
    await authenticate(token["access_token"])
    form = {"token": token[kind], "client_id": house.client_id, "token_type_hint": "refresh_token"}
    client = await machine(house)
    stranger = await browser.post("/oauth/revoke", data={"token": token[kind]}, headers=basic(client))
    assert stranger.status_code == 400
    await authenticate(token["access_token"])
    assert (await browser.post("/oauth/revoke", data=form)).status_code == 200
    assert await refused_as(token["access_token"]) == "TOKEN_REVOKED"
    assert (await refresh(browser, house, token["refresh_token"])).status_code == 400
    assert (await browser.post("/oauth/revoke", data=form)).status_code == 200
    assert (await browser.post("/oauth/revoke", data=form | {"token": "never was"})).status_code == 200
    assert (await browser.post("/oauth/revoke", data={"token": token[kind]})).status_code == 401


async def test_another_process_sees_a_revocation_within_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    await authenticate(token)
    # As another process does it: without a word to this one.
    async with identity.transaction("another process") as tx:
        await tx.execute("UPDATE oauth_token SET revoked_at = $1", tx.now)
    await authenticate(token)
    monkeypatch.setattr(authenticating, "POLL_S", 0.0)
    assert await refused_as(token) == "TOKEN_REVOKED"


async def test_introspection_is_for_machines_of_the_same_tenant(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    ours = await machine(house)
    theirs = await create_client(await house.scope(house.bruno), CreateClient(name="Sur", scopes=("debt:read",)))
    form = {"token": token["access_token"]}
    found = (await browser.post("/oauth/introspect", data=form, headers=basic(ours))).json()
    assert found["active"] is True
    assert found["iss"] == ISSUER
    assert found["aud"] == "recobro"
    assert found["sub"].startswith("user_")
    assert found["scope"] == token["scope"]
    refresh_form = {"token": token["refresh_token"], "token_type_hint": "access_token"}
    assert (await browser.post("/oauth/introspect", data=refresh_form, headers=basic(ours))).json()["active"] is True
    nothing = {"active": False}
    assert (await browser.post("/oauth/introspect", data=form, headers=basic(theirs))).json() == nothing
    assert (await browser.post("/oauth/introspect", data={"token": "x"}, headers=basic(ours))).json() == nothing
    for data in (form, form | {"client_id": house.client_id}):
        assert (await browser.post("/oauth/introspect", data=data)).status_code == 401
    await browser.post("/oauth/revoke", data=form | {"client_id": house.client_id})
    for data in (form, refresh_form):
        assert (await browser.post("/oauth/introspect", data=data, headers=basic(ours))).json() == nothing


async def test_keys_rotate(house: House, browser: httpx.AsyncClient) -> None:
    before = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    await authenticate(before)
    kid = await rotate_signing_key(OPERATOR, RotateSigningKey())
    after = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    assert part(after, 0)["kid"] == kid != part(before, 0)["kid"]
    await authenticate(before)
    await authenticate(after)
    published = {key["kid"] for key in (await browser.get("/oauth/jwks.json")).json()["keys"]}
    assert published == {kid, part(before, 0)["kid"]}
    with clock.at(clock.now() + signing_keys.LONGEST_LIFETIME + timedelta(minutes=1)):
        published = {key["kid"] for key in (await browser.get("/oauth/jwks.json")).json()["keys"]}
        assert published == {kid}


async def test_a_key_that_got_out_verifies_nothing(house: House) -> None:
    token = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    await authenticate(token)
    await rotate_signing_key(OPERATOR, RotateSigningKey(compromised=True))
    assert await refused_as(token) == "TOKEN_INVALID"
    with pytest.raises(Forbidden):
        await rotate_signing_key(await house.scope(house.ana), RotateSigningKey())


async def test_there_is_one_active_key_and_it_is_sealed(house: House) -> None:
    async with identity.transaction("test") as tx:
        await tx.execute("DELETE FROM signing_key")

    async def first() -> str:
        async with identity.transaction("test") as tx:
            return str((await signing_keys.active_key(tx)).kid)

    assert len(set(await asyncio.gather(*(first() for _ in range(5))))) == 1
    async with identity.transaction("test") as tx:
        rows = await tx.fetch("SELECT * FROM signing_key")
    assert [row["state"] for row in rows] == [KeyState.ACTIVE.value]
    assert b'"d"' not in rows[0]["sealed_private_jwk"]
    assert b'"d"' in crypto.decrypt(rows[0]["sealed_private_jwk"])


async def test_a_new_key_is_found_at_once_and_invented_ones_do_not_reach_the_database(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await authenticate(await issue_token(OPERATOR, IssueToken(membership_id=house.ana)))
    async with identity.transaction("another process") as tx:
        await signing_keys.replace_active(tx, KeyState.RETIRED)
    token = await issue_token(OPERATOR, IssueToken(membership_id=house.ana))
    await authenticate(token)
    polls = 0
    genuine = signing_keys.verifying_keys

    async def counted(tx: db.Tx) -> dict[str, ECKey]:
        nonlocal polls
        polls += 1
        return await genuine(tx)

    monkeypatch.setattr(signing_keys, "verifying_keys", counted)
    async with house.browser() as browser:
        for _ in range(5):  # refused requests revoke nothing, and make nobody forget anything
            assert (await refresh(browser, house, "x")).status_code == 400
            await authenticate(token)
    for number in range(20):
        head = encoded({"alg": "ES256", "typ": "at+jwt", "kid": f"k{number}"})
        assert await refused_as(f"{head}.e30.e30") == "TOKEN_INVALID"
    assert polls <= 2


async def test_whoever_is_disabled_is_out_at_once(house: House, browser: httpx.AsyncClient) -> None:
    luz = await house.add("luz@norte.test.co", Role.COLLECTOR, agency_id=house.norte)
    ana, token = await house.scope(house.ana), await tokens_of(house, "luz@norte.test.co")
    await authenticate(token["access_token"])
    await disable_user(ana, DisableUser(membership_id=luz))
    assert await refused_as(token["access_token"]) == "TOKEN_REVOKED"
    assert (await refresh(browser, house, token["refresh_token"])).status_code == 400
    with pytest.raises(NotFound):
        await issue_token(OPERATOR, IssueToken(membership_id=luz))

    client = await machine(house)
    form = {"grant_type": "client_credentials"}
    machines = (await browser.post("/oauth/token", data=form, headers=basic(client))).json()["access_token"]
    await authenticate(machines)
    with pytest.raises(NotFound):
        await disable_client(await house.scope(house.bruno), DisableClient(id=client.id))
    await authenticate(machines)
    await disable_client(ana, DisableClient(id=client.id))
    assert await refused_as(machines) == "TOKEN_REVOKED"
    assert (await browser.post("/oauth/token", data=form, headers=basic(client))).status_code == 401


async def test_a_closed_account_is_out_everywhere(house: House) -> None:
    token = await tokens_of(house)
    scope = await authenticate(token["access_token"])
    async with identity.transaction("test") as tx:
        user_id = await tx.fetchval("SELECT user_id FROM membership WHERE id = $1", house.ana)
    with pytest.raises(Forbidden):
        await disable_user(scope, DisableUser(user_id=user_id))
    await disable_user(OPERATOR, DisableUser(user_id=user_id))
    assert await refused_as(token["access_token"]) == "TOKEN_REVOKED"


async def test_another_role_and_the_end_of_sessions_take_tokens_back(house: House, browser: httpx.AsyncClient) -> None:
    luz = await house.add("luz@norte.test.co", Role.COLLECTOR, agency_id=house.norte)
    ana = await house.scope(house.ana)
    first = await tokens_of(house, "luz@norte.test.co")
    await change_role(ana, ChangeRole(membership_id=luz, role=Role.AUDITOR))
    assert await refused_as(first["access_token"]) == "TOKEN_REVOKED"
    assert (await refresh(browser, house, first["refresh_token"])).status_code == 400

    second = await tokens_of(house, "luz@norte.test.co")
    assert Permission.DEBT_WORK not in (await authenticate(second["access_token"])).permissions
    await revoke_sessions(ana, RevokeSessions(membership_id=luz))
    assert await refused_as(second["access_token"]) == "TOKEN_REVOKED"

    third = await tokens_of(house, "luz@norte.test.co")
    await revoke_sessions(await authenticate(third["access_token"]), RevokeSessions())
    assert await refused_as(third["access_token"]) == "TOKEN_REVOKED"


async def test_the_memory_of_tokens_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticating, "_REMEMBERED", 3)
    tokens = [await issue_token(OPERATOR, IssueToken(membership_id=house.ana)) for _ in range(6)]
    for token in tokens:
        await authenticate(token)
    memory = authenticating.verifier()
    assert len(memory._known) == len(memory._by_jti) == 3
    for token in tokens:
        await authenticate(token)


async def test_metadata(house: House, browser: httpx.AsyncClient) -> None:
    told = (await browser.get("/.well-known/oauth-authorization-server", headers={"origin": "https://app.test"})).json()
    assert told["issuer"] == ISSUER
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["authorization_response_iss_parameter_supported"] is True
    for name in (
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "revocation_endpoint",
        "introspection_endpoint",
    ):
        assert told[name].startswith(f"{ISSUER}/oauth/")
    preflight = await browser.options(
        "/oauth/token", headers={"origin": "https://app.test", "access-control-request-method": "POST"}
    )
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in preflight.headers


async def test_housekeeping_keeps_what_still_matters(house: House, browser: httpx.AsyncClient) -> None:
    token = await tokens_of(house)
    stolen = token["refresh_token"]
    with clock.at(clock.now() + timedelta(days=2)):
        token = (await refresh(browser, house, stolen)).json()
    with clock.at(clock.now() + timedelta(days=5)):
        assert await forget_expired() > 0
        assert (await refresh(browser, house, stolen)).status_code == 400
        assert (await refresh(browser, house, token["refresh_token"])).status_code == 400
    with clock.at(clock.now() + timedelta(days=60)):
        await forget_expired()
        async with identity.transaction("test") as tx:
            assert await tx.fetchval("SELECT count(*) FROM oauth_token") == 0
