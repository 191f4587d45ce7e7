"""Plans by document: bounded, kept by use, and for nobody who may see less."""

import json
from typing import Any

import pytest
from graphql import parse

from core.permissions import Permission
from schema.kit.context import Context
from schema.schema import build_schema
from schema.sql.cache import MAX_TEXT, Plans
from schema.sql.plan import MAX_ADMITTED, MAX_VARIANTS, Plan, _cursors
from tenants.models import Role
from tests.core.house import EVERYTHING, agency_scope
from tests.schema.conftest import Api
from tests.schema.sql.sending import Seen, learned, send, unseen


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


WIDE = "query($n: Int) { debts(first: $n) { nodes { debtor { debts(first: $n) { nodes { components { debt { creditor { name } } } } } } } } }"


async def test_the_cost_of_a_page_is_checked_for_a_plan_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    headers = person.headers | {"content-type": "application/json"}
    known = unseen(WIDE)
    await learned(api, person, known, seen, n=1)
    for size in (100, 60, None):
        for _ in range(3):
            of_plan = await send(api, {"query": known, "variables": {"n": size}}, headers)
            assert b"OPERATION_TOO_LARGE" in of_plan[1], (size, of_plan)
            assert of_plan == await send(api, {"query": unseen(WIDE), "variables": {"n": size}}, headers)
    await person.ask(known, n=2)


def test_a_variable_is_a_cursor_where_it_is_nothing_else() -> None:
    document = parse(
        "query($a: String, $b: String, $c: String, $d: String, $e: String, $f: Boolean!, $g: String) { "
        "debts(after: $a, before: $g) { nodes { payments(before: $b) { nodes { id @skip(if: $f) } } ...F } } "
        "x: debts(after: $c, search: $c) { totalCount } y: debts(after: $d, filter: {stages: [$d]}) { totalCount } "
        "... @include(if: $e) { z: debts(after: $e) { totalCount } } } "
        "fragment F on Debt { payments(before: $b) { totalCount } movements(after: $g, x: {y: [{z: $g}]}) { totalCount } }"
    )
    assert _cursors(document) == {"a", "b"}
    assert _cursors(parse("{ debts { totalCount } }")) == frozenset()


async def test_fewer_permissions_never_get_the_plan_of_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of most rights first, and the other way round."""
    seen = Seen(monkeypatch)
    text = "{ debts(first: 5) { nodes { reference debtor { name } payments { totalCount } nextReason } } }"
    roles = list(Role)
    for order in (roles, roles[::-1]):
        known = unseen(text)
        await learned(api, await api.person(Role.AGENCY_ADMIN), known, seen)
        for role in (*order, *order):
            headers = (await api.person(role)).headers | {"content-type": "application/json"}
            of_plan = await send(api, {"query": known}, headers)
            assert of_plan == await send(api, {"query": unseen(text)}, headers), role


async def test_a_document_of_several_operations(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, person = Seen(monkeypatch), await api.person(Role.AGENCY_ADMIN)
    headers = person.headers | {"content-type": "application/json"}
    text = "query A { debts(first: 1) { nodes { id } } } query B { debts(first: 2) { nodes { id } } }"
    known = unseen(text)
    for name, rows in (("A", 1), ("B", 2), ("A", 1), ("B", 2), ("A", 1), ("B", 2)):
        found = await send(api, {"query": known, "operationName": name}, headers)
        assert len(json.loads(found[1])["data"]["debts"]["nodes"]) == rows
    assert seen.answered >= 2
    for name in (None, "C", ""):
        given = {"query": known, "operationName": name}
        found = [await send(api, given, headers) for _ in range(3)]
        fresh = await send(api, given | {"query": unseen(text)}, headers)
        assert found == [fresh] * 3
        assert b'"nodes"' not in found[0][1]
        assert (b"Must provide operation name" in found[0][1]) is (name is None)


async def test_variants_and_sizes_of_a_plan_are_bounded(api: Api) -> None:
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
    used = unseen("{ debts { nodes { reference } } }")
    await learned(api, person, used, seen)
    for _ in range(150):
        await person.ask(unseen("{ viewer { id } }"))
    before = seen.answered
    await person.ask(used)
    assert seen.answered == before + 1
