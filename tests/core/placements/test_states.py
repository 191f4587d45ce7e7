"""From upload to active: who may do what when, what is told, and what is left when the worker dies."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.kit import db
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.jobs import Run, failed_of
from core.kit.pages import PageRequest
from core.kit.scope import Actor, agency_scope, creditor_scope
from core.mandates.models import FileKind
from core.permissions import Permission
from core.placements.accept_batch import accept_batch
from core.placements.reads import batch_by_id, batches_listing, issues, report
from core.placements.reject_batch import RejectBatch, reject_batch
from core.placements.upload_file import UploadFile, upload_file
from tests.core.lists import page_of
from tests.core.placements.conftest import NEW, Desk
from tests.helpers_jobs import run_jobs

HEAD = "ref,name,opened,amount\n"
ROWS = HEAD + "A1,Ana,2024-01-31,10.50\nA2,Bob,2024-01-31,x\nA3,=HYPERLINK(1),2024-02-30,1\n"


async def test_the_dry_run_shows_everything_and_keeps_nothing_but_the_report(desk: Desk) -> None:
    await desk.layout(NEW)
    uploaded = await desk.upload(ROWS)
    assert (uploaded.state, uploaded.repeated) == ("UPLOADED", False)
    with pytest.raises(Conflict):
        await accept_batch(desk.scope, uploaded.batch_id)
    await run_jobs(desk.database)
    batch = await batch_by_id(desk.scope, uploaded.batch_id)
    assert (batch["state"], batch["rows_total"], batch["rows_accepted"], batch["rows_rejected"]) == (
        "VALIDATED",
        3,
        1,
        2,
    )
    assert (batch["sum_accepted_minor"], batch["encoding"]) == (1050, "utf-8")
    assert batch["issues_by_code"] == {"INVALID_AMOUNT": 1, "INVALID_DATE": 1}
    for table in ("debt", "party", "debt_component", "debt_movement"):
        assert await desk.value(f"SELECT count(*) FROM {table}") == 0
    job = (await desk.fetch("SELECT * FROM job"))[0]
    assert (job["state"], job["result"]["state"], job["progress_note"]) == ("DONE", "VALIDATED", "writing the report")
    assert job["progress_done"] == job["progress_total"] == 2 * len(ROWS)


async def test_acceptance_is_asked_for_once_and_acknowledged(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(ROWS)
    first, second = await asyncio.gather(accept_batch(desk.scope, batch["id"]), accept_batch(desk.scope, batch["id"]))
    assert first.job_id == second.job_id
    await run_jobs(desk.database)
    batch = await batch_by_id(desk.scope, batch["id"])
    assert [one["state"] for one in batch["details"]["history"]] == ["PARTIAL", "ACKED", "ACTIVE"]
    said = batch["details"]["acknowledgement"]
    assert (said["rows"], said["accepted"], said["rejected"], said["accepted_minor"]) == (3, 1, 2, 1050)
    assert said["file_sha256"] == batch["file_sha256"]
    with pytest.raises(Conflict):
        await reject_batch(desk.scope, RejectBatch(batch_id=batch["id"], reason="too late"))
    names = [
        row["name"]
        for row in await desk.fetch("SELECT name FROM event WHERE name LIKE 'placement.%' ORDER BY position")
    ]
    assert names == ["placement.received", "placement.validated", "placement.accepted"]


async def test_an_import_that_failed_for_good_can_be_asked_for_again(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(ROWS)
    first = await accept_batch(desk.scope, batch["id"])
    async with db.transaction(desk.scope) as tx:
        await tx.execute("UPDATE job SET state = 'FAILED' WHERE id = $1", first.job_id)
    second = await accept_batch(desk.scope, batch["id"])
    assert second.job_id != first.job_id
    await run_jobs(desk.database)
    assert (await batch_by_id(desk.scope, batch["id"]))["state"] == "ACTIVE"


async def test_a_batch_can_be_rejected_with_a_reason_until_it_is_taken(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(ROWS)
    with pytest.raises(InvalidInput):
        await reject_batch(desk.scope, RejectBatch(batch_id=batch["id"], reason="  "))
    await accept_batch(desk.scope, batch["id"])
    await reject_batch(desk.scope, RejectBatch(batch_id=batch["id"], reason="not this month"))
    await run_jobs(desk.database)
    batch = await batch_by_id(desk.scope, batch["id"])
    assert (batch["state"], batch["error_code"], batch["error_message"]) == (
        "REJECTED",
        "REJECTED_BY_AGENCY",
        "not this month",
    )
    assert await desk.value("SELECT count(*) FROM debt") == 0
    assert not (await desk.upload(ROWS)).repeated


async def test_a_file_of_which_no_row_is_good_is_rejected_when_accepted(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(HEAD + "A,Ana,x,1\nB,Ana,y,1\n")
    assert batch["state"] == "VALIDATED"
    await accept_batch(desk.scope, batch["id"])
    await run_jobs(desk.database)
    assert (await batch_by_id(desk.scope, batch["id"]))["error_code"] == "NO_ROW_ACCEPTED"


async def test_what_changed_since_the_dry_run_counts(desk: Desk) -> None:
    await desk.layout(NEW)
    one, two = await desk.validate(HEAD + "A,Ana,2024-01-31,1\n"), await desk.validate(HEAD + "A,Ana,2024-01-31,1\n\n")
    assert one["rows_accepted"] == two["rows_accepted"] == 1
    for batch in (one, two):
        await accept_batch(desk.scope, batch["id"])
    await run_jobs(desk.database)
    later = await batch_by_id(desk.scope, two["id"])
    assert (later["rows_accepted"], later["rows_duplicate"]) == (0, 1)
    assert await desk.value("SELECT count(*) FROM debt") == 1


async def test_reads_are_paged_filtered_and_a_creditors_own(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(ROWS)
    page = await issues(desk.scope, batch["id"], PageRequest(first=1), with_total=True)
    assert (page.rows[0]["line"], page.has_next, page.total) == (3, True, 2) and page.rows[0]["remedy"]
    rest = await issues(desk.scope, batch["id"], PageRequest(first=9, after=page.end_cursor), code="INVALID_DATE")
    assert [row["line"] for row in rest.rows] == [4]
    assert (await issues(desk.scope, batch["id"], PageRequest(), outcome="WARNING")).rows == ()
    listed = await page_of(desk.scope, batches_listing(desk.scope, state="VALIDATED"), with_total=True)
    assert (listed.total, listed.rows[0].id) == (1, batch["id"])
    own = creditor_scope(desk.creditor_id, Actor("user", "c"), [Permission.PLACEMENT_READ])
    assert (await batch_by_id(own, batch["id"]))["rows_total"] == 3
    assert len((await issues(own, batch["id"], PageRequest())).rows) == 2
    for stranger in (
        creditor_scope(new_id(), Actor("user", "c"), [Permission.PLACEMENT_READ]),
        agency_scope(new_id(), Actor("user", "c"), frozenset(Permission)),
    ):
        with pytest.raises(NotFound):
            await batch_by_id(stranger, batch["id"])
        with pytest.raises(NotFound):
            await issues(stranger, batch["id"], PageRequest())
        assert (await page_of(stranger, batches_listing(stranger))).rows == ()
    with pytest.raises(NotFound):
        await accept_batch(agency_scope(new_id(), Actor("user", "c"), frozenset(Permission)), batch["id"])
    text = b"".join([piece async for piece in report(own, batch["id"])]).decode()
    lines = text.split("\r\n")
    assert lines[0] == "line,outcome,code,column,given,reference,message,remedy" and len(lines) == 4
    assert lines[1].startswith("3,REJECTED,INVALID_AMOUNT,amount,x,A2,")


async def test_uploading_and_deciding_need_the_permission(desk: Desk) -> None:
    await desk.layout(NEW)
    stored = await desk.store(ROWS.encode())
    batch = await desk.validate(ROWS)
    reader = agency_scope(desk.scope.agency, Actor("user", "r"), [Permission.PLACEMENT_READ])
    command = UploadFile(mandate_id=desk.mandate_id, kind=FileKind.NEW, file=stored, file_name="f")
    for attempt in (
        upload_file(reader, command), accept_batch(reader, batch["id"]),
        reject_batch(reader, RejectBatch(batch_id=batch["id"], reason="x")),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(InvalidInput, match="portfolio"):
        await upload_file(desk.scope, command)


_WORKER = """
import asyncio, sys
from pathlib import Path
from core.kit import crypto, db, files
from core.kit.db import Database
from core.placements import import_batch
from recobro import database as program_database
from tests.helpers_jobs import run_jobs

