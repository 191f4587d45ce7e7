"""Ask for a report about one creditor, as its agency or as the creditor itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

from core.kit import db
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.jobs import enqueue
from core.kit.scope import Audience, Scope, agency_scope
from core.permissions import Permission
from core.plugin_host.call import call
from core.plugin_host.offers import CLIENT_REPORT
from core.plugin_host.report_calls import DescribedReport
from core.reports.kinds import ReportState
from recobro_sdk import JsonObject

JOB = "reports.run"
MAX_DAYS = 3660
PERIOD = frozenset({"period_from", "period_to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReport:
    """`report` is the code of a report's offer, `parameters` what its form asks beside the period (both days included).

    `agency_id` is needed only from a creditor that works with several agencies; `currency` only where its debts are in
    several: a report has one.
    """

    creditor_id: UUID
    report: str
    period_from: date
    period_to: date
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    agency_id: UUID | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequested:
    run_id: UUID
    job_id: UUID
    agency_id: UUID
    state: ReportState


async def request_report(scope: Scope, command: RequestReport) -> ReportRequested:
    """Check the parameters by the report's own model, and leave the making to the job `reports.run`.

    A creditor reads and writes nothing: it is looked up in its own scope that it works with the agency, and then this
    one request is written for that agency, in the creditor's name.

    Raises: Forbidden; NotFound (creditor, agency, report); InvalidInput (REPORT_PARAMETERS, PERIOD, AGENCY_NEEDED,
    CURRENCY_NEEDED); Conflict (OFFER_NOT_ENABLED); ProviderProblem.
    """
    scope.require(Permission.REPORT_RUN)
    if not 0 <= (command.period_to - command.period_from).days <= MAX_DAYS:
        raise InvalidInput(
            "A period begins before it ends and has at most ten years.", code="PERIOD", field="period_to",
            remedy="Give the first and the last day, both included.",
        )  # fmt: skip
    acting = await _acting(scope, command)
    async with db.transaction(acting, read_only=True) as tx:
        currency = await _currency(tx, command)
    params = whole_params(command.parameters, command.period_from, command.period_to)
    description = await call(
        acting, CLIENT_REPORT, command.report, "describe", lambda report: report.describe(params),
        answer=DescribedReport, creditor_id=command.creditor_id, timeout_s=10.0,
    )  # fmt: skip
    checked = checked_params(description)
    parameters = {name: value for name, value in checked.items() if name not in PERIOD}
    run_id = new_id()
    async with db.transaction(acting) as tx:
        job_id = await enqueue(tx, JOB, {"run_id": str(run_id), "currency": currency}, subject_id=run_id)
        await tx.execute(
            "UPDATE job SET creditor_id = $3 WHERE agency_id = $1 AND id = $2",
            acting.agency,
            job_id,
            command.creditor_id,
        )
        await tx.execute(
            "INSERT INTO report_run (agency_id, id, creditor_id, report, period_from, period_to, parameters, job_id, "
            "requested_by, requested_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            acting.agency, run_id, command.creditor_id, command.report, command.period_from, command.period_to,
            parameters, job_id, str(scope.actor), tx.now,
        )  # fmt: skip
        data = {"report": command.report, "from": str(command.period_from), "to": str(command.period_to)}
        await emit(tx, "report.requested", run_id, data, creditor_id=command.creditor_id)
    return ReportRequested(run_id=run_id, job_id=job_id, agency_id=acting.agency, state=ReportState.QUEUED)


def whole_params(values: Mapping[str, Any], period_from: date, period_to: date) -> JsonObject:
    """What a report's model is given. Raises: InvalidInput (REPORT_PARAMETERS) where the period is given twice."""
    double = sorted(PERIOD & values.keys())
    if double:
        raise _invalid(f"parameters.{double[0]}", "the period is given beside the parameters")
    return {**values, "period_from": period_from.isoformat(), "period_to": period_to.isoformat()}


def checked_params(description: DescribedReport) -> JsonObject:
    """The parameters as the report's own model has them. Raises: InvalidInput (REPORT_PARAMETERS), naming the field."""
    if description.problem is not None:
        raise _invalid(f"parameters.{description.problem.field}".rstrip("."), description.problem.words)
    return description.params


def _invalid(field: str, words: str) -> InvalidInput:
    return InvalidInput(
        f"The report cannot be made with these parameters: {words}.", code="REPORT_PARAMETERS", field=field,
        remedy="Correct the field; the report's description names each parameter.",
    )  # fmt: skip


async def _acting(scope: Scope, command: RequestReport) -> Scope:
    """The scope of the agency that makes the report: the caller's own, or that of an agency of the calling creditor."""
    if scope.audience is not Audience.CREDITOR:
        if command.agency_id not in (None, scope.agency):
            raise not_found("agency", "agency_id")
        return agency_scope(scope.agency, scope.actor, {Permission.REPORT_RUN})
    if command.creditor_id != scope.creditor_id:
        raise not_found("creditor", "creditor_id")
    async with db.transaction(scope, read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT agency_id FROM creditor WHERE creditor_id = $1 AND ($2::uuid IS NULL OR agency_id = $2) LIMIT 2",
            scope.creditor_id, command.agency_id,
        )  # fmt: skip
    if not rows:
        raise not_found("agency", "agency_id")
    if len(rows) > 1:
        raise InvalidInput(
            "Several agencies work for you.", code="AGENCY_NEEDED", field="agency_id", remedy="Name one of them."
        )
    return agency_scope(cast(UUID, rows[0]["agency_id"]), scope.actor, {Permission.REPORT_RUN})


async def _currency(tx: Tx, command: RequestReport) -> str:
    rows = await tx.fetch(
        "SELECT DISTINCT m.currency FROM creditor c LEFT JOIN mandate m ON m.agency_id = $1 AND m.creditor_id = c.id "
        "WHERE c.agency_id = $1 AND c.id = $2 ORDER BY 1",
        tx.scope.agency, command.creditor_id,
    )  # fmt: skip
    if not rows:
        raise not_found("creditor", "creditor_id")
    known: list[str] = [row["currency"] for row in rows if row["currency"] is not None]
    if not known:
        raise Conflict(
            "The creditor has no mandate yet.",
            code="NO_MANDATE",
            field="creditor_id",
            remedy="Agree on a mandate first.",
        )
    if command.currency in known:
        return command.currency
    if command.currency is None and len(known) == 1:
        return known[0]
    raise InvalidInput(
        "A report is about debts in one currency.", code="CURRENCY_NEEDED", field="currency",
        remedy=f"Give one of: {', '.join(known)}.",
    )  # fmt: skip
