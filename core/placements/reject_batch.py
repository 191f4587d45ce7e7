"""Rejects a batch of which nothing was taken yet."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import DomainError, InvalidInput, not_found
from core.kit.scope import Scope
from core.permissions import Permission
from core.placements import states


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectBatch:
    """`reason` is what the creditor reads."""

    batch_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRejected:
    batch_id: UUID


async def reject_batch(scope: Scope, command: RejectBatch) -> BatchRejected:
    """Refuse the file; its rows were never taken. Raises: NotFound, InvalidInput (reason), Conflict (WRONG_STATE)."""
    scope.require(Permission.PLACEMENT_MANAGE)
    reason = command.reason.strip()
    if not reason or len(reason) > 500 or "\0" in reason:
        raise InvalidInput("A reason has 1 to 500 characters.", field="reason", remedy="Say why the file is refused.")
    async with db.transaction(scope) as tx:
        state = await tx.fetchval(
            "SELECT state FROM placement_batch WHERE agency_id = $1 AND id = $2 FOR UPDATE",
            scope.agency,
            command.batch_id,
        )
        if state is None:
            raise not_found("placement batch", "batch_id")
        refused = DomainError(reason, code="REJECTED_BY_AGENCY", remedy="Ask the agency, and send a corrected file.")
        if not await states.reject(tx, command.batch_id, refused, {"rejected_by": str(scope.actor)}):
            raise states.wrong_state(state)
    return BatchRejected(batch_id=command.batch_id)
