"""Placement batches and their issues."""

from uuid import UUID

import strawberry

from core.kit import ids
from core.kit.pages import Listing, PageRequest
from core.kit.scope import Scope
from core.permissions import Permission
from core.placements import reads
from core.placements.kinds import RowOutcome
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.pages import Connection, connection
from schema.kit.reads import page, single
from schema.types.placements import PlacementBatch, PlacementIssue


@single(PlacementBatch, Permission.PLACEMENT_READ)
def placement(scope: Scope, id: strawberry.ID) -> UUID:
    """One file of a creditor. Null where there is none that you can see."""
    return ids.decode("batch", id)


@page(PlacementBatch, Permission.PLACEMENT_READ)
def placements(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
    """Files of creditors, newest first. At most 100 a page."""
    return reads.batches_listing(scope, creditor_id=ids.optional("creditor", creditor_id, field="creditorId"))


@query(Permission.PLACEMENT_READ, cost=2)
async def placement_issues(
    info: Info,
    batch_id: strawberry.ID,
    outcome: RowOutcome | None = None,
    code: str | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Connection[PlacementIssue]:
    """The rows of a batch that were not simply accepted, by line. At most 100 a page."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    key, only = ids.decode("batch", batch_id, field="batchId"), outcome
    page = await reads.issues(scope, key, asked, outcome=only, code=code)

    async def count() -> int:
        counted = await reads.issues(scope, key, PageRequest(first=0), outcome=only, code=code, with_total=True)
        return counted.total or 0

    return connection(page, [PlacementIssue(row=row) for row in page.rows], count)
