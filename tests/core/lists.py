"""Pages of a listing, read as the API's executor reads them (schema/kit/reads.py): a row has its columns as attributes."""

from types import SimpleNamespace

from core.kit import db
from core.kit.pages import Listing, Page, PageRequest, fetch_page
from core.kit.scope import Scope
from core.worklists.reads import WorklistQuery, worklist_listing


async def page_of(
    scope: Scope, listing: Listing, request: PageRequest | None = None, *, with_total: bool = False
) -> Page[SimpleNamespace]:
    async with db.transaction(scope, read_only=True) as tx:
        return await fetch_page(
            tx, select=f"{listing.row}.*", source=listing.source, where=listing.where, args=listing.args,
            order=listing.order, request=request or PageRequest(), with_total=with_total,
            make=lambda row: SimpleNamespace(**{name: value for name, value in row.items() if name[:5] != "page_"}),
        )  # fmt: skip


async def worklist(
    scope: Scope, query: WorklistQuery, request: PageRequest | None = None, *, with_total: bool = False
) -> Page[SimpleNamespace]:
    return await page_of(scope, await worklist_listing(scope, query), request, with_total=with_total)
