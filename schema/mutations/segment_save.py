"""`segmentSave`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.segments.save_segment import SaveSegment, save_segment
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.segments import Segment


@strawberry.input(description="A filter over debts, and its name.")
class SegmentSaveInput:
    name: str = strawberry.field(description="Its name, of which the agency has one.")
    tree: JSON = strawberry.field(
        description="The filter, as a tree of the filter language (docs/agency.md): "
        '{"field": "stage", "op": "eq", "value": "EARLY"}. It may ask what `where` of a list of debts asks, but for '
        "segments."
    )
    segment_id: strawberry.ID | None = strawberry.field(
        default=None, description="The segment to change; a new one is made where not given."
    )
    version: int | None = strawberry.field(
        default=None, description="The `version` that the change was made from; whatever is there where not given."
    )


@strawberry.type(description="The segment as it is now.")
class SegmentSavePayload(Payload):
    segment: Segment | None = strawberry.field(default=None, description="The segment.")
    changed: bool = strawberry.field(default=False, description="False where it was there just as it was given.")


@mutation(Permission.SEGMENT_MANAGE)
async def segment_save(info: Info, input: SegmentSaveInput) -> SegmentSavePayload:
    """Keep a filter under a name, or change one that has a name. Nothing is evaluated: see `segmentEvaluate`.

    Error codes: NOT_FOUND; NAME_TAKEN; SEGMENT_CHANGED where somebody else was first; FILTER_SHAPE, FILTER_FIELD,
    FILTER_OPERATOR, FILTER_VALUE, FILTER_TOO_LARGE.
    """
    saved = await save_segment(
        info.context.scope,
        SaveSegment(
            name=input.name,
            tree=input.tree,
            segment_id=ids.optional("segment", input.segment_id, field="segmentId"),
            version=input.version,
        ),
    )
    return SegmentSavePayload(segment=await loaded(info, Segment, saved.segment_id), changed=saved.changed)
