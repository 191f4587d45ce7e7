"""The import of an accepted batch: in one transaction, against the present state, or not at all."""

from typing import Any
from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Tx
from core.kit.events import emit
from core.kit.jobs import Run
from core.mandates.kinds import FileKind
from core.placements import states
from core.placements.apply_payments import apply_payments
from core.placements.batch import Batch, load_batch
from core.placements.changes import apply_changes
from core.placements.examine import Verdict, examine, prepare, store_issues
from core.placements.faults import FileFault, fault
from core.placements.insert_debts import insert_debts
from core.placements.judge import Totals
from core.placements.kinds import BatchState
from core.placements.recalls import apply_recalls
from core.placements.validate_batch import finish_rejected

# Files of one agency are imported one after the other: two of them could bring the same debtor, or the same debt.
_QUEUE_UP = "SELECT pg_advisory_xact_lock(hashtextextended('placements.import:' || $1::text, 0))"


@jobs.handler("placements.import")
async def import_batch(run: Run) -> None:
    """VALIDATED → ACCEPTED or PARTIAL → ACKED → ACTIVE, or REJECTED where the file is at fault."""
    batch_id = UUID(run.payload["batch_id"])
    try:
        await _import(run, batch_id)
    except FileFault as problem:
        await finish_rejected(run, batch_id, problem)


async def _import(run: Run, batch_id: UUID) -> None:
    async with db.transaction(run.scope) as tx:
        await prepare(tx)
        await tx.execute(_QUEUE_UP, str(run.agency_id))
        batch = await load_batch(tx, batch_id)
        if batch.state not in states.OPEN:
            await run.finish(tx, {"state": batch.state})
            return
        verdict = await examine(tx, batch, run.progress, lock=True)
        totals = verdict.totals
        if totals.accepted == 0 and totals.rejected > 0 and totals.duplicate == 0:
            raise fault(
                "NO_ROW_ACCEPTED", f"All {totals.rejected} rows were rejected.", "Read the report, correct the file."
            )
        await run.progress(2 * batch.file_size, 2 * batch.file_size, "writing")
        outcome = await _apply(tx, batch, verdict)
        await store_issues(tx, batch)
        await _conclude(tx, batch, verdict, outcome)
        await run.finish(tx, {"state": BatchState.ACTIVE.value, **totals.as_dict(), **outcome})


async def _apply(tx: Tx, batch: Batch, verdict: Verdict) -> dict[str, int]:
    """Write what the file brings; returns what else to tell about it."""
    actor = str(tx.scope.actor)
    if batch.kind is FileKind.NEW:
        return await insert_debts(tx, batch, verdict.plan, actor)
    if batch.kind is FileKind.FINANCIAL:
        return await apply_payments(tx, batch, actor)
    if batch.kind is FileKind.MAINTENANCE:
        await apply_changes(tx, batch, actor)
    else:
        await apply_recalls(tx, batch, actor)
        return {"recalled": verdict.totals.accepted}
    return {}


async def _conclude(tx: Tx, batch: Batch, verdict: Verdict, outcome: dict[str, int]) -> None:
    """Three states in one step: what was taken is acknowledged and in force as soon as it is there."""
    totals, at = verdict.totals, tx.now.isoformat()
    taken = BatchState.PARTIAL if totals.rejected or totals.duplicate else BatchState.ACCEPTED
    details = {
        "unmapped_columns": list(verdict.staged.others) if batch.layout.other_columns != "keep" else [],
        "history": [{"state": state.value, "at": at} for state in (taken, BatchState.ACKED, BatchState.ACTIVE)],
        "acknowledgement": _acknowledgement(batch, totals, taken, at) | outcome,
    }
    await states.write_verdict(tx, batch, verdict, BatchState.ACTIVE, details, accepted=True)
    data = {"kind": batch.kind.value, "result": taken.value, **totals.as_dict(), **outcome}
    await emit(tx, "placement.accepted", batch.id, data, creditor_id=batch.creditor_id)
    if batch.kind is FileKind.RECALL:
        await emit(tx, "placement.recalled", batch.id, data, creditor_id=batch.creditor_id)


def _acknowledgement(batch: Batch, totals: Totals, taken: BatchState, at: str) -> dict[str, Any]:
    """What the creditor can hold against its own books: the file by its hash, every row counted."""
    return {
        "file_sha256": batch.file_sha256, "result": taken.value, "at": at, "currency": batch.currency,
        **totals.as_dict(), "sums": totals.sums,
    }  # fmt: skip
