"""The job that makes a report: one creditor's data to the plugin, the plugin's files to the creditor."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from uuid import UUID

import structlog

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.jobs import Run, handler
from core.kit.scope import creditor_scope
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.offers import CLIENT_REPORT
from core.plugin_host.problems import faulty
from core.plugin_host.report_calls import DescribedReport
from core.reports.report_data import Extent, SpooledReportData, spooled
from core.reports.report_service import serving
from core.reports.report_sink import FileSink, KeptFile
from core.reports.request_report import JOB, checked_params, whole_params

log = structlog.get_logger("recobro.reports")
TIMEOUT_S = 900.0
_SHOW_S = 2.0


async def end_report(tx: Tx, run: Run, code: str, message: str) -> None:
    """The job failed for good: the report did, too."""
    row = await tx.fetchrow(
        "UPDATE report_run SET state = 'FAILED', error_code = $3, error_message = $4 "
        "WHERE agency_id = $1 AND id = $2 AND state IN ('QUEUED', 'RUNNING') RETURNING *",
        run.agency_id, UUID(run.payload["run_id"]), code, message,
    )  # fmt: skip
    if row is not None:
        data = {"report": row["report"], "code": code}
        await emit(tx, "report.failed", row["id"], data, creditor_id=row["creditor_id"])


@handler(JOB, failed=end_report)
async def run_report(run: Run) -> None:
    """Make the report of `run_id` and mark it READY with its files. A job that fails for good fails it, too."""
    row = await _begin(run, UUID(run.payload["run_id"]))
    if row is None:
        async with db.transaction(run.scope) as tx:
            return await run.finish(tx)
    await _make(run, row)


async def _begin(run: Run, run_id: UUID) -> Row | None:
    """The report that is to be made; None where it has been."""
    async with db.transaction(run.scope) as tx:
        return await tx.fetchrow(
            "UPDATE report_run SET state = 'RUNNING' WHERE agency_id = $1 AND id = $2 "
            "AND state IN ('QUEUED', 'RUNNING') RETURNING *",
            run.agency_id, run_id,
        )  # fmt: skip


async def _make(run: Run, row: Row) -> None:
    reader = creditor_scope(row["creditor_id"], run.scope.actor, agency_id=run.agency_id)
    extent = Extent(period_from=row["period_from"], period_to=row["period_to"], currency=run.payload["currency"])
    await run.progress(0, 0, "reading")
    asked = host.offer(CLIENT_REPORT, row["report"]).manifest.scopes
    async with spooled(reader, extent) as data, _shown(run, data):
        data.granted = frozenset(scope.code for scope in asked)
        values = whole_params(row["parameters"], row["period_from"], row["period_to"])
        description = await call(
            run.scope, CLIENT_REPORT, row["report"], "describe", lambda report: report.describe(values),
            answer=DescribedReport, creditor_id=row["creditor_id"], subject_id=row["id"], timeout_s=10.0,
        )  # fmt: skip
        params = checked_params(description)
        async with FileSink(run.agency_id, [item.media_type for item in description.formats]) as sink:
            async with serving(data, sink) as service:
                await call(
                    run.scope, CLIENT_REPORT, row["report"], "build", lambda report: report.build(params, data.about),
                    answer=type(None), service=service, creditor_id=row["creditor_id"], subject_id=row["id"],
                    timeout_s=TIMEOUT_S,
                )  # fmt: skip
            try:
                kept = await sink.keep()
            except ValueError as problem:
                raise faulty("The report made no file, or left one unfinished.") from problem
            await _ready(run, row, kept, data.total)


async def _ready(run: Run, row: Row, kept: list[KeptFile], rows: int) -> None:
    async with db.transaction(run.scope) as tx:
        await tx.connection.executemany(
            "INSERT INTO report_file (agency_id, id, creditor_id, run_id, name, media_type, file_sha256, file_size) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                (run.agency_id, new_id(), row["creditor_id"], row["id"], item.name, item.media_type, item.file.sha256,
                 item.file.size)
                for item in kept
            ],
        )  # fmt: skip
        changed = await tx.execute(
            "UPDATE report_run SET state = 'READY', ready_at = $3, error_code = NULL, error_message = NULL "
            "WHERE agency_id = $1 AND id = $2 AND state = 'RUNNING'",
            run.agency_id, row["id"], tx.now,
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise Conflict("Another attempt at this report has ended it.", code="JOB_TAKEN_OVER")
        data = {"report": row["report"], "files": [item.name for item in kept]}
        await emit(tx, "report.ready", row["id"], data, creditor_id=row["creditor_id"])
        await run.finish(tx, {"files": len(kept), "rows": rows})


@contextlib.asynccontextmanager
async def _shown(run: Run, data: SpooledReportData) -> AsyncGenerator[None]:
    """Show now and then how many rows the plugin has read."""

    async def show() -> None:
        while True:
            await run.progress(min(data.read, data.total), data.total, "writing")
            await asyncio.sleep(_SHOW_S)

    task = asyncio.create_task(show())
    try:
        yield
    finally:
        task.cancel()
        (problem,) = await asyncio.gather(task, return_exceptions=True)
        if not isinstance(problem, asyncio.CancelledError):
            log.warning("the progress of a report could not be shown", problem=repr(problem))
