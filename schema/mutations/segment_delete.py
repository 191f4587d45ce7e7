"""`segmentDelete`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.segments.delete_segment import delete_segment
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.scalars import BigInt


@strawberry.input(description="A segment that is not needed any more.")
class SegmentDeleteInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")


@strawberry.type(description="What was deleted.")
class SegmentDeletePayload(Payload):
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="The segment that was.")
    member_count: BigInt | None = strawberry.field(default=None, description="How many members it had.")


@mutation(Permission.SEGMENT_MANAGE)
async def segment_delete(info: Info, input: SegmentDeleteInput) -> SegmentDeletePayload:
    """Forget a segment and who was in it. The debts are not touched.

    Error codes: NOT_FOUND.
    """
    segment_id = ids.decode("segment", input.segment_id, field="segmentId")
    members = await delete_segment(info.context.scope, segment_id)
    return SegmentDeletePayload(segment_id=input.segment_id, member_count=BigInt(members))
