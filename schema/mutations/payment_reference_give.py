"""`paymentReferenceGive`."""

import strawberry

from core.banking.give_reference import GiveReference, give_reference
from core.banking.kinds import ReferenceKind
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload


@strawberry.input(description="What the debtor of a debt is told to quote, or has signed.")
class PaymentReferenceGiveInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    kind: ReferenceKind = strawberry.field(description="What kind of reference.")
    reference: str | None = strawberry.field(
        default=None, description="The reference; without it, a creditor reference (RF, ISO 11649) is made."
    )


@strawberry.type(description="The reference.")
class PaymentReferenceGivePayload(Payload):
    reference: str | None = strawberry.field(default=None, description="As it is to be quoted.")


@mutation(Permission.DEBT_WORK)
async def payment_reference_give(info: Info, input: PaymentReferenceGiveInput) -> PaymentReferenceGivePayload:
    """Tie a reference to a debt, by which receipts of the bank find it. Error codes: NOT_FOUND, REFERENCE_TAKEN,
    INVALID_REFERENCE."""
    command = GiveReference(
        debt_id=ids.decode("debt", input.debt_id, field="debtId"), kind=input.kind, reference=input.reference
    )
    return PaymentReferenceGivePayload(reference=await give_reference(info.context.scope, command))
