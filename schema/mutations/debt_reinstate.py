"""`debtReinstate`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.write_offs.reinstate_debt import ReinstateDebt, reinstate_debt
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="A debt that was written off, and is collected again.")
class DebtReinstateInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    reason: str = strawberry.field(description="Why: it stands in the history of the balance.")
    idempotency_key: str | None = strawberry.field(default=None, description="Your own key for this reinstatement.")


@strawberry.type(description="The debt that is active again.")
class DebtReinstatePayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WRITE_OFF)
async def debt_reinstate(info: Info, input: DebtReinstateInput) -> DebtReinstatePayload:
    """Undo what is left of a write-off: the debt is active, and owes again what was not recovered. For the days between
    it has borne no interest.

    Error codes: NOT_WRITTEN_OFF, NOTHING_WRITTEN_OFF, IDEMPOTENCY_KEY_REUSED.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    command = ReinstateDebt(debt_id=debt_id, reason=input.reason, idempotency_key=input.idempotency_key)
    done = await reinstate_debt(info.context.scope, command)
    return DebtReinstatePayload(debt=await loaded(info, Debt, debt_id), replayed=done.replayed)
