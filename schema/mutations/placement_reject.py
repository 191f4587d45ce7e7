"""`placementReject`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.placements.reject_batch import RejectBatch, reject_batch
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.placements import PlacementBatch


@strawberry.input(description="A batch that is refused.")
class PlacementRejectInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch.")
    reason: str = strawberry.field(description="Why; the creditor reads it.")


@strawberry.type(description="The refused batch.")
class PlacementRejectPayload(Payload):
    batch: PlacementBatch | None = strawberry.field(default=None, description="The batch.")


@mutation(Permission.PLACEMENT_MANAGE)
async def placement_reject(info: Info, input: PlacementRejectInput) -> PlacementRejectPayload:
    """Refuse a batch that was not accepted; none of its rows was taken."""
    command = RejectBatch(batch_id=ids.decode("batch", input.batch_id, field="batchId"), reason=input.reason)
    done = await reject_batch(info.context.scope, command)
    batch = await loaded(info, PlacementBatch, done.batch_id)
    return PlacementRejectPayload(batch=batch)
