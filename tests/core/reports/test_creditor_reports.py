"""What the server gives the creditor's reports: its statements, its files, its portfolios, and nobody else's."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from core.kit import clock, db, files
from core.kit.db import Database
from core.plugin_host.enable_offer import enable_offer
from core.remittance.issue_statement import IssueStatement, StatementIssued, issue_statement
from core.reports import run_report  # noqa: F401 - it registers its job
from core.reports.request_report import RequestReport, request_report
from recobro import worker
from tests.core.commissions.commission_house import FLAT, IVA, Desk, make_desk
from tests.core.house import House, house
from tests.core.placements.conftest import NEW
from tests.core.placements.conftest import Desk as FileDesk
from tests.core.plugin_house import CREDITOR_REPORTS, first_party

START, END = date(2026, 1, 1), date(2026, 11, 30)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    async with first_party():
        with clock.at(datetime(2026, 11, 20, 15, tzinfo=UTC)):
            rooms = await house(database)
            for code in CREDITOR_REPORTS:
                await enable_offer(rooms.north, code, {})
            yield rooms


async def _told(desk: Desk, report: str) -> dict[str, Any]:
    """The report's tables by code."""
    command = RequestReport(
        creditor_id=desk.client.creditor_id, report=f"creditor_reports_{report}", period_from=START, period_to=END,
        currency="COP", parameters={"language": "en"},
    )  # fmt: skip
    asked = await request_report(desk.scope, command)
    assert await worker.run_job(asked.job_id)
    async with db.transaction(desk.scope) as tx:
        run = await tx.fetchrow("SELECT state, error_code FROM report_run WHERE id = $1", asked.run_id)
        found = await tx.fetch("SELECT name, file_sha256 FROM report_file WHERE run_id = $1", asked.run_id)
    assert run is not None and (run["state"], run["error_code"]) == ("READY", None)
    assert {row["name"].rpartition(".")[2] for row in found} == {"csv", "xlsx", "pdf", "json"}
    (digest,) = [row["file_sha256"] for row in found if row["name"].endswith(".json")]
    return orjson.loads(b"".join(files.read(desk.scope.agency, digest)))["tables"]


async def _settled(desk: Desk, minor: int) -> StatementIssued:
    await desk.pay(await desk.debt(), minor, date(2026, 1, 20))
    creditor_id = desk.client.creditor_id
    return await issue_statement(
        desk.scope, IssueStatement(creditor_id=creditor_id, currency="COP", last_on=date(2026, 1, 31))
    )


async def test_recovery_and_remittance_say_what_the_books_say(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    issued = await _settled(desk, 100_000)
    await _settled(await make_desk(home.north, FLAT, code="other"), 777_700)

    tables = await _told(desk, "remittance")
    (row,) = tables["statements"]["rows"]
    # 1000.00 at 25 % with IVA 19 %: fee 250.00, tax 47.50, 702.50 to the creditor.
    shown = {name: row[name] for name in ("number", "received", "fees", "taxes", "withheld", "remitted", "carried")}
    assert shown == {
        "number": 1, "received": "1000.00", "fees": "250.00", "taxes": "47.50", "withheld": "297.50",
        "remitted": issued.remitted.decimal(), "carried": "0.00",
    }  # fmt: skip
    assert row["sha256"] == issued.sha256 and tables["by_month"]["totals"]["remitted"] == "702.50"
    tables = await _told(desk, "recovery")
    (payment,) = tables["payments"]["rows"]
    (stage,) = tables["by_stage"]["rows"]
    assert payment["amount"] == stage["recovered"] == "1000.00" and payment["stage"] == stage["stage"]
    assert tables["by_month"]["totals"]["recovered"] == tables["recovery_by_month"]["totals"]["recovered"] == "1000.00"


async def test_batch_track_and_inventory_say_what_became_of_the_files(home: House, database: Database) -> None:
    desk = await make_desk(home.north, FLAT)
    other = await make_desk(home.north, FLAT, code="other")
    for one, text in (
        (desk, "ref,name,opened,amount\nA-1,Ana,2026-01-05,100.00\nA-2,Eva,2026-13-05,50.00\n"),
        (other, "ref,name,opened,amount\nSECRET-1,Eva,2026-01-05,70.00\n"),
    ):
        client = one.client
        clerk = FileDesk(database, one.scope, client.creditor_id, client.mandate_id, client.portfolio_id)
        await clerk.layout(NEW)
        batch = await clerk.accept(text)
        assert batch["rows_accepted"] == 1

    tables = await _told(desk, "batch_track")
    (row,) = tables["batches"]["rows"]
    assert (row["rows"], row["accepted"], row["rejected"], row["taken"]) == (2, 1, 1, "100.00")
    assert [issue["found"] for issue in tables["issues"]["rows"]] == [1]
    tables = await _told(desk, "inventory")
    (debt,) = tables["debts"]["rows"]
    assert debt["reference"] == "A-1" and debt["balance"] == "100.00" and debt["portfolio"] == row["portfolio"] != ""
    assert tables["by_portfolio"]["totals"] == {
        "debts": 1, "placed": "100.00", "recovered": "0.00", "balance": "100.00",
    }  # fmt: skip
