"""`debtWriteOff`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="A debt that is given up in the books.")
class DebtWriteOffInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    reason: str = strawberry.field(description="Why: it stands in the history of the balance.")
    idempotency_key: str | None = strawberry.field(default=None, description="Your own key for this write-off.")


@strawberry.type(description="The debt that was written off.")
class DebtWriteOffPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WRITE_OFF)
async def debt_write_off(info: Info, input: DebtWriteOffInput) -> DebtWriteOffPayload:
    """Write off what a debt owes, with its interest to today, and close it. It bears no interest then; money that
    still comes for it is a recovery.

    Error codes: DEBT_CLOSED, NOTHING_OWED, IDEMPOTENCY_KEY_REUSED.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    command = WriteOffDebt(debt_id=debt_id, reason=input.reason, idempotency_key=input.idempotency_key)
    done = await write_off_debt(info.context.scope, command)
    return DebtWriteOffPayload(debt=await loaded(info, Debt, debt_id), replayed=done.replayed)