async def main(url, folder):
    files.use_folder(Path(folder))
    database = await Database.connect(url)
    db.use(database)
    real = import_batch.store_issues
    async def dying(tx, batch):
        await real(tx, batch)
        print("written", await tx.fetchval("SELECT count(*) FROM debt"), flush=True)
        await asyncio.sleep(600)
    import_batch.store_issues = dying
    await run_jobs(database)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_worker_killed_in_the_middle_of_an_import_leaves_nothing_and_the_next_one_does_it_all(
    desk: Desk, app_url: str, tmp_path: Path
) -> None:
    """Killed after every row was written and before the commit, as a machine dies: no handler runs, no goodbye."""
    await desk.layout(NEW)
    rows = HEAD + "".join(f"A{n},Ana,2024-01-31,{n}.50\n" for n in range(500))
    batch = await desk.validate(rows)
    await accept_batch(desk.scope, batch["id"])
    worker = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", _WORKER, app_url, str(tmp_path / "files")], stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert worker.stdout is not None
    said = await asyncio.to_thread(worker.stdout.readline)
    assert said == b"written 500\n"
    assert await desk.value("SELECT count(*) FROM debt") == 0
    worker.send_signal(signal.SIGKILL)
    await asyncio.to_thread(worker.wait)

    assert (await batch_by_id(desk.scope, batch["id"]))["state"] == "VALIDATED"
    assert await desk.value("SELECT count(*) FROM debt") == 0
    async with db.transaction(desk.scope) as tx:  # the worker that finds the job abandoned
        await tx.execute("UPDATE job SET state = 'QUEUED' WHERE state = 'RUNNING'")
    await run_jobs(desk.database)
    batch = await batch_by_id(desk.scope, batch["id"])
    assert (batch["state"], batch["rows_accepted"]) == ("ACTIVE", 500)
    assert (
        await desk.value("SELECT count(*) FROM debt") == await desk.value("SELECT count(*) FROM debt_movement") == 500
    )
    assert await desk.value("SELECT attempt FROM job WHERE name = 'placements.import'") == 2


async def test_a_dry_run_that_fails_for_good_does_not_block_its_file(desk: Desk) -> None:
    await desk.layout(NEW)
    uploaded = await desk.upload(b"ref,name,opened,amount\nA,a,2026-01-01,1\n")
    run = Run(uploaded.job_id or new_id(), desk.scope.agency, 1, desk.scope, {"batch_id": str(uploaded.batch_id)})
    end = failed_of("placements.validate")
    assert end is not None
    async with db.transaction(desk.scope) as tx:
        await end(tx, run, "FAULT", "It failed too often.")
    batch = await batch_by_id(desk.scope, uploaded.batch_id)
    assert (batch["state"], batch["error_code"]) == ("REJECTED", "FAULT")
    assert not (await desk.upload(b"ref,name,opened,amount\nA,a,2026-01-01,1\n")).repeated
