"""`debtStageChange`."""

import strawberry

from core.debts.change_stage import ChangeStage, change_stage
from core.debts.kinds import Stage
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="A debt that moves to another stage before the courts.")
class DebtStageChangeInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    stage: Stage = strawberry.field(description="The stage; JUDICIAL comes only by `legalHandOver`.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="The moved debt.")
class DebtStageChangePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")


@mutation(Permission.DEBT_WORK)
async def debt_stage_change(info: Info, input: DebtStageChangeInput) -> DebtStageChangePayload:
    """Move a debt to another stage before the courts."""
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    await change_stage(info.context.scope, ChangeStage(debt_id=debt_id, stage=input.stage, reason=input.reason))
    return DebtStageChangePayload(debt=await loaded(info, Debt, debt_id))
