"""Recovery, ageing and report files."""

from datetime import date
from uuid import UUID

import strawberry

from core.debts.rules import DEFAULT_BOUNDS
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from core.reports import ageing as ageing_reads
from core.reports import dashboard as dashboard_reads
from core.reports import recovery as recovery_reads
from core.reports import report_reads
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.reads import page, single
from schema.types.dashboard import Dashboard
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


@query(Permission.RECOVERY_READ, cost=5)
async def dashboard(
    info: Info,
    creditor_id: strawberry.ID,
    months: int = 12,
    mandate_id: strawberry.ID | None = None,
    bounds: list[int] | None = None,
) -> Dashboard:
    """A creditor's debts as they stand now, by stage, ageing bucket and month, in the time of a look-up.

    `months` is how many months of cash to show, at most 120; `bounds` are the upper days of the buckets but the last.
    """
    found = await dashboard_reads.dashboard(
        info.context.scope,
        dashboard_reads.DashboardQuery(
            creditor_id=ids.decode("creditor", creditor_id, field="creditorId"),
            months=months,
            mandate_id=ids.optional("mandate", mandate_id, field="mandateId"),
            bounds=bounds or DEFAULT_BOUNDS,
        ),
    )
    return Dashboard(found=found)


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


@page(Report, Permission.REPORT_READ)
def reports(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
    """Reports that were asked for, newest first. At most 100 a page."""
    return report_reads.report_runs(scope, creditor_id=ids.optional("creditor", creditor_id, field="creditorId"))


@single(Report, Permission.REPORT_READ)
def report(scope: Scope, id: strawberry.ID) -> UUID:
    """One report with its files."""
    return ids.decode("report", id)
