"""A bureau is told by the job: once, with what the law lets out, and with the same batch again where nobody knows."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.bureaus import furnish
from core.bureaus.request_furnishing import FURNISH_JOB, RequestFurnishing, request_furnishing
from core.bureaus.settle_batch import settle_batch
from core.bureaus.submit_batch import FURNISHING_SETTLE_AFTER, FURNISHING_SETTLE_JOB
from core.kit import clock, db, files
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.jobs import Run
from core.kit.money import Money
from core.permissions import Permission
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.set_terms import SetTerms, set_terms
from core.reports.report_reads import find_file
from recobro import worker
from recobro_sdk import AuthenticationFailed, ProviderTimeout, RejectedByProvider
from tests.conftest import SECRET_KEY
from tests.core.bureaus.furnisher import CODE, Told, with_told
from tests.core.bureaus.furnishing_case import DUE, NOON, Case
from tests.core.house import EVERYTHING, events, house
from tests.core.plugin_house import calls, first_party, no_plugins

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with no_plugins():
        rooms = await house(database)
        yield Case(rooms, await with_told(rooms.north))


async def test_what_may_go_out_is_told_in_batches_and_what_may_not_is_listed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(furnish, "RECORDS", 2)
    made = [await case.debt(f"R-{n}", consent=n != 2) for n in range(5)]
    theirs = await case.debt("R-0", client=case.house.shop)
    case.told.refused = frozenset({"R-1"})
    job = await case.furnish()
    assert (job["state"], job["result"]) == (
        "DONE", {"batches": 4, "records": 4, "withheld": 2, "failed": 0, "open": 0},
    ), job  # fmt: skip
    assert case.told.references == ["R-0", "R-3", "R-4", "R-0"], "by creditor and debt, without the two left out"
    batches = await case.batches()
    assert [row["number"] for row in batches] == [1, 2, 3, 1]
    assert {row["state"] for row in batches} == {"SUBMITTED"} and {row["answer"] for row in batches} == {"AWAITED"}
    assert [row["content"] for row in batches] == [b'["R-0"]', b'["R-3"]', b'["R-4"]', b'["R-0"]'], (
        "whom it tells of is forgotten"
    )
    assert [row["withheld_by_rule"] for row in batches] == [{"no_contract": 1}, {"CO-BUR-09": 1}, {}, {}]
    assert {(row["as_of"], row["subscriber"], row["job_id"]) for row in batches} == {(NOON.date(), "0042", job["id"])}
    assert case.told.asked == [str(row["id"]) for row in batches], "our key, one for each batch"
    (first, *_) = case.told.batches.values()
    assert (first.furnisher, first.subscriber, first.prepared_at) == ("North", "0042", NOON)
    withheld = await case.rows("SELECT debt_id, rule, from_day, remedy FROM furnishing_withheld ORDER BY batch_id")
    assert [(row["debt_id"], row["rule"]) for row in withheld] == [
        (made[1].id, "no_contract"), (made[2].id, "CO-BUR-09"),
    ]  # fmt: skip
    assert withheld[0]["remedy"] == "Give it a product." and "authorisation" in withheld[1]["remedy"]
    told = await case.rows("SELECT debt_id, first_negative_on, batch FROM negative_report")
    assert {row["debt_id"] for row in told} == {made[0].id, made[3].id, made[4].id, theirs.id}
    assert {row["first_negative_on"] for row in told} == {NOON.date()}
    assert {row["batch"] for row in told} == {batch.reference for batch in case.told.batches.values()}
    (event, *more) = await events(case.house.north, "bureau.furnished")
    assert event["subject_id"] == batches[0]["id"] and event["creditor_id"] is None and len(more) == 3
    assert event["data"] == {
        "furnisher": CODE, "as_of": "2026-03-10", "records": 1, "receipt": "N-1", "withheld": 1, "first_reports": 1,
    }  # fmt: skip
    evidence = await calls(case.house.north)
    assert {row["subject_id"] for row in evidence} == {row["id"] for row in batches}
    assert [row["operation"] for row in evidence] == ["problems", "submit"] * 4
    waiting = await case.rows("SELECT state FROM job WHERE name = $1", FURNISHING_SETTLE_JOB)
    assert {row["state"] for row in waiting} == {"DONE"}

    file = (await case.rows("SELECT * FROM furnishing_file WHERE batch_id = $1", batches[1]["id"]))[0]
    found = await find_file(case.house.north, file["id"])
    assert files.path_of(found.agency_id, found.sha256).read_bytes() == b"R-3"
    for scope in (
        case.house.south,
        case.house.bank_scope,
        replace(case.house.north, permissions=EVERYTHING - {Permission.BUREAU_READ}),
    ):
        with pytest.raises(NotFound):
            await find_file(scope, file["id"])


async def test_a_later_run_tells_the_same_first_day_and_only_of_the_creditor_that_is_asked_for(case: Case) -> None:
    await case.debt("R-0")
    await case.debt("S-0", client=case.house.shop)
    await case.furnish(creditor_id=case.house.bank.creditor_id)
    assert case.told.references == ["R-0"]
    await case.furnish(NOON + timedelta(days=30), creditor_id=case.house.bank.creditor_id)
    first, again = [batch.records[0] for batch in case.told.batches.values()]
    assert (first.first_negative_on, again.first_negative_on) == (None, NOON.date())
    assert again.defaulted_on == first.defaulted_on == DUE
    reported = [event["data"]["first_reports"] for event in await events(case.house.north, "bureau.furnished")]
    assert reported == [1, 0] and await case.reported() == {first.reference: (NOON.date(), DUE)}


async def test_creditors_are_read_one_at_a_time_and_the_job_shows_how_many_are_left(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        await case.rows(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
            "VALUES ($1, $2, $2, $3, $3, $3, 'CO') RETURNING id",
            case.house.north.agency, new_id(), f"C-{n}",
        )  # fmt: skip
    debts = [await case.debt("R-0"), await case.debt("S-0", client=case.house.shop)]
    shown: list[tuple[int, int]] = []
    progress = Run.progress

    async def noted(run: Run, done: int, total: int, note: str = "") -> None:
        shown.append((done, total))
        await progress(run, done, total, note)

    monkeypatch.setattr(Run, "progress", noted)
    await case.furnish()
    assert shown == [(n, 5) for n in range(5)] and len(case.told.references) == len(debts)
    shown.clear()
    await case.furnish(NOON + timedelta(days=1), creditor_id=case.house.shop.creditor_id)
    assert shown == [(0, 1)] and case.told.references[2:] == ["S-0"]


async def test_where_nothing_may_go_out_nothing_is_submitted_and_the_reasons_are_kept(case: Case) -> None:
    await case.debt("R-0", consent=False)
    await case.debt("R-1")
    case.told.refused = frozenset({"R-1"})
    job = await case.furnish()
    (batch,) = await case.batches()
    assert (batch["state"], batch["records"], batch["withheld"]) == ("EMPTY", 0, 2) and job["state"] == "DONE"
    assert case.told.asked == [] and await case.rows("SELECT FROM negative_report") == []
    assert await events(case.house.north, "bureau.furnished") == []


async def _timeout() -> None:
    raise ProviderTimeout("nobody knows")


async def test_an_unknown_outcome_is_settled_with_the_same_batch_under_the_same_key(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(furnish, "RECORDS", 1)
    debt = await case.debt("R-0")
    await case.debt("R-1")
    await case.debt("S-0", client=case.house.shop)
    case.told.after = _timeout
    job = await case.furnish(creditor_id=case.house.bank.creditor_id)
    assert (job["state"], job["result"]["open"], job["result"]["records"]) == ("DONE", 1, 0)
    (batch,) = await case.batches()
    assert (batch["state"], batch["error_code"]) == ("UNKNOWN", "PROVIDER_TIMEOUT") and batch["content"]
    assert await case.rows("SELECT FROM negative_report") == [], "what nobody knows is not written down as told"
    assert len(await events(case.house.north, "bureau.furnishing_unknown")) == 1
    # The debt changes meanwhile: what is handed over again is what was handed over.
    await case.rows("UPDATE debt SET balance_minor = 5 WHERE id = $1", debt.id)
    later = NOON + timedelta(days=1)
    await case.settle(later)
    assert (await case.batches())[0]["state"] == "UNKNOWN" and len(case.told.asked) == 2
    case.told.after = None
    await case.settle(later)
    (batch,) = await case.batches()
    assert (batch["state"], batch["error_code"], batch["content"]) == ("SUBMITTED", None, b'["R-0"]')
    assert set(case.told.asked) == {str(batch["id"])} and len(case.told.batches) == 1
    (told,) = await case.rows("SELECT debt_id, first_negative_on FROM negative_report")
    assert told == {"debt_id": debt.id, "first_negative_on": NOON.date()}
    assert (await settle_batch(case.house.north, batch["id"])).state == "SUBMITTED" and len(case.told.asked) == 3
    for scope, batch_id in ((case.house.south, batch["id"]), (case.house.north, new_id())):
        with pytest.raises(NotFound):
            await settle_batch(scope, batch_id)


async def test_the_next_job_settles_what_is_open_before_it_tells_anything(case: Case) -> None:
    await case.debt("R-0")
    case.told.after = _timeout
    await case.furnish()
    await case.furnish(NOON + timedelta(days=1))
    assert len(case.told.batches) == 1 and len(case.told.asked) == 2, "it is not told again beside what is open"
    case.told.after = None
    await case.furnish(NOON + timedelta(days=2))
    first, second = case.told.batches.values()
    assert [record.first_negative_on for record in (*first.records, *second.records)] == [None, NOON.date()]
    assert [row["state"] for row in await case.batches()] == ["SUBMITTED", "SUBMITTED"]


async def test_a_batch_of_another_bureau_or_without_a_number_is_not_believed(case: Case) -> None:
    await case.debt("R-0")
    case.told.as_bureau = "other"
    await case.furnish()
    (batch,) = await case.batches()
    assert (batch["state"], batch["error_code"]) == ("UNKNOWN", "PLUGIN_ANSWER_INVALID")


async def test_a_refused_batch_fails_alone_and_refused_credentials_end_the_job(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(furnish, "RECORDS", 1)
    for n in range(2):
        await case.debt(f"R-{n}")

    async def refuse_first() -> None:
        if len(case.told.asked) == 1:
            raise RejectedByProvider("no", code="batch_refused")

    case.told.before = refuse_first
    job = await case.furnish()
    assert (job["state"], job["result"]["failed"], job["result"]["records"]) == ("DONE", 1, 1)
    refused, taken = await case.batches()
    assert (refused["state"], refused["error_code"], refused["content"]) == ("FAILED", "batch_refused", None)
    assert taken["state"] == "SUBMITTED" and case.told.references == ["R-1"]
    assert len(await case.rows("SELECT FROM negative_report")) == 1

    async def unknown_key() -> None:
        raise AuthenticationFailed("no")

    case.told.before = unknown_key
    job = await case.furnish(NOON + timedelta(days=1))
    assert (job["state"], job["error_code"]) == ("FAILED", "PROVIDER_AUTHENTICATION")
    assert [row["state"] for row in await case.batches()] == ["FAILED", "SUBMITTED", "FAILED"]
    with pytest.raises(Conflict) as caught:
        await case.furnish()
    assert caught.value.code == "OFFER_NOT_ENABLED"


async def test_only_who_may_only_ones_own_and_one_at_a_time(case: Case) -> None:
    await case.debt("R-0")
    await case.furnish()
    command = RequestFurnishing(furnisher=CODE, subscriber="0042")
    north = case.house.north
    weak = replace(north, permissions=EVERYTHING - {Permission.BUREAU_FURNISH})
    for scope in (weak, case.house.bank_scope):
        with pytest.raises(Forbidden):
            await request_furnishing(scope, command)
    for changes, field in (
        ({"furnisher": "nobody"}, "furnisher"),
        ({"creditor_id": new_id()}, "creditor_id"),
    ):
        with pytest.raises(NotFound) as missing:
            await request_furnishing(north, replace(command, **changes))
        assert missing.value.field == field
    for wrong in (" ", "4" * 61, "4\n2"):
        with pytest.raises(InvalidInput) as refused:
            await request_furnishing(north, replace(command, subscriber=wrong))
        assert refused.value.field == "subscriber"
    with pytest.raises(Conflict) as closed:
        await request_furnishing(case.house.south, command)
    assert closed.value.code == "OFFER_NOT_ENABLED"
    await request_furnishing(north, command)
    with pytest.raises(Conflict) as second:
        await request_furnishing(north, replace(command, creditor_id=case.house.bank.creditor_id))
    assert second.value.code == "JOB_UNDER_WAY"
    tables = ("furnishing_batch", "furnishing_file", "furnishing_withheld", "negative_report")
    async with db.transaction(case.house.south) as tx:
        assert [await tx.fetchval(f"SELECT count(*) FROM {table}") for table in tables] == [0] * 4
    for table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(case.house.bank_scope) as tx:
                await tx.fetch(f"SELECT * FROM {table}")


KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from uuid import UUID
from core.bureaus import submit_batch
from core.kit import clock, crypto, db
from core.plugin_host import host
from recobro import jobs_registry, worker

url, key, job, at = sys.argv[1:]

async def dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    crypto.use_keys((key,))
    db.use(await db.Database.connect(url))
    jobs_registry.load()
    host.load(strict=True)
    submit_batch._submitted = dies
    with clock.at(datetime.fromisoformat(at)):
        await worker.run_job(UUID(job))

asyncio.run(main())
"""


