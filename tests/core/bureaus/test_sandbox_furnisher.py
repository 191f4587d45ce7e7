"""Furnishing without a bureau: the sandbox is told, asked, and forgets when it is started again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.metadata import EntryPoint

import pytest

from core.bureaus.submit_batch import ANSWER_JOB
from core.kit.db import Database
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.process import link_of
from tests.core.bureaus.furnisher import Told
from tests.core.bureaus.furnishing_case import NOON, Case
from tests.core.house import house
from tests.core.plugin_house import BUREAU_KEY, calls

SANDBOX = EntryPoint("bureau_sandbox", "recobro_bureau_sandbox.plugin", "recobro")
OFFER = "bureau_sandbox_furnisher"


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    host.load(found=[SANDBOX], strict=True)
    rooms = await house(database)
    await enable_offer(rooms.north, OFFER, {"api_key": BUREAU_KEY})
    yield Case(rooms, Told())
    await host.close(end=False)
    link_of(SANDBOX.name, SANDBOX.value)._ends.clear()
    host.load(found=[])


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_ends_in_the_magic_numbers_is_refused_and_told_again(case: Case, restarted: bool) -> None:
    for reference in ("R-1", "R-2000", "R-3999"):
        await case.debt(reference)
    job = await case.furnish(furnisher=OFFER)
    assert job["state"] == "DONE", job["error_code"]
    (sent,) = await case.batches()
    assert (sent["state"], sent["answer"]) == ("SUBMITTED", "AWAITED") and sent["receipt"].startswith("SF-")
    if restarted:
        # The demonstration lives in the plugin's process, and ends with it.
        await host.close(end=True)
        host.load(found=[SANDBOX], strict=True)
    await case.settle(NOON + timedelta(days=1), ANSWER_JOB)
    (batch,) = await case.batches()
    assert (batch["answer"], batch["accepted"], batch["rejected"], batch["error_code"]) == ("PARTLY", 1, 2, None)
    rejects = await case.rows(
        "SELECT d.reference, r.code, r.field FROM furnishing_reject r JOIN debt d ON d.id = r.debt_id ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rejects] == [
        ("R-2000", "unknown_obligation", "reference"), ("R-3999", "balance_disputed", "balance"),
    ]  # fmt: skip
    assert [row["operation"] for row in await calls(case.house.north)] == ["problems", "submit", "status"]
