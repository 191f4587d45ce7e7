"""Bureau inquiries: nothing leaves without purpose and consent, one key is one call, and no outcome is guessed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.bureaus.models import InquiryState
from core.bureaus.request_inquiry import SETTLE_AFTER, SETTLE_JOB, RequestInquiry, request_inquiry
from core.bureaus.rules import ConsentGiven
from core.bureaus.settle import settle_inquiry
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.set_budget import SetBudget, set_budget
from recobro import worker
from recobro_bureau_sandbox import FakeBureauServer, Fault
from recobro_sdk import BureauObligation, Money, ObligationStatus, RateLimited, SubjectNotFound
from tests.core.house import House, events, house, make_debt, recall
from tests.core.plugin_house import Bureau, calls, first_party, with_bureau, with_sandbox

CONSENT = ConsentGiven(
    reference="consent-7", medium="paper", granted_at=datetime(2026, 1, 5, tzinfo=UTC), text_version="v3"
)


@dataclass
class Case:
    house: House
    server: FakeBureauServer
    command: RequestInquiry

    @property
    def scope(self) -> Scope:
        return self.house.north

    async def ask(self, **changes: Any) -> Any:
        return await request_inquiry(self.scope, replace(self.command, **changes))

    async def rows(self) -> list[dict[str, Any]]:
        async with db.transaction(self.scope) as tx:
            return [dict(row) for row in await tx.fetch("SELECT * FROM bureau_inquiry ORDER BY id")]

    async def jobs(self) -> list[dict[str, Any]]:
        async with db.transaction(self.scope) as tx:
            return [dict(row) for row in await tx.fetch("SELECT * FROM job WHERE name = $1 ORDER BY id", SETTLE_JOB)]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with first_party():
        rooms = await house(database)
        debt = await make_debt(rooms.north, rooms.bank, [("PRINCIPAL", 100_00, None)])
        command = RequestInquiry(
            debt_id=debt.id, provider="bureau_sandbox", purpose="REVIEW_OR_COLLECTION_OF_ACCOUNT", consent=CONSENT,
            idempotency_key="k1",
        )  # fmt: skip
        with FakeBureauServer(()) as server:
            await with_sandbox(rooms.north, server, timeout_ms=2000)
            yield Case(rooms, server, command)


async def test_an_answer_over_http_is_stored_with_who_why_and_by_which_consent(case: Case) -> None:
    done = await case.ask()
    assert (done.state, done.replayed, done.problem) == (InquiryState.ANSWERED, False, None)
    assert (
        150 <= done.score <= 950 and done.report["score"] == done.score and done.report["provider"] == "bureau_sandbox"
    )
    assert all(type(item["balance_minor"]) is int and item["currency"] == "COP" for item in done.report["obligations"])
    (row,) = await case.rows()
    told = ("state", "purpose", "consent_reference", "consent_text_version", "requested_by")
    assert tuple(row[name] for name in told) == (
        "ANSWERED", "review_or_collection_of_account", "consent-7", "v3", str(case.scope.actor),
    )  # fmt: skip
    assert row["creditor_id"] == case.house.bank.creditor_id and row["answered_at"] and row["report"] == done.report
    (evidence,) = await calls(case.scope)
    assert (evidence["subject_id"], evidence["creditor_id"]) == (row["id"], row["creditor_id"])
    assert [event["subject_id"] for event in await events(case.scope, "bureau.answered")] == [row["id"]]
    assert [job["state"] for job in await case.jobs()] == ["DONE"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"purpose": None}, "PURPOSE_MISSING", "purpose"),
        ({"purpose": "  "}, "PURPOSE_MISSING", "purpose"),
        ({"purpose": "employment"}, "PURPOSE_UNKNOWN", "purpose"),
        ({"consent": None}, "CONSENT_MISSING", "consent"),
        ({"consent": replace(CONSENT, reference=" ")}, "CONSENT_MISSING", "consent.reference"),
        ({"consent": replace(CONSENT, medium="")}, "CONSENT_MISSING", "consent.medium"),
        ({"consent": replace(CONSENT, text_version="")}, "CONSENT_MISSING", "consent.text_version"),
        ({"consent": replace(CONSENT, text_version="v" * 61)}, "INVALID_TEXT", "consent.text_version"),
        ({"consent": replace(CONSENT, granted_at=datetime(2999, 1, 1, tzinfo=UTC))}, "CONSENT_IN_FUTURE",
         "consent.granted_at"),
        ({"consent": replace(CONSENT, granted_at=datetime(2026, 1, 1))}, "INVALID_INPUT", "consent.granted_at"),  # noqa: DTZ001
        ({"idempotency_key": ""}, "INVALID_TEXT", "idempotency_key"),
    ],
)  # fmt: skip
async def test_nothing_leaves_without_purpose_and_consent(
    case: Case, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await case.ask(**changes)
    assert (caught.value.code, caught.value.field) == (code, field) and caught.value.remedy
    assert case.server.inquiries == 0 and await case.rows() == [] and await calls(case.scope) == []


async def test_permissions_other_agencies_closed_debts_and_unknown_providers(case: Case) -> None:
    weak = replace(case.scope, permissions=frozenset(Permission) - {Permission.BUREAU_INQUIRE})
    with pytest.raises(Forbidden):
        await request_inquiry(weak, case.command)
    with pytest.raises(Forbidden):
        await request_inquiry(case.house.bank_scope, case.command)
    for field, changes in (("debt_id", {"debt_id": new_id()}), ("provider", {"provider": "legal_handoff"})):
        with pytest.raises(NotFound) as caught:
            await case.ask(**changes)
        assert caught.value.field == field
    await with_sandbox(case.house.south, case.server)
    with pytest.raises(NotFound) as caught:
        await request_inquiry(case.house.south, case.command)
    assert caught.value.field == "debt_id"
    debt = await make_debt(case.scope, case.house.bank, [("PRINCIPAL", 5, None)])
    await recall(case.scope, debt, datetime(2026, 2, 1, tzinfo=UTC).date())
    with pytest.raises(Conflict, match="RECALLED"):
        await case.ask(debt_id=debt.id)
    await disable_offer(case.scope, "bureau_sandbox")
    with pytest.raises(Conflict) as conflict:
        await case.ask()
    assert conflict.value.code == "OFFER_NOT_ENABLED"
    assert case.server.inquiries == 0 and await case.rows() == []


async def test_the_same_key_replays_and_is_refused_for_another_request(case: Case) -> None:
    first = await case.ask()
    again = await case.ask()
    assert again == replace(first, replayed=True)
    with pytest.raises(Conflict) as caught:
        await case.ask(consent=replace(CONSENT, reference="another"))
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert case.server.inquiries == 1 and len(await calls(case.scope)) == 1


async def test_two_at_once_with_the_same_key_are_one_call(case: Case) -> None:
    case.server.slow_ms = 300
    case.server.fail_next(Fault.SLOW)
    results = await asyncio.gather(*(case.ask() for _ in range(5)))
    assert len({found.inquiry_id for found in results}) == 1
    assert sorted(found.replayed for found in results) == [False, True, True, True, True]
    assert {found.state for found in results if found.replayed} <= {InquiryState.REQUESTED, InquiryState.ANSWERED}
    assert case.server.inquiries == 1 and len(await calls(case.scope)) == 1


async def test_what_is_recorded_once_is_taken_from_the_budget_once_and_not_asked_beyond_it(case: Case) -> None:
    await set_budget(case.scope, SetBudget(code="bureau_sandbox", period=BudgetPeriod.MONTH, max_calls=2))
    at_once = await asyncio.gather(*(case.ask() for _ in range(5)))
    assert sum(not one.replayed for one in at_once) == 1
    assert (await case.ask(idempotency_key="k2")).state is InquiryState.ANSWERED
    refused = await case.ask(idempotency_key="k3")
    assert (refused.state, refused.error_code) == (InquiryState.FAILED, "BUDGET_EXCEEDED")
    assert refused.problem is not None
    assert "pluginBudgetSet" in refused.problem.remedy
    outcomes = [(one["outcome"], one["error_code"]) for one in await calls(case.scope)]
    assert sorted(outcomes) == [("FAILED", "BUDGET_EXCEEDED"), ("SETTLED", None), ("SETTLED", None)]
    assert {job["state"] for job in await case.jobs()} == {"DONE"}


async def test_the_same_key_of_two_agencies_is_two_inquiries_at_the_bureau(case: Case) -> None:
    await case.ask()
    await with_sandbox(case.house.south, case.server)
    theirs = await make_debt(case.house.south, case.house.bank_south, [("PRINCIPAL", 5, None)])
    done = await request_inquiry(case.house.south, replace(case.command, debt_id=theirs.id))
    assert done.state is InquiryState.ANSWERED and not done.replayed
    assert case.server.inquiries == 2 and len(await case.rows()) == 1


async def test_a_timeout_after_sending_is_unknown_and_settled_without_a_second_inquiry(case: Case) -> None:
    await with_sandbox(case.scope, case.server, timeout_ms=200)
    case.server.fail_next(Fault.SLOW)
    lost = await case.ask()
    assert (lost.state, lost.error_code, lost.problem.code) == (InquiryState.UNKNOWN, *["PROVIDER_TIMEOUT"] * 2)
    assert (await case.ask()).state is InquiryState.UNKNOWN
    (job,) = await case.jobs()
    assert job["state"] == "QUEUED" and job["not_before"] > job["created_at"] + timedelta(minutes=1)
    await _due(case, job["id"])
    assert await worker.run_job(job["id"])
    found = await case.ask()
    assert found.state is InquiryState.ANSWERED and found.error_code is None and found.report
    assert case.server.inquiries == 1
    assert [(row["outcome"], row["error_code"]) for row in await calls(case.scope)] == [
        ("UNKNOWN", "PROVIDER_TIMEOUT"), ("SETTLED", None),
    ]  # fmt: skip
    assert {job["state"] for job in await case.jobs()} == {"DONE"}


async def _due(case: Case, job_id: UUID) -> None:
    async with db.transaction(case.scope) as tx:
        await tx.execute("UPDATE job SET not_before = now() WHERE id = $1", job_id)


async def test_killed_between_question_and_answer_it_is_settled_later(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: Any, **__: Any) -> Any:
        raise asyncio.CancelledError  # the process ends here: the bureau was asked, nobody wrote the answer

    with monkeypatch.context() as patched, pytest.raises(asyncio.CancelledError):
        patched.setattr("core.bureaus.answer.store", dies)
        await case.ask()
    (row,) = await case.rows()
    assert row["state"] == "REQUESTED" and case.server.inquiries == 1
    left_alone = await settle_inquiry(case.scope, row["id"])
    assert left_alone.state is InquiryState.REQUESTED and len(await calls(case.scope)) == 1
    with clock.at(clock.now() + SETTLE_AFTER + timedelta(seconds=1)):
        done = await settle_inquiry(case.scope, row["id"])
    assert done.state is InquiryState.ANSWERED and case.server.inquiries == 1
    assert (await settle_inquiry(case.scope, row["id"])).replayed
    with pytest.raises(NotFound):
        await settle_inquiry(case.house.south, row["id"])


async def test_settling_that_does_not_succeed_looks_again_later_and_guesses_nothing(case: Case) -> None:
    case.server.fail_next(Fault.TRUNCATED)
    assert (await case.ask()).state is InquiryState.UNKNOWN
    case.server.fail_next(Fault.RATE_LIMITED)
    (job,) = await case.jobs()
    await _due(case, job["id"])
    await worker.run_job(job["id"])
    (row,) = await case.rows()
    assert (row["state"], row["error_code"]) == ("UNKNOWN", "RATE_LIMITED")
    done, later = await case.jobs()
    assert (done["state"], later["state"], later["payload"]["attempt"]) == ("DONE", "QUEUED", 2)
    await disable_offer(case.scope, "bureau_sandbox")
    await _due(case, later["id"])
    await worker.run_job(later["id"])
    assert (await case.rows())[0]["state"] == "UNKNOWN"


async def _limited(_: Bureau, __: Any) -> Any:
    raise RateLimited("later")


async def _nobody(_: Bureau, __: Any) -> Any:
    raise SubjectNotFound("nobody")


async def _of_another(bureau: Bureau, _: Any) -> Any:
    return bureau.report(provider="other")


async def _huge(bureau: Bureau, _: Any) -> Any:
    return bureau.report(raw={"x": "y" * (2 << 20)})


async def _no_json(bureau: Bureau, _: Any) -> Any:
    return bureau.report(raw={"x": object()})


async def _forged_money(bureau: Bureau, _: Any) -> Any:
    money = Money(5, "COP")
    object.__setattr__(money, "minor_units", 5.5)
    owed = BureauObligation(creditor_name="x", balance=money, days_past_due=0, status=ObligationStatus.CURRENT)
    return bureau.report(obligations=(owed,))


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (_limited, InquiryState.FAILED, "RATE_LIMITED"),
        (_nobody, InquiryState.FAILED, "SUBJECT_NOT_FOUND"),
        (_of_another, InquiryState.UNKNOWN, "PLUGIN_ANSWER_INVALID"),
        (_huge, InquiryState.UNKNOWN, "PLUGIN_ANSWER_INVALID"),
        (_no_json, InquiryState.UNKNOWN, "PLUGIN_ANSWER_INVALID"),
        (_forged_money, InquiryState.UNKNOWN, "PLUGIN_ANSWER_INVALID"),
    ],
)
async def test_failures_are_results_with_a_problem(case: Case, act: Any, state: InquiryState, code: str) -> None:
    await with_bureau(case.scope, "hostile", act)
    done = await case.ask(provider="hostile")
    assert (done.state, done.error_code, done.report, done.score) == (state, code, None, None)
    assert isinstance(done.problem, DomainError) and done.problem.code == code and done.problem.remedy
    replay = await case.ask(provider="hostile")
    assert replay.replayed and replay.problem is not None and replay.problem.code == code
    assert (await events(case.scope, f"bureau.{state.value.lower()}"))[0]["creditor_id"] is None
    assert (await case.ask(idempotency_key="k2")).state is InquiryState.ANSWERED


async def test_a_debtor_without_a_document_is_not_asked_about(case: Case) -> None:
    async with db.transaction(case.scope) as tx:
        await tx.execute("DELETE FROM party_identifier")
    with pytest.raises(InvalidInput) as caught:
        await case.ask()
    assert caught.value.code == "DEBTOR_WITHOUT_DOCUMENT" and await case.rows() == []


async def test_the_creditor_reads_no_answer(case: Case) -> None:
    await case.ask()
    await enable_offer(case.scope, "recovery_report", {})
    with pytest.raises(Exception, match="permission denied"):
        async with db.transaction(case.house.bank_scope) as tx:
            await tx.fetch("SELECT * FROM bureau_inquiry")
    async with db.transaction(case.house.bank_scope) as tx:
        assert await tx.fetch("SELECT * FROM event WHERE name LIKE 'bureau.%'") == []
