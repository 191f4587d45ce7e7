"""Settle a batch whose outcome is open: after a crash on the way, or after a submission that nobody knows of."""

from uuid import UUID

from core.bureaus.kinds import FurnishingState
from core.bureaus.submit_batch import (
    FURNISHING_SETTLE_AFTER,
    FURNISHING_SETTLE_JOB,
    OPEN_BATCH,
    BatchResult,
    PreparedBatch,
    submit_batch,
)
from core.kit import db
from core.kit.errors import not_found
from core.kit.jobs import Run, handler
from core.kit.scope import Scope
from core.plugin_host.follow_up import look_again


async def settle_batch(scope: Scope, batch_id: UUID) -> BatchResult:
    """Submit the stored batch again with the same key, which is the same submission for the bureau.

    One that was just prepared is left to whoever is submitting it. Raises: NotFound.
    """
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT *, state = 'PREPARED' AND prepared_at > $3 AS under_way FROM furnishing_batch "
            "WHERE agency_id = $1 AND id = $2",
            scope.agency, batch_id, tx.now - FURNISHING_SETTLE_AFTER,
        )  # fmt: skip
    if row is None:
        raise not_found("batch", "batch_id")
    if FurnishingState(row["state"]) not in OPEN_BATCH or row["under_way"]:
        return BatchResult.of(row)
    return await submit_batch(scope, PreparedBatch.of(row), first=False)


@handler(FURNISHING_SETTLE_JOB)
async def settle(run: Run) -> None:
    """The job: settle, or look again later, each time after a longer while."""
    batch_id = UUID(run.payload["batch_id"])
    found = await settle_batch(run.scope, batch_id)
    async with db.transaction(run.scope) as tx:
        if found.state in OPEN_BATCH:
            data = {"error_code": found.error_code}
            await look_again(
                tx, FURNISHING_SETTLE_JOB, batch_id, run.payload, given_up="bureau.furnishing_unsettled", data=data
            )
        await run.finish(tx, {"state": found.state.value, "error_code": found.error_code})
