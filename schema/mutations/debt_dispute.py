"""`debtDispute`."""

import strawberry

from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="Whether a debt is disputed.")
class DebtDisputeInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    disputed: bool = strawberry.field(description="True opens the dispute, false closes it.")
    reason: str = strawberry.field(description="What the debtor says, or how it ended.")


@strawberry.type(description="The debt.")
class DebtDisputePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")


@mutation(Permission.DEBT_WORK)
async def debt_dispute(info: Info, input: DebtDisputeInput) -> DebtDisputePayload:
    """Open or close the dispute of a debt; its creditor sees it."""
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    command = FlagDispute(debt_id=debt_id, disputed=input.disputed, reason=input.reason)
    await flag_dispute(info.context.scope, command)
    return DebtDisputePayload(debt=await loaded(info, Debt, debt_id))
