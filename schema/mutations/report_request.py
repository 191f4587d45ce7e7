"""`reportRequest`."""

from datetime import date

import strawberry

from core.kit import ids
from core.kit.errors import InvalidInput
from core.permissions import Permission
from core.reports.request_report import RequestReport, request_report
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.reports import Report


@strawberry.input(description="A report about one creditor.")
class ReportRequestInput:
    creditor_id: strawberry.ID = strawberry.field(description="The creditor.")
    report: str = strawberry.field(description="The code of a report's offer; see `plugins`.")
    period_from: date = strawberry.field(description="First day.")
    period_to: date = strawberry.field(description="Last day.")
    parameters: JSON = strawberry.field(default_factory=dict, description="What the report asks beside the period.")
    agency_id: strawberry.ID | None = strawberry.field(
        default=None, description="For a creditor that works with several agencies: whose report."
    )
    currency: str | None = strawberry.field(default=None, description="Where the creditor's debts are in several.")


@strawberry.type(description="The report that is being made.")
class ReportRequestPayload(Payload):
    report: Report | None = strawberry.field(default=None, description="The report; its files come when it is READY.")


@mutation(Permission.REPORT_RUN, cost=100)
async def report_request(info: Info, input: ReportRequestInput) -> ReportRequestPayload:
    """Have a report made, as the agency or as the creditor itself."""
    if not isinstance(input.parameters, dict):
        raise InvalidInput("Parameters are a JSON object.", code="REPORT_PARAMETERS", field="parameters")
    done = await request_report(
        info.context.scope,
        RequestReport(
            creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"),
            report=input.report,
            period_from=input.period_from,
            period_to=input.period_to,
            parameters=input.parameters,
            agency_id=ids.decode("agency", input.agency_id, field="agencyId") if input.agency_id else None,
            currency=input.currency,
        ),
    )
    return ReportRequestPayload(report=await loaded(info, Report, done.run_id))
