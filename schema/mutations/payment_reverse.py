"""`paymentReverse`."""

from datetime import date

import strawberry

from core.kit import ids
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt
from schema.types.payments import Payment


@strawberry.input(description="A payment that is taken back: a bounced cheque, a chargeback, a mistake.")
class PaymentReverseInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    reason: str = strawberry.field(description="Why, such as `cheque returned R01`.")
    reversed_on: date = strawberry.field(description="The legal day of the reversal: the month it counts in.")


@strawberry.type(description="The reversed payment.")
class PaymentReversePayload(Payload):
    payment: Payment | None = strawberry.field(default=None, description="The payment.")
    debt: Debt | None = strawberry.field(default=None, description="The debt as it stands now.")
    reopened: bool = strawberry.field(
        default=False, description="Whether the debt was closed as paid, and is open again."
    )


@mutation(Permission.PAYMENT_REVERSE)
async def payment_reverse(info: Info, input: PaymentReverseInput) -> PaymentReversePayload:
    """Reverse a payment: each component gets back exactly what it had taken."""
    done = await reverse_payment(
        info.context.scope,
        ReversePayment(
            payment_id=ids.decode("payment", input.payment_id, field="paymentId"),
            reason=input.reason,
            reversed_on=input.reversed_on,
        ),
    )
    return PaymentReversePayload(
        payment=await loaded(info, Payment, done.payment_id),
        debt=await loaded(info, Debt, done.debt_id),
        reopened=done.reopened,
    )
