"""`feesAssess`."""

from datetime import date

import strawberry

from core.commissions.assess_due import request_assessment
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="Whose payments to charge, and up to which day.")
class FeesAssessInput:
    creditor_id: strawberry.ID | None = strawberry.field(default=None, description="Of this creditor; else of all.")
    until: date | None = strawberry.field(
        default=None, description="What was there by this day, which is that of the charge; else by today."
    )


@strawberry.type(description="The job that charges.")
class FeesAssessPayload(Payload):
    job: Job | None = strawberry.field(default=None, description="Its progress; `result` counts the payments.")


@mutation(Permission.COMMISSION_MANAGE, cost=100)
async def fees_assess(info: Info, input: FeesAssessInput) -> FeesAssessPayload:
    """Write, by a job, the fee lines of payments that have none, and reverse those of payments that are gone. Each
    payment once, however often it is asked; done once a day without being asked.

    Error codes: NOT_FOUND; FEE_DAY.
    """
    job_id = await request_assessment(
        info.context.scope,
        creditor_id=ids.optional("creditor", input.creditor_id, field="creditorId"),
        until=input.until,
    )
    return FeesAssessPayload(job=await loaded(info, Job, job_id))
