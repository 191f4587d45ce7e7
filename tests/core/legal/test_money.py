"""Money that lawyers tell of: kept once, booked once, by a person or by the mandate's terms, and taken back whole."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.ledger.verify import verify
from core.legal import book_money
from core.legal.arrive_money import ArriveMoney, MoneyArrived, arrive_money
from core.legal.decide_money import DecideMoney, MoneyDecided, decide_money
from core.legal.follow_case import JOB as FOLLOW
from core.legal.kinds import CostApprover, EventKind, MoneyState
from core.legal.record_event import RecordEvent, record_event
from core.legal.set_cost_terms import SetCostTerms, set_cost_terms
from core.legal.take_money import BOOK_JOB
from core.payments.clear_payments import JOB as CLEAR
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.write_payment import HELD
from core.permissions import Permission
from recobro import worker
from recobro_sdk import CaseMoney, CaseMoneyKind, CaseNews, LegalStage, Settled
from recobro_sdk import Money as SdkMoney
from tests.core.house import events
from tests.core.legal.case_house import PARTS, TODAY, Case, acknowledged

OWED = PARTS[0][1]
K = CaseMoneyKind


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with acknowledged(database, abilities=("case_news",)) as made:
        yield made


def money(kind: CaseMoneyKind, reference: str, minor: int = 100_000_00, **more: Any) -> CaseMoney:
    told = CaseMoney(reference=reference, kind=K.RECEIVED, amount=SdkMoney(minor, "COP"), on=TODAY)
    return replace(told, **{"kind": kind, **more})


RECEIVED = money(K.RECEIVED, "m-1", on=TODAY - timedelta(days=9))
BOUNCED = money(K.REVERSED, "m-2", of="m-1", on=TODAY - timedelta(days=2))


async def tell(case: Case, *told: CaseMoney) -> int:
    """The channel tells it; how much was new."""
    case.firm.news = Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED, money=told))
    return (await case.run(FOLLOW))["taken"]


async def by_terms(case: Case) -> None:
    """The mandate's terms book money."""
    nothing = Money(0, "COP")
    command = SetCostTerms(
        mandate_id=case.house.bank.mandate_id, approver=CostApprover.CREDITOR, single=nothing, case=nothing,
        books_money=True,
    )  # fmt: skip
    await set_cost_terms(case.scope, command)


async def rows(case: Case) -> dict[str, dict[str, Any]]:
    return {row["reference"]: row for row in await case.rows("SELECT * FROM legal_money ORDER BY id")}


async def states(case: Case) -> dict[str, tuple[str, str | None]]:
    return {reference: (row["state"], row["problem"]) for reference, row in (await rows(case)).items()}


async def payments(case: Case) -> list[tuple[int, str, str]]:
    found = await case.rows("SELECT amount_minor, received_by, status FROM payment ORDER BY paid_on, id")
    return [(row["amount_minor"], row["received_by"], row["status"]) for row in found]


async def decide(case: Case, reference: str, *, booked: bool = True, scope: Any = None) -> MoneyDecided:
    row = (await rows(case))[reference]
    return await decide_money(
        scope or case.scope, DecideMoney(money_id=row["id"], booked=booked, reason="Seen in their report.")
    )


async def arrive(case: Case, reference: str, on: date, scope: Any = None) -> MoneyArrived:
    row = (await rows(case))[reference]
    command = ArriveMoney(money_id=row["id"], arrived_on=on, reason="Line 4 of the statement.")
    return await arrive_money(scope or case.scope, command)


async def do_all(case: Case, name: str) -> None:
    """Do every job of a name that waits, in any order."""
    ids = [row["id"] for row in await case.rows("SELECT id FROM job WHERE name = $1 AND state = 'QUEUED'", name)]
    await case.rows("UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' RETURNING id", name)
    for job_id in Random(7).sample(ids, len(ids)):
        assert await worker.run_job(job_id)


async def holds(case: Case) -> None:
    """The books say everywhere the same."""
    found = await verify(case.scope)
    assert found.holds, [check for check in found.checks if not check.holds]


async def test_money_waits_for_a_person_unless_the_terms_say_otherwise(case: Case) -> None:
    assert await tell(case, RECEIVED) == 1
    assert await states(case) == {"m-1": ("TOLD", None)}
    assert await payments(case) == [] and (await case.debt())["balance_minor"] == OWED
    assert await case.waiting(BOOK_JOB) == 0
    (told,) = await events(case.scope, "legal.money_told")
    assert (told["data"]["amount_minor"], told["data"]["state"]) == (100_000_00, "TOLD")  # type: ignore[index]


