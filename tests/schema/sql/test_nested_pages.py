"""Exact answers of plans: pages below an object in both directions, switches, fragments, aliases, batched fields."""

from datetime import date
from typing import Any

import pytest

from core.kit import db
from core.kit.ids import decode, new_id
from core.kit.money import Money
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.sql.sending import Seen, learned

PAGE = """query Page($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { debt(id: $id) {
  payments(first: $first, after: $after, last: $last, before: $before) { totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { amount { minorUnits } } } } } }"""


@pytest.fixture
async def ana(api: Api) -> Person:
    """Somebody of the north; its debt has payments of 1 to 5, newest first 5 to 1."""
    for day in range(1, 6):
        command = RecordPayment(
            debt_id=api.debt.id, amount=Money(day, "COP"), paid_on=date(2026, 6, day), method=PaymentMethod.CASH,
            received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
        )  # fmt: skip
        await record_payment(api.house.north, command)
    return await api.person(Role.AGENCY_ADMIN)


async def _page(api: Api, ana: Person, **asked: Any) -> tuple[list[int], bool, bool, list[str]]:
    """The amounts, whether more comes after and before, and the cursors."""
    found = (await ana.ask(PAGE, id=api.debt_id, **asked))["debt"]["payments"]
    info, cursors = found["pageInfo"], [edge["cursor"] for edge in found["edges"]]
    assert found["totalCount"] == 5
    assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
    amounts = [int(edge["node"]["amount"]["minorUnits"]) for edge in found["edges"]]
    return amounts, info["hasNextPage"], info["hasPreviousPage"], cursors


async def test_pages_below_an_object_in_both_directions(api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    await learned(api, ana, PAGE, Seen(monkeypatch), id=api.debt_id)
    amounts, more, before, first = await _page(api, ana, first=2)
    assert (amounts, more, before) == ([5, 4], True, False)
    amounts, more, before, second = await _page(api, ana, first=2, after=first[-1])
    assert (amounts, more, before) == ([3, 2], True, True)
    assert (await _page(api, ana, first=2, after=second[-1]))[:3] == ([1], False, True)
    amounts, more, before, last = await _page(api, ana, last=2)
    assert (amounts, more, before) == ([2, 1], False, True)
    assert (await _page(api, ana, last=2, before=last[0]))[:3] == ([4, 3], True, True)
    assert (await _page(api, ana, last=9, before=second[0]))[:3] == ([5, 4], True, False)
    assert (await _page(api, ana, first=0))[:3] == ([], True, False)
    everything = await _page(api, ana)
    assert everything[:3] == ([5, 4, 3, 2, 1], False, False)
    assert everything[3][:4] == first + second
    assert (await _page(api, ana, first=5, after=everything[3][-1]))[:3] == ([], False, True)


async def test_one_connection_under_several_names(api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """query($id: ID!) { debt(id: $id) { newest: payments(first: 1) { nodes { paidOn } }
      oldest: payments(last: 1) { nodes { paidOn } } count: payments(first: 0) { totalCount nodes { paidOn } } } }"""
    await learned(api, ana, text, Seen(monkeypatch), id=api.debt_id)
    assert (await ana.ask(text, id=api.debt_id))["debt"] == {
        "newest": {"nodes": [{"paidOn": "2026-06-05"}]},
        "oldest": {"nodes": [{"paidOn": "2026-06-01"}]},
        "count": {"totalCount": 5, "nodes": []},
    }


async def test_everything_of_an_object_may_be_skipped(api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """query($id: ID!, $no: Boolean!) { debt(id: $id) { creditor { name @skip(if: $no) }
      components { kind @skip(if: $no) } payments(first: 2) { nodes { paidOn @skip(if: $no) } pageInfo { endCursor @skip(if: $no) } }
      balance { currency @skip(if: $no) } movements(first: 1) { totalCount @skip(if: $no) } } }"""
    await learned(api, ana, text, Seen(monkeypatch), id=api.debt_id, no=True)
    assert (await ana.ask(text, id=api.debt_id, no=True))["debt"] == {
        "creditor": {}, "components": [{}, {}], "payments": {"nodes": [{}, {}], "pageInfo": {}}, "balance": {},
        "movements": {},
    }  # fmt: skip
    full = (await ana.ask(text, id=api.debt_id, no=False))["debt"]
    assert full["components"] == [{"kind": "PRINCIPAL"}, {"kind": "INTEREST_ORDINARY"}]
    assert (full["movements"], full["creditor"]) == ({"totalCount": 7}, {"name": "Bank"})


async def test_fragments_on_the_interface(api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """query($id: ID!) { node(id: $id) { ...Known ... on Debt { reference portfolio { ...Known } }
      ... on Party { name } } } fragment Known on Node { __typename id }"""
    await learned(api, ana, text, Seen(monkeypatch), id=api.debt_id)
    found = (await ana.ask(text, id=api.debt_id))["node"]
    portfolio = found.pop("portfolio")
    assert found == {"__typename": "Debt", "id": api.debt_id, "reference": api.debt.reference}
    assert portfolio["__typename"] == "Portfolio"
    assert portfolio["id"].startswith("portfolio_")


async def test_batched_fields_at_the_root_and_below(api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two levels, one debt with an assignee and one without."""
    user = (await ana.ask("{ viewer { id name } }"))["viewer"]
    async with db.transaction(api.house.north) as tx:
        await tx.execute(
            "UPDATE debt SET assigned_to = $1 WHERE id = $2", decode("user", user["id"], field="id"), api.debt.id
        )
    text = "{ debts { nodes { id assignee { name } debtor { debts { nodes { assignee { name } } } } } } }"
    await learned(api, ana, text, Seen(monkeypatch))
    nodes = {node.pop("id"): node for node in (await ana.ask(text))["debts"]["nodes"]}
    mine, nobodys = {"assignee": {"name": user["name"]}}, {"assignee": None}
    assert nodes.pop(api.debt_id) == mine | {"debtor": {"debts": {"nodes": [mine]}}}
    assert list(nodes.values()) == [nobodys | {"debtor": {"debts": {"nodes": [nobodys]}}}]
