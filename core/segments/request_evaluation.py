"""Have a segment evaluated beside other work, by a job."""

from uuid import UUID

from core.kit import db, jobs
from core.kit.errors import not_found
from core.kit.scope import Scope
from core.permissions import Permission
from core.segments.evaluate_segment import evaluate

JOB = "segments.evaluate"


async def request_evaluation(scope: Scope, segment_id: UUID) -> UUID:
    """Ask for an evaluation. Returns the job's id; one that waits already is not asked for again.

    Raises: Forbidden; NotFound (segment).
    """
    scope.require(Permission.SEGMENT_MANAGE)
    async with db.transaction(scope) as tx:
        # The lock makes those who ask at the same time see each other's job.
        if not await tx.fetchval(
            "SELECT true FROM segment WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", scope.agency, segment_id
        ):
            raise not_found("segment", "segment_id")
        waiting: UUID | None = await tx.fetchval(
            "SELECT id FROM job WHERE agency_id = $1 AND subject_id = $2 AND name = $3 AND state = 'QUEUED' LIMIT 1",
            scope.agency, segment_id, JOB,
        )  # fmt: skip
        return waiting or await jobs.enqueue(tx, JOB, {"segment_id": str(segment_id)}, subject_id=segment_id)


@jobs.handler(JOB)
async def run_evaluation(run: jobs.Run) -> None:
    """Evaluate the segment of `segment_id`.

    The job's result: `{"version": 2, "entered": 3, "left": 1, "members": 40}`. Its progress counts the debts of the
    agency, which one statement goes through: none, then all.
    """
    segment_id = UUID(run.payload["segment_id"])
    async with db.transaction(run.scope, read_only=True) as tx:
        debts: int = await tx.fetchval("SELECT count(*) FROM debt WHERE agency_id = $1", run.agency_id)
    await run.progress(0, debts, "evaluating")
    async with db.transaction(run.scope) as tx:
        done = await evaluate(tx, segment_id)
        counts = {"version": done.version, "entered": done.entered, "left": done.left, "members": done.members}
        await run.finish(tx, counts)
