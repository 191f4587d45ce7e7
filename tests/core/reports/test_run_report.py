"""Reports by plugins: one creditor's data alone, the figures of the house, a code for whatever goes wrong."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import openpyxl
import orjson
import pytest

from core.kit import clock, db, files
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope, creditor_scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from core.reports import run_report as running
from core.reports.recovery import RecoveryGroup, RecoveryQuery, recovery
from core.reports.report_data import Extent, spooled
from core.reports.report_reads import find_file
from core.reports.request_report import RequestReport, request_report
from recobro import worker
from recobro_sdk import (
    Capability,
    PluginContext,
    RejectedByProvider,
    ReportDescription,
    ReportFormat,
    ReportParams,
    Text,
)
from tests.core.house import CLIENT_USER, Client, House, events, house, make_debt
from tests.core.plugin_house import calls, first_party, offer, plugin

NOW = datetime(2026, 6, 30, 20, tzinfo=UTC)
START, END = date(2026, 3, 1), date(2026, 6, 30)


@dataclass
class Case:
    house: House

    @property
    def scope(self) -> Scope:
        return self.house.north

    @property
    def command(self) -> RequestReport:
        return RequestReport(
            creditor_id=self.house.bank.creditor_id, report="recovery_report", period_from=START, period_to=END,
            parameters={"language": "en"},
        )  # fmt: skip

    async def rows(self, sql: str, scope: Scope | None = None) -> list[dict[str, Any]]:
        async with db.transaction(scope or self.scope) as tx:
            return [dict(row) for row in await tx.fetch(sql)]

    async def make(self, scope: Scope | None = None, **changes: Any) -> dict[str, Any]:
        """Ask for a report, work its job, and give the run's row."""
        done = await request_report(scope or self.scope, replace(self.command, **changes))
        assert await worker.run_job(done.job_id)
        (run,) = await self.rows(f"SELECT * FROM report_run WHERE id = '{done.run_id}'")
        return run

    async def content(self, name: str) -> bytes:
        (row,) = await self.rows(f"SELECT * FROM report_file WHERE name = '{name}'")
        return b"".join(files.read(self.scope.agency, row["file_sha256"]))

    async def table(self, name: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO((await self.content(name)).decode("utf-8-sig"))))


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with first_party():
        with clock.at(NOW):
            rooms = await house(database)
            await enable_offer(rooms.north, "recovery_report", {})
            await enable_offer(rooms.south, "recovery_report", {})
            yield Case(rooms)


async def _pay(
    scope: Scope, client: Client, minor: int, paid_on: date, *, back_on: date | None = None, debtor: str
) -> None:
    debt = await make_debt(scope, client, [("PRINCIPAL", 1_000_00, date(2026, 2, 1))], debtor=debtor)
    paid = await record_payment(
        scope,
        RecordPayment(
            debt_id=debt.id, amount=Money(minor, "COP"), paid_on=paid_on, method=PaymentMethod.TRANSFER,
            received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
        ),
    )  # fmt: skip
    if back_on is not None:
        await reverse_payment(scope, ReversePayment(payment_id=paid.payment_id, reason="R01", reversed_on=back_on))


async def _furnish(case: Case) -> None:
    """The bank: payments in and out of the period, an overpayment, a reversal in a later month. Others: noise."""
    north, bank = case.house.north, case.house.bank
    await _pay(north, bank, 100_00, date(2026, 2, 27), debtor="Before the period", back_on=date(2026, 4, 2))
    await _pay(north, bank, 200_01, date(2026, 3, 1), debtor="First day")
    await _pay(north, bank, 300_00, date(2026, 6, 30), debtor="Last day")
    await _pay(north, bank, 1_500_00, date(2026, 4, 10), debtor="Overpaid")
    await _pay(north, case.house.shop, 777_00, date(2026, 4, 1), debtor="Secret of the shop")
    await _pay(case.house.south, case.house.bank_south, 888_00, date(2026, 4, 1), debtor="Secret of the south")


