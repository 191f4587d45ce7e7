"""`agreementCancel`."""

import strawberry

from core.agreements.cancel_agreement import cancel_agreement
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.agreements import Agreement


@strawberry.input(description="An agreement that is to count no more.")
class AgreementCancelInput:
    agreement_id: strawberry.ID = strawberry.field(description="The promise's agreement, or the plan.")
    reason: str = strawberry.field(description="Why, in 1 to 200 characters.")


@strawberry.type(description="The cancelled agreement.")
class AgreementCancelPayload(Payload):
    agreement: Agreement | None = strawberry.field(default=None, description="The agreement.")


@mutation(Permission.DEBT_WORK)
async def agreement_cancel(info: Info, input: AgreementCancelInput) -> AgreementCancelPayload:
    """Cancel an active agreement with those of its promises that are not overdue. What was paid stays paid.

    Error codes: NOT_FOUND; INVALID_TEXT; AGREEMENT_ENDED.
    """
    agreement_id = ids.decode("agreement", input.agreement_id, field="agreementId")
    await cancel_agreement(info.context.scope, agreement_id, input.reason)
    return AgreementCancelPayload(agreement=await loaded(info, Agreement, agreement_id))
