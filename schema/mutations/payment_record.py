"""`paymentRecord`."""

from datetime import date

import strawberry

from core.debts.kinds import ComponentKind
from core.kit import ids
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentWarning, RecordPayment, record_payment
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt
from schema.types.payments import Payment

strawberry.enum(PaymentWarning, description="What is odd about a payment that was recorded.")


@strawberry.input(description="Money that came in for a debt.")
class PaymentRecordInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt that it is for.")
    amount: MoneyInput = strawberry.field(description="How much, in the debt's currency.")
    paid_on: date = strawberry.field(description="The legal day of the payment, in the mandate's zone.")
    idempotency_key: str = strawberry.field(
        description="Your own key for this payment. The same request with the same key is recorded once."
    )
    method: PaymentMethod = strawberry.field(default=PaymentMethod.TRANSFER, description="How it came.")
    received_by: ReceivedBy = strawberry.field(
        default=ReceivedBy.AGENCY, description="Who received it; CREDITOR for a direct payment."
    )
    reference: str = strawberry.field(default="", description="The payer's or the bank's reference.")
    purpose: str = strawberry.field(
        default="", description="What the money is, as a code of the mandate's own, by which its policy may split it."
    )
    designated_kinds: list[ComponentKind] = strawberry.field(
        default_factory=list[ComponentKind], description="Component kinds that the debtor named to be paid first."
    )
    designated_component_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID], description="Components that the debtor named to be paid first."
    )


@strawberry.type(description="The recorded payment.")
class PaymentRecordPayload(Payload):
    payment: Payment | None = strawberry.field(default=None, description="The payment with its split.")
    debt: Debt | None = strawberry.field(default=None, description="The debt as it stands now.")
    balance_after: Money | None = strawberry.field(default=None, description="The balance right after this payment.")
    warning: PaymentWarning | None = strawberry.field(default=None, description="What is odd about it.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.PAYMENT_RECORD)
async def payment_record(info: Info, input: PaymentRecordInput) -> PaymentRecordPayload:
    """Record money received for a debt and split it over the debt's components in the order of the mandate."""
    done = await record_payment(
        info.context.scope,
        RecordPayment(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            amount=input.amount.to_core(),
            paid_on=input.paid_on,
            method=input.method,
            received_by=input.received_by,
            idempotency_key=input.idempotency_key,
            reference=input.reference,
            purpose=input.purpose,
            designation=(
                *input.designated_kinds,
                *(
                    ids.decode("component", one, field="designatedComponentIds")
                    for one in input.designated_component_ids
                ),
            ),
        ),
    )
    return PaymentRecordPayload(
        payment=Payment(row=done.payment) if done.payment else await loaded(info, Payment, done.payment_id),
        debt=Debt(row=done.debt) if done.debt else await loaded(info, Debt, done.debt_id),
        balance_after=Money.of(done.balance_after.minor_units, done.balance_after.currency),
        warning=done.warning,
        replayed=done.replayed,
    )
