"""`interestAccrue`."""

from datetime import date

import strawberry

from core.interest.accrue_due import request_accrual
from core.interest.accrue_sql import BATCH
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="The day to post the interest of all debts to.")
class InterestAccrueInput:
    day: date = strawberry.field(description="A month's end, as a rule; of a day to come, today.")
    debts_at_once: int = strawberry.field(
        default=BATCH,
        description="How many debts one statement takes, up to 1,000,000. Payments of these debts wait meanwhile, and "
        "are refused after 30 seconds: give more than the default where nobody pays.",
    )


@strawberry.type(description="The job that posts.")
class InterestAccruePayload(Payload):
    job: Job | None = strawberry.field(default=None, description="Its progress; subscribe to `jobProgress`.")


@mutation(Permission.INTEREST_MANAGE, cost=100)
async def interest_accrue(info: Info, input: InterestAccrueInput) -> InterestAccruePayload:
    """Post, by a job, the interest of all of the agency's debts to a day. Debts without terms get those of their
    mandate, and what changed late is corrected. Days whose cap is not certified yet wait.

    Error codes: ACCRUAL_DAY, DEBTS_AT_ONCE.
    """
    job_id = await request_accrual(info.context.scope, input.day, debts_at_once=input.debts_at_once)
    return InterestAccruePayload(job=await loaded(info, Job, job_id))
