"""Mandates, portfolios and file layouts as they stand. A creditor reads its own mandates and portfolios."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from typing import Any
from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.pages import Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Audience, Scope
from core.permissions import Permission

_CREDITOR = "id, agency_id, creditor_id, name, code, tax_id, country, created_at"
_MANDATE = (
    "id, agency_id, creditor_id, name, currency, timezone, status, starts_on, ends_on, allocation_order, "
    "allocation_policy, ageing_bounds, stage_days, created_at"
)
_PORTFOLIO = "id, agency_id, creditor_id, mandate_id, name, created_at"
_LAYOUT = "id, agency_id, creditor_id, mandate_id, kind, version, layout, created_at"
_BY_NAME = Order("name", (Key("t.name", KeyType.TEXT), Key("t.id", KeyType.UUID)))
_CREDITORS = Order("creditors", (*_BY_NAME.keys, Key("t.agency_id", KeyType.UUID)))
_NEWEST = Order("newest", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))


def own(scope: Scope, args: Args) -> str:
    """The condition that keeps a statement to the scope's own rows; the policies hold it again."""
    if scope.audience is Audience.CREDITOR:
        return f"creditor_id = {args.add(scope.creditor_id)}"
    return f"agency_id = {args.add(scope.agency)}"


async def mandate_by_id(scope: Scope, mandate_id: UUID, tx: Tx | None = None) -> dict[str, Any]:
    """One mandate. Raises: NotFound."""
    scope.require(Permission.CREDITOR_READ)
    return await _one(scope, "mandate", _MANDATE, mandate_id, tx)


async def portfolio_by_id(scope: Scope, portfolio_id: UUID, tx: Tx | None = None) -> dict[str, Any]:
    """One portfolio. Raises: NotFound."""
    scope.require(Permission.CREDITOR_READ)
    return await _one(scope, "portfolio", _PORTFOLIO, portfolio_id, tx)


async def creditors(
    scope: Scope, request: PageRequest, *, with_total: bool = False, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """Creditors of the agency by name; a creditor finds itself once per agency. Raises: InvalidInput (page)."""
    return await _list(scope, creditors_listing(scope), _CREDITOR, request, with_total, tx)


def creditors_listing(scope: Scope) -> Listing:
    """Creditors of the agency by name; a creditor finds itself once per agency."""
    scope.require(Permission.CREDITOR_READ)
    args = Args()
    return Listing(source="creditor t", where=own(scope, args), args=args, order=_CREDITORS)


async def mandates(
    scope: Scope,
    request: PageRequest,
    *,
    creditor_id: UUID | None = None,
    with_total: bool = False,
    tx: Tx | None = None,
) -> Page[dict[str, Any]]:
    """Mandates by name, of one creditor or of all. Raises: InvalidInput (page)."""
    return await _list(scope, mandates_listing(scope, creditor_id), _MANDATE, request, with_total, tx)


def mandates_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Mandates by name, of one creditor or of all."""
    scope.require(Permission.CREDITOR_READ)
    args = Args()
    where = own(scope, args)
    if creditor_id is not None:
        where += f" AND creditor_id = {args.add(creditor_id)}"
    return Listing(source="mandate t", where=where, args=args, order=_BY_NAME)


async def portfolios(
    scope: Scope, mandate_id: UUID, request: PageRequest, *, with_total: bool = False, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """Portfolios of a mandate by name. Raises: InvalidInput (page)."""
    scope.require(Permission.CREDITOR_READ)
    args = Args()
    where = f"{own(scope, args)} AND mandate_id = {args.add(mandate_id)}"
    listing = Listing(source="portfolio t", where=where, args=args, order=_BY_NAME)
    return await _list(scope, listing, _PORTFOLIO, request, with_total, tx)


async def file_layouts(
    scope: Scope, mandate_id: UUID, kind: str, request: PageRequest, *, with_total: bool = False, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """The versions of a mandate's layout of one kind, newest first. Raises: InvalidInput (page)."""
    scope.require(Permission.PLACEMENT_READ)
    args = Args(scope.agency)
    where = f"agency_id = $1 AND mandate_id = {args.add(mandate_id)} AND kind = {args.add(kind)}"
    listing = Listing(source="file_layout t", where=where, args=args, order=_NEWEST)
    return await _list(scope, listing, _LAYOUT, request, with_total, tx)


async def _one(scope: Scope, table: str, columns: str, row_id: UUID, tx: Tx | None) -> dict[str, Any]:
    args = Args(row_id)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(f"SELECT {columns} FROM {table} WHERE id = $1 AND {own(scope, args)}", *args.values)
    if row is None:
        raise not_found(table)
    return dict(row)


async def _list(
    scope: Scope, listing: Listing, columns: str, request: PageRequest, total: bool, tx: Tx | None
) -> Page[dict[str, Any]]:
    async with reading(scope, tx) as reader:
        return await fetch_page(
            reader, select=columns, source=listing.source, where=listing.where, args=listing.args, order=listing.order,
            request=request, make=_plain, with_total=total,
        )  # fmt: skip


def _plain(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("page_")}