async def test_the_figures_are_those_of_the_house(case: Case) -> None:
    await _furnish(case)
    run = await case.make()
    assert (run["state"], run["error_code"]) == ("READY", None) and run["ready_at"] is not None
    query = RecoveryQuery(creditor_id=case.house.bank.creditor_id, as_of=END, group_by=RecoveryGroup.MONTH)
    figures = {row.key: row for row in (await recovery(case.scope, query)).rows}
    months = {row[0][:7]: row for row in (await case.table("recovery_by_month.csv"))[1:] if row[0][:4] == "2026"}
    assert list(months) == ["2026-03", "2026-04", "2026-05", "2026-06"]
    for key, row in months.items():
        told = figures.get(key)
        assert row[2] == (told.recovered.decimal() if told else "0.00"), key
        assert int(row[1]) == ((told.payments or 0) + (told.reversals or 0) if told else 0)
    assert months["2026-04"][2] == "900.00"  # 1,000.00 of the overpayment, less the 100.00 that came back
    text = (await case.content("payments.csv")).decode()
    assert "First day" in text and "Last day" in text and "-100.00" in text
    book = openpyxl.load_workbook(io.BytesIO(await case.content("recovery.xlsx")))
    summary = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True) if row[0]}
    assert (summary["Creditor"], summary["Agency"], summary["Debts placed"]) == ("Bank", "North", 4)


async def test_no_other_creditor_and_no_other_agency_is_in_it(case: Case) -> None:
    await _furnish(case)
    await case.make()
    everything = b"".join([await case.content(row["name"]) for row in await case.rows("SELECT name FROM report_file")])
    assert b"First day" in everything and b"Secret" not in everything
    reader = creditor_scope(case.house.bank.creditor_id, CLIENT_USER, agency_id=case.scope.agency)
    extent = Extent(period_from=START, period_to=END, currency="COP")
    async with spooled(reader, extent) as data:
        assert {orjson.loads(line)[1] for line in (await data.lines("debts", 0)).splitlines()} == {
            "Before the period", "First day", "Last day", "Overpaid",
        }  # fmt: skip
        again = [await data.lines("payments", 0) for _ in range(2)]
        assert again[0] == again[1] and again[0].count(b"\n") == 4
    with pytest.raises(Exception, match="gone"):
        await data.lines("debts", 0)
    with pytest.raises(ValueError, match="one creditor"):
        async with spooled(case.scope, extent):
            pass
    strangers = ((new_id(), case.scope.agency), (case.house.shop.creditor_id, case.house.south.agency))
    for scope in (creditor_scope(who, CLIENT_USER, agency_id=agency) for who, agency in strangers):
        with pytest.raises(NotFound):
            async with spooled(scope, extent):
                pass


async def test_thousands_of_rows_stream_through_and_progress_is_shown(case: Case) -> None:
    debt = await make_debt(case.scope, case.house.bank, [("PRINCIPAL", 10_000_000_00, None)])
    async with db.transaction(case.scope) as tx:
        await tx.execute(
            "INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, paid_on, received_by, "
            "method, idempotency_key, fingerprint, recorded_by, cleared_on) SELECT $1, recobro_uuid7(), $2, $3, 'COP', "
            "100 + n, DATE '2026-03-01' + n % 100, 'AGENCY', 'CASH', n::text, '', 'test', DATE '2026-03-01' + n % 100 "
            "FROM generate_series(1, 5000) AS n",
            case.scope.agency, case.house.bank.creditor_id, debt.id,
        )  # fmt: skip
    run = await case.make(parameters={"formats": ["csv"], "language": "en"})
    assert run["state"] == "READY" and run["parameters"] == {"formats": ["csv"], "language": "en"}
    assert len(await case.table("payments.csv")) >= 5001
    (job,) = await case.rows("SELECT * FROM job")
    assert job["progress_done"] == job["progress_total"] == 5000 + 1 + 4 and job["result"]["rows"] == 5005


async def test_a_creditor_asks_for_its_report_and_downloads_it_and_nobody_else_does(case: Case) -> None:
    await _furnish(case)
    bank = case.house.bank_scope
    with pytest.raises(InvalidInput) as caught:
        await request_report(bank, case.command)
    assert caught.value.code == "AGENCY_NEEDED"
    run = await case.make(bank, agency_id=case.scope.agency)
    assert run["state"] == "READY" and run["requested_by"] == str(CLIENT_USER)
    mine = await case.rows("SELECT id, state FROM report_run", bank)
    assert [row["state"] for row in mine] == ["READY"]
    assert [row["state"] for row in await case.rows("SELECT state FROM job", bank)] == ["DONE"]
    ids = [row["id"] for row in await case.rows("SELECT id FROM report_file", bank)]
    assert len(ids) == 4
    for file_id in ids:
        found = await find_file(bank, file_id)
        assert found.agency_id == case.scope.agency and files.path_of(found.agency_id, found.sha256).is_file()
        for scope in (case.house.shop_scope, case.house.south, replace(bank, permissions=frozenset[str]())):
            with pytest.raises(NotFound):
                await find_file(scope, file_id)
    assert await case.rows("SELECT id FROM report_run", case.house.shop_scope) == []
    (ready,) = await events(case.scope, "report.ready")
    assert ready["creditor_id"] == case.house.bank.creditor_id


