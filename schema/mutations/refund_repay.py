"""`refundRepay`."""

from datetime import date

import strawberry

from core.kit import ids
from core.payments.repay_refund import RepayRefund, repay_refund
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="Money that a debtor gives back to the agency: a refund whose payment had bounced.")
class RefundRepayInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt whose surplus was refunded.")
    amount: MoneyInput = strawberry.field(description="How much, above 0; at most `refundOwed` of the debt.")
    repaid_on: date = strawberry.field(description="The legal day, on the agency's own account.")
    reference: str = strawberry.field(description="What the bank calls it: it stands in the journal.")
    idempotency_key: str = strawberry.field(description="Your own key for this repayment.")
    returned: bool = strawberry.field(
        default=False, description="Whether so much of what was repaid before went back: it bounced, or was a mistake."
    )


@strawberry.type(description="The repayment.")
class RefundRepayPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    owed: Money | None = strawberry.field(default=None, description="What the debtor still owes of it now.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.PAYMENT_REVERSE)
async def refund_repay(info: Info, input: RefundRepayInput) -> RefundRepayPayload:
    """Record that a debtor repaid a refund whose payment had bounced, into the agency's own account.

    Error codes: NOT_FOUND; REPAYMENT_AMOUNT, CURRENCY_MISMATCH, REPAID_ON, INVALID_TEXT; NOT_OWED,
    IDEMPOTENCY_KEY_REUSED.
    """
    done = await repay_refund(
        info.context.scope,
        RepayRefund(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            amount=input.amount.to_core(),
            repaid_on=input.repaid_on,
            reference=input.reference,
            idempotency_key=input.idempotency_key,
            returned=input.returned,
        ),
    )
    return RefundRepayPayload(
        debt=await loaded(info, Debt, done.debt_id),
        owed=Money.of(done.owed.minor_units, done.owed.currency),
        replayed=done.replayed,
    )