@pytest.mark.parametrize("by", ["the job", "the reconciler"])
async def test_killed_between_answer_and_commit_it_is_sent_once(database: Database, app_url: str, by: str) -> None:
    async with first_party():
        rooms = await house(database)
        case = Case(rooms, Told())
        debts = [await case.debt(f"R-{n}") for n in range(3)]
        await enable_offer(rooms.north, "co_bureau", {})
        await set_terms(rooms.north, SetTerms(code="co_bureau", price=Money(1_000, "COP"), reuse_days=0))
        with clock.at(NOON):
            job_id = await request_furnishing(rooms.north, RequestFurnishing(furnisher="co_bureau", subscriber="0042"))
        ended = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", KILLED, app_url, SECRET_KEY, str(job_id), NOON.isoformat()],
            cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        (left,) = await case.batches()
        (sent,) = await case.rows("SELECT key, document FROM plugin_document WHERE key LIKE 'batch:%'")
        assert left["state"] == "PREPARED" and await case.rows("SELECT FROM negative_report") == []
        with clock.at(NOON):
            assert (await settle_batch(rooms.north, left["id"])).state == "PREPARED", "somebody may be at it"
        later = NOON + FURNISHING_SETTLE_AFTER + timedelta(seconds=1)
        if by == "the reconciler":
            await case.settle(later)
        with clock.at(later):
            assert await worker.run_job(job_id, replace(worker.PATIENCE, silent=timedelta(0)))
        (batch,) = await case.batches()
        assert (batch["id"], batch["state"], batch["records"]) == (left["id"], "SUBMITTED", 3)
        assert await case.rows("SELECT key, document FROM plugin_document WHERE key LIKE 'batch:%'") == [sent]
        (job,) = await case.rows("SELECT state, result FROM job WHERE name = $1", FURNISH_JOB)
        assert (job["state"], job["result"]["records"]) == ("DONE", 3)
        assert {row["debt_id"] for row in await case.rows("SELECT debt_id FROM negative_report")} == {
            debt.id for debt in debts
        }
        (file,) = await case.rows("SELECT file_sha256, file_size FROM furnishing_file")
        content = files.path_of(rooms.north.agency, file["file_sha256"]).read_bytes()
        assert all(debt.reference.encode() in content for debt in debts) and len(content) == file["file_size"]
        assert len(await events(rooms.north, "bureau.furnished")) == 1
        submitted = [row["cost_minor"] for row in await calls(rooms.north) if row["operation"] == "submit"]
        assert sorted(submitted) == [0, 1_000], "asked twice, and paid once"


async def test_a_disabled_plugin_fails_the_job_before_anything_is_stored(case: Case) -> None:
    await case.debt("R-0")
    with clock.at(NOON):
        job_id: UUID = await request_furnishing(case.house.north, RequestFurnishing(furnisher=CODE, subscriber="0042"))
        await disable_offer(case.house.north, CODE)
        assert await worker.run_job(job_id)
    (job,) = await case.rows("SELECT state, error_code FROM job WHERE id = $1", job_id)
    assert job == {"state": "FAILED", "error_code": "OFFER_NOT_ENABLED"} and await case.batches() == []
