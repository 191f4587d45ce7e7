"""Plans by document: bounded, kept by use, and never an answer that the executor would not give."""

import json
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from core.kit import clock
from core.permissions import Permission
from schema.kit.context import Context
from schema.schema import build_schema
from schema.sql import front
from schema.sql.cache import MAX_TEXT, Plans
from schema.sql.plan import MAX_ADMITTED, MAX_VARIANTS, Plan
from tenants.models import Role
from tests.core.house import EVERYTHING, agency_scope
from tests.journey.client import Person
from tests.schema.conftest import Api

SIZED = "query Sized($n: Int, $id: ID!) { debts(first: $n) { nodes { reference } } node(id: $id) { id } }"
_fresh = count()


def test_documents_that_come_once_push_out_none_that_is_used() -> None:
    plans: Plans[int] = Plans()
    for n in range(100):
        plans.add(f"used {n}", None, n)
        assert plans.get(f"used {n}", None) == n
    for n in range(10_000):
        assert plans.get(f"once {n}", None) is None
        plans.add(f"once {n}", None, n)
        assert len(plans) <= 512 + 64
    assert [plans.get(f"used {n}", None) for n in range(100)] == list(range(100))
    assert plans.get("once 0", None) is None


def test_what_is_kept_is_bounded_and_the_least_used_goes_first() -> None:
    plans: Plans[int] = Plans(kept=3, once=2)
    for n in range(5):
        plans.add(str(n), None, n)
        assert plans.get(str(n), None) == n
        assert plans.get("0", None) == (0 if n < 5 else None)
    assert len(plans) == 3
    assert [n for n in range(5) if plans.get(str(n), None) is not None] == [0, 3, 4]


def test_a_document_that_is_too_long_is_not_kept() -> None:
    plans: Plans[int] = Plans()
    plans.add("x" * (MAX_TEXT + 1), None, 1)
    assert len(plans) == 0
    plans.add("x" * MAX_TEXT, None, 1)
    assert plans.get("x" * MAX_TEXT, None) == 1


def test_operations_of_one_document_are_plans_of_their_own() -> None:
    plans: Plans[int] = Plans()
    plans.add("text", "A", 1)
    plans.add("text", "B", 2)
    assert (plans.get("text", "A"), plans.get("text", "B"), plans.get("text", None)) == (1, 2, None)


