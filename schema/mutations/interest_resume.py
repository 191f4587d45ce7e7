"""`interestResume`."""

from datetime import date

import strawberry

from core.interest.pause_interest import EndPause, end_pause
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import BigInt
from schema.types.debts import Debt


@strawberry.input(description="The end of a pause of interest.")
class InterestResumeInput:
    pause_id: strawberry.ID = strawberry.field(description="The pause.")
    last_on: date = strawberry.field(
        description="The last day without interest; the day before its first one undoes the pause."
    )


@strawberry.type(description="The debt whose interest goes on.")
class InterestResumePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    corrected_minor: BigInt | None = strawberry.field(
        default=None, description="By how many minor units interest changed that was posted already."
    )


@mutation(Permission.INTEREST_MANAGE)
async def interest_resume(info: Info, input: InterestResumeInput) -> InterestResumePayload:
    """Let a debt earn interest again after a day.

    Error codes: NOT_FOUND; PAUSE_DAYS.
    """
    pause_id = ids.decode("pause", input.pause_id, field="pauseId")
    done = await end_pause(info.context.scope, EndPause(pause_id=pause_id, last_on=input.last_on))
    return InterestResumePayload(
        debt=await loaded(info, Debt, done.debt_id), corrected_minor=BigInt(done.corrected_minor)
    )
