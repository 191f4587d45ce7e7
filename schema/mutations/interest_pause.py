"""`interestPause`."""

from datetime import date

import strawberry

from core.interest.kinds import PauseReason
from core.interest.pause_interest import PauseInterest, pause_interest
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import BigInt
from schema.types.debts import Debt


@strawberry.input(description="Days on which a debt earns no interest.")
class InterestPauseInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    first_on: date = strawberry.field(description="The first day without interest; it may be gone by.")
    last_on: date | None = strawberry.field(
        default=None, description="The last one; until further notice where not given."
    )
    reason: PauseReason = strawberry.field(description="Why.")
    note: str = strawberry.field(default="", description="Anything to remember, up to 200 characters.")


@strawberry.type(description="The debt whose interest was paused.")
class InterestPausePayload(Payload):
    pause_id: strawberry.ID | None = strawberry.field(default=None, description="The pause.")
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    corrected_minor: BigInt | None = strawberry.field(
        default=None, description="By how many minor units interest changed that was posted already."
    )


@mutation(Permission.INTEREST_MANAGE)
async def interest_pause(info: Info, input: InterestPauseInput) -> InterestPausePayload:
    """Pause the interest of a debt: a dispute, an insolvency, a moratorium. What was posted for its days is taken back.

    Error codes: NOT_FOUND; DEBT_CLOSED; PAUSE_DAYS, INVALID_TEXT.
    """
    done = await pause_interest(
        info.context.scope,
        PauseInterest(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            first_on=input.first_on,
            last_on=input.last_on,
            reason=input.reason,
            note=input.note,
        ),
    )
    return InterestPausePayload(
        pause_id=strawberry.ID(ids.encode("pause", done.pause_id)),
        debt=await loaded(info, Debt, done.debt_id),
        corrected_minor=BigInt(done.corrected_minor),
    )
