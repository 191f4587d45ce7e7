"""Recovery, ageing and report files."""

from datetime import date

import strawberry

from core.debts.rules import DEFAULT_BOUNDS
from core.kit import ids
from core.kit.pages import PageRequest
from core.permissions import Permission
from core.reports import ageing as ageing_reads
from core.reports import recovery as recovery_reads
from core.reports import report_reads
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.node import wrapped
from schema.kit.pages import Connection, connection
from schema.types.reports import Ageing, Recovery, RecoveryRow, Report


@query(Permission.RECOVERY_READ, cost=20)
async def recovery(
    info: Info,
    creditor_id: strawberry.ID,
    group_by: recovery_reads.RecoveryGroup,
    as_of: date | None = None,
    mandate_id: strawberry.ID | None = None,
    portfolio_id: strawberry.ID | None = None,
    bounds: list[int] | None = None,
) -> Recovery:
    """Placed, recalled, recovered and the liquidation rate of a creditor's debts as of a day, or as it stands now.

    By MONTH it is the cash view: a payment counts in the month it was made, a reversal in its own month, as a negative.
    `bounds` are the upper days of the ageing buckets but the last.
    """
    group = group_by
    found = await recovery_reads.recovery(
        info.context.scope,
        recovery_reads.RecoveryQuery(
            creditor_id=ids.decode("creditor", creditor_id, field="creditorId"),
            as_of=as_of,
            group_by=group,
            mandate_id=ids.decode("mandate", mandate_id, field="mandateId") if mandate_id else None,
            portfolio_id=ids.decode("portfolio", portfolio_id, field="portfolioId") if portfolio_id else None,
            bounds=tuple(bounds) if bounds else DEFAULT_BOUNDS,
        ),
    )
    return Recovery(
        as_of=found.as_of,
        group_by=found.group_by,
        totals=[RecoveryRow.of(row, group) for row in found.totals],
        rows=[RecoveryRow.of(row, group) for row in found.rows],
        truncated=found.truncated,
    )


@query(Permission.RECOVERY_READ, cost=20)
async def ageing(
    info: Info,
    creditor_id: strawberry.ID,
    days: list[date],
    mandate_id: strawberry.ID | None = None,
    bounds: list[int] | None = None,
) -> list[Ageing]:
    """What was open at the end of each of the days (at most 120), by days past due: a row per day and currency."""
    found = await ageing_reads.ageing_series(
        info.context.scope,
        ageing_reads.AgeingSeriesQuery(
            creditor_id=ids.decode("creditor", creditor_id, field="creditorId"),
            days=days,
            mandate_id=ids.decode("mandate", mandate_id, field="mandateId") if mandate_id else None,
            bounds=bounds or DEFAULT_BOUNDS,
        ),
    )
    return [Ageing.of(row) for row in found]


@query(Permission.REPORT_READ, cost=2)
async def reports(
    info: Info,
    creditor_id: strawberry.ID | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Connection[Report]:
    """Reports that were asked for, newest first. At most 100 a page."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    of = ids.decode("creditor", creditor_id, field="creditorId") if creditor_id else None
    page = await report_reads.report_runs(scope, asked, creditor_id=of)

    async def count() -> int:
        return (await report_reads.report_runs(scope, PageRequest(first=0), creditor_id=of, with_total=True)).total or 0

    return connection(page, [Report(row=row) for row in page.rows], count)


@query(Permission.REPORT_READ)
async def report(info: Info, id: strawberry.ID) -> Report | None:
    """One report with its files."""
    return wrapped(Report, await info.context.load.one("report_run", ids.decode("report", id)))
