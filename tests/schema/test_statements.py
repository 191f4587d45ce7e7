"""How many statements a request takes, counted at the driver: one for a read, however much is nested and however many
rows it brings, and one message where the connection served the same tenant last."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from core.kit.ids import encode, new_id
from tenants.models import Role
from tests.core.house import make_debt
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.sql.driver import Heard, listening

DEBT = """id reference daysPastDue ageingBucket nextReason balance { formatted } creditor { name } mandate { name }
  portfolio { name } agency { name } components { kind balance { formatted } }
  payments(first: 3) { totalCount edges { cursor node { amount { formatted } allocations { amount { formatted } } } } }
  movements(first: 3) { pageInfo { endCursor hasNextPage } nodes { kind delta { formatted } component { kind } } }
  legalHandoffs { state } bureauInquiries { state } assignee { name }
  debtor { name identifiers { number } contactPoints { value } addresses { city }
    debts(first: 2) { nodes { reference creditor { name } } } }"""
CREDITORS = DEBT.replace("nextReason", "").replace("bureauInquiries { state } assignee { name }", "")
CREDITORS = CREDITORS[: CREDITORS.index("debtor {")]
WORKLIST = "query($first: Int!) { debts(first: $first) { totalCount pageInfo { endCursor } nodes { %s } } }"
ONE = "query($id: ID!) { debt(id: $id) { %s } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on Debt { %s } } }"
DASHBOARD = """query($id: ID!) { dashboard(creditorId: $id) { totals { balance { minorUnits } debts }
  stages { stage debts } buckets { label balance { formatted } } } }"""
PAYMENT = """mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) { replayed
  payment { id amount { formatted } } debt { balance { formatted } } errors { code } } }"""

Ask = Callable[[], Awaitable[Any]]


async def _many(api: Api, count: int) -> None:
    for number in range(count):
        parts = [("PRINCIPAL", 1_000 + number, date(2026, 3, 1))]
        await make_debt(api.house.north, api.house.bank, parts, reference=f"N-{number}")


async def _heard(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> Heard:
    """What one request, with nothing running beside it, says to the database."""
    for _ in range(60):
        with listening(monkeypatch) as heard:
            await ask()
        if not heard.disturbed:
            return heard
        await asyncio.sleep(0.05)
    raise AssertionError("never without a writing transaction:\n" + "\n".join(heard.messages))


async def _least(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> list[str]:
    """The messages of the request that had the least of them: the program's other work may take the connection that
    is bound to the tenant, and then another one has to be bound."""
    found = [await _heard(monkeypatch, ask) for _ in range(6)]
    for heard in found:
        assert len(heard.statements) == 1, "\n".join(heard.messages)
    return min((heard.messages for heard in found), key=len)


@pytest.mark.parametrize("rows", [1, 40, 50])
async def test_a_worklist_with_everything_nested_is_one_statement(
    api: Api, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    await _many(api, 50)
    person = await api.person(Role.AGENCY_ADMIN)

    async def ask() -> None:
        page = await person.ask(WORKLIST % DEBT, first=rows)
        assert len(page["debts"]["nodes"]) == rows
        assert page["debts"]["totalCount"] == 52

    await ask()  # the token is looked up once
    heard = await _heard(monkeypatch, ask)
    assert len(heard.statements) == 1, "\n".join(heard.messages)
    assert len(await _least(monkeypatch, ask)) == 1


async def test_the_first_answer_of_a_document_takes_one_statement_too(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    await person.ask("{ viewer { id } }")
    heard = await _heard(monkeypatch, lambda: person.ask("query Fresh { debts(first: 2) { nodes { id } } }"))
    assert len(heard.statements) == 1, "\n".join(heard.messages)


@pytest.mark.parametrize("role", [Role.AGENCY_ADMIN, Role.CREDITOR_VIEWER])
@pytest.mark.parametrize("query", [ONE, NODE])
async def test_one_debt_from_all_sides_is_one_message(
    api: Api, monkeypatch: pytest.MonkeyPatch, role: Role, query: str
) -> None:
    person = await api.person(role)
    text = query % (DEBT if role is Role.AGENCY_ADMIN else CREDITORS)

    async def ask() -> None:
        found = await person.ask(text, id=api.debt_id)
        assert (found.get("debt") or found["node"])["reference"] == api.debt.reference

    await ask()
    assert len(await _least(monkeypatch, ask)) == 1


async def test_another_tenant_costs_one_message_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    north, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    bank = await api.person(Role.CREDITOR_VIEWER)
    text = "{ debts(first: 5) { nodes { reference } } }"
    expected = {id(north): {api.debt.reference, api.rival.reference}, id(south): {api.foreign.reference}}
    expected[id(bank)] = {api.debt.reference, api.foreign.reference}

    async def ask(person: Person) -> None:
        page = await person.ask(text)
        assert {node["reference"] for node in page["debts"]["nodes"]} == expected[id(person)]

    for person in (north, south, bank):
        for _ in range(2):
            await ask(person)
    counts: dict[int, list[int]] = {}
    for _ in range(6):
        for person in (north, south, bank):
            heard = await _heard(monkeypatch, lambda person=person: ask(person))
            assert len(heard.statements) == 1
            assert len(heard.bindings) <= 1
            counts.setdefault(id(person), []).append(len(heard.messages))
    for found in counts.values():
        assert min(found) <= 2, found


async def test_a_creditors_dashboard_is_one_message(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = await api.person(Role.CREDITOR_VIEWER)

    async def ask() -> None:
        found = await bank.ask(DASHBOARD, id=encode("creditor", api.house.bank.creditor_id))
        assert found["dashboard"]["totals"][0]["debts"] == "2"

    await ask()
    assert len(await _least(monkeypatch, ask)) == 1


async def test_a_payment_is_two_statements(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await api.person(Role.AGENCY_ADMIN)

    async def pay() -> None:
        given = {
            "debtId": api.debt_id, "amount": {"minorUnits": "100", "currency": "COP"}, "paidOn": "2026-06-01",
            "method": "CASH", "receivedBy": "AGENCY", "idempotencyKey": str(new_id()),
        }  # fmt: skip
        answer = (await person.ask(PAYMENT, input=given))["paymentRecord"]
        assert answer["errors"] == []
        assert answer["payment"]["id"]

    await pay()
    found = [await _heard(monkeypatch, pay) for _ in range(6)]
    assert max(len(heard.statements) for heard in found) <= 3
    fewest = min((heard.messages for heard in found), key=len)
    assert len(fewest) == 2, "\n".join(fewest)
    assert not any("BEGIN" in sql for heard in found for sql in heard.messages)
