"""`debtAdjust`."""

from datetime import date

import strawberry

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="A correction of one component's balance.")
class DebtAdjustInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    component_id: strawberry.ID = strawberry.field(description="Its component.")
    delta: MoneyInput = strawberry.field(description="What is added to the balance; negative lowers it.")
    effective_on: date = strawberry.field(description="The legal day of the change.")
    reason: str = strawberry.field(description="Why: it stands in the history of the balance.")
    idempotency_key: str = strawberry.field(description="Your own key for this correction.")


@strawberry.type(description="The corrected debt.")
class DebtAdjustPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WORK)
async def debt_adjust(info: Info, input: DebtAdjustInput) -> DebtAdjustPayload:
    """Correct the balance of one component: a charge forgotten, a mistake in the file."""
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    done = await adjust_component(
        info.context.scope,
        AdjustComponent(
            debt_id=debt_id,
            component_id=ids.decode("component", input.component_id, field="componentId"),
            delta=input.delta.to_core(),
            effective_on=input.effective_on,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        ),
    )
    debt = await loaded(info, Debt, debt_id)
    return DebtAdjustPayload(debt=debt, replayed=done.replayed)
