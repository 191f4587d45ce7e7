"""`bureauFurnish`."""

import strawberry

from core.bureaus.request_furnishing import RequestFurnishing, request_furnishing
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="To which bureau, and of whose debts.")
class BureauFurnishInput:
    furnisher: str = strawberry.field(description="The code of a furnisher's offer; see `plugins`.")
    subscriber: str = strawberry.field(description="The number that the bureau gave the agency.")
    creditor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only the debts of this creditor; those of all where not given."
    )


@strawberry.type(description="The job that tells the bureau.")
class BureauFurnishPayload(Payload):
    job: Job | None = strawberry.field(default=None, description="The job; follow it with `jobProgress`.")


@mutation(Permission.BUREAU_FURNISH, cost=100)
async def bureau_furnish(info: Info, input: BureauFurnishInput) -> BureauFurnishPayload:
    """Tell a bureau how debtors pay: what is in arrears, or was told it before, as the law lets it out today.

    A debt without authorisation, without its notice, or before its time is left out; `furnishingBatches` shows what was
    told, and what was left out by which rule. Error codes: NOT_FOUND; INVALID_TEXT; OFFER_NOT_ENABLED; JOB_UNDER_WAY.
    """
    job_id = await request_furnishing(
        info.context.scope,
        RequestFurnishing(
            furnisher=input.furnisher,
            subscriber=input.subscriber,
            creditor_id=ids.optional("creditor", input.creditor_id, field="creditorId"),
        ),
    )
    return BureauFurnishPayload(job=await loaded(info, Job, job_id))
