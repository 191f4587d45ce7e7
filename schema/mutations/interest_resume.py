"""`interestResume`."""

from datetime import date

import strawberry

from core.interest.pause_interest import EndPause, end_pause
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.mutations.interest_pause import InterestPausePayload, payload


@strawberry.input(description="The end of a pause of interest.")
class InterestResumeInput:
    pause_id: strawberry.ID = strawberry.field(description="The pause.")
    last_on: date = strawberry.field(
        description="The last day without interest; the day before its first one undoes the pause."
    )


@mutation(Permission.INTEREST_MANAGE)
async def interest_resume(info: Info, input: InterestResumeInput) -> InterestPausePayload:
    """Let a debt earn interest again after a day.

    Error codes: NOT_FOUND; PAUSE_DAYS.
    """
    pause_id = ids.decode("pause", input.pause_id, field="pauseId")
    done = await end_pause(info.context.scope, EndPause(pause_id=pause_id, last_on=input.last_on))
    return await payload(info, done)
