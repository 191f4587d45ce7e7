"""The states of a batch (domain vocabulary 11.3), and how each is written."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.kit import db
from core.kit.db import Tx
from core.kit.errors import Conflict, DomainError
from core.kit.events import emit
from core.kit.jobs import Run
from core.placements.kinds import BatchState

if TYPE_CHECKING:  # who only changes a state needs nothing of what reads a file
    from core.placements.batch import Batch
    from core.placements.examine import Verdict

OPEN = (BatchState.UPLOADED, BatchState.PARSED, BatchState.VALIDATED)
"""Before anything of the file was taken."""

_VERDICT = """
UPDATE placement_batch SET state = $3, encoding = $4, rows_total = $5, rows_accepted = $6, rows_duplicate = $7,
  rows_rejected = $8, sum_total_minor = $9, sum_accepted_minor = $10, issues_by_code = $11, details = details || $12,
  validated_at = COALESCE(validated_at, $13), accepted_at = CASE WHEN $14::boolean THEN $13 ELSE accepted_at END
WHERE agency_id = $1 AND id = $2 AND state = ANY ($15::text[])
"""

_REJECT = """
UPDATE placement_batch SET state = 'REJECTED', error_code = $3, error_message = $4, error_remedy = $5, details =
  details || $7
WHERE agency_id = $1 AND id = $2 AND state = ANY ($6::text[]) RETURNING creditor_id
"""


async def parsed(run: Run, batch: "Batch") -> None:
    """Show that the file could be read; apart from the work itself."""
    async with db.transaction(run.scope) as tx:
        await tx.execute(
            "UPDATE placement_batch SET state = 'PARSED' WHERE agency_id = $1 AND id = $2 AND state = 'UPLOADED'",
            batch.agency_id, batch.id,
        )  # fmt: skip


async def write_verdict(
    tx: Tx, batch: "Batch", verdict: "Verdict", state: BatchState, details: dict[str, Any], *, accepted: bool = False
) -> None:
    """Write counts, sums and the new state. Raises: Conflict when somebody rejected the batch meanwhile."""
    totals = verdict.totals
    changed = await tx.execute(
        _VERDICT, batch.agency_id, batch.id, state, verdict.staged.encoding, totals.rows, totals.accepted,
          totals.duplicate,
        totals.rejected, totals.sum_minor, totals.accepted_minor, totals.issues_by_code, details, tx.now, accepted,
        [one.value for one in OPEN],
    )  # fmt: skip
    if changed != "UPDATE 1":
        raise wrong_state(batch.state)


async def reject(tx: Tx, batch_id: UUID, problem: DomainError, details: dict[str, Any] | None = None) -> bool:
    """Refuse the file as a whole, with the reason. False where it is no longer open."""
    creditor_id = await tx.fetchval(
        _REJECT, tx.scope.agency, batch_id, problem.code, problem.message, problem.remedy,
        [one.value for one in OPEN], details or {},
    )  # fmt: skip
    if creditor_id is None:
        return False
    data = {"code": problem.code, "message": problem.message}
    await emit(tx, "placement.rejected", batch_id, data, creditor_id=creditor_id)
    return True


def wrong_state(state: str) -> Conflict:
    return Conflict(
        f"The batch is {state}.", code="WRONG_STATE", field="batch_id",
        remedy="Read the batch again; it may have been accepted or rejected meanwhile.",
    )  # fmt: skip
