"""What a bureau says of a batch is taken once and as it is; what it refused was not told; what nobody knows stays so."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command

from core.bureaus.submit_batch import ANSWER_JOB
from core.bureaus.take_answer import take_answer
from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.errors import NotFound
from core.kit.ids import new_id, parse
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.follow_up import MAX_ATTEMPTS, hasten
from recobro import database as program_database
from recobro import worker
from recobro_sdk import (
    Failed,
    FurnishingAcknowledgement,
    FurnishingBatch,
    Outcome,
    Pending,
    ProviderUnavailable,
    RecordReject,
    Settled,
    SubmissionRef,
    Unknown,
)
from tests.core.bureaus.furnisher import CODE, with_told
from tests.core.bureaus.furnishing_case import DUE, NOON, Case
from tests.core.house import events, house
from tests.core.plugin_house import no_plugins

ROOT = Path(__file__).resolve().parents[3]
DAY = timedelta(days=1)


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with no_plugins():
        rooms = await house(database)
        yield Case(rooms, await with_told(rooms.north))


def _reject(reference: str, code: str = "E-17", **changes: str) -> RecordReject:
    return RecordReject(
        **{"reference": reference, "code": code, "field": "balance", "remedy": "Correct it.", **changes}
    )


def _answers(case: Case, *rejects: RecordReject, **changes: Any) -> None:
    """From now on the bureau has decided, and refuses these records of a batch."""

    async def status(asked: SubmissionRef, batch: FurnishingBatch) -> Outcome[FurnishingAcknowledgement]:
        accepted = len(batch.records) - len(rejects)
        told = FurnishingAcknowledgement(number=asked.number or "", accepted=accepted, rejects=rejects)
        return Settled(replace(told, **changes))

    case.told.status = status


def _says(case: Case, outcome: Any) -> None:
    async def status(_: SubmissionRef, __: FurnishingBatch) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    case.told.status = status


async def _rejects(case: Case) -> list[tuple[str, ...]]:
    rows = await case.rows(
        "SELECT d.reference, r.code, r.field, r.remedy FROM furnishing_reject r JOIN debt d ON d.id = r.debt_id "
        "ORDER BY r.batch_id, d.reference"
    )
    return [tuple(row.values()) for row in rows]


async def _waiting(case: Case) -> int:
    return len(await case.rows("SELECT FROM job WHERE name = $1 AND state = 'QUEUED'", ANSWER_JOB))


async def test_what_was_refused_is_kept_with_its_reason_and_told_again_as_if_for_the_first_time(case: Case) -> None:
    for n in range(3):
        await case.debt(f"R-{n}")
    await case.furnish()
    (sent,) = await case.batches()
    assert sent["answer"] == "AWAITED" and await _waiting(case) == 1
    assert set(await case.reported()) == {"R-0", "R-1", "R-2"}, "until the bureau says otherwise it was told"
    _answers(case, _reject("R-1", remedy="No such document: 1000000123."))
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert case.told.inquiries == [SubmissionRef(str(batch["id"]), batch["receipt"])]
    assert (batch["state"], batch["answer"], batch["accepted"], batch["rejected"]) == ("SUBMITTED", "PARTLY", 2, 1)
    assert (batch["answered_at"], batch["content"], batch["error_code"]) == (NOON + DAY, None, None)
    assert await _rejects(case) == [("R-1", "E-17", "balance", "No such document: [number].")]
    (event,) = await events(case.house.north, "bureau.furnishing_answered")
    assert event["subject_id"] == batch["id"] and event["creditor_id"] is None
    assert event["data"] == {
        "furnisher": CODE, "as_of": "2026-03-10", "records": 3, "receipt": "N-1", "answer": "PARTLY", "accepted": 2,
        "rejected": 1, "error_code": None, "file_sha256": None,
    }  # fmt: skip
    assert await _waiting(case) == 0
    _answers(case)
    assert (await take_answer(case.house.north, batch["id"])).answer == "PARTLY" and len(case.told.inquiries) == 1

    later = NOON + 7 * DAY
    await case.furnish(later)
    again = {record.reference: record.first_negative_on for record in list(case.told.batches.values())[1].records}
    assert again == {"R-0": NOON.date(), "R-1": None, "R-2": NOON.date()}
    await case.settle(later + DAY, ANSWER_JOB)
    assert [(row["answer"], row["rejected"]) for row in await case.batches()] == [("PARTLY", 1), ("ACCEPTED", 0)]
    told = [event["data"]["first_reports"] for event in await events(case.house.north, "bureau.furnished")]
    assert told == [3, 1]
    await case.furnish(later + 7 * DAY)
    third = {record.reference: record.first_negative_on for record in list(case.told.batches.values())[2].records}
    assert third == {"R-0": NOON.date(), "R-1": later.date(), "R-2": NOON.date()}


async def test_what_was_refused_passes_the_gate_anew(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    _answers(case, _reject("R-0"))
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["rejected"]) == ("REJECTED", 0, 1)
    # After the 18 months in which a first report may be made.
    await case.furnish(NOON + 600 * DAY)
    assert len(case.told.batches) == 1
    (withheld,) = await case.rows("SELECT rule FROM furnishing_withheld")
    assert withheld["rule"] == "CO-BUR-03"


async def test_told_twice_before_the_first_answer_either_report_stands_without_the_other(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    await case.furnish(NOON + DAY)
    first, second = case.told.batches.values()
    assert second.records[0].first_negative_on == NOON.date(), "it was told, as far as anybody knows"
    assert await case.reported() == {"R-0": (NOON.date(), DUE)}
    batches = await case.batches()
    _answers(case, _reject("R-0"))
    with clock.at(NOON + 2 * DAY):
        await take_answer(case.house.north, batches[0]["id"])
        _answers(case)
        await take_answer(case.house.north, batches[1]["id"])
    await case.furnish(NOON + 3 * DAY)
    third = list(case.told.batches.values())[2].records[0]
    assert third.first_negative_on == NOON.date(), "the second batch told the bureau that day"
    assert len(await case.rows("SELECT FROM negative_report")) == 2, "what is certain is not written down again"
    assert first.records[0].first_negative_on is None


@pytest.mark.parametrize(
    "outcome", [Pending(), Unknown(), ProviderUnavailable("down")], ids=lambda it: type(it).__name__
)
async def test_what_the_bureau_does_not_say_is_asked_again_for_two_weeks_and_never_guessed(
    case: Case, outcome: Any
) -> None:
    await case.debt("R-0")
    await case.furnish()
    _says(case, outcome)
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    code = "PROVIDER_UNAVAILABLE" if isinstance(outcome, Exception) else None
    assert (batch["answer"], batch["error_code"]) == ("AWAITED", code) and batch["content"]
    (job,) = await case.rows("SELECT payload FROM job WHERE name = $1 AND state = 'QUEUED'", ANSWER_JOB)
    assert job["payload"]["attempt"] == 2
    await case.rows(
        "UPDATE job SET payload = jsonb_set(payload, '{attempt}', to_jsonb($2::int)) WHERE name = $1 AND state = 'QUEUED'",
        ANSWER_JOB, MAX_ATTEMPTS,
    )  # fmt: skip
    await case.settle(NOON + 14 * DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["content"], batch["accepted"]) == ("SILENT", None, None)
    assert await _waiting(case) == 0 and await _rejects(case) == []
    (event,) = await events(case.house.north, "bureau.furnishing_unanswered")
    assert event["data"] == {"furnisher": CODE, "receipt": "N-1", "error_code": code, "attempts": MAX_ATTEMPTS}
    assert await case.reported() == {"R-0": (NOON.date(), DUE)}, "what nobody refused was told"


async def test_a_batch_that_never_came_is_refused_as_a_whole(case: Case) -> None:
    for n in range(2):
        await case.debt(f"R-{n}")
    await case.furnish()
    _says(case, Failed("not_received", retryable=True))
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["rejected"], batch["error_code"]) == ("REJECTED", 2, "not_received")
    assert [row[:3] for row in await _rejects(case)] == [("R-0", "not_received", ""), ("R-1", "not_received", "")]
    case.told.batches.clear()
    await case.furnish(NOON + 2 * DAY)
    (batch,) = case.told.batches.values()
    assert [record.first_negative_on for record in batch.records] == [None, None]


@pytest.mark.parametrize(
    ("rejects", "changes"),
    [
        ((), {"accepted": 1}),
        ((), {"accepted": 3}),
        ((), {"number": "N-2"}),
        ((_reject("R-0"),), {"accepted": 2}),
        ((_reject("R-7"),), {}),
        ((_reject("R-0", code=""),), {}),
        ((_reject("R-0", code="c" * 81),), {}),
        ((_reject("R-0", code="a\nb"),), {}),
        ((_reject("R-0", field="f" * 61),), {}),
    ],
)
async def test_an_answer_that_is_not_about_this_batch_is_not_believed(
    case: Case, rejects: tuple[RecordReject, ...], changes: dict[str, Any]
) -> None:
    for n in range(2):
        await case.debt(f"R-{n}")
    await case.furnish()
    _answers(case, *rejects, **changes)
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["error_code"]) == ("AWAITED", "PLUGIN_ANSWER_INVALID")
    assert await _rejects(case) == [] and await _waiting(case) == 1
    _answers(case)
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["error_code"]) == ("ACCEPTED", None)


async def test_a_disabled_plugin_is_asked_again_later(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    await disable_offer(case.house.north, CODE)
    await case.settle(NOON + DAY, ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["error_code"]) == ("AWAITED", "OFFER_NOT_ENABLED") and await _waiting(case) == 1


async def test_a_callback_that_names_the_batch_begins_the_question_at_once(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    (batch,) = await case.batches()
    due = "SELECT not_before <= now() AS due FROM job WHERE name = $1"
    await case.rows("UPDATE job SET not_before = now() + interval '1 day' WHERE name = $1", ANSWER_JOB)
    assert (await case.rows(due, ANSWER_JOB))[0]["due"] is False
    (told,) = case.told.batches.values()
    async with db.transaction(case.house.north) as tx:
        await hasten(tx, [parse(told.reference)[1]])
    assert (await case.rows(due, ANSWER_JOB))[0]["due"] is True and batch["answer"] == "AWAITED"


async def test_two_who_ask_at_once_write_one_answer(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    (batch,) = await case.batches()
    both = asyncio.Barrier(2)

    async def status(asked: SubmissionRef, _: FurnishingBatch) -> Outcome[FurnishingAcknowledgement]:
        await both.wait()
        return Settled(FurnishingAcknowledgement(number=asked.number or "", accepted=0, rejects=(_reject("R-0"),)))

    case.told.status = status
    found = await asyncio.gather(*(take_answer(case.house.north, batch["id"]) for _ in range(2)))
    assert [one.answer for one in found] == ["REJECTED", "REJECTED"] and len(await _rejects(case)) == 1
    assert len(await events(case.house.north, "bureau.furnishing_answered")) == 1 and await _waiting(case) == 0


async def test_it_is_the_agencys_own(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    (batch,) = await case.batches()
    for scope, batch_id in ((case.house.south, batch["id"]), (case.house.north, new_id())):
        with pytest.raises(NotFound):
            await take_answer(scope, batch_id)
    _answers(case, _reject("R-0"))
    await case.settle(NOON + DAY, ANSWER_JOB)
    async with db.transaction(case.house.south) as tx:
        assert await tx.fetchval("SELECT count(*) FROM furnishing_reject") == 0
    for scope, sql in (
        (case.house.bank_scope, "SELECT * FROM furnishing_reject"),
        (case.house.north, "DELETE FROM furnishing_reject"),
        (case.house.north, "UPDATE furnishing_reject SET code = ''"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope) as tx:
                await tx.execute(sql)


async def test_who_only_makes_files_is_not_asked(database: Database) -> None:
    async with no_plugins():
        rooms = await house(database)
        case = Case(rooms, await with_told(rooms.north, abilities={"file_only"}))
        await case.debt("R-0")
        for day in range(2):
            await case.furnish(NOON + day * DAY)
        assert {(row["answer"], row["content"]) for row in await case.batches()} == {(None, None)}
        assert await _waiting(case) == 0 and len(await case.rows("SELECT FROM negative_report")) == 1
        (first, _) = await case.batches()
        assert (await take_answer(rooms.north, first["id"])).answer is None and case.told.inquiries == []


KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from uuid import UUID
from core.bureaus import decided, take_answer
from core.kit import clock, crypto, db
from recobro import jobs_registry, worker
from recobro_sdk import FurnishingAcknowledgement, RecordReject, Settled
from tests.conftest import SECRET_KEY
from tests.core.bureaus.furnisher import register_told
from tests.core.bureaus.furnishing_case import NOON

url, job, moment = sys.argv[1:]

class AnyBatch(dict):
    def __missing__(self, key):
        return None

async def dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    crypto.use_keys((SECRET_KEY,))
    db.use(await db.Database.connect(url))
    jobs_registry.load()
    told = register_told()
    async def status(asked, batch):
        rejects = (RecordReject(reference="R-0", code="E-17", field="", remedy="No."),)
        return Settled(FurnishingAcknowledgement(number=asked.number, accepted=1, rejects=rejects))

    told.batches = AnyBatch()
    told.status = status
    if moment == "before it is written":
        take_answer._answered = dies
    elif moment == "in the transaction":
        decided._tell = dies
    else:
        took = take_answer.take_answer

        async def then_dies(*args):
            await took(*args)
            await dies()

        take_answer.take_answer = then_dies
    with clock.at(NOON):
        await worker.run_job(UUID(job))

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["before it is written", "in the transaction", "before the job is done"])
async def test_killed_while_the_answer_is_taken_it_is_taken_once(case: Case, app_url: str, moment: str) -> None:
    for n in range(2):
        await case.debt(f"R-{n}")
    await case.furnish()
    (job,) = await case.rows(
        "UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' RETURNING id", ANSWER_JOB
    )
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, app_url, str(job["id"]), moment],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    written = moment == "before the job is done"
    assert (await case.batches())[0]["answer"] == ("PARTLY" if written else "AWAITED")
    _answers(case, _reject("R-0", field="", remedy="No."))
    with clock.at(NOON + DAY):
        assert await worker.run_job(job["id"], replace(worker.PATIENCE, silent=timedelta(0)))
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["rejected"], batch["content"]) == ("PARTLY", 1, 1, None)
    assert await _rejects(case) == [("R-0", "E-17", "", "No.")]
    assert len(await events(case.house.north, "bureau.furnishing_answered")) == 1 and await _waiting(case) == 0


async def test_the_schema_of_before_takes_what_is_there(own_url: str) -> None:
    """Reports that were refused, and those of two batches, are more than 0024 can hold."""
    config = program_database.alembic_config(own_url)
    opened = await Database.connect(program_database.app_url(own_url, crypto.derived("database")))
    db.use(opened)
    try:
        async with no_plugins():
            rooms = await house(opened)
            case = Case(rooms, await with_told(rooms.north))
            for n in range(3):
                await case.debt(f"R-{n}")
            await case.furnish()
            await case.furnish(NOON + DAY)
            first, second = await case.batches()
            for batch, refused in ((first, (_reject("R-0"), _reject("R-1"))), (second, (_reject("R-0"),))):
                _answers(case, *refused)
                with clock.at(NOON + 2 * DAY):
                    await take_answer(rooms.north, batch["id"])
            await case.furnish(NOON + 3 * DAY)
            (waits,) = [row for row in await case.batches() if row["answer"] == "AWAITED"]
            assert waits["content"] is not None and len(await case.rows("SELECT FROM negative_report")) == 7
            before = await case.batches()
            await asyncio.to_thread(command.downgrade, config, "0024")
            days = await case.reported()
            assert days == {"R-0": ((NOON + 3 * DAY).date(), DUE), "R-1": (NOON.date(), DUE), "R-2": (NOON.date(), DUE)}
            assert len(await case.rows("SELECT FROM negative_report")) == 3
            await asyncio.to_thread(program_database.upgrade, own_url)
            kept = ("id", "state", "receipt", "records")
            after = await case.batches()
            assert [[row[key] for key in kept] for row in after] == [[row[key] for key in kept] for row in before]
            assert {(row["content"], row["answer"]) for row in after} == {(None, None)}
    finally:
        db.use(None)
        await opened.close()
