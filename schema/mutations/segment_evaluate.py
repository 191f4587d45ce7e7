"""`segmentEvaluate`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.segments.request_evaluation import request_evaluation
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job
from schema.types.segments import Segment


@strawberry.input(description="A segment to look through all debts for.")
class SegmentEvaluateInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")


@strawberry.type(description="The segment, and the job that evaluates it.")
class SegmentEvaluatePayload(Payload):
    segment: Segment | None = strawberry.field(default=None, description="The segment, with its members until then.")
    job: Job | None = strawberry.field(default=None, description="Its progress; subscribe to `jobProgress`.")


@mutation(Permission.SEGMENT_MANAGE, cost=100)
async def segment_evaluate(info: Info, input: SegmentEvaluateInput) -> SegmentEvaluatePayload:
    """Find out, by a job, which debts are in a segment. Asked for again while the job waits, it is the same job.

    Error codes: NOT_FOUND.
    """
    segment_id = ids.decode("segment", input.segment_id, field="segmentId")
    job_id = await request_evaluation(info.context.scope, segment_id)
    return SegmentEvaluatePayload(segment=await loaded(info, Segment, segment_id), job=await loaded(info, Job, job_id))
