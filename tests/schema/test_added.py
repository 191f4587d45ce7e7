"""What plugins add to the API: in the same statement and answer, by the agency's own rights, and no harm to others."""

from collections.abc import AsyncIterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from graphql import parse

from core.kit.db import Database
from core.kit.ids import encode, new_id
from core.kit.money import Money
from core.kit.scope import Scope, agency_scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import record_payment
from core.payments.write_payment import RecordPayment
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.store import Store
from recobro_sdk import Capability, Contribution, ContributionKind, Extension, PluginManifest, hookimpl
from recobro_sdk.graphql import CoreType, FieldOn
from schema.kit.context import Context
from schema.kit.limits import check
from schema.schema import Schema, build_installed, build_schema
from schema.sql import plan as plan_module
from schema.sql.plan import Plan
from tests.core.house import COLLECTOR, DebtRow, House, house, make_debt
from tests.core.plugin_house import offer
from tests.schema.added import ACME

SCORE = "acmeScore { of points band expected { minorUnits formatted } on reasons { code weight } note }"
LISTS = f"{{ debts(first: 20) {{ nodes {{ reference {SCORE} mandate {{ name }} }} }} }}"
NESTED = f"{{ creditors(first: 5) {{ nodes {{ name debts(first: 5) {{ nodes {{ id {SCORE} }} }} }} }} }}"


@pytest.fixture
async def home(database: Database) -> AsyncIterator[tuple[House, list[DebtRow], Schema]]:
    """A house with debts at two agencies; the plugin is installed, and enabled at the north."""
    furnished = await house(database)
    parts = [("PRINCIPAL", 100_000_00, date(2026, 3, 1))]
    debts = [await make_debt(furnished.north, furnished.bank, parts, reference=f"N-{n}") for n in range(3)]
    debts.append(await make_debt(furnished.north, furnished.shop, parts, reference="N-none"))
    await make_debt(furnished.south, furnished.bank_south, parts, reference="S-1")
    host.load(found=[ACME], strict=True)
    await enable_offer(furnished.north, "acme", {})
    yield furnished, debts, build_installed()
    await host.close()
    host.load(found=[])


async def executed(schema: Schema, text: str, scope: Scope, **variables: Any) -> tuple[Any, list[Any]]:
    context = Context(bearer=scope, compiled=False)
    found = await schema.execute(text, variable_values=variables, context_value=context)
    return found.data, found.errors or []


async def compiled(schema: Schema, text: str, scope: Scope) -> Any:
    found = await Plan(schema, parse(text), None).run(Context(bearer=scope), {})
    assert found is not None and not found.errors
    return orjson.loads(found.data)


async def asked(scope: Scope) -> Any:
    return await Store.of("acme", scope.agency).get("asked")


