"""`legalHandoffAnswer`."""

import strawberry

from core.kit import ids
from core.legal.answer_handoff import AnswerHandoff, answer_handoff
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal import LegalHandoff


@strawberry.input(description="What the lawyers say to a case that they acknowledged.")
class LegalHandoffAnswerInput:
    handoff_id: strawberry.ID = strawberry.field(description="The handoff.")
    accepted: bool = strawberry.field(description="Whether they take it.")
    reason: str = strawberry.field(default="", description="Why, in up to 500 characters; needed for a refusal.")
    code: str | None = strawberry.field(default=None, description="Their word for a refusal: `conflict_of_interest`.")


@strawberry.type(description="The answered handoff.")
class LegalHandoffAnswerPayload(Payload):
    handoff: LegalHandoff | None = strawberry.field(default=None, description="The handoff as it stands.")


@mutation(Permission.LEGAL_HANDOFF)
async def legal_handoff_answer(info: Info, input: LegalHandoffAnswerInput) -> LegalHandoffAnswerPayload:
    """Record that a legal channel accepts or refuses an acknowledged case. Refused, the debt is judicial no more.

    Error codes: NOT_FOUND; INVALID_TEXT; HANDOFF_NOT_ACKNOWLEDGED; HANDOFF_ANSWERED.
    """
    handoff_id = ids.decode("handoff", input.handoff_id, field="handoffId")
    await answer_handoff(
        info.context.scope,
        AnswerHandoff(handoff_id=handoff_id, accepted=input.accepted, reason=input.reason, code=input.code),
    )
    return LegalHandoffAnswerPayload(handoff=await loaded(info, LegalHandoff, handoff_id))
