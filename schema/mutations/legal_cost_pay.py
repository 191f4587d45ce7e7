"""`legalCostPay`."""

from datetime import date

import strawberry

from core.kit import ids
from core.legal.pay_cost import PayCost, pay_cost
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal_cases import LegalCost


@strawberry.input(description="An approved cost that the agency paid.")
class LegalCostPayInput:
    cost_id: strawberry.ID = strawberry.field(description="The cost.")
    paid_on: date = strawberry.field(description="The legal day on which the money left the agency's own account.")


@strawberry.type(description="The paid cost.")
class LegalCostPayPayload(Payload):
    cost: LegalCost | None = strawberry.field(default=None, description="The cost.")
    replayed: bool = strawberry.field(default=False, description="Whether it had been paid before.")


@mutation(Permission.BANKING_MANAGE)
async def legal_cost_pay(info: Info, input: LegalCostPayInput) -> LegalCostPayPayload:
    """Record that the agency laid out an approved cost: the creditor owes it, and its next statement has it.

    Error codes: NOT_FOUND; PAID_ON; COST_NOT_APPROVED; COST_PAID.
    """
    cost_id = ids.decode("cost", input.cost_id, field="costId")
    done = await pay_cost(info.context.scope, PayCost(cost_id=cost_id, paid_on=input.paid_on))
    return LegalCostPayPayload(cost=await loaded(info, LegalCost, cost_id), replayed=done.replayed)