async def test_a_person_books_what_the_firm_holds_once(case: Case) -> None:
    await tell(case, RECEIVED)
    done = await asyncio.gather(*(decide(case, "m-1") for _ in range(3)))
    assert {one.payment_id for one in done} == {done[0].payment_id} and sum(not one.replayed for one in done) == 1
    assert await payments(case) == [(100_000_00, "AGENCY", "PENDING")]
    (payment,) = await case.rows("SELECT * FROM payment")
    assert (payment["clears_on"], payment["paid_on"], payment["recorded_by"]) == (
        HELD, RECEIVED.on, str(case.scope.actor),
    )  # fmt: skip
    assert (await case.debt())["balance_minor"] == OWED - 100_000_00
    row = (await rows(case))["m-1"]
    assert (row["state"], row["payment_id"], row["decided_by"]) == ("BOOKED", payment["id"], str(case.scope.actor))
    (event,) = await case.rows("SELECT * FROM legal_event")
    assert (event["id"], event["reference"], event["detail"]) == (
        row["event_id"], "m-1", "received COP 100000.00",
    )  # fmt: skip
    await do_all(case, BOOK_JOB)  # what waited in case that the person's process dies
    assert len(await payments(case)) == 1 and await tell(case, RECEIVED) == 0
    # It is not in the trust account: nothing of it is the creditor's to have yet.
    posted = await case.rows("SELECT debit, credit FROM ledger_posting")
    assert {(one["debit"], one["credit"]) for one in posted} == {("TRUST_CLEARING", "CLIENT_UNCLEARED")}
    assert len(await events(case.scope, "legal.money_booked")) == 1
    await holds(case)


async def test_what_the_firm_remits_clears_on_its_day_once_a_person_has_seen_it(case: Case) -> None:
    await by_terms(case)
    arrived = money(K.REMITTED, "m-2", of="m-1", on=TODAY - timedelta(days=1))
    await tell(case, arrived, RECEIVED)
    await do_all(case, BOOK_JOB)
    assert await states(case) == {"m-1": ("BOOKED", None), "m-2": ("TOLD", None)}
    assert await payments(case) == [(100_000_00, "AGENCY", "PENDING")]
    await decide(case, "m-2")
    await do_all(case, CLEAR)
    (payment,) = await case.rows("SELECT status, cleared_on FROM payment")
    assert (payment["status"], payment["cleared_on"]) == ("CLEARED", arrived.on)
    await holds(case)


async def test_less_than_was_held_arrives_only_by_a_person_and_more_never(case: Case) -> None:
    await by_terms(case)
    less, more = (money(K.REMITTED, f"m-{n}", minor, of="m-1") for n, minor in ((2, 75_000_00), (3, 100_000_01)))
    fee = money(K.FEE, "m-4", 25_000_00, of="m-1")
    await tell(case, RECEIVED, less, more, fee)
    await do_all(case, BOOK_JOB)
    assert await states(case) == {
        "m-1": ("BOOKED", None), "m-2": ("TOLD", "AMOUNT_DIFFERS"), "m-3": ("TOLD", "AMOUNT_DIFFERS"),
        "m-4": ("NOTED", None),
    }  # fmt: skip
    with pytest.raises(Conflict) as caught:
        await decide(case, "m-3")
    assert caught.value.code == "AMOUNT_DIFFERS" and caught.value.remedy
    await decide(case, "m-2")
    await do_all(case, CLEAR)
    assert await payments(case) == [(100_000_00, "AGENCY", "CLEARED")]
    with pytest.raises(Conflict) as caught:
        await decide(case, "m-4")
    assert caught.value.code == "MONEY_DECIDED"
    await holds(case)


async def test_held_money_arrives_once_even_after_the_case_has_ended(case: Case) -> None:
    await by_terms(case)
    await tell(case, RECEIVED, money(K.DIRECT, "m-2", 7_00))
    await do_all(case, BOOK_JOB)
    ended = RecordEvent(handoff_id=case.handoff_id, kind=EventKind.TERMINATED, on=TODAY, reference="paid")
    await record_event(case.scope, ended)
    for day, error, code in (
        (TODAY + timedelta(days=1), InvalidInput, "ARRIVED_ON"),
        (RECEIVED.on - timedelta(days=1), InvalidInput, "ARRIVED_ON"),
    ):
        with pytest.raises(error) as caught:
            await arrive(case, "m-1", day)
        assert caught.value.code == code and caught.value.remedy
    assert [(await arrive(case, "m-1", TODAY)).replayed for _ in range(2)] == [False, True]
    await do_all(case, CLEAR)
    assert (await arrive(case, "m-1", TODAY)).replayed
    (payment,) = await case.rows("SELECT status, cleared_on FROM payment WHERE received_by = 'AGENCY'")
    assert (payment["status"], payment["cleared_on"]) == ("CLEARED", TODAY)
    assert len(await events(case.scope, "legal.money_arrived")) == 1
    for reference, day, code in (("m-1", TODAY - timedelta(days=1), "MONEY_ARRIVED"), ("m-2", TODAY, "MONEY_NOT_HELD")):
        with pytest.raises(Conflict) as refused:
            await arrive(case, reference, day)
        assert refused.value.code == code and refused.value.remedy
    weak = replace(case.scope, permissions=frozenset(Permission) - {Permission.BANKING_MANAGE})
    for scope, error in ((weak, Forbidden), (case.house.bank_scope, Forbidden), (case.house.south, NotFound)):
        with pytest.raises(error):
            await arrive(case, "m-1", TODAY, scope)
    await holds(case)


