"""Accepts a validated batch: asks for the import of its good rows, once."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.scope import Scope
from core.permissions import Permission
from core.placements.kinds import BatchState
from core.placements.states import wrong_state


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAccepted:
    """`job_id` imports the batch; the same one however often it was accepted."""

    batch_id: UUID
    job_id: UUID


async def accept_batch(scope: Scope, batch_id: UUID) -> BatchAccepted:
    """Take the rows of the batch that are good when the import runs. Raises: NotFound, Conflict (WRONG_STATE)."""
    scope.require(Permission.PLACEMENT_MANAGE)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT state, (details ->> 'import_job')::uuid AS job_id FROM placement_batch "
            "WHERE agency_id = $1 AND id = $2 FOR UPDATE",
            scope.agency, batch_id,
        )  # fmt: skip
        if row is None:
            raise not_found("placement batch", "batch_id")
        if row["state"] != BatchState.REJECTED and await _asked_for(tx, row["job_id"]):
            return BatchAccepted(batch_id=batch_id, job_id=row["job_id"])
        if row["state"] != BatchState.VALIDATED:
            raise wrong_state(row["state"])
        job_id = await jobs.enqueue(tx, "placements.import", {"batch_id": str(batch_id)}, subject_id=batch_id)
        await tx.execute(
            "UPDATE placement_batch SET details = details || $3 WHERE agency_id = $1 AND id = $2",
            scope.agency, batch_id, {"import_job": str(job_id), "accepted_by": str(scope.actor)},
        )  # fmt: skip
    return BatchAccepted(batch_id=batch_id, job_id=job_id)


async def _asked_for(tx: Tx, job_id: UUID | None) -> bool:
    """Whether the import was asked for before; one that failed for good may be asked for anew."""
    return job_id is not None and bool(
        await tx.fetchval(
            "SELECT true FROM job WHERE agency_id = $1 AND id = $2 AND state <> 'FAILED'", tx.scope.agency, job_id
        )
    )