async def test_a_field_comes_for_all_objects_at_once_and_the_same_both_ways(
    home: tuple[House, list[DebtRow], Schema], monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished, debts, schema = home
    north = furnished.north
    statements: list[Any] = []
    fetch = plan_module._fetch

    async def counted(context: Context, given: list[Any]) -> Any:
        statements.extend(given)
        return await fetch(context, given)

    monkeypatch.setattr(plan_module, "_fetch", counted)
    answer = await compiled(schema, LISTS, north)
    assert len(statements) == 1 and "json_build_array(" in statements[0].sql, "what it reads came with the page"
    assert await asked(north) == {"times": 1, "keys": 4}, "once for all objects"
    nodes = {node["reference"]: node["acmeScore"] for node in answer["debts"]["nodes"]}
    assert nodes["N-none"] is None
    assert nodes["N-1"] == {
        "of": encode("debt", debts[1].id), "points": 3, "band": "HIGH",
        "expected": {"minorUnits": "5000000", "formatted": "COP 50,000.00"}, "on": "2026-03-01",
        "reasons": [{"code": "REFERENCE", "weight": 100}], "note": None,
    }  # fmt: skip
    assert await executed(schema, LISTS, north) == (answer, [])
    assert (await asked(north))["times"] == 2, "the executor asks once for all objects, too"
    for text in (f'{{ debt(id: "{encode("debt", debts[0].id)}") {{ {SCORE} }} }}', NESTED):
        found = await compiled(schema, text, north)
        assert (found, []) == await executed(schema, text, north) and "REFERENCE" in str(found)


async def test_only_the_agency_that_enabled_it_hears_of_it_by_the_rights_of_who_asks(
    home: tuple[House, list[DebtRow], Schema],
) -> None:
    furnished, _, schema = home
    for scope in (furnished.south, furnished.bank_scope):
        answer = await compiled(schema, LISTS, scope)
        assert {node["acmeScore"] for node in answer["debts"]["nodes"]} == {None}
        assert (answer, []) == await executed(schema, LISTS, scope)
    assert await asked(furnished.north) is None and await asked(furnished.south) is None

    reader = agency_scope(furnished.north.agency, COLLECTOR, {Permission.DEBT_READ, Permission.PAYMENT_READ})
    debt = home[1][0]
    payments = f'{{ debt(id: "{encode("debt", debt.id)}") {{ payments {{ nodes {{ id acmeLength }} }} }} }}'
    await _pay(furnished, debt)
    data, errors = await executed(schema, payments, furnished.north)
    assert [node["acmeLength"] for node in data["debt"]["payments"]["nodes"]] == [len("payment_") + 26] and not errors
    data, errors = await executed(schema, payments, reader)
    assert [node["acmeLength"] for node in data["debt"]["payments"]["nodes"]] == [None]
    assert [error.original_error.code for error in errors] == ["FORBIDDEN"]

    await disable_offer(furnished.north, "acme")
    answer = await compiled(schema, LISTS, furnished.north)
    assert {node["acmeScore"] for node in answer["debts"]["nodes"]} == {None}, "at once, without a restart"


async def _pay(furnished: House, debt: DebtRow) -> None:
    command = RecordPayment(
        debt_id=debt.id, amount=Money(1_000_00, "COP"), paid_on=date(2026, 3, 2), method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
    )  # fmt: skip
    await record_payment(furnished.north, command)


async def test_queries_and_mutations_answer_with_payloads_and_errors_as_data(
    home: tuple[House, list[DebtRow], Schema],
) -> None:
    furnished, debts, schema = home
    save = (
        "mutation($input: AcmeNoteSaveInput!) { acmeNoteSave(input: $input) { note errors { code field __typename } } }"
    )
    given = {"debtId": encode("debt", debts[0].id), "text": "calls back"}
    said = {
        "calls back": {"note": "calls back", "errors": []},
        " ": {"note": None, "errors": [{"code": "NOTE_EMPTY", "field": "text", "__typename": "InvalidInputError"}]},
        "twice": {"note": None, "errors": [{"code": "NOTE_THERE", "field": None, "__typename": "ConflictError"}]},
    }
    for text, expected in said.items():
        data, errors = await executed(schema, save, furnished.north, input={**given, "text": text})
        assert (data, errors) == ({"acmeNoteSave": expected}, [])
    data, _ = await executed(schema, save, furnished.north, input={**given, "band": "HIGH"})
    assert data["acmeNoteSave"]["note"] == "HIGH: calls back"

    note = "query($id: String!) { acmeNote(input: {debtId: $id}) { text } }"
    ours = await executed(schema, note, furnished.north, id=given["debtId"])
    assert ours == ({"acmeNote": {"text": "calls back"}}, [])
    assert await executed(schema, note, furnished.south, id=given["debtId"]) == ({"acmeNote": None}, [])
    data, _ = await executed(schema, save, furnished.south, input=given)
    assert [error["code"] for error in data["acmeNoteSave"]["errors"]] == ["OFFER_NOT_ENABLED"]
    _, errors = await executed(schema, save, furnished.bank_scope, input=given)
    assert [error.original_error.code for error in errors] == ["FORBIDDEN"]


async def test_a_plugin_that_fails_or_lies_costs_its_own_field_and_is_asked_once(
    home: tuple[House, list[DebtRow], Schema],
) -> None:
    furnished, _, schema = home
    for broken, code in (("score", "PROVIDER_UNAVAILABLE"), ("shape", "PLUGIN_FAULT")):
        await enable_offer(furnished.north, "acme", {"broken": broken})
        context = Context(bearer=furnished.north)
        found = await schema.execute(LISTS, context_value=context)
        assert [node["acmeScore"] for node in found.data["debts"]["nodes"]] == [None] * 4
        assert {node["mandate"]["name"] for node in found.data["debts"]["nodes"]} != {None}
        assert {error.original_error.code for error in found.errors} == {code} and len(found.errors) == 4
        assert found.errors[0].path[-1] == "acmeScore"
    assert await Store.of("acme", furnished.north.agency).get("failed") == {"times": 1}


def test_a_field_costs_what_it_says() -> None:
    host.load(found=[ACME], strict=True)
    try:
        schema = build_installed()._schema
        plain, added = (
            "{ debts(first: 100) { nodes { id } } }",
            "{ debts(first: 100) { nodes { id acmeScore { of } } } }",
        )
        costs = [check(schema, parse(text), None, {}).cost for text in (plain, added)]
        assert costs[1] - costs[0] == 100 * (7 + 1)
    finally:
        host.load(found=[])


def _plugin(name: str, field: FieldOn, *, contributes: bool = True) -> object:
    """A plugin of one extension with one field."""

    def recobro_manifest() -> PluginManifest:
        kinds = (ContributionKind.GRAPHQL,) if contributes else ()
        return PluginManifest(
            name=name, version="1.0", summary="of a test", maintainer="tests", homepage="https://example.test",
            capabilities=frozenset({Capability.EXTENSION}),
            contributions=tuple(Contribution(kind, "of a test") for kind in kinds),
        )  # fmt: skip

    made = [Extension(offer=offer(name, lambda settings, context: object()), graphql=(field,))]
    return SimpleNamespace(
        recobro_manifest=hookimpl(recobro_manifest), recobro_extensions=hookimpl(lambda: made)
    )  # fmt: skip


async def _none(provider: Any, keys: Any) -> list[None]:
    return [None] * len(keys)


def _field(name: str, **changes: Any) -> FieldOn:
    values = {"on": CoreType.DEBT, "type": str, "resolve": _none, "description": "x", "permission": "debt:read"}
    return FieldOn(name=name, **{**values, **changes})


@pytest.mark.parametrize(
    ("name", "field", "contributes", "reason"),
    [
        ("payments", _field("paymentsScore"), True, None),
        ("acme", _field("acmeScore"), True, "two plugins have this name"),
        ("acme_debt", _field("acmeScore"), True, "does not begin with the plugin's name, acmeDebt"),
        ("other", _field("otherScore", permission="debt:own"), True, "permissions that do not exist: debt:own"),
        ("other", _field("otherScore"), False, "contributes 'graphql', and its manifest does not say so"),
        ("other", _field("otherScore", needs=("balance",)), True, "what it does not ask for: debt:balance:read"),
        ("other", _field("otherScore", type=float), True, "none of the types of the API"),
        ("other", _field("otherScore", resolve=lambda provider, keys: keys), True, "no coroutine function"),
    ],
)
def test_what_does_not_fit_is_blocked_with_a_reason_and_the_others_stay(
    name: str, field: FieldOn, contributes: bool, reason: str | None
) -> None:
    host.load(found=[ACME])
    try:
        host.register(name, _plugin(name, field, contributes=contributes))
        schema = build_installed().as_str()
        states = {status.name: status for status in host.plugins()}
        blocked = [status for status in states.values() if status.reason]
        assert states["acme"].reason is None and "acmeScore: AcmeScore" in schema
        assert [reason in str(status.reason) for status in blocked] == ([True] if reason else []), blocked
        assert (field.name in schema) is (reason is None or field.name == "acmeScore")
    finally:
        host.load(found=[])


def test_a_name_that_the_api_has_is_not_given_twice() -> None:
    """`payment` would be the owner of `paymentRecord`: the core's stays, and so does the plugin that came first."""
    host.load(found=[])
    try:
        host.register("debt", _plugin("debt", _field("debtReference", on=CoreType.DEBT)))
        host.register("debtor", _plugin("debtor", _field("debtorName")))
        schema = build_installed().as_str()
        reasons = {status.name: status.reason for status in host.plugins()}
        assert reasons["debtor"] == "the API has these names already: Debt.debtorName" and reasons["debt"] is None
        assert "debtReference" in schema and [one.plugin for one in host.extensions()] == ["debt"]
        assert "debtReference" not in build_schema().as_str(), "the core's own schema is as it was"
    finally:
        host.load(found=[])
