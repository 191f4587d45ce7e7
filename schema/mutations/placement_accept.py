"""`placementAccept`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.placements.accept_batch import accept_batch
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job
from schema.types.placements import PlacementBatch


@strawberry.input(description="A batch whose dry run has been looked at.")
class PlacementAcceptInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch.")


@strawberry.type(description="The batch, and the job that imports it.")
class PlacementAcceptPayload(Payload):
    batch: PlacementBatch | None = strawberry.field(default=None, description="The batch.")
    job: Job | None = strawberry.field(default=None, description="Its progress; subscribe to `jobProgress`.")


@mutation(Permission.PLACEMENT_MANAGE)
async def placement_accept(info: Info, input: PlacementAcceptInput) -> PlacementAcceptPayload:
    """Accept a batch: its good rows are taken, checked once more against what is there then."""
    done = await accept_batch(info.context.scope, ids.decode("batch", input.batch_id, field="batchId"))
    return PlacementAcceptPayload(
        batch=await loaded(info, PlacementBatch, done.batch_id),
        job=await loaded(info, Job, done.job_id),
    )
