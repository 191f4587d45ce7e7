"""Creditors and mandates."""

import strawberry

from core.kit import ids
from core.kit.pages import PageRequest
from core.mandates import reads
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.pages import Connection, connection
from schema.types.mandates import Creditor, Mandate


@query(Permission.CREDITOR_READ, cost=2)
async def creditors(
    info: Info, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> Connection[Creditor]:
    """The agency's creditors by name; for a creditor itself, once per agency that works for it. At most 100 a page."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    page = await reads.creditors(scope, asked)

    async def count() -> int:
        return (await reads.creditors(scope, PageRequest(first=0), with_total=True)).total or 0

    return connection(page, [Creditor(row=row) for row in page.rows], count)


@query(Permission.CREDITOR_READ, cost=2)
async def mandates(
    info: Info,
    creditor_id: strawberry.ID | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Connection[Mandate]:
    """Mandates by name, of one creditor or of all. At most 100 a page."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    of = ids.decode("creditor", creditor_id, field="creditorId") if creditor_id else None
    page = await reads.mandates(scope, asked, creditor_id=of)

    async def count() -> int:
        return (await reads.mandates(scope, PageRequest(first=0), creditor_id=of, with_total=True)).total or 0

    return connection(page, [Mandate(row=row) for row in page.rows], count)
