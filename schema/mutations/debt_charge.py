"""`debtCharge`."""

from datetime import date

import strawberry

from core.debts.add_charge import AddCharge, add_charge
from core.debts.fees import FeeGrounds
from core.debts.kinds import ComponentKind
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="What a collection fee rests on.")
class FeeGroundsInput:
    activity: str = strawberry.field(description="The activity of collection that was really done, and its proof.")
    tariff: str = strawberry.field(description="The tariff by which it is charged.")
    disclosed_on: date = strawberry.field(description="The day on which the debtor was told of the tariff.")


@strawberry.input(description="Something that is charged to a debt after its placement.")
class DebtChargeInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    kind: ComponentKind = strawberry.field(description="What it is.")
    amount: MoneyInput = strawberry.field(description="How much, above zero, in the debt's currency.")
    reason: str = strawberry.field(description="Why: it stands in the history of the balance.")
    idempotency_key: str = strawberry.field(description="Your own key for this charge.")
    due_on: date | None = strawberry.field(default=None, description="When it is to be paid.")
    effective_on: date | None = strawberry.field(
        default=None, description="The legal day from which it is owed; today where not given."
    )
    instalment: int | None = strawberry.field(default=None, description="The instalment that it belongs to.")
    component_id: strawberry.ID | None = strawberry.field(
        default=None, description="The component that it raises; a new one where not given."
    )
    grounds: FeeGroundsInput | None = strawberry.field(default=None, description="For a collection fee, its grounds.")


@strawberry.type(description="The charged debt.")
class DebtChargePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    reopened: bool = strawberry.field(default=False, description="Whether it had been paid, and is open again.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WORK)
async def debt_charge(info: Info, input: DebtChargeInput) -> DebtChargePayload:
    """Charge a penalty, a cost or a fee to a debt. A collection fee needs its grounds."""
    debt_id, grounds = ids.decode("debt", input.debt_id, field="debtId"), input.grounds
    done = await add_charge(
        info.context.scope,
        AddCharge(
            debt_id=debt_id,
            kind=input.kind,
            amount=input.amount.to_core(),
            reason=input.reason,
            idempotency_key=input.idempotency_key,
            due_on=input.due_on,
            effective_on=input.effective_on,
            instalment=input.instalment,
            component_id=(
                ids.decode("component", input.component_id, field="componentId") if input.component_id else None
            ),
            grounds=(
                FeeGrounds(activity=grounds.activity, tariff=grounds.tariff, disclosed_on=grounds.disclosed_on)
                if grounds
                else None
            ),
        ),
    )
    debt = await loaded(info, Debt, debt_id)
    return DebtChargePayload(debt=debt, reopened=done.reopened, replayed=done.replayed)
