"""From debts to what a bureau took of them, over the remote plugin and an integrator's server."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from core.bureaus.submit_batch import ANSWER_JOB
from core.kit.db import Database
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.process import link_of
from tests.core.bureaus.furnisher import Told
from tests.core.bureaus.furnishing_case import NOON, Case
from tests.core.house import events, house
from tests.core.plugin_house import calls

sys.path.insert(0, str(Path(__file__).parents[3] / "plugins" / "remote" / "tests"))
from remote_reference import ReferenceServer

REMOTE = EntryPoint("remote", "tests.core.remote_plugin", "recobro")


@dataclass
class Remote:
    case: Case
    server: ReferenceServer


@pytest.fixture
async def remote(database: Database) -> AsyncIterator[Remote]:
    host.load(found=[REMOTE], strict=True)
    with ReferenceServer() as server:
        rooms = await house(database)
        await enable_offer(rooms.north, "remote_furnisher", {**server.settings(), "needed_fields": ["address"]})
        yield Remote(Case(rooms, Told()), server)
        await host.close(end=False)
        link_of(REMOTE.name, REMOTE.value)._ends.clear()
        host.load(found=[])


async def test_what_the_server_did_not_take_is_told_to_it_again(remote: Remote) -> None:
    case = remote.case
    for reference in ("R-1", "R-2000"):
        await case.debt(reference)
    job = await case.furnish(furnisher="remote_furnisher")
    assert job["state"] == "DONE", job["error_code"]
    (sent,) = await case.batches()
    assert (sent["state"], sent["records"], sent["answer"]) == ("SUBMITTED", 2, "AWAITED"), sent["error_code"]
    assert sent["receipt"].startswith("BATCH-") and remote.server.service.batches == {
        str(sent["id"]): ["R-1", "R-2000"]
    }
    await case.settle(NOON + timedelta(days=1), ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["rejected"], batch["error_code"]) == ("PARTLY", 1, 1, None)
    rejects = await case.rows(
        "SELECT d.reference, r.code, r.field, r.remedy FROM furnishing_reject r JOIN debt d ON d.id = r.debt_id"
    )
    assert rejects == [
        {"reference": "R-2000", "code": "unknown_obligation", "field": "reference", "remedy": "Correct its number."}
    ]
    assert [row["operation"] for row in await calls(case.house.north)] == ["problems", "submit", "status"]
    later = NOON + timedelta(days=30)
    await case.furnish(later, furnisher="remote_furnisher")
    told = [event["data"]["first_reports"] for event in await events(case.house.north, "bureau.furnished")]
    assert told == [2, 1], "the one that was refused is told for the first time again"
    days = await case.rows("SELECT first_negative_on FROM negative_report ORDER BY first_negative_on")
    assert [row["first_negative_on"] for row in days] == [NOON.date(), NOON.date(), later.date()]


async def test_a_server_that_forgot_the_batch_takes_it_back(remote: Remote) -> None:
    case = remote.case
    await case.debt("R-1")
    await case.furnish(furnisher="remote_furnisher")
    remote.server.service.batches.clear()
    await case.settle(NOON + timedelta(days=1), ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["error_code"]) == ("REJECTED", 0, "not_received")
