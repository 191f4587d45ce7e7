"""The worklist shows each scope its own debts, filtered, ordered and paged."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from core.debts.assign_debt import AssignDebt, assign_debt
from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.models import ComponentKind, DebtStatus, Stage
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import DomainError, Forbidden, InvalidInput
from core.kit.filters import Compare, Op
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.pages import PageRequest
from core.kit.scope import Actor, Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.worklists.fields import WorklistOrder
from core.worklists.reads import Assigned, WorklistQuery, as_filter, fields
from core.worklists.rules import NextReason, next_reason
from tests.core.house import STAGE_DAYS, USER_ID, House, house, make_debt, recall
from tests.core.lists import worklist

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        found = await house(database)
        await furnish(found)
        yield found


async def furnish(home: House) -> None:
    """a to e at the north (d at the shop, e not due), f at the south of the same bank, g recalled."""

    async def owing(reference: str, minor: int, days: int | None, **changes: object) -> UUID:
        parts = [(ComponentKind.PRINCIPAL, minor, TODAY - timedelta(days=days) if days is not None else None)]
        args = {"client": home.bank, **changes}
        return (await make_debt(home.north, components=parts, reference=reference, **args)).id  # type: ignore[arg-type]

    a = await owing("a", 500, 10, stage="EARLY", debtor="Ana Gómez", placed_on=date(2026, 3, 8))
    b = await owing("b", 300, 45, stage="INTERMEDIATE", product="card")
    await owing("c", 300, 100)
    await owing("d", 100, 200, client=home.shop, stage="PRE_LEGAL")
    await owing("e", 900, None, debtor="100% Ñandú")
    parts = [(ComponentKind.PRINCIPAL, 700, TODAY)]
    await make_debt(home.south, home.bank_south, parts, reference="f")
    gone = await make_debt(home.north, home.bank, parts, reference="g")
    await recall(home.north, gone, TODAY)
    await assign_debt(home.north, AssignDebt(debt_id=a, assigned_to=USER_ID))
    await assign_debt(home.north, AssignDebt(debt_id=b, assigned_to=new_id()))
    await flag_dispute(home.north, FlagDispute(debt_id=b, disputed=True, reason="x"))
    await record_payment(
        home.north,
        RecordPayment(
            debt_id=a, amount=Money(1, "COP"), paid_on=TODAY, method=PaymentMethod.CASH, received_by=ReceivedBy.AGENCY,
            idempotency_key="k",
        ),
    )  # fmt: skip


async def refs(scope: Scope, **changes: object) -> str:
    return "".join(row.reference for row in (await worklist(scope, WorklistQuery(**changes))).rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "eacbd"),
        ({"statuses": ()}, "eacbdg"),
        ({"statuses": (DebtStatus.CLOSED,)}, "g"),
        ({"stages": (Stage.EARLY, Stage.INTERMEDIATE)}, "ab"),
        ({"bucket": "current"}, "e"),
        ({"bucket": "1-30"}, "a"),
        ({"bucket": "31-60"}, "b"),
        ({"bucket": "90+"}, "cd"),
        ({"days_past_due_from": 10, "days_past_due_to": 100}, "acb"),
        ({"days_past_due_from": 11}, "cbd"),
        ({"days_past_due_to": 9}, "e"),
        ({"bucket": "90+", "days_past_due_to": 150}, "c"),
        ({"bucket": "90+", "days_past_due_to": 50}, ""),
        ({"balance_from": 300, "balance_to": 499}, "acb"),
        ({"assigned": Assigned.ME}, "a"),
        ({"assigned": Assigned.NONE}, "ecd"),
        ({"assigned": Assigned.ANY}, "ab"),
        ({"assigned": USER_ID}, "a"),
        ({"disputed": True}, "b"),
        ({"disputed": False}, "eacd"),
        ({"products": ("card",)}, "b"),
        ({"products": ("card", "loan")}, "eacbd"),
        ({"currency": "USD"}, ""),
        ({"search": "gómez"}, "a"),
        ({"search": "00%"}, "e"),
        ({"search": "__"}, ""),
        ({"search": "CC 1", "stages": (Stage.EARLY,)}, "a"),
        ({"where": Compare("due_on", Op.IS_NULL, True)}, "e"),
        ({"order": WorklistOrder.OLDEST_DUE}, "dcbae"),
        ({"order": WorklistOrder.REFERENCE}, "abcde"),
        ({"order": WorklistOrder.LAST_PAYMENT}, "aedcb"),
        ({"order": WorklistOrder.PLACED_ON}, "aedcb"),
    ],
)
async def test_filters_and_orders(home: House, changes: dict[str, object], found: str) -> None:
    if changes.get("order") in (WorklistOrder.LAST_PAYMENT, WorklistOrder.PLACED_ON):
        got = await refs(home.north, **changes)
        assert (got[0], set(got)) == (found[0], set(found))
    elif changes.get("order"):
        assert await refs(home.north, **changes) == found
    else:
        assert sorted(await refs(home.north, **changes)) == sorted(found)


@pytest.mark.parametrize("order", list(WorklistOrder))
async def test_pages_hold_every_debt_once(home: House, order: WorklistOrder) -> None:
    whole = await worklist(home.north, WorklistQuery(order=order), with_total=True)
    assert whole.total == len(whole.rows) == 5
    seen: list[SimpleNamespace] = []
    request = PageRequest(first=2)
    while True:
        got = await worklist(home.north, WorklistQuery(order=order), request, with_total=True)
        assert got.total == 5
        seen += got.rows
        if not got.has_next:
            break
        request = PageRequest(first=2, after=got.end_cursor)
    assert tuple(seen) == whole.rows
    back = await worklist(home.north, WorklistQuery(order=order), PageRequest(last=2, before=whole.cursors[3]))
    assert back.rows == whole.rows[1:3]


async def test_a_cursor_belongs_to_its_order(home: House) -> None:
    got = await worklist(home.north, WorklistQuery(order=WorklistOrder.BALANCE))
    with pytest.raises(InvalidInput) as refused:
        await worklist(home.north, WorklistQuery(order=WorklistOrder.OLDEST_DUE), PageRequest(after=got.end_cursor))
    assert refused.value.code == "INVALID_CURSOR"


async def test_each_sees_its_own(home: House) -> None:
    assert await refs(home.south) == "f"
    assert sorted(await refs(home.bank_scope)) == ["a", "b", "c", "e", "f"]
    assert await refs(home.shop_scope) == "d"
    assert sorted(await refs(home.bank_scope, agency_ids=(home.south.agency,))) == ["f"]
    for changes in ({"creditor_ids": (home.shop.creditor_id,)}, {"agency_ids": (home.south.agency,)}):
        assert await refs(home.north if "agency_ids" in changes else home.bank_scope, **changes) == ""


async def test_a_creditor_cannot_ask_who_works_how(home: House) -> None:
    for query in (
        WorklistQuery(assigned=Assigned.NONE),
        WorklistQuery(assigned=USER_ID),
        WorklistQuery(where=Compare("assigned_to", Op.EQ, USER_ID)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await worklist(home.bank_scope, query)
        assert refused.value.code == "FILTER_FIELD"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (WorklistQuery(bucket="old"), "AGEING_BUCKET"),
        (WorklistQuery(search="x"), "SEARCH_LENGTH"),
        (WorklistQuery(search="x" * 101), "SEARCH_LENGTH"),
        (WorklistQuery(search="a\0b"), "FILTER_VALUE"),
        (WorklistQuery(balance_from=2**63), "FILTER_VALUE"),
        (WorklistQuery(creditor_ids=tuple(new_id() for _ in range(201))), "FILTER_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_listed(home: House, query: WorklistQuery, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        await worklist(home.north, query)
    assert refused.value.code == code


async def test_extreme_days_are_no_fault(home: House) -> None:
    for days in (2**40, -(2**40), 36_500, 40_000):
        await refs(home.north, days_past_due_from=days, days_past_due_to=days)


async def test_a_machine_has_no_debts_of_its_own(home: House) -> None:
    machine = replace(home.north, actor=Actor("client", "client_x"))
    with pytest.raises(InvalidInput) as refused:
        await worklist(machine, WorklistQuery(assigned=Assigned.ME))
    assert refused.value.code == "ASSIGNED_ME"


async def test_reading_needs_its_permission(home: House) -> None:
    with pytest.raises(Forbidden):
        await worklist(replace(home.north, permissions=frozenset({"party:read"})), WorklistQuery())


async def test_a_query_says_itself_in_words(home: House) -> None:
    query = WorklistQuery(stages=(Stage.EARLY,), bucket="31-60", balance_from=100, search="gómez")
    assert fields(home.north).describe(as_filter(home.north, query)) == (
        "status is ACTIVE, and stage is EARLY, and days past due is at least 31, and days past due is at most 60, "
        "and balance is at least 100, and search of reference, name, document and phone finds gómez"
    )


async def test_the_days_are_those_of_the_mandate(home: House) -> None:
    """At 03:00 UTC of the 11th it is still the 10th in Bogotá, and already the 11th in Madrid."""
    async with db.transaction(home.south) as tx:
        await tx.execute("UPDATE mandate SET timezone = 'Europe/Madrid'")
    with clock.at(datetime(2026, 3, 11, 3, tzinfo=UTC)):
        assert sorted(await refs(home.bank_scope, days_past_due_from=1, days_past_due_to=10)) == ["a", "f"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": DebtStatus.CLOSED, "disputed": True}, "CLOSED"),
        ({"disputed": True, "stage": Stage.JUDICIAL}, "DISPUTE_OPEN"),
        ({"stage": Stage.JUDICIAL, "days": 400}, "WITH_THE_COURT"),
        ({"days": 1}, "STAGE_BEHIND"),
        ({"stage": Stage.PRE_LEGAL, "days": 400}, "READY_FOR_LEGAL"),
        ({"placed_on": TODAY - timedelta(days=7)}, "NEWLY_PLACED"),
        ({"last_payment_on": TODAY - timedelta(days=30)}, "PAYING"),
        ({"stage": Stage.EARLY, "days": 1}, "OVERDUE"),
        ({"last_payment_on": TODAY - timedelta(days=31)}, "NOT_YET_DUE"),
        ({}, "NOT_YET_DUE"),
    ],
)
def test_next_reason(changes: dict[str, object], reason: str) -> None:
    facts = {
        "status": DebtStatus.ACTIVE, "stage": Stage.PREVENTION, "disputed": False, "days": 0, "stage_days": STAGE_DAYS,
        "placed_on": date(2026, 1, 1), "last_payment_on": None, "today": TODAY, **changes,
    }  # fmt: skip
    assert next_reason(**facts) is NextReason(reason)  # type: ignore[arg-type]
