"""`feesRecalculate`."""

from datetime import date

import strawberry

from core.commissions.assess_due import request_recalculation
from core.commissions.recalculate_fees import RecalculateFees
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="Whose fees to compute again.")
class FeesRecalculateInput:
    creditor_id: strawberry.ID = strawberry.field(description="The creditor.")
    on: date = strawberry.field(description="The legal day of the correction: the statement of that period has it.")


@strawberry.type(description="The job that recalculates.")
class FeesRecalculatePayload(Payload):
    job: Job | None = strawberry.field(default=None, description="Its progress; `result` counts the payments.")


@mutation(Permission.COMMISSION_MANAGE, cost=100)
async def fees_recalculate(info: Info, input: FeesRecalculateInput) -> FeesRecalculatePayload:
    """Reverse, by a job, the fee lines of every payment whose fee would be another one today, and assess it again: as
    the event `fee.recalculation_due` asks for. Statements that were issued stay as they are.

    Error codes: NOT_FOUND; FEE_DAY.
    """
    command = RecalculateFees(creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"), on=input.on)
    job_id = await request_recalculation(info.context.scope, command)
    return FeesRecalculatePayload(job=await loaded(info, Job, job_id))
