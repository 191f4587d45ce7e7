"""An evaluation stores the difference, once, whoever asks for it at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, NotFound
from core.kit.jobs import Run
from core.segments.delete_segment import delete_segment
from core.segments.evaluate_segment import evaluate, evaluate_segment
from core.segments.reads import segment
from core.segments.request_evaluation import request_evaluation, run_evaluation
from tests.core.house import House, events, house, make_debt, make_mandate, make_portfolio, recall
from tests.core.segments.segment_house import NOW, counts, inside, owing, saved
from tests.helpers_jobs import run_jobs


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def test_an_evaluation_stores_who_matches(home: House) -> None:
    late = [await owing(home.north, home.bank), await owing(home.north, home.shop, 30)]
    for days in (29, 0, None):
        await owing(home.north, home.bank, days)
    await owing(home.south, home.bank_south)
    segment_id = await saved(home.north)
    done = await evaluate_segment(home.north, segment_id)
    assert (done.entered, done.left, done.members, done.version, done.evaluated_at) == (2, 0, 2, 1, NOW)
    assert await inside(home.north, segment_id) == dict.fromkeys(late, NOW)
    view = await segment(home.north, segment_id)
    assert (view.members, view.evaluated_at, view.stale) == (2, NOW, False)
    (told,) = await events(home.north, "segment.evaluated")
    assert (told["subject_id"], told["creditor_id"]) == (segment_id, None)
    assert told["data"] == {"version": 1, "entered": 2, "left": 0, "members": 2}


async def test_what_stays_is_not_touched(home: House) -> None:
    async def places() -> dict[UUID, str]:
        async with db.transaction(home.north) as tx:
            rows = await tx.fetch("SELECT debt_id, ctid::text || xmin::text AS place FROM segment_member")
        return {row["debt_id"]: row["place"] for row in rows}

    stays, goes = (
        await owing(home.north, home.bank),
        await make_debt(home.north, home.bank, [(ComponentKind.PRINCIPAL, 1, date(2026, 1, 1))]),
    )
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    before = await places()
    await recall(home.north, goes, date(2026, 3, 9))
    with clock.at(NOW + timedelta(hours=1)):
        comes = await owing(home.north, home.shop)
        assert await counts(home.north, segment_id) == (1, 1, 2)
        assert await inside(home.north, segment_id) == {stays: NOW, comes: NOW + timedelta(hours=1)}
        assert (await places())[stays] == before[stays]
        after = await places()
        assert await counts(home.north, segment_id) == (0, 0, 2)
        assert await places() == after


async def test_days_count_in_the_zone_of_the_mandate(home: House) -> None:
    """Due on 8 February: 29 days by the 9th of March, which it is in Bogotá, 30 by the 10th, which it is in Madrid."""
    mandate = await make_mandate(home.north, home.shop.creditor_id, name="es", timezone="Europe/Madrid")
    spain = replace(
        home.shop,
        mandate_id=mandate,
        portfolio_id=await make_portfolio(home.north, home.shop.creditor_id, mandate),
    )
    bogota, madrid = await owing(home.north, home.bank, 29), await owing(home.north, spain, 29)
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    assert set(await inside(home.north, segment_id)) == {madrid}
    with clock.at(NOW + timedelta(hours=2)):  # midnight in Bogotá
        assert await counts(home.north, segment_id) == (1, 0, 2)
    assert set(await inside(home.north, segment_id)) == {bogota, madrid}


async def test_evaluations_at_once_follow_each_other(home: House) -> None:
    for _ in range(20):
        await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    done = await asyncio.gather(*(evaluate_segment(home.north, segment_id) for _ in range(8)))
    assert sorted((one.entered, one.left, one.members) for one in done) == [(0, 0, 20)] * 7 + [(20, 0, 20)]
    assert len(await inside(home.north, segment_id)) == 20
    assert len(await events(home.north, "segment.evaluated")) == 8


async def test_an_evaluation_waits_for_the_one_before(home: House) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    async with db.transaction(home.north) as tx:
        first = await evaluate(tx, segment_id)
        waiting = asyncio.create_task(evaluate_segment(home.north, segment_id))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    second = await waiting
    assert [(one.entered, one.left, one.members) for one in (first, second)] == [(1, 0, 1), (0, 0, 1)]


async def test_forgetting_during_an_evaluation_leaves_nobody(home: House) -> None:
    for _ in range(5):
        await owing(home.north, home.bank)
    for _ in range(5):
        segment_id = await saved(home.north)
        works = [evaluate_segment(home.north, segment_id) for _ in range(3)]
        done = await asyncio.gather(*works, delete_segment(home.north, segment_id), return_exceptions=True)
        assert {type(one) for one in done if isinstance(one, BaseException)} <= {NotFound}
        assert await inside(home.north, segment_id) == {}


async def test_a_job_evaluates(home: House, database: Database) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    assert await request_evaluation(home.north, segment_id) == job_id
    assert await run_jobs(database) == 1
    async with db.transaction(home.north) as tx:
        job = await tx.fetchrow("SELECT * FROM job WHERE id = $1", job_id)
    assert job is not None
    assert (job["state"], job["subject_id"], job["creditor_id"]) == ("DONE", segment_id, None)
    assert job["result"] == {"version": 1, "entered": 1, "left": 0, "members": 1}
    assert (job["progress_done"], job["progress_total"], job["progress_note"]) == (1, 1, "evaluating")
    assert len(await inside(home.north, segment_id)) == 1
    assert await request_evaluation(home.north, segment_id) != job_id


async def test_a_job_that_another_took_over_changes_nothing(home: House) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE job SET state = 'RUNNING', attempt = 2 WHERE id = $1", job_id)
    payload = {"segment_id": str(segment_id)}
    with pytest.raises(Conflict) as refused:
        await run_evaluation(Run(job_id, home.north.agency, 1, home.north, payload))
    assert refused.value.code == "JOB_TAKEN_OVER"
    assert await inside(home.north, segment_id) == {}
    assert await events(home.north, "segment.evaluated") == []
    await run_evaluation(Run(job_id, home.north.agency, 2, home.north, payload))
    with pytest.raises(Conflict):
        await run_evaluation(Run(job_id, home.north.agency, 2, home.north, payload))
    assert len(await events(home.north, "segment.evaluated")) == 1


async def test_a_job_of_a_forgotten_segment_fails_and_says_why(home: House, database: Database) -> None:
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    await delete_segment(home.north, segment_id)
    await run_jobs(database)
    async with db.transaction(home.north) as tx:
        job = await tx.fetchrow("SELECT state, error_code FROM job WHERE id = $1", job_id)
    assert job is not None and tuple(job) == ("FAILED", "NOT_FOUND")