async def test_who_may_ask_for_what(case: Case) -> None:
    bank, shop = case.house.bank_scope, case.house.shop_scope
    agency = case.scope.agency
    only_south = replace(bank, agency_id=case.house.south.agency)
    attempts: list[tuple[Scope, dict[str, Any], str]] = [
        (shop, {"agency_id": agency}, "creditor_id"),
        (shop, {"creditor_id": case.house.shop.creditor_id, "agency_id": case.house.south.agency}, "agency_id"),
        (bank, {"agency_id": new_id()}, "agency_id"),
        (only_south, {"agency_id": agency}, "agency_id"),
        (case.scope, {"agency_id": case.house.south.agency}, "agency_id"),
        (case.scope, {"creditor_id": new_id()}, "creditor_id"),
        (case.house.south, {"creditor_id": case.house.shop.creditor_id}, "creditor_id"),
        (case.scope, {"report": "bureau_sandbox"}, "report"),
    ]
    for scope, changes, field in attempts:
        with pytest.raises(NotFound) as caught:
            await request_report(scope, replace(case.command, **changes))
        assert caught.value.field == field, changes
    for scope in (bank, case.scope):
        with pytest.raises(Forbidden):
            await request_report(replace(scope, permissions=frozenset({Permission.REPORT_READ})), case.command)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await case.rows("UPDATE report_run SET state = 'READY'", bank)
    assert await case.rows("SELECT * FROM report_run") == [] and await case.rows("SELECT * FROM job") == []


