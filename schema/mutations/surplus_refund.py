"""`surplusRefund`."""

from datetime import date

import strawberry

from core.banking.transfers import refund_reference
from core.kit import ids
from core.payments.refund_surplus import RefundSurplus, refund_surplus
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="Money that a debtor gets back.")
class SurplusRefundInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt that was paid too much.")
    amount: MoneyInput = strawberry.field(description="How much; at most what has cleared of the surplus.")
    refunded_on: date = strawberry.field(description="The legal day on which the money leaves.")
    reason: str = strawberry.field(description="Why: it stands in the journal.")
    idempotency_key: str = strawberry.field(description="Your own key for this refund.")


@strawberry.type(description="The refund.")
class SurplusRefundPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    refund_id: strawberry.ID | None = strawberry.field(
        default=None, description="The refund: `bankTransferIdentify` knows it by this."
    )
    end_to_end_id: str | None = strawberry.field(
        default=None, description="What to write into the transfer, so that the bank's line is known by it."
    )
    surplus: Money | None = strawberry.field(default=None, description="What is left of the surplus now.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.PAYMENT_REVERSE)
async def surplus_refund(info: Info, input: SurplusRefundInput) -> SurplusRefundPayload:
    """Give a debtor back what no component of the debt could take."""
    done = await refund_surplus(
        info.context.scope,
        RefundSurplus(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            amount=input.amount.to_core(),
            refunded_on=input.refunded_on,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        ),
    )
    return SurplusRefundPayload(
        debt=await loaded(info, Debt, done.debt_id),
        refund_id=strawberry.ID(ids.encode("refund", done.refund_id)),
        end_to_end_id=refund_reference(done.refund_id),
        surplus=Money.of(done.surplus.minor_units, done.surplus.currency),
        replayed=done.replayed,
    )
