"""Statements and fees by jobs: done once, whatever dies on the way."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.commissions.assess_due import assess_due, recalculate_due, request_assessment, request_recalculation
from core.commissions.recalculate_fees import RecalculateFees
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.jobs import Handler, Run
from core.kit.pages import PageRequest
from core.kit.scope import Actor, Scope, agency_scope
from core.remittance.issue_requested import issue_requested
from core.remittance.reads import statements_listing
from core.remittance.request_statement import RequestStatement, request_statement
from tests.core.commissions.commission_house import FLAT, MARGINAL, Desk, make_desk
from tests.core.house import House, events, house, make_agency
from tests.core.lists import page_of

JANUARY, TODAY = date(2026, 1, 31), date(2026, 11, 20)
PAGE = PageRequest(first=100)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(datetime(2026, 11, 20, 15, tzinfo=UTC)):
        yield await house(database)


async def running(scope: Scope, job_id: UUID, attempt: int = 1) -> Run:
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE job SET state = 'RUNNING', attempt = $2 WHERE id = $1 RETURNING payload", job_id, attempt
        )
    assert row is not None
    return Run(job_id, scope.agency, attempt, scope, row["payload"])


async def done(scope: Scope, job_id: UUID, handler: Handler) -> dict[str, Any]:
    await handler(await running(scope, job_id))
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow("SELECT state, result FROM job WHERE id = $1", job_id)
    assert row is not None and row["state"] == "DONE"
    return row["result"]


def january(desk: Desk, **changes: Any) -> RequestStatement:
    given = {"creditor_id": desk.client.creditor_id, "currency": "COP", "last_on": JANUARY} | changes
    return RequestStatement(**given)


async def test_a_statement_by_a_job_is_issued_once_whoever_dies(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    payment_id = await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))
    asked = await request_statement(home.north, january(desk))
    assert (await page_of(home.north, statements_listing(home.north), PAGE)).rows == ()

    lost = await running(home.north, asked.job_id)
    taken = await running(home.north, asked.job_id, attempt=2)
    with pytest.raises(Conflict) as refused:
        await issue_requested(lost)
    assert refused.value.code == "JOB_TAKEN_OVER"
    assert (await page_of(home.north, statements_listing(home.north), PAGE)).rows == () and await desk.lines(
        payment_id
    ) == []
    assert await events(home.north, "statement.issued") == []

    await issue_requested(taken)
    (issued,) = (await page_of(home.north, statements_listing(home.north), PAGE)).rows
    assert (issued.id, issued.number, issued.remitted_minor) == (asked.statement_id, 1, 75_000)
    async with db.transaction(home.north) as tx:
        job = await tx.fetchrow("SELECT state, subject_id, result FROM job WHERE id = $1", asked.job_id)
    assert job is not None and (job["state"], job["subject_id"]) == ("DONE", asked.statement_id)
    assert job["result"] == {"statement_id": str(asked.statement_id), "number": 1, "sha256": issued.sha256}
    with pytest.raises(Conflict):
        await issue_requested(taken)
    assert len((await page_of(home.north, statements_listing(home.north), PAGE)).rows) == 1

    again = await request_statement(home.north, january(desk))
    with pytest.raises(Conflict) as refused:
        await issue_requested(await running(home.north, again.job_id))
    assert refused.value.code == "PERIOD_STATED"


async def test_what_can_be_refused_at_once_makes_no_job(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    for changes, error in (
        ({"currency": "XXQ"}, InvalidInput),
        ({"creditor_id": new_id()}, NotFound),
        ({"creditor_id": home.bank_south.creditor_id, "last_on": date(2026, 11, 21)}, InvalidInput),
        ({"first_on": date(2026, 2, 1)}, InvalidInput),
    ):
        with pytest.raises(error):
            await request_statement(home.north, january(desk, **changes))
    nobody = agency_scope(home.north.agency, Actor("user", "nobody"))
    command = RecalculateFees(creditor_id=desk.client.creditor_id, on=JANUARY)
    for asked in (
        request_statement(nobody, january(desk)),
        request_assessment(nobody, creditor_id=None, until=None),
        request_recalculation(nobody, command),
    ):
        with pytest.raises(Forbidden):
            await asked
    late = date(2026, 11, 21)
    with pytest.raises(InvalidInput) as refused:
        await request_assessment(home.north, creditor_id=None, until=late)
    assert (refused.value.code, refused.value.field) == ("FEE_DAY", "until")
    with pytest.raises(NotFound):
        await request_assessment(home.north, creditor_id=new_id(), until=None)
    with pytest.raises(InvalidInput):
        await request_recalculation(home.north, RecalculateFees(creditor_id=desk.client.creditor_id, on=late))
    async with db.transaction(home.north) as tx:
        assert await tx.fetchval("SELECT count(*) FROM job") == 0


async def test_the_days_work_charges_all_creditors_of_the_agency_alone(home: House) -> None:
    first, second = await make_desk(home.north, FLAT, code="one"), await make_desk(home.north, FLAT, code="two")
    abroad = await make_desk(home.south, FLAT)
    paid = [await desk.pay(await desk.debt(), 100_000) for desk in (first, second, abroad)]
    job_id = await request_assessment(home.north, creditor_id=None, until=None)
    counts = {"assessed": 2, "reversed": 0, "without_schedule": 0, "recalculation_due": 0, "until": str(TODAY)}
    assert await done(home.north, job_id, assess_due) == counts
    assert [await desk.amounts(key) for desk, key in zip((first, second, abroad), paid, strict=True)] == [
        [("COMMISSION", 25_000)], [("COMMISSION", 25_000)], [],
    ]  # fmt: skip
    again = await request_assessment(home.north, creditor_id=None, until=None)
    assert await done(home.north, again, assess_due) == counts | {"assessed": 0}
    assert len(await events(home.north, "fee.accrued")) == 2
    third = await make_agency("third")
    nothing = await done(third, await request_assessment(third, creditor_id=None, until=JANUARY), assess_due)
    assert (nothing["assessed"], nothing["until"]) == (0, "2026-01-31")


async def test_fees_that_are_due_for_it_are_recalculated_by_a_job(home: House) -> None:
    desk = await make_desk(home.north, MARGINAL)
    debt = await desk.debt()
    first, second = await desk.pay(debt, 100_000), await desk.pay(debt, 100_000, date(2026, 3, 2))
    creditor_id = desk.client.creditor_id
    await done(home.north, await request_assessment(home.north, creditor_id=creditor_id, until=None), assess_due)
    await desk.reverse(first)
    counts = await done(
        home.north, await request_assessment(home.north, creditor_id=creditor_id, until=TODAY), assess_due
    )
    assert (counts["reversed"], counts["recalculation_due"]) == (1, 1)

    job_id = await request_recalculation(home.north, RecalculateFees(creditor_id=creditor_id, on=TODAY))
    result = await done(home.north, job_id, recalculate_due)
    assert result == {"recalculated": 1, "reversed": 1, "assessed": 1, "on": str(TODAY)}
    assert [minor for _, minor in await desk.amounts(second)] == [20_000, -20_000, 30_000]