async def test_parameters_are_checked_by_the_reports_own_model(case: Case) -> None:
    for changes, code, field in (
        ({"parameters": {"language": "fr"}}, "REPORT_PARAMETERS", "parameters.language"),
        ({"parameters": {"formats": []}}, "REPORT_PARAMETERS", "parameters.formats"),
        ({"parameters": {"colour": "red"}}, "REPORT_PARAMETERS", "parameters.colour"),
        ({"parameters": {"period_from": "2020-01-01"}}, "REPORT_PARAMETERS", "parameters.period_from"),
        ({"period_to": date(2026, 2, 1)}, "PERIOD", "period_to"),
        ({"period_from": date(1999, 1, 1)}, "PERIOD", "period_to"),
        ({"currency": "USD"}, "CURRENCY_NEEDED", "currency"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await request_report(case.scope, replace(case.command, **changes))
        assert (caught.value.code, caught.value.field) == (code, field)
    host.load(found=[])
    with pytest.raises(NotFound):
        await request_report(case.scope, case.command)


async def test_a_creditor_without_debts_gets_a_report_that_says_so(case: Case) -> None:
    run = await case.make(case.house.shop_scope, creditor_id=case.house.shop.creditor_id)
    assert run["state"] == "READY" and await case.content("debts.csv")


class Report:
    """A report that does what the test says."""

    def __init__(self, build: Callable[..., Any], context: PluginContext) -> None:
        self._build, self.context = build, context

    def describe(self) -> ReportDescription:
        return ReportDescription(
            code="hostile", title=Text("x", "x"), params=ReportParams, formats=(ReportFormat("txt", "text/plain"),),
            columns=(),
        )  # fmt: skip

    async def build(self, data: Any, params: Any, sink: Any) -> Any:
        return await self._build(data, sink)


async def _raises(_: Any, __: Any) -> None:
    raise KeyError("Carlos")


async def _rejects(_: Any, __: Any) -> None:
    raise RejectedByProvider("too many rows", code="too_many_rows")


async def _hangs(_: Any, __: Any) -> None:
    await asyncio.sleep(60)


async def _no_file(_: Any, __: Any) -> None:
    return None


async def _half(_: Any, sink: Any) -> None:
    async with sink.open("half.txt", "text/plain") as file:
        await file.write(b"half")
        raise RuntimeError("half way")


async def _left_open(_: Any, sink: Any) -> None:
    await sink.open("open.txt", "text/plain").__aenter__()


async def _bad_name(_: Any, sink: Any) -> None:
    async with sink.open("../../etc/x.txt", "text/plain"):
        pass


async def _bad_type(_: Any, sink: Any) -> None:
    async with sink.open("x.html", "text/html"):
        pass


async def _twice(_: Any, sink: Any) -> None:
    for _n in range(2):
        async with sink.open("x.txt", "text/plain") as file:
            await file.write(b"x")


async def _ungranted(data: Any, sink: Any) -> None:
    async with sink.open("x.txt", "text/plain") as file:
        async for row in data.payments():
            await file.write(row.reference.encode())


async def _too_large(_: Any, sink: Any) -> None:
    async with sink.open("x.txt", "text/plain") as file:
        for _n in range(11):
            await file.write(b"x" * 100)


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (_raises, "PLUGIN_FAULT"),
        (_rejects, "PROVIDER_REJECTED"),
        (_hangs, "PROVIDER_TIMEOUT"),
        (_no_file, "PLUGIN_FAULT"),
        (_half, "PLUGIN_FAULT"),
        (_left_open, "PLUGIN_FAULT"),
        (_bad_name, "PLUGIN_FAULT"),
        (_bad_type, "PLUGIN_FAULT"),
        (_twice, "PLUGIN_FAULT"),
        (_too_large, "FILE_TOO_LARGE"),
        (_ungranted, "PROVIDER_MISCONFIGURED"),
    ],
)
async def test_a_report_that_fails_has_a_code_and_leaves_no_file(
    case: Case, build: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TIMEOUT_S", 0.3)
    monkeypatch.setattr("core.reports.report_sink.MAX_FILE_BYTES", 1000)
    made = plugin(
        "hostile", capabilities=[Capability.CLIENT_REPORT], skip_scopes=5,
        recobro_client_reports=lambda: [offer("hostile", lambda _, context: Report(build, context))],
    )  # fmt: skip
    host.register("hostile", made, strict=True)
    await enable_offer(case.scope, "hostile", {})
    run = await case.make(report="hostile", parameters={})
    assert (run["state"], run["error_code"]) == ("FAILED", code)
    assert run["error_message"] and "Carlos" not in run["error_message"]
    assert [(row["state"], row["error_code"]) for row in await case.rows("SELECT * FROM job")] == [("FAILED", code)]
    assert await case.rows("SELECT * FROM report_file") == [] and await case.rows("SELECT * FROM plugin_document") == []
    folder = files.path_of.__globals__["_folder"](case.scope.agency)
    assert list(folder.iterdir()) == []
    assert [event["creditor_id"] for event in await events(case.scope, "report.failed")] == [run["creditor_id"]]
    monkeypatch.undo()
    assert (await case.make())["state"] == "READY"


async def test_a_fault_of_ours_is_tried_again_and_ends_as_failed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    done = await request_report(case.scope, case.command)

    def breaks(*_: Any, **__: Any) -> Any:
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(running, "spooled", breaks)
        await worker.run_job(done.job_id)
        (run,) = await case.rows("SELECT * FROM report_run")
        (job,) = await case.rows("SELECT * FROM job")
        assert (run["state"], job["state"], job["attempt"]) == ("RUNNING", "QUEUED", 1)
        await case.rows("UPDATE job SET not_before = now(), attempt = max_attempts - 1 RETURNING id")
        await worker.run_job(done.job_id)
    (run,) = await case.rows("SELECT * FROM report_run")
    assert (run["state"], run["error_code"]) == ("FAILED", "FAULT")


async def test_a_worker_that_died_is_followed_by_one_that_finishes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    done = await request_report(case.scope, case.command)

    async def dies(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched, pytest.raises(asyncio.CancelledError):
        patched.setattr(running, "_ready", dies)
        await worker.run_job(done.job_id)
    await case.rows("UPDATE job SET heartbeat_at = now() - interval '2 min' RETURNING id")
    assert await worker.run_job(done.job_id)
    (run,) = await case.rows("SELECT * FROM report_run")
    assert run["state"] == "READY" and len(await case.rows("SELECT * FROM report_file")) == 4
    assert [row["operation"] for row in await calls(case.scope)] == ["describe", *["describe", "build"] * 2]


async def test_a_report_that_is_not_enabled_any_more(case: Case) -> None:
    await case.rows("UPDATE plugin_setting SET enabled = false RETURNING id")
    with pytest.raises(Conflict) as caught:
        await request_report(case.scope, case.command)
    assert caught.value.code == "OFFER_NOT_ENABLED"
