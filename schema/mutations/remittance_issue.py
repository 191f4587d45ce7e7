"""`remittanceIssue`."""

from datetime import date

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.remittance.request_statement import RequestStatement, request_statement
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="A period to settle with a creditor.")
class RemittanceIssueInput:
    creditor_id: strawberry.ID = strawberry.field(description="The creditor.")
    currency: str = strawberry.field(description="ISO 4217 code: each currency has statements of its own.")
    last_on: date = strawberry.field(description="The last day of the period; it goes on from the statement before.")
    first_on: date | None = strawberry.field(
        default=None, description="The first day of the first statement; else that begins with the month of `lastOn`."
    )


@strawberry.type(description="The job that issues the statement.")
class RemittanceIssuePayload(Payload):
    job: Job | None = strawberry.field(default=None, description="Its progress; subscribe to `jobProgress`.")
    statement_id: strawberry.ID | None = strawberry.field(
        default=None, description="The statement's id, as soon as the job is done."
    )


@mutation(Permission.REMITTANCE_ISSUE, cost=100)
async def remittance_issue(info: Info, input: RemittanceIssueInput) -> RemittanceIssuePayload:
    """Issue, by a job, the statement of a period: charge what was not charged, state what was not stated, settle it by
    the terms, and order what banks are to move. All of it happens once, or nothing does.

    Error codes: NOT_FOUND; UNKNOWN_CURRENCY, PERIOD. Of the job: PERIOD, PERIOD_STATED, NOTHING_TO_STATE,
    STATEMENT_TOO_LARGE.
    """
    done = await request_statement(
        info.context.scope,
        RequestStatement(
            creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"),
            currency=input.currency,
            last_on=input.last_on,
            first_on=input.first_on,
        ),
    )
    return RemittanceIssuePayload(
        job=await loaded(info, Job, done.job_id),
        statement_id=strawberry.ID(ids.encode("statement", done.statement_id)),
    )
