"""What follows a handoff: the answer, events with their deadlines, news of the channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.kit import clock
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.legal.answer_handoff import AnswerHandoff, answer_handoff
from core.legal.change_deadline import ChangeDeadline, change_deadline
from core.legal.follow_case import JOB as FOLLOW
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import DeadlineState, EventKind, HandoffState
from core.legal.record_event import EventRecorded, RecordEvent, record_event
from core.legal.watch_deadlines import JOB as WATCH
from core.legal.watch_deadlines import request_watch
from core.permissions import Permission
from recobro_sdk import (
    CaseEvent,
    CaseEventKind,
    CaseNews,
    CostKind,
    CostRequest,
    LegalStage,
    Money,
    ProviderTimeout,
    Settled,
    Unknown,
)
from tests.core.house import events
from tests.core.legal.case_house import NOW, TODAY, Case, acknowledged


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with acknowledged(database, abilities=("case_news",)) as made:
        yield made


async def record(case: Case, kind: EventKind, on: date = TODAY, **more: object) -> EventRecorded:
    command = RecordEvent(handoff_id=case.handoff_id, kind=kind, on=on, reference=f"{kind}-{on}")
    return await record_event(case.scope, replace(command, **more))  # type: ignore[arg-type]


async def test_accepted_with_who_and_when_and_once(case: Case) -> None:
    command = AnswerHandoff(handoff_id=case.handoff_id, accepted=True)
    first, second = [await answer_handoff(case.scope, command) for _ in range(2)]
    assert (first.state, first.replayed, second.replayed) == (HandoffState.ACCEPTED, False, True)
    rows = await case.rows("SELECT * FROM legal_step ORDER BY id")
    assert [row["state"] for row in rows] == ["PACKAGED", "ACK", "ACCEPTED"]
    assert rows[-1]["actor"] == str(case.scope.actor) and rows[-1]["taken_at"] == NOW
    assert len(await events(case.scope, "legal.accepted")) == 1
    with pytest.raises(Conflict) as caught:
        await answer_handoff(case.scope, replace(command, accepted=False, reason="conflict"))
    assert caught.value.code == "HANDOFF_ANSWERED" and caught.value.remedy


async def test_refused_the_debt_leaves_the_court_and_may_be_handed_over_anew(case: Case) -> None:
    assert (await case.debt())["stage"] == "JUDICIAL"
    with pytest.raises(InvalidInput) as caught:
        await answer_handoff(case.scope, AnswerHandoff(handoff_id=case.handoff_id, accepted=False))
    assert caught.value.field == "reason"
    refusal = AnswerHandoff(
        handoff_id=case.handoff_id, accepted=False, reason="We act for the debtor.", code="conflict_of_interest"
    )
    assert (await answer_handoff(case.scope, refusal)).state is HandoffState.REFUSED
    assert (await case.handoff())["refusal_code"] == "conflict_of_interest"
    assert (await case.steps())[-1] == ("REFUSED", "We act for the debtor.")
    assert (await case.debt())["stage"] == "PRE_LEGAL"
    (told,) = await events(case.scope, "legal.refused")
    assert told["creditor_id"] == case.house.bank.creditor_id
    again = await hand_over(case.scope, HandOver(debt_id=case.debt_id, channel="firm", idempotency_key="k2"))
    assert again.state is HandoffState.ACK and (await case.debt())["stage"] == "JUDICIAL"


async def test_events_begin_and_end_deadlines_in_court_days(case: Case) -> None:
    filed = await record(case, EventKind.FILED, date(2026, 3, 26))
    assert (filed.state, filed.replayed) == (HandoffState.ACCEPTED, False)  # who files has accepted
    assert await case.deadlines() == {"court_decides_on_claim": (date(2026, 5, 15), "OPEN")}
    await record(case, EventKind.INADMITTED, date(2026, 4, 10))
    assert (await case.deadlines())["correct_claim"] == (date(2026, 4, 17), "OPEN")
    await record(case, EventKind.PAYMENT_ORDERED, date(2026, 5, 4))
    await record(case, EventKind.SERVED, date(2026, 6, 26))
    assert await case.deadlines() == {
        "correct_claim": (date(2026, 4, 17), "DONE"),
        "court_decides_on_claim": (date(2026, 5, 15), "DONE"),
        "debtor_asks_to_reconsider": (date(2026, 7, 2), "OPEN"),
        "debtor_pays": (date(2026, 7, 6), "OPEN"),
        "debtor_opposes": (date(2026, 7, 14), "OPEN"),
        "serve_to_stop_time_bar": (date(2027, 5, 4), "DONE"),
    }
    handoff = await case.handoff()
    assert (handoff["state"], handoff["stage"]) == ("ACCEPTED", "SERVED")
    told = await events(case.scope, "legal.event_recorded")
    assert [one["data"]["kind"] for one in told] == ["FILED", "INADMITTED", "PAYMENT_ORDERED", "SERVED"]  # type: ignore[index]
    assert told[-1]["data"]["ended"] == ["serve_to_stop_time_bar"]  # type: ignore[index]


async def test_an_event_told_twice_is_one_and_another_under_its_reference_is_refused(case: Case) -> None:
    first, second = await record(case, EventKind.FILED), await record(case, EventKind.FILED)
    assert (first.event_id, second.replayed) == (second.event_id, True)
    assert len(await case.rows("SELECT id FROM legal_event")) == len(await case.deadlines()) == 1
    with pytest.raises(Conflict) as caught:
        await record(case, EventKind.SERVED, reference=f"FILED-{TODAY}")
    assert (caught.value.code, caught.value.field) == ("REFERENCE_REUSED", "reference")


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (EventKind.FILED, {"on": TODAY + timedelta(days=1)}, "on"),
        (EventKind.FILED, {"on": date(2025, 12, 31)}, "on"),
        (EventKind.FILED, {"reference": " "}, "reference"),
        (EventKind.FILED, {"detail": "x" * 501}, "detail"),
        (EventKind.HEARING_SET, {}, "scheduled_on"),
        (EventKind.HEARING_SET, {"scheduled_on": TODAY - timedelta(days=1)}, "scheduled_on"),
    ],
)
async def test_impossible_events_name_the_field(case: Case, kind: EventKind, changes: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await record(case, kind, **changes)
    assert caught.value.field == field and caught.value.remedy
    assert await case.rows("SELECT id FROM legal_event") == []


async def test_a_hearing_that_is_set_anew_has_one_open_day(case: Case) -> None:
    await record(case, EventKind.HEARING_SET, date(2026, 6, 1), scheduled_on=date(2026, 8, 3))
    await record(case, EventKind.HEARING_SET, date(2026, 6, 2), scheduled_on=date(2026, 9, 7))
    found = await case.rows("SELECT due_on, state FROM legal_deadline ORDER BY due_on")
    assert [(row["due_on"], row["state"]) for row in found] == [
        (date(2026, 8, 3), "CANCELLED"), (date(2026, 9, 7), "OPEN"),
    ]  # fmt: skip


async def test_the_end_of_the_case_closes_everything(case: Case) -> None:
    await record(case, EventKind.SERVED)
    done = await record(case, EventKind.TERMINATED, detail="Paid in full.")
    assert done.state is HandoffState.CLOSED
    assert {code: state for code, (_, state) in (await case.deadlines()).items()} == {
        "debtor_asks_to_reconsider": "CANCELLED", "debtor_pays": "DONE", "debtor_opposes": "CANCELLED",
    }  # fmt: skip
    assert (await case.debt())["stage"] == "PRE_LEGAL" and (await case.handoff())["stage"] == "CLOSED"
    assert (await case.steps())[-1] == ("CLOSED", "Paid in full.")
    with pytest.raises(Conflict) as caught:
        await record(case, EventKind.FILED)
    assert caught.value.code == "HANDOFF_NOT_RUNNING"
    again = HandOver(debt_id=case.debt_id, channel="firm", idempotency_key="k2")
    assert (await hand_over(case.scope, again)).state is HandoffState.ACK


async def test_deadlines_are_closed_and_moved_by_people(case: Case) -> None:
    await record(case, EventKind.INADMITTED)
    (row,) = await case.rows("SELECT * FROM legal_deadline")
    moved = ChangeDeadline(deadline_id=row["id"], note="The court was closed.", due_on=date(2026, 7, 9))
    for _ in range(2):
        assert (await change_deadline(case.scope, moved)).due_on == date(2026, 7, 9)
    (row,) = await case.rows("SELECT * FROM legal_deadline")
    assert (row["computed_on"], row["due_on"], row["changed_by"]) == (
        date(2026, 7, 7), date(2026, 7, 9), str(case.scope.actor),
    )  # fmt: skip
    done = ChangeDeadline(deadline_id=row["id"], note="Filed.", state=DeadlineState.DONE)
    assert (await change_deadline(case.scope, done)).state is DeadlineState.DONE
    with pytest.raises(Conflict) as caught:
        await change_deadline(case.scope, moved)
    assert caught.value.code == "DEADLINE_CLOSED"
    assert len(await events(case.scope, "legal.deadline_changed")) == 2
    for wrong in (replace(done, due_on=TODAY), replace(done, state=None), replace(done, note="")):
        with pytest.raises(InvalidInput):
            await change_deadline(case.scope, wrong)


async def test_deadlines_are_told_once_when_near_and_once_when_missed(case: Case) -> None:
    await record(case, EventKind.INADMITTED)  # by 7 July
    await record(case, EventKind.PAYMENT_ORDER_DENIED, date(2026, 6, 29))  # by 2 July, and nothing is to correct
    await record(case, EventKind.PAYMENT_ORDERED)  # a year from now
    for moment, told in (
        (NOW - timedelta(days=20), {}),
        (NOW, {"due": 1}),
        (NOW, {}),
        # In Bogotá it is still the last day.
        (NOW.replace(month=7, day=3, hour=4), {}),
        (NOW.replace(month=7, day=3, hour=6), {"missed": 1}),
        (NOW.replace(month=7, day=20), {}),
    ):
        with clock.at(moment):
            await request_watch(case.scope)
            assert await case.run(WATCH) == told
    (missed,) = await events(case.scope, "legal.deadline_missed")
    assert missed["data"]["code"] == "appeal_denied_order"  # type: ignore[index]
    assert missed["subject_id"] == case.handoff_id and missed["creditor_id"] == case.house.bank.creditor_id


async def test_other_tenants_creditors_and_the_unpermitted_change_nothing(case: Case) -> None:
    await record(case, EventKind.INADMITTED)
    (row,) = await case.rows("SELECT id FROM legal_deadline")
    weak = replace(case.scope, permissions=frozenset(Permission) - {Permission.LEGAL_HANDOFF})
    for scope, error in ((weak, Forbidden), (case.house.bank_scope, Forbidden), (case.house.south, NotFound)):
        with pytest.raises(error):
            await answer_handoff(scope, AnswerHandoff(handoff_id=case.handoff_id, accepted=True))
        with pytest.raises(error):
            await record_event(
                scope, RecordEvent(handoff_id=case.handoff_id, kind=EventKind.FILED, on=TODAY, reference="x")
            )
        with pytest.raises(error):
            await change_deadline(scope, ChangeDeadline(deadline_id=row["id"], note="x", state=DeadlineState.DONE))
    with pytest.raises(NotFound) as caught:
        await answer_handoff(case.scope, AnswerHandoff(handoff_id=new_id(), accepted=True))
    assert caught.value.field == "handoff_id"


def _event(reference: str, kind: CaseEventKind, on: date = TODAY) -> CaseEvent:
    return CaseEvent(reference=reference, kind=kind, on=on)


async def test_news_are_taken_once_and_asked_for_every_day(case: Case) -> None:
    cost = CostRequest(reference="c-1", kind=CostKind.BAILIFF, amount=Money(50_000_00, "COP"), reason="Seizure")
    case.firm.news = Settled(
        CaseNews(
            stage=LegalStage.PAYMENT_ORDERED,
            events=(_event("e-2", CaseEventKind.PAYMENT_ORDERED), _event("e-1", CaseEventKind.FILED, date(2026, 6, 1))),
            costs=(cost,),
        )
    )
    assert await case.run(FOLLOW) == {"state": "ACCEPTED", "taken": 4, "code": None}
    assert {code: state for code, (_, state) in (await case.deadlines()).items()} == {
        "court_decides_on_claim": "DONE", "serve_to_stop_time_bar": "OPEN",
    }  # fmt: skip
    assert [row["reference"] for row in await case.rows("SELECT reference FROM legal_cost")] == ["c-1"]
    assert (await case.run(FOLLOW))["taken"] == 0 and await case.waiting(FOLLOW) == 1
    assert (await case.handoff())["stage"] == "PAYMENT_ORDERED"


async def test_a_refusal_and_an_end_come_with_the_news(case: Case) -> None:
    case.firm.news = Settled(CaseNews(stage=LegalStage.CLOSED))
    assert await case.run(FOLLOW) == {"state": "CLOSED", "taken": 2, "code": None}
    assert await case.waiting(FOLLOW) == 0 and (await case.debt())["stage"] == "PRE_LEGAL"
    await hand_over(case.scope, HandOver(debt_id=case.debt_id, channel="firm", idempotency_key="k2"))
    case.firm.news = Settled(CaseNews(stage=LegalStage.REFUSED, reason="time-barred"))
    assert (await case.run(FOLLOW))["state"] == "REFUSED"
    assert (await case.steps())[-1] == ("REFUSED", "time-barred") and await case.waiting(FOLLOW) == 0


async def test_what_nobody_knows_or_the_books_cannot_take_changes_nothing_else(case: Case) -> None:
    case.firm.news = Unknown()
    assert await case.run(FOLLOW) == {"state": "ACK", "taken": 0, "code": None}
    case.firm.fails = [ProviderTimeout("no answer")]
    assert await case.run(FOLLOW) == {"state": "ACK", "taken": 0, "code": "PROVIDER_TIMEOUT"}
    case.firm.news = Settled(
        CaseNews(
            stage=LegalStage.FILED,
            events=(_event("e-1", CaseEventKind.FILED), _event("e-2", CaseEventKind.SERVED, date(2026, 7, 9))),
        )
    )
    assert (await case.run(FOLLOW))["taken"] == 2  # the acceptance, and the event of today
    (refused,) = await events(case.scope, "legal.news_refused")
    assert refused["data"]["reference"] == "e-2" and refused["data"]["code"] == "EVENT_DAY"  # type: ignore[index]
    assert list(await case.deadlines()) == ["court_decides_on_claim"]