async def test_a_payment_to_the_creditor_is_direct_and_never_held(case: Case) -> None:
    await by_terms(case)
    await tell(case, money(K.DIRECT, "m-1"))
    await do_all(case, BOOK_JOB)
    assert await payments(case) == [(100_000_00, "CREDITOR", "CLEARED")]
    assert await case.rows("SELECT id FROM ledger_posting") == []
    await holds(case)


@pytest.mark.parametrize("order", [(RECEIVED, BOUNCED), (BOUNCED, RECEIVED), (RECEIVED, BOUNCED, RECEIVED)])
async def test_a_bounce_in_any_order_takes_back_the_payment(case: Case, order: tuple[CaseMoney, ...]) -> None:
    await by_terms(case)
    await tell(case, *order)
    await do_all(case, BOOK_JOB)
    assert await payments(case) == [(100_000_00, "AGENCY", "REVERSED")]
    assert (await case.debt())["balance_minor"] == OWED
    (payment,) = await case.rows("SELECT reversed_on, reversal_reason FROM payment")
    assert payment["reversed_on"] == BOUNCED.on and "m-2" in payment["reversal_reason"]
    assert await tell(case, *reversed(order)) == 0 and await case.waiting(BOOK_JOB) == 0
    await holds(case)


async def test_a_bounce_of_a_cleared_payment_takes_the_money_out_again(case: Case) -> None:
    await by_terms(case)
    await tell(case, RECEIVED)
    await do_all(case, BOOK_JOB)
    await arrive(case, "m-1", TODAY - timedelta(days=5))
    await do_all(case, CLEAR)
    await tell(case, BOUNCED)
    await do_all(case, BOOK_JOB)
    assert await payments(case) == [(100_000_00, "AGENCY", "REVERSED")]
    await holds(case)


async def test_what_comes_back_of_nothing_or_in_part_waits(case: Case) -> None:
    await by_terms(case)
    part = money(K.REVERSED, "m-4", 40_000_00, of="m-1")
    await tell(case, money(K.REVERSED, "m-9", of="never told"), RECEIVED, part)
    await do_all(case, BOOK_JOB)
    assert await states(case) == {
        "m-9": ("TOLD", "MONEY_UNKNOWN"), "m-1": ("BOOKED", None), "m-4": ("TOLD", "AMOUNT_DIFFERS"),
    }  # fmt: skip
    for reference, code in (("m-9", "MONEY_UNKNOWN"), ("m-4", "AMOUNT_DIFFERS")):
        with pytest.raises(Conflict) as caught:
            await decide(case, reference)
        assert (caught.value.code, caught.value.field) == (code, "money_id") and caught.value.remedy
    assert (await decide(case, "m-9", booked=False)).state is MoneyState.DISMISSED
    assert len(await events(case.scope, "legal.money_dismissed")) == 1
    with pytest.raises(Conflict) as caught:
        await decide(case, "m-9")
    assert caught.value.code == "MONEY_DECIDED"


@pytest.mark.parametrize(("days", "told"), [(45, "TOLD"), (46, "APPROVED")])
async def test_a_payment_that_is_recorded_already_is_not_booked_by_itself(case: Case, days: int, told: str) -> None:
    await by_terms(case)
    known = RecordPayment(
        debt_id=case.debt_id, amount=Money(100_000_00, "COP"), paid_on=TODAY - timedelta(days=days),
        method=PaymentMethod.CASH, received_by=ReceivedBy.CREDITOR, idempotency_key="by hand",
    )  # fmt: skip
    await record_payment(case.scope, known)
    await tell(case, money(K.DIRECT, "m-1"))
    assert await states(case) == {"m-1": (told, "PAYMENT_SIMILAR" if told == "TOLD" else None)}


async def test_two_payments_alike_of_one_firm_are_two(case: Case) -> None:
    await by_terms(case)
    await tell(case, money(K.RECEIVED, "m-1", 5_00), money(K.RECEIVED, "m-2", 5_00))
    await do_all(case, BOOK_JOB)
    await tell(case, money(K.RECEIVED, "m-1", 5_00), money(K.RECEIVED, "m-3", 5_00))
    await do_all(case, BOOK_JOB)
    assert await payments(case) == [(5_00, "AGENCY", "PENDING")] * 3


