"""`legalDeadlineChange`."""

from datetime import date

import strawberry

from core.kit import ids
from core.legal.change_deadline import ChangeDeadline, change_deadline
from core.legal.kinds import DeadlineState
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal_cases import LegalDeadline


@strawberry.input(description="A deadline that is met, does not hold, or ends on another day.")
class LegalDeadlineChangeInput:
    deadline_id: strawberry.ID = strawberry.field(description="The deadline.")
    note: str = strawberry.field(description="Why, in 1 to 200 characters.")
    state: DeadlineState | None = strawberry.field(default=None, description="DONE or CANCELLED.")
    due_on: date | None = strawberry.field(
        default=None, description="Instead of a state: the last day that counts, as when the court was closed."
    )


@strawberry.type(description="The changed deadline.")
class LegalDeadlineChangePayload(Payload):
    deadline: LegalDeadline | None = strawberry.field(default=None, description="The deadline.")


@mutation(Permission.LEGAL_HANDOFF)
async def legal_deadline_change(info: Info, input: LegalDeadlineChangeInput) -> LegalDeadlineChangePayload:
    """Close an open deadline, or move its last day.

    Error codes: NOT_FOUND; INVALID_TEXT; DEADLINE_CHANGE; DEADLINE_DAY; DEADLINE_CLOSED.
    """
    deadline_id = ids.decode("deadline", input.deadline_id, field="deadlineId")
    await change_deadline(
        info.context.scope,
        ChangeDeadline(deadline_id=deadline_id, note=input.note, state=input.state, due_on=input.due_on),
    )
    return LegalDeadlineChangePayload(deadline=await loaded(info, LegalDeadline, deadline_id))
