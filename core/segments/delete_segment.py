"""Forget a segment."""

from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


async def delete_segment(scope: Scope, segment_id: UUID) -> int:
    """Delete a segment with its members; returns how many those were. The debts are not touched.

    Raises: Forbidden; NotFound (segment).
    """
    scope.require(Permission.SEGMENT_MANAGE)
    async with db.transaction(scope) as tx:
        # The segment goes first: an evaluation that is under way is waited for, and its members go, too.
        row = await tx.fetchrow(
            "DELETE FROM segment WHERE agency_id = $1 AND id = $2 RETURNING name, version", scope.agency, segment_id
        )
        if row is None:
            raise not_found("segment", "segment_id")
        deleted = await tx.execute(
            "DELETE FROM segment_member WHERE agency_id = $1 AND segment_id = $2", scope.agency, segment_id
        )
        await emit(tx, "segment.deleted", segment_id, {"name": row["name"], "version": row["version"]})
    return int(deleted.removeprefix("DELETE "))