def _answer(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    """Everything of an answer but its moment."""
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.content, headers


async def _send(api: Api, body: Any, headers: Any) -> tuple[int, Any, dict[str, str]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _answer(await api.http.post("/graphql", content=content, headers=headers))


def _unseen(text: str) -> str:
    """The same document, which nobody has sent before."""
    return f"{text} # {next(_fresh):06d}"


class Seen:
    """How many requests were answered from a plan, in front of the application."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answered = 0
        original = front.FromPlans._answer

        async def counted(this: Any, headers: Any, body: bytes) -> bytes | None:
            found = await original(this, headers, body)
            self.answered += found is not None
            return found

        monkeypatch.setattr(front.FromPlans, "_answer", counted)


async def _learned(api: Api, person: Person, text: str, seen: Seen, **variables: Any) -> None:
    """Send a document until it is answered from its plan."""
    for _ in range(3):
        before = seen.answered
        await person.ask(text, **variables)
    assert seen.answered == before + 1, "the document has no plan"


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

        known = _unseen(SIZED)
        await _learned(api, person, known, seen, **given)
        of_plan = [await _send(api, body(known), headers) for _ in range(3)]
        unseen = _unseen(SIZED)
        unlearned = [await _send(api, body(unseen), headers) for _ in range(3)]
        if of_plan != [unlearned[0]] * 3 or unlearned != of_plan or of_plan[0][0] >= 500:
            different[name] = (of_plan, unlearned)
    assert different == {}


BODIES = (b"", b"{", b"null", b"7", b'"x"', b"[]", b"{}", b"\xff", b"[1]", b'\xef\xbb\xbf{"query":"{ viewer { id } }"}')


async def test_a_body_that_is_no_request_is_refused_each_time_alike(api: Api) -> None:
    headers = (await api.person(Role.AGENCY_ADMIN)).headers | {"content-type": "application/json"}
    for body in BODIES:
        found = [await _send(api, body, headers) for _ in range(3)]
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
        known = _unseen(text)
        await _learned(api, person, known, seen)
        headers = person.headers | {"content-type": kind}
        of_plan = await _send(api, {"query": known}, headers)
        assert of_plan == await _send(api, {"query": _unseen(text)}, headers), kind


async def test_two_tokens_in_one_request_count_the_same_for_a_plan(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    north, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    text = "{ debts { nodes { reference } } }"
    known = _unseen(text)
    await _learned(api, north, known, seen)
    both = [("authorization", p.headers["authorization"]) for p in (north, south)]
    headers = [*both, ("content-type", "application/json")]
    assert await _send(api, {"query": known}, headers) == await _send(api, {"query": _unseen(text)}, headers)


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
    known = _unseen(text)
    await _learned(api, person, known, seen)
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
    of_plan = await _send(api, {"query": known}, headers)
    assert of_plan == await _send(api, {"query": _unseen(text)}, headers)
    monkeypatch.undo()
    assert b'"nodes"' not in of_plan[1]
    assert json.loads(of_plan[1])["errors"][0]["extensions"]["code"] == CODES[token]


WIDE = "query($n: Int) { debts(first: $n) { nodes { debtor { debts(first: $n) { nodes { components { debt { creditor { name } } } } } } } } }"


async def test_the_cost_of_a_page_is_checked_for_a_plan_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    headers = person.headers | {"content-type": "application/json"}
    known = _unseen(WIDE)
    await _learned(api, person, known, seen, n=1)
    for size in (100, 60, None):
        for _ in range(3):
            of_plan = await _send(api, {"query": known, "variables": {"n": size}}, headers)
            assert b"OPERATION_TOO_LARGE" in of_plan[1], (size, of_plan)
            assert of_plan == await _send(api, {"query": _unseen(WIDE), "variables": {"n": size}}, headers)
    await person.ask(known, n=2)


async def test_fewer_permissions_never_get_the_plan_of_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of most rights first, and the other way round."""
    seen = Seen(monkeypatch)
    text = "{ debts(first: 5) { nodes { reference debtor { name } payments { totalCount } nextReason } } }"
    roles = list(Role)
    for order in (roles, roles[::-1]):
        known = _unseen(text)
        await _learned(api, await api.person(Role.AGENCY_ADMIN), known, seen)
        for role in (*order, *order):
            headers = (await api.person(role)).headers | {"content-type": "application/json"}
            of_plan = await _send(api, {"query": known}, headers)
            assert of_plan == await _send(api, {"query": _unseen(text)}, headers), role


async def test_a_document_of_several_operations(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    headers = person.headers | {"content-type": "application/json"}
    text = "query A { debts(first: 1) { nodes { id } } } query B { debts(first: 2) { nodes { id } } }"
    known = _unseen(text)
    for name, rows in (("A", 1), ("B", 2), ("A", 1), ("B", 2), ("A", 1), ("B", 2)):
        found = await _send(api, {"query": known, "operationName": name}, headers)
        assert len(json.loads(found[1])["data"]["debts"]["nodes"]) == rows
    assert seen.answered >= 2
    for name in (None, "C", ""):
        given = {"query": known, "operationName": name}
        found = [await _send(api, given, headers) for _ in range(3)]
        unseen = await _send(api, given | {"query": _unseen(text)}, headers)
        assert found == [unseen] * 3
        assert (b'"errors"' in found[0][1]) is (name is not None)  # the application runs the first where none is named


async def test_a_mutation_whose_variable_is_wrong_is_the_clients_fault(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nullable variable with a default may stand where null may not: only its value tells."""
    text = (
        'mutation($r: String = "x", $k: String!, $id: ID!) { paymentRecord(input: {debtId: $id, reference: $r, '
        'amount: {minorUnits: "1", currency: "COP"}, paidOn: "2026-06-01", idempotencyKey: $k}) { errors { code } } }'
    )
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    known = _unseen(text)
    await _learned(api, person, known, seen, k="a", id=api.debt_id)
    headers = person.headers | {"content-type": "application/json"}
    given = {"variables": {"r": None, "k": "b", "id": api.debt_id}}
    for one in (known, known, _unseen(text)):
        status, body, _ = await _send(api, {"query": one} | given, headers)
        assert status == 200
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "INVALID_REQUEST", body


async def test_variants_and_sizes_of_a_plan_are_bounded(api: Api) -> None:
    from graphql import parse

    schema = build_schema()
    switches = [f"$s{n}: Boolean!" for n in range(7)]
    fields = " ".join(f"a{n}: reference @skip(if: $s{n})" for n in range(7))
    plan = Plan(
        schema,
        parse(f"query({', '.join(switches)}, $n: Int) {{ debts(first: $n) {{ nodes {{ id {fields} }} }} }}"),
        None,
    )
    context = Context(bearer=api.house.north)
    for bits in range(100):
        given: dict[str, Any] = {f"s{n}": bool(bits >> n & 1) for n in range(7)}
        found = await plan.run(context, given | {"n": bits})
        assert found is not None
        data = json.loads(found.data)["debts"]["nodes"]
        assert len(data) == min(bits, 2)
        assert all(set(node) == {"id", *(f"a{n}" for n in range(7) if not given[f"s{n}"])} for node in data)
        assert len(plan._variants) <= MAX_VARIANTS
        assert len(plan._admitted) <= MAX_ADMITTED


async def test_every_set_of_permissions_has_a_plan_of_its_own(api: Api) -> None:
    """The same plan, asked with more and with fewer rights in turn: what may not be read is never compiled in."""
    from graphql import parse

    plan = Plan(build_schema(), parse("{ debts { nodes { reference payments { totalCount } } } }"), None)
    all_of_it = api.house.north
    less = agency_scope(all_of_it.agency, all_of_it.actor, EVERYTHING - {Permission.PAYMENT_READ})
    nothing = agency_scope(all_of_it.agency, all_of_it.actor, ())
    for _ in range(3):
        assert await plan.run(Context(bearer=all_of_it), {}) is not None
        assert await plan.run(Context(bearer=less), {}) is None
        assert await plan.run(Context(bearer=nothing), {}) is None
        assert await plan.run(Context(bearer=None), {}) is None


async def test_a_document_in_use_survives_a_flood_over_http(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    used = _unseen("{ debts { nodes { reference } } }")
    await _learned(api, person, used, seen)
    for _ in range(150):
        await person.ask(_unseen("{ viewer { id } }"))
    before = seen.answered
    await person.ask(used)
    assert seen.answered == before + 1
