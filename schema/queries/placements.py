"""Placement batches and their issues."""

import strawberry

from core.kit import ids
from core.kit.pages import PageRequest
from core.permissions import Permission
from core.placements import reads
from core.placements.models import RowOutcome
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.node import wrapped
from schema.kit.pages import Connection, connection
from schema.types.placements import PlacementBatch, PlacementIssue


@query(Permission.PLACEMENT_READ)
async def placement(info: Info, id: strawberry.ID) -> PlacementBatch | None:
    """One file of a creditor. Null where there is none that you can see."""
    return wrapped(PlacementBatch, await info.context.load.one("placement_batch", ids.decode("batch", id)))


@query(Permission.PLACEMENT_READ, cost=2)
async def placements(
    info: Info,
    creditor_id: strawberry.ID | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Connection[PlacementBatch]:
    """Files of creditors, newest first. At most 100 a page."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    of = ids.decode("creditor", creditor_id, field="creditorId") if creditor_id else None
    page = await reads.batches(scope, asked, creditor_id=of)

    async def count() -> int:
        return (await reads.batches(scope, PageRequest(first=0), creditor_id=of, with_total=True)).total or 0

    return connection(page, [PlacementBatch(row=row) for row in page.rows], count)


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
