"""A bureau's file about a batch is taken once and whole, or refused and changes nothing; what it refuses was not told."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command

from core.bureaus.submit_batch import ANSWER_JOB
from core.bureaus.take_acknowledgement import (
    MAX_BYTES,
    AcknowledgementTaken,
    TakeAcknowledgement,
    take_acknowledgement,
)
from core.bureaus.take_answer import take_answer
from core.kit import clock, crypto, db, files
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, LimitExceeded, NotFound
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.follow_up import MAX_ATTEMPTS
from core.plugin_host.problems import ProviderProblem
from recobro import database as program_database
from recobro_sdk import (
    Artifact,
    FurnishingAcknowledgement,
    FurnishingBatch,
    Outcome,
    ProviderTimeout,
    Settled,
    SubmissionRef,
)
from tests.core.bureaus.furnisher import CODE, answer_file, read_lines, with_told
from tests.core.bureaus.furnishing_case import DUE, NOON, Case
from tests.core.house import events, house
from tests.core.plugin_house import calls, no_plugins

ROOT = Path(__file__).resolve().parents[3]
DAY = timedelta(days=1)
CARRIED = frozenset({"file_only", "acknowledgement_files"})


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with no_plugins():
        rooms = await house(database)
        yield Case(rooms, await with_told(rooms.north, abilities=CARRIED))


async def _take(
    case: Case, content: bytes, batch: int = 0, *, scope: Scope | None = None, name: str = "answer.txt"
) -> AcknowledgementTaken:
    row = (await case.batches())[batch]
    given = TakeAcknowledgement(batch_id=row["id"], file_name=name, content=content)
    with clock.at(NOON + DAY):
        return await take_acknowledgement(scope or case.house.north, given)


async def _files(case: Case) -> list[dict[str, Any]]:
    return await case.rows("SELECT * FROM furnishing_file WHERE from_bureau ORDER BY batch_id")


async def _unchanged(case: Case, batch: int = 0) -> None:
    row = (await case.batches())[batch]
    assert (row["answer"], row["accepted"], row["rejected"], row["answered_at"]) == ("AWAITED", None, None, None)
    assert row["content"] and row["error_code"] is None
    assert await _files(case) == [] and await case.rows("SELECT FROM furnishing_reject") == []
    assert await events(case.house.north, "bureau.furnishing_answered") == []


async def _told(case: Case, count: int = 3) -> None:
    for n in range(count):
        await case.debt(f"R-{n}")
    await case.furnish()


async def test_what_the_file_refuses_is_kept_with_the_file_and_told_again(case: Case) -> None:
    await _told(case)
    (sent,) = await case.batches()
    assert (sent["answer"], sent["receipt"]) == ("AWAITED", "N-1") and sent["content"] == b'["R-0","R-1","R-2"]'
    assert await case.rows("SELECT FROM job WHERE name = $1", ANSWER_JOB) == [], "nobody is asked"
    content = answer_file("N-1", 2, "R-1")
    taken = await _take(case, content)
    assert (taken.answer.answer, taken.answer.batch_id, taken.repeated) == ("PARTLY", sent["id"], False)
    (file,) = case.told.files
    assert (file.name, file.content) == ("answer.txt", content)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["rejected"], batch["content"]) == ("PARTLY", 2, 1, None)
    assert batch["answered_at"] == NOON + DAY and case.told.inquiries == []
    (kept,) = await _files(case)
    digest = sha256(content).hexdigest()
    assert (kept["name"], kept["file_sha256"], kept["file_size"]) == ("answer.txt", digest, len(content))
    assert b"".join(files.read(case.house.north.agency, digest)) == content
    (event,) = await events(case.house.north, "bureau.furnishing_answered")
    assert event["data"] == {
        "furnisher": CODE, "as_of": "2026-03-10", "records": 3, "receipt": "N-1", "answer": "PARTLY", "accepted": 2,
        "rejected": 1, "error_code": None, "file_sha256": digest,
    }  # fmt: skip
    assert event["creditor_id"] is None
    assert [row["operation"] for row in await calls(case.house.north)] == ["problems", "submit", "read_acknowledgement"]
    later = NOON + 7 * DAY
    await case.furnish(later)
    again = {record.reference: record.first_negative_on for record in list(case.told.batches.values())[1].records}
    assert again == {"R-0": NOON.date(), "R-1": None, "R-2": NOON.date()}


async def test_the_same_file_again_changes_nothing_and_is_not_read_again(case: Case) -> None:
    await _told(case)
    content = answer_file("N-1", 2, "R-1")
    first, second = await _take(case, content), await _take(case, content, name="copy.txt")
    assert (second.answer, second.repeated) == (first.answer, True) and len(case.told.files) == 1
    assert len(await _files(case)) == 1 == len(await case.rows("SELECT FROM furnishing_reject"))
    assert len(await events(case.house.north, "bureau.furnishing_answered")) == 1


async def test_a_batch_that_was_answered_is_not_answered_otherwise(case: Case) -> None:
    await _told(case)
    await _take(case, answer_file("N-1", 3))
    with pytest.raises(Conflict) as caught:
        await _take(case, answer_file("N-1", 2, "R-1"))
    assert (caught.value.code, caught.value.field) == ("ALREADY_ANSWERED", "batch_id") and caught.value.remedy
    (batch,) = await case.batches()
    assert (batch["answer"], batch["rejected"]) == ("ACCEPTED", 0) and len(await _files(case)) == 1
    assert await case.rows("SELECT FROM furnishing_reject") == [] and len(case.told.files) == 1


async def test_a_file_of_the_same_name_as_the_one_that_was_sent_is_kept_beside_it(case: Case) -> None:
    await _told(case)
    await _take(case, answer_file("N-1", 3), name="batch.txt")
    rows = await case.rows("SELECT name, from_bureau FROM furnishing_file ORDER BY from_bureau")
    assert [tuple(row.values()) for row in rows] == [("batch.txt", False), ("batch.txt", True)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"what is this?", "FILE_UNREADABLE"),
        (b"\x00\xff\xfe", "FILE_UNREADABLE"),
        (answer_file("N-1", 2, "R-1")[:-4], "FILE_UNREADABLE"),
        (answer_file("N-2", 3), "FILE_OF_ANOTHER_BATCH"),
        (answer_file("", 3), "FILE_OF_ANOTHER_BATCH"),
        (answer_file("N-1", 2), "FILE_DOES_NOT_FIT"),
        (answer_file("N-1", 3, "R-1"), "FILE_DOES_NOT_FIT"),
        (answer_file("N-1", 2, "R-7"), "FILE_DOES_NOT_FIT"),
    ],
)
async def test_a_file_that_is_not_this_batchs_answer_is_refused_and_changes_nothing(
    case: Case, content: bytes, code: str
) -> None:
    await _told(case)
    with pytest.raises(InvalidInput) as caught:
        await _take(case, content)
    problem = caught.value
    assert (problem.code, problem.field) == (code, "file") and problem.remedy
    if code == "FILE_UNREADABLE":
        assert problem.message == "line 1: no number of records; ask for the whole file"
    await _unchanged(case)
    assert (await _take(case, answer_file("N-1", 3))).answer.answer == "ACCEPTED"


async def test_a_file_is_as_large_as_it_may_be(case: Case) -> None:
    await _told(case)
    with pytest.raises(LimitExceeded) as caught:
        await _take(case, b"x" * (MAX_BYTES + 1))
    assert (caught.value.code, caught.value.field) == ("FILE_TOO_LARGE", "file") and case.told.files == []
    await _unchanged(case)
    with pytest.raises(InvalidInput) as read:
        await _take(case, b"x" * MAX_BYTES)
    assert read.value.code == "FILE_UNREADABLE" and case.told.files[0].size == MAX_BYTES


async def test_each_batch_takes_its_own_file(case: Case) -> None:
    await _told(case, 1)
    await case.furnish(NOON + DAY)
    with pytest.raises(InvalidInput) as caught:
        await _take(case, answer_file("N-2", 1), 0)
    assert caught.value.code == "FILE_OF_ANOTHER_BATCH"
    assert (await _take(case, answer_file("N-2", 1), 1)).answer.answer == "ACCEPTED"
    assert (await _take(case, answer_file("N-1", 0, "R-0"), 0)).answer.answer == "REJECTED"
    assert await case.reported() == {"R-0": (NOON.date(), DUE)}


@pytest.mark.parametrize("fault", ["timeout", "error"])
async def test_a_plugin_that_cannot_read_now_changes_nothing(case: Case, fault: str) -> None:
    await _told(case)

    async def fails(_: Artifact) -> FurnishingAcknowledgement:
        raise ProviderTimeout("slow") if fault == "timeout" else RuntimeError("a secret of the plugin")

    case.told.read = fails
    with pytest.raises(ProviderProblem) as caught:
        await _take(case, answer_file("N-1", 3))
    expected = "PROVIDER_TIMEOUT" if fault == "timeout" else "PLUGIN_FAULT"
    assert caught.value.code == expected and "secret" not in caught.value.message
    assert fault == "error" or caught.value.remedy == "Nothing was changed. Upload the file again."
    await _unchanged(case)
    case.told.read = None
    assert (await _take(case, answer_file("N-1", 3))).answer.answer == "ACCEPTED"


async def test_two_uploads_at_once_are_one_answer(case: Case) -> None:
    await _told(case)
    both = asyncio.Barrier(2)

    async def read(file: Artifact) -> FurnishingAcknowledgement:
        await both.wait()
        return read_lines(file)

    case.told.read = read
    content = answer_file("N-1", 2, "R-1")
    found = await asyncio.gather(_take(case, content), _take(case, content))
    assert sorted(one.repeated for one in found) == [False, True] and found[0].answer == found[1].answer
    assert len(await _files(case)) == 1 == len(await case.rows("SELECT FROM furnishing_reject"))
    assert len(await events(case.house.north, "bureau.furnishing_answered")) == 1


async def test_two_different_files_at_once_are_one_answer_and_a_refusal(case: Case) -> None:
    await _told(case)
    both = asyncio.Barrier(2)

    async def read(file: Artifact) -> FurnishingAcknowledgement:
        await both.wait()
        return read_lines(file)

    case.told.read = read
    found = await asyncio.gather(
        _take(case, answer_file("N-1", 2, "R-1")), _take(case, answer_file("N-1", 3)), return_exceptions=True
    )
    (refused,) = [one for one in found if isinstance(one, BaseException)]
    assert isinstance(refused, Conflict) and refused.code == "ALREADY_ANSWERED"
    (taken,) = [one for one in found if isinstance(one, AcknowledgementTaken)]
    (batch,), (kept,) = await case.batches(), await _files(case)
    assert batch["answer"] == taken.answer.answer
    rejects = await case.rows("SELECT FROM furnishing_reject")
    content = answer_file("N-1", 2, "R-1") if batch["answer"] == "PARTLY" else answer_file("N-1", 3)
    assert len(rejects) == batch["rejected"] and kept["file_sha256"] == sha256(content).hexdigest()


async def test_it_is_for_who_furnishes_at_the_agency_whose_batch_it_is(case: Case) -> None:
    await _told(case)
    content = answer_file("N-1", 3)
    for scope, expected in (
        (case.house.south, NotFound),
        (case.house.bank_scope, Forbidden),
        (replace(case.house.north, permissions=frozenset()), Forbidden),
    ):
        with pytest.raises(expected):
            await _take(case, content, scope=scope)
    with pytest.raises(NotFound):
        nowhere = TakeAcknowledgement(batch_id=new_id(), file_name="a.txt", content=content)
        await take_acknowledgement(case.house.north, nowhere)
    await _unchanged(case)
    assert case.told.files == []


async def test_where_no_file_is_awaited_none_is_taken(case: Case) -> None:
    await case.debt("R-0", consent=False)
    await case.furnish()
    (empty,) = await case.batches()
    assert empty["state"] == "EMPTY"
    with pytest.raises(Conflict) as caught:
        await _take(case, answer_file("N-1", 1))
    assert caught.value.code == "ANSWER_NOT_AWAITED"


async def test_who_is_only_asked_takes_no_files(database: Database) -> None:
    async with no_plugins():
        rooms = await house(database)
        case = Case(rooms, await with_told(rooms.north))
        await _told(case)
        with pytest.raises(Conflict) as caught:
            await _take(case, answer_file("N-1", 3))
        assert (caught.value.code, caught.value.field) == ("NO_ANSWER_FILES", "batch_id") and case.told.files == []
        await _unchanged(case)


async def test_a_disabled_plugin_reads_nothing(case: Case) -> None:
    await _told(case)
    await disable_offer(case.house.north, CODE)
    with pytest.raises(DomainError) as caught:
        await _take(case, answer_file("N-1", 3))
    assert caught.value.code == "OFFER_NOT_ENABLED"
    await _unchanged(case)


async def test_who_is_asked_as_well_is_asked_until_the_file_is_there_and_waits_for_it(database: Database) -> None:
    async with no_plugins():
        rooms = await house(database)
        case = Case(rooms, await with_told(rooms.north, abilities={"acknowledgement_files"}))
        await _told(case)
        assert len(await case.rows("SELECT FROM job WHERE name = $1 AND state = 'QUEUED'", ANSWER_JOB)) == 1
        await case.rows(
            "UPDATE job SET payload = jsonb_set(payload, '{attempt}', to_jsonb($2::int)) WHERE name = $1",
            ANSWER_JOB, MAX_ATTEMPTS,
        )  # fmt: skip
        await case.settle(NOON + 14 * DAY, ANSWER_JOB)
        assert len(await events(rooms.north, "bureau.furnishing_unanswered")) == 1
        assert (await case.batches())[0]["answer"] == "AWAITED", "its file may still come"
        assert (await _take(case, answer_file("N-1", 2, "R-1"))).answer.answer == "PARTLY"


async def test_an_answer_by_file_ends_the_questions_and_one_by_question_the_files(database: Database) -> None:
    async with no_plugins():
        rooms = await house(database)
        case = Case(rooms, await with_told(rooms.north, abilities={"acknowledgement_files"}))
        await _told(case, 1)
        await case.furnish(NOON + DAY)
        await _take(case, answer_file("N-1", 1), 0)
        waiting = await case.rows("SELECT subject_id FROM job WHERE name = $1 AND state = 'QUEUED'", ANSWER_JOB)
        second: UUID = (await case.batches())[1]["id"]
        assert [row["subject_id"] for row in waiting] == [second]

        async def status(asked: SubmissionRef, _: FurnishingBatch) -> Outcome[FurnishingAcknowledgement]:
            return Settled(FurnishingAcknowledgement(number=asked.number or "", accepted=1))

        case.told.status = status
        with clock.at(NOON + DAY):
            assert (await take_answer(rooms.north, second)).answer == "ACCEPTED"
        with pytest.raises(Conflict) as caught:
            await _take(case, answer_file("N-2", 0, "R-0"), 1)
        assert caught.value.code == "ALREADY_ANSWERED" and len(await _files(case)) == 1


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from uuid import UUID
from core.bureaus import decided, take_acknowledgement
from core.kit import clock, crypto, db, files
from tests.conftest import SECRET_KEY
from tests.core.bureaus.furnisher import answer_file, register_told
from tests.core.bureaus.furnishing_case import NOON
from core.kit.scope import agency_scope
from tests.core.house import COLLECTOR, EVERYTHING

url, agency, batch, folder, moment = sys.argv[1:]

async def dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    crypto.use_keys((SECRET_KEY,))
    db.use(await db.Database.connect(url))
    files.use_folder(Path(folder))
    told = register_told({"file_only", "acknowledgement_files"})
    if moment == "while it is read":
        told.read = dies
    elif moment == "before it is written":
        take_acknowledgement._take = dies
    else:
        decided._tell = dies
    given = take_acknowledgement.TakeAcknowledgement(
        batch_id=UUID(batch), file_name="answer.txt", content=answer_file("N-1", 2, "R-1")
    )
    with clock.at(NOON):
        await take_acknowledgement.take_acknowledgement(agency_scope(UUID(agency), COLLECTOR, EVERYTHING), given)

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["while it is read", "before it is written", "in the transaction"])
async def test_killed_while_a_file_is_taken_it_is_taken_once_by_the_next_upload(
    case: Case, app_url: str, tmp_path: Path, moment: str
) -> None:
    await _told(case)
    (batch,) = await case.batches()
    arguments = [app_url, str(case.house.north.agency), str(batch["id"]), str(tmp_path), moment]
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, *arguments], cwd=ROOT, env=dict(os.environ),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    await _unchanged(case)
    taken = await _take(case, answer_file("N-1", 2, "R-1"))
    assert (taken.answer.answer, taken.repeated) == ("PARTLY", False)
    assert len(await _files(case)) == 1 == len(await case.rows("SELECT FROM furnishing_reject"))


async def test_the_schema_of_before_takes_the_files_that_are_there(own_url: str) -> None:
    """0029 has one file of each name in a batch."""
    config = program_database.alembic_config(own_url)
    opened = await Database.connect(program_database.app_url(own_url, crypto.derived("database")))
    db.use(opened)
    try:
        async with no_plugins():
            rooms = await house(opened)
            case = Case(rooms, await with_told(rooms.north, abilities=CARRIED))
            await _told(case)
            content = answer_file("N-1", 3)
            await _take(case, content, name="batch.txt")
            await asyncio.to_thread(command.downgrade, config, "0029")
            names = {row["name"] for row in await case.rows("SELECT name FROM furnishing_file")}
            assert names == {"batch.txt", f"{sha256(content).hexdigest()}-batch.txt"}
            await asyncio.to_thread(program_database.upgrade, own_url)
            assert len(await case.rows("SELECT FROM furnishing_file WHERE NOT from_bureau")) == 2
    finally:
        db.use(None)
        await opened.close()
