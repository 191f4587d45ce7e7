"""`legalCostDecide`."""

import strawberry

from core.kit import ids
from core.legal.decide_cost import DecideCost, decide_cost
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal_cases import LegalCost


@strawberry.input(description="A decision on a cost.")
class LegalCostDecideInput:
    cost_id: strawberry.ID = strawberry.field(description="The cost.")
    approved: bool = strawberry.field(description="Whether it may be spent.")
    reason: str = strawberry.field(description="Why, in 1 to 200 characters; the lawyers are told.")


@strawberry.type(description="The decided cost.")
class LegalCostDecidePayload(Payload):
    cost: LegalCost | None = strawberry.field(default=None, description="The cost.")
    replayed: bool = strawberry.field(default=False, description="Whether it had been decided so before.")


@mutation(Permission.LEGAL_COST_APPROVE)
async def legal_cost_decide(info: Info, input: LegalCostDecideInput) -> LegalCostDecidePayload:
    """Approve or refuse a cost, as the creditor, or as the agency where the mandate's terms let it. Approved, it is
    charged to the debt once, where the terms say so.

    Error codes: NOT_FOUND; INVALID_TEXT; COST_NEEDS_CREDITOR; COST_DECIDED; DEBT_CLOSED.
    """
    cost_id = ids.decode("cost", input.cost_id, field="costId")
    done = await decide_cost(
        info.context.scope, DecideCost(cost_id=cost_id, approved=input.approved, reason=input.reason)
    )
    return LegalCostDecidePayload(cost=await loaded(info, LegalCost, cost_id), replayed=done.replayed)