async def test_killed_between_the_payment_and_our_record_of_it_it_is_booked_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(case, RECEIVED)

    async def dies(*_: Any, **__: Any) -> None:
        raise ConnectionError("the process is gone")

    with monkeypatch.context() as patched:
        patched.setattr(book_money, "emit", dies)
        with pytest.raises(ConnectionError):
            await decide(case, "m-1")
    assert await states(case) == {"m-1": ("APPROVED", None)} and len(await payments(case)) == 1
    await do_all(case, BOOK_JOB)
    assert await states(case) == {"m-1": ("BOOKED", None)} and len(await payments(case)) == 1


async def test_what_the_books_refuse_waits_again_and_says_why(case: Case) -> None:
    await by_terms(case)
    await tell(case, RECEIVED)
    await case.rows(
        "UPDATE debt SET status = 'CLOSED', closed_reason = 'RECALLED', closed_on = $2, balance_minor = 0 "
        "WHERE id = $1 RETURNING id", case.debt_id, TODAY,
    )  # fmt: skip
    await do_all(case, BOOK_JOB)
    assert await states(case) == {"m-1": ("TOLD", "DEBT_CLOSED")}
    (refused,) = await events(case.scope, "legal.money_refused")
    assert refused["data"]["code"] == "DEBT_CLOSED"  # type: ignore[index]
    with pytest.raises(DomainError) as caught:
        await decide(case, "m-1")
    assert caught.value.code == "DEBT_CLOSED" and await states(case) == {"m-1": ("TOLD", "DEBT_CLOSED")}


async def test_what_cannot_be_kept_is_told_and_keeps_nothing_else_out(case: Case) -> None:
    dollars = money(K.RECEIVED, "m-2", amount=SdkMoney(5, "USD"))
    tomorrow = money(K.RECEIVED, "m-3", on=TODAY + timedelta(days=1))
    await tell(case, RECEIVED, dollars, tomorrow)
    await tell(case, replace(RECEIVED, amount=SdkMoney(7, "COP")))
    assert list(await rows(case)) == ["m-1"]
    refused = {
        (one["data"]["reference"], one["data"]["code"]) for one in await events(case.scope, "legal.news_refused")
    }  # type: ignore[index]
    assert refused == {("m-2", "CURRENCY_MISMATCH"), ("m-3", "EVENT_DAY"), ("m-1", "REFERENCE_REUSED")}


@pytest.mark.parametrize("name", ["reference", "of", "remittance"])
@pytest.mark.parametrize("said", ["m\0", "m" * 201])
async def test_references_that_nobody_can_keep_are_no_answer_of_a_channel(case: Case, name: str, said: str) -> None:
    wrong: dict[str, Any] = {name: said}
    assert await tell(case, replace(RECEIVED, **wrong)) == 0
    assert await rows(case) == {} and await case.waiting(FOLLOW) == 1


async def test_other_tenants_creditors_and_the_unpermitted_decide_nothing(case: Case) -> None:
    await by_terms(case)
    await tell(case, RECEIVED)
    await do_all(case, BOOK_JOB)
    await set_cost_terms(
        case.scope,
        SetCostTerms(
            mandate_id=case.house.bank.mandate_id, approver=CostApprover.AGENCY, single=Money(0, "COP"),
            case=Money(0, "COP"),
        ),
    )  # fmt: skip
    await tell(case, RECEIVED, BOUNCED)
    assert (await states(case))["m-2"] == ("TOLD", None), "the newest terms count"
    everything = frozenset(Permission)
    no_records = replace(case.scope, permissions=everything - {Permission.PAYMENT_RECORD})
    no_reversals = replace(case.scope, permissions=everything - {Permission.PAYMENT_REVERSE})
    for scope, error in (
        (no_records, Forbidden), (no_reversals, Forbidden), (case.house.bank_scope, Forbidden),
        (case.house.south, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            await decide(case, "m-2", scope=scope)
    with pytest.raises(NotFound) as missing:
        await decide_money(case.scope, DecideMoney(money_id=new_id(), booked=True, reason="x"))
    assert missing.value.field == "money_id"
    with pytest.raises(InvalidInput):
        await decide_money(case.scope, DecideMoney(money_id=new_id(), booked=True, reason=" "))
    assert await payments(case) == [(100_000_00, "AGENCY", "PENDING")]
    async with db.transaction(case.house.bank_scope, read_only=True) as tx:
        assert await tx.fetchval("SELECT count(*) FROM legal_money") == 2
    async with db.transaction(case.house.south, read_only=True) as tx:
        assert await tx.fetchval("SELECT count(*) FROM legal_money") == 0
