"""`legalCostAsk`."""

import strawberry

from core.kit import ids
from core.legal.ask_cost import AskCost, ask_cost
from core.legal.kinds import CostKind
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.legal_cases import LegalCost


@strawberry.input(description="A cost that the lawyers want to be let spend.")
class LegalCostAskInput:
    handoff_id: strawberry.ID = strawberry.field(description="The case.")
    kind: CostKind = strawberry.field(description="What it is for.")
    amount: MoneyInput = strawberry.field(description="How much, above zero, in the debt's currency, tax included.")
    reason: str = strawberry.field(description="Why it is needed, in 1 to 200 characters.")
    reference: str = strawberry.field(description="Your own reference: asked twice, it is one cost.")


@strawberry.type(description="The cost that was asked for.")
class LegalCostAskPayload(Payload):
    cost: LegalCost | None = strawberry.field(
        default=None, description="The cost; APPROVED at once within the limits of the mandate."
    )
    replayed: bool = strawberry.field(default=False, description="Whether it had been asked for before.")


@mutation(Permission.LEGAL_HANDOFF)
async def legal_cost_ask(info: Info, input: LegalCostAskInput) -> LegalCostAskPayload:
    """Ask for a cost of a running case before it is spent.

    Error codes: NOT_FOUND; INVALID_TEXT; COST_AMOUNT; CURRENCY_MISMATCH; HANDOFF_NOT_RUNNING; REFERENCE_REUSED;
    TOO_MANY_COSTS; DEBT_CLOSED.
    """
    done = await ask_cost(
        info.context.scope,
        AskCost(
            handoff_id=ids.decode("handoff", input.handoff_id, field="handoffId"),
            kind=input.kind,
            amount=input.amount.to_core(),
            reason=input.reason,
            reference=input.reference,
        ),
    )
    return LegalCostAskPayload(cost=await loaded(info, LegalCost, done.cost_id), replayed=done.replayed)
