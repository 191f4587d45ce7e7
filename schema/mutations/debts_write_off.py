"""`debtsWriteOff`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.write_offs.write_off_small_debts import WriteOffSmallDebts, request_small_write_off
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="Debts that owe too little to be worth their collection.")
class DebtsWriteOffInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate that they are worked under.")
    threshold: MoneyInput = strawberry.field(description="What a debt may owe at most, interest to today included.")
    reason: str = strawberry.field(description="Why: it stands in the history of each balance.")


@strawberry.type(description="The job that writes off.")
class DebtsWriteOffPayload(Payload):
    job: Job | None = strawberry.field(
        default=None, description="Its progress; its result says how many debts it was, and how much."
    )


@mutation(Permission.DEBT_WRITE_OFF, cost=100)
async def debts_write_off(info: Info, input: DebtsWriteOffInput) -> DebtsWriteOffPayload:
    """Write off, by a job, all active debts of a mandate that owe no more than a threshold; not those that are disputed
    or with a court.

    Error codes: THRESHOLD, CURRENCY_MISMATCH.
    """
    command = WriteOffSmallDebts(
        mandate_id=ids.decode("mandate", input.mandate_id, field="mandateId"),
        threshold=input.threshold.to_core(),
        reason=input.reason,
    )
    job_id = await request_small_write_off(info.context.scope, command)
    return DebtsWriteOffPayload(job=await loaded(info, Job, job_id))
