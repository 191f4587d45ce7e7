"""The dry run: everything that an import does, except that nothing but the report is kept."""

from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Tx
from core.kit.errors import DomainError
from core.kit.events import emit
from core.kit.jobs import Run
from core.placements import states
from core.placements.batch import Batch, load_batch
from core.placements.examine import examine, prepare, store_issues
from core.placements.faults import FileFault
from core.placements.kinds import BatchState


async def end_batch(tx: Tx, run: Run, code: str, message: str) -> None:
    """The dry run failed for good: refused, the same file may be sent again. (A failed import is accepted again.)"""
    problem = DomainError(message, code=code, remedy="Send the file again; tell the operator if it fails again.")
    await states.reject(tx, UUID(run.payload["batch_id"]), problem)


@jobs.handler("placements.validate", failed=end_batch)
async def validate_batch(run: Run) -> None:
    """UPLOADED → PARSED → VALIDATED with counts, sums and issues, or REJECTED where the file is at fault."""
    batch_id = UUID(run.payload["batch_id"])
    try:
        await _validate(run, batch_id)
    except FileFault as problem:
        await finish_rejected(run, batch_id, problem)


async def _validate(run: Run, batch_id: UUID) -> None:
    async with db.transaction(run.scope) as tx:
        await prepare(tx)
        batch = await load_batch(tx, batch_id)
        if batch.state not in states.OPEN:
            await run.finish(tx, {"state": batch.state})
            return

        async def told(done: int, total: int, note: str) -> None:
            await run.progress(done, total, note)
            if done * 2 == total:
                await states.parsed(run, batch)

        verdict = await examine(tx, batch, told, lock=False)
        await run.progress(2 * batch.file_size, 2 * batch.file_size, "writing the report")
        await store_issues(tx, batch)
        await states.write_verdict(tx, batch, verdict, BatchState.VALIDATED, _details(batch, verdict.staged.others))
        result = verdict.totals.as_dict()
        await emit(tx, "placement.validated", batch.id, result, creditor_id=batch.creditor_id)
        await run.finish(tx, {"state": BatchState.VALIDATED.value, **result})


def _details(batch: Batch, others: tuple[str, ...]) -> dict[str, object]:
    kept = batch.layout.other_columns == "keep"
    return {"unmapped_columns": [] if kept else list(others)}


async def finish_rejected(run: Run, batch_id: UUID, problem: FileFault) -> None:
    """The file is at fault: the work on it was rolled back, and the batch and the job say why."""
    async with db.transaction(run.scope) as tx:
        await states.reject(tx, batch_id, problem)
        await run.finish(tx, {"state": BatchState.REJECTED.value, "code": problem.code, "message": problem.message})
