"""What is wrong with a request is said in the same words by a plan as without one."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.kit import clock
from tenants.models import Role
from tests.schema.conftest import Api
from tests.schema.sql.sending import Seen, learned, send, unseen

SIZED = "query Sized($n: Int, $id: ID!) { debts(first: $n) { nodes { reference } } node(id: $id) { id } }"


WRONG: dict[str, dict[str, Any]] = {
    "variables are a list": {"variables": []},
    "variables are a list of something": {"variables": [1]},
    "variables are a text": {"variables": ""},
    "variables are a word": {"variables": "n"},
    "variables are false": {"variables": False},
    "variables are zero": {"variables": 0},
    "variables are null": {"variables": None},
    "a variable of the wrong type": {"variables": {"n": "five"}},
    "a variable that is a boolean": {"variables": {"n": True}},
    "a variable that is not whole": {"variables": {"n": 1.5}},
    "a variable that is too large": {"variables": {"n": 2**31}},
    "a page that is too large": {"variables": {"n": 101}},
    "a page below zero": {"variables": {"n": -1}},
    "a variable that nobody declared": {"variables": {"m": 1}},
    "an id that is none": {"variables": {"id": "nonsense"}},
    "an id of an unknown kind": {"variables": {"id": "thing_01h455vb4pex5vsknk084sn02q"}},
    "an id that is missing": {"variables": {"id": None}},
    "an id that is a number": {"variables": {"id": 7}},
    "an id that is an object": {"variables": {"id": {}}},
    "an operation that is not there": {"operationName": "Other"},
    "an operation without a name": {"operationName": ""},
    "an operation whose name is a number": {"operationName": 7},
    "extensions that are a number": {"extensions": 7},
    "extensions that are a list": {"extensions": []},
    "extensions": {"extensions": {"a": 1}},
    "a query that is a list": {"query": ["{ viewer { id } }"]},
    "a query that is null": {"query": None},
    "a query that is empty": {"query": ""},
}


@pytest.mark.parametrize("accept", ["*/*", "application/graphql-response+json"])
async def test_what_is_wrong_with_a_request_is_said_in_the_same_words_by_a_plan(
    api: Api, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    """First sending and third, and a document that was answered from its plan against one that nobody has seen."""
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    given: dict[str, Any] = {"n": 2, "id": api.debt_id}
    headers = person.headers | {"accept": accept, "content-type": "application/json"}
    different: dict[str, Any] = {}
    for name, wrong in WRONG.items():

        def body(text: str, wrong: dict[str, Any] = wrong) -> dict[str, Any]:
            made = {"query": text, "variables": given} | wrong
            if isinstance(made["variables"], dict):
                made["variables"] = given | made["variables"]
            return made

        known = unseen(SIZED)
        await learned(api, person, known, seen, **given)
        of_plan = [await send(api, body(known), headers) for _ in range(3)]
        fresh = unseen(SIZED)
        unlearned = [await send(api, body(fresh), headers) for _ in range(3)]
        if of_plan != [unlearned[0]] * 3 or unlearned != of_plan or of_plan[0][0] >= 500:
            different[name] = (of_plan, unlearned)
    assert different == {}


BODIES = (b"", b"{", b"null", b"7", b'"x"', b"[]", b"{}", b"\xff", b"[1]", b'\xef\xbb\xbf{"query":"{ viewer { id } }"}')


async def test_a_body_that_is_no_request_is_refused_each_time_alike(api: Api) -> None:
    headers = (await api.person(Role.AGENCY_ADMIN)).headers | {"content-type": "application/json"}
    for body in BODIES:
        found = [await send(api, body, headers) for _ in range(3)]
        assert found == [found[0]] * 3, body
        assert found[0][0] >= 400, body


TYPES = (
    "application/json; charset=utf-8",
    "application/jsonp",
    "application/json+x",
    "text/plain",
    "",
    "Application/JSON",
)


async def test_the_type_of_a_body_counts_the_same_for_a_plan(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    text = "{ debts { nodes { reference } } }"
    for kind in TYPES:
        known = unseen(text)
        await learned(api, person, known, seen)
        headers = person.headers | {"content-type": kind}
        of_plan = await send(api, {"query": known}, headers)
        assert of_plan == await send(api, {"query": unseen(text)}, headers), kind


async def test_two_tokens_in_one_request_count_the_same_for_a_plan(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    north, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    text = "{ debts { nodes { reference } } }"
    known = unseen(text)
    await learned(api, north, known, seen)
    both = [("authorization", p.headers["authorization"]) for p in (north, south)]
    headers = [*both, ("content-type", "application/json")]
    assert await send(api, {"query": known}, headers) == await send(api, {"query": unseen(text)}, headers)


CODES = {
    "none": "TOKEN_MISSING", "nonsense": "TOKEN_INVALID", "basic": "TOKEN_INVALID", "expired": "TOKEN_EXPIRED",
    "revoked": "TOKEN_REVOKED",
}  # fmt: skip


@pytest.mark.parametrize("token", CODES)
@pytest.mark.parametrize("text", ["{ debts { nodes { reference } } }", "{ debts { nodes { id } } viewer { id } }"])
async def test_a_token_that_is_not_good_gets_from_a_plan_what_it_gets_without(
    api: Api, monkeypatch: pytest.MonkeyPatch, token: str, text: str
) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    known = unseen(text)
    await learned(api, person, known, seen)
    headers = {"content-type": "application/json"} | person.headers
    moment = clock.now()
    match token:
        case "none":
            del headers["authorization"]
        case "nonsense":
            headers["authorization"] = "Bearer nonsense"
        case "basic":
            headers["authorization"] = "Basic YTpi"
        case "revoked":
            await person.do("sessionsRevoke", {}, "__typename")
        case _:
            monkeypatch.setattr(clock, "now", lambda: moment + timedelta(days=400))
    of_plan = await send(api, {"query": known}, headers)
    assert of_plan == await send(api, {"query": unseen(text)}, headers)
    monkeypatch.undo()
    assert b'"nodes"' not in of_plan[1]
    assert json.loads(of_plan[1])["errors"][0]["extensions"]["code"] == CODES[token]


async def test_a_mutation_whose_variable_is_wrong_is_the_clients_fault(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nullable variable with a default may stand where null may not: only its value tells."""
    text = (
        'mutation($r: String = "x", $k: String!, $id: ID!) { paymentRecord(input: {debtId: $id, reference: $r, '
        'amount: {minorUnits: "1", currency: "COP"}, paidOn: "2026-06-01", idempotencyKey: $k}) { errors { code } } }'
    )
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    known = unseen(text)
    await learned(api, person, known, seen, k="a", id=api.debt_id)
    headers = person.headers | {"content-type": "application/json"}
    given = {"variables": {"r": None, "k": "b", "id": api.debt_id}}
    for one in (known, known, unseen(text)):
        status, body, _ = await send(api, {"query": one} | given, headers)
        assert status == 200
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "INVALID_REQUEST", body
