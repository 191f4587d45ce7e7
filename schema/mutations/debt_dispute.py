"""`debtDispute`."""

import strawberry

from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.kinds import DisputeOutcome
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt

strawberry.enum(
    DisputeOutcome,
    description="UPHELD: the debtor was right, and what was disputed is not owed. REJECTED: it is owed after all.",
)


@strawberry.input(description="Whether a debt, or a part of it, is disputed.")
class DebtDisputeInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    disputed: bool = strawberry.field(description="True opens the dispute, false closes it.")
    reason: str = strawberry.field(description="What the debtor says, or how it ended.")
    component_id: strawberry.ID | None = strawberry.field(
        default=None, description="The component that is disputed in part; closing, the one whose dispute is over."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much of the component is disputed; at most its balance."
    )
    outcome: DisputeOutcome | None = strawberry.field(
        default=None, description="How it ended; UPHELD adjusts what was disputed away."
    )


@strawberry.type(description="The debt.")
class DebtDisputePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    adjusted: Money | None = strawberry.field(default=None, description="By how much it owes less.")


@mutation(Permission.DEBT_WORK)
async def debt_dispute(info: Info, input: DebtDisputeInput) -> DebtDisputePayload:
    """Open or close the dispute of a debt, or of a part of it; its creditor sees it. No payment goes to what is
    disputed in part.

    Error codes: DEBT_CLOSED, DISPUTE_OPEN, DISPUTED_PART, DISPUTE_OUTCOME, BALANCE_TOO_SMALL, CURRENCY_MISMATCH.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    command = FlagDispute(
        debt_id=debt_id,
        disputed=input.disputed,
        reason=input.reason,
        component_id=ids.optional("component", input.component_id, field="componentId"),
        amount=input.amount.to_core() if input.amount else None,
        outcome=input.outcome,
    )
    done = await flag_dispute(info.context.scope, command)
    adjusted = Money.of(done.adjusted.minor_units, done.adjusted.currency)
    return DebtDisputePayload(debt=await loaded(info, Debt, debt_id), adjusted=adjusted)
