"""`debtAssign`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt
from tenants.assign_debt import assign_debt


@strawberry.input(description="Who works on a debt.")
class DebtAssignInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    user_id: strawberry.ID | None = strawberry.field(
        default=None, description="A member's `userId`; nobody where null."
    )


@strawberry.type(description="The debt.")
class DebtAssignPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")


@mutation(Permission.DEBT_WORK)
async def debt_assign(info: Info, input: DebtAssignInput) -> DebtAssignPayload:
    """Give a debt to a member of the agency to work on, or to nobody. The creditor is not told."""
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    user_id = ids.decode("user", input.user_id, field="userId") if input.user_id else None
    await assign_debt(info.context.scope, debt_id, user_id)
    return DebtAssignPayload(debt=await loaded(info, Debt, debt_id))
