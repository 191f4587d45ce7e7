"""A file carried to an operator and its answer carried back, with the Colombian furnisher in a process of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from core.bureaus.take_acknowledgement import AcknowledgementTaken, TakeAcknowledgement, take_acknowledgement
from core.kit import clock, files
from core.kit.db import Database
from core.kit.errors import InvalidInput
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.process import link_of
from tests.core.bureaus.furnisher import Told
from tests.core.bureaus.furnishing_case import NOON, Case
from tests.core.house import house
from tests.core.plugin_house import calls

CARRIER = EntryPoint("co_bureau", "tests.core.bureaus.carrier_plugin", "recobro")


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    host.load(found=[CARRIER], strict=True)
    rooms = await house(database)
    await enable_offer(rooms.north, "co_bureau", {})
    case = Case(rooms, Told())
    for n in range(3):
        await case.debt(f"R-{n}")
    assert (await case.furnish(furnisher="co_bureau"))["state"] == "DONE"
    yield case
    await host.close(end=False)
    link_of(CARRIER.name, CARRIER.value)._ends.clear()
    host.load(found=[])


def _answer(batch: dict[str, Any], *refused: str) -> bytes:
    rows = [f"R;{one};E-17;balance;Corrija el saldo de 1000000123" for one in refused]
    return "\r\n".join([f"A;0042;{batch['receipt']};20260312", *rows, f"Z;{len(rows)}", ""]).encode()


async def _take(case: Case, content: bytes, name: str = "answer.txt") -> AcknowledgementTaken:
    (batch,) = await case.batches()
    given = TakeAcknowledgement(batch_id=batch["id"], file_name=name, content=content)
    with clock.at(NOON + timedelta(days=2)):
        return await take_acknowledgement(case.house.north, given)


async def test_from_the_file_that_is_carried_to_the_debts_that_are_told_again(case: Case) -> None:
    (batch,) = await case.batches()
    assert (batch["answer"], batch["records"]) == ("AWAITED", 3)
    (sent,) = await case.rows("SELECT file_sha256 FROM furnishing_file")
    told = b"".join(files.read(case.house.north.agency, sent["file_sha256"])).decode()
    assert batch["receipt"] in told.splitlines()[0], "the operator finds the number in the file"
    taken = await _take(case, _answer(batch, "R-0", "R-2"))
    assert taken.answer.answer == "PARTLY"
    rejects = await case.rows(
        "SELECT d.reference, r.code, r.field, r.remedy FROM furnishing_reject r JOIN debt d ON d.id = r.debt_id "
        "ORDER BY d.reference"
    )
    assert [tuple(row.values()) for row in rejects] == [
        (reference, "E-17", "balance", "Corrija el saldo de [number]") for reference in ("R-0", "R-2")
    ]
    assert (await _take(case, _answer(batch, "R-0", "R-2"))).repeated
    await case.furnish(NOON + timedelta(days=30), furnisher="co_bureau")
    days = await case.rows(
        "SELECT d.reference, count(*) AS reports FROM negative_report n JOIN debt d ON d.id = n.debt_id "
        "GROUP BY d.reference ORDER BY d.reference"
    )
    assert [tuple(row.values()) for row in days] == [("R-0", 2), ("R-1", 1), ("R-2", 2)]


async def test_a_broken_file_is_refused_with_the_plugins_words(case: Case) -> None:
    (batch,) = await case.batches()
    with pytest.raises(InvalidInput) as caught:
        await _take(case, _answer(batch, "R-0").replace(b"Z;1", b"Z;2"))
    problem = caught.value
    assert (problem.code, problem.field) == ("FILE_UNREADABLE", "file")
    assert problem.message.startswith("line 3, rows: it says 2 and the file has 1; count again")
    assert (await case.batches())[0]["answer"] == "AWAITED"
    last = (await calls(case.house.north))[-1]
    assert (last["operation"], last["outcome"]) == ("read_acknowledgement", "FAILED")


async def test_a_plugin_that_dies_while_it_reads_changes_nothing_and_reads_the_next_time(case: Case) -> None:
    (batch,) = await case.batches()
    content = _answer(batch, "R-1")
    with pytest.raises(ProviderProblem) as caught:
        await _take(case, content, "deadly.txt")
    assert (caught.value.code, caught.value.outcome) == ("PLUGIN_STOPPED", CallOutcome.FAILED)
    assert caught.value.remedy == "Try again later."
    (same,) = await case.batches()
    assert same == batch and await case.rows("SELECT FROM furnishing_file WHERE from_bureau") == []
    assert await case.rows("SELECT FROM furnishing_reject") == []
    await _rested()
    assert (await _take(case, content)).answer.answer == "PARTLY"


async def _rested() -> None:
    """The process is started again, and its offers are asked again: as when a while has passed."""
    await host.close(end=False)
    link_of(CARRIER.name, CARRIER.value)._ends.clear()
    host.load(found=[CARRIER], strict=True)
