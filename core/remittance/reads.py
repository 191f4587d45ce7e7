"""Statements and orders as they stand. A creditor reads its own, and the orders that pay it."""

from typing import Any
from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.pages import Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission
from core.remittance.kinds import OrderKind

_STATEMENT = (
    "id, agency_id, creditor_id, currency, number, first_on, last_on, received_minor, direct_minor, "
    "fee_received_minor, fee_direct_minor, tax_minor, cost_minor, adjustment_minor, opening_minor, withheld_minor, "
    "advance_minor, credited_minor, invoiced_minor, remitted_minor, carried_minor, sha256, issued_at"
)
_LINE = (
    "id, agency_id, creditor_id, statement_id, position, kind, occurred_on, debt_id, payment_id, posting_id, "
    "fee_line_id, direct, amount_minor"
)
_ORDER = (
    "id, agency_id, creditor_id, statement_id, kind, currency, amount_minor, status, ordered_on, settled_on, reference"
)
_NEWEST = Order("issued", (Key("t.issued_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID)))
_BY_POSITION = Order("position", (Key("t.position", KeyType.INT), Key("t.id", KeyType.UUID)))
_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_ORDERED = Order("ordered", (Key("t.ordered_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID)))


def statements_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Statements, newest first, of one creditor or of all. Raises: Forbidden."""
    return _listing(scope, "remittance_statement t", _NEWEST, creditor_id=creditor_id)


def lines_listing(scope: Scope, statement_id: UUID) -> Listing:
    """The lines of a statement in their order. Raises: Forbidden."""
    return _listing(scope, "statement_line t", _BY_POSITION, statement_id=statement_id)


def agreements_listing(scope: Scope, creditor_id: UUID) -> Listing:
    """How a creditor's periods are settled, the version that counts first. Raises: Forbidden."""
    return _listing(scope, "remittance_agreement t", _NEWEST_VERSION, creditor_id=creditor_id)


def orders_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Orders to banks, newest first. A creditor sees those that pay it. Raises: Forbidden."""
    kind = OrderKind.REMIT.value if scope.creditor_id is not None else None
    return _listing(scope, "remittance_order t", _ORDERED, creditor_id=creditor_id, kind=kind)


async def statements(
    scope: Scope, request: PageRequest, *, creditor_id: UUID | None = None, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `statements_listing`, without the documents. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, statements_listing(scope, creditor_id), _STATEMENT, request, tx)


async def statement_lines(
    scope: Scope, statement_id: UUID, request: PageRequest, *, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `lines_listing`. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, lines_listing(scope, statement_id), _LINE, request, tx)


async def remittance_orders(
    scope: Scope, request: PageRequest, *, creditor_id: UUID | None = None, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `orders_listing`. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, orders_listing(scope, creditor_id), _ORDER, request, tx)


async def statement_document(scope: Scope, statement_id: UUID, *, tx: Tx | None = None) -> tuple[str, str]:
    """The document of a statement as it was issued, and its SHA-256. Raises: Forbidden; NotFound."""
    scope.require(Permission.REMITTANCE_READ)
    args = Args(statement_id)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(
            f"SELECT document, sha256 FROM remittance_statement WHERE id = $1 AND {own(scope, args)}",  # noqa: S608
            *args.values,
        )
    if row is None:
        raise not_found("statement", "statement_id")
    return row["document"], row["sha256"]


def _listing(scope: Scope, source: str, order: Order, **equals: object) -> Listing:
    scope.require(Permission.REMITTANCE_READ)
    args = Args()
    conditions = [own(scope, args)]
    conditions += [f"{column} = {args.add(value)}" for column, value in equals.items() if value is not None]
    return Listing(source=source, where=" AND ".join(conditions), args=args, order=order)


async def _page(
    scope: Scope, listing: Listing, columns: str, request: PageRequest, tx: Tx | None
) -> Page[dict[str, Any]]:
    async with reading(scope, tx) as reader:
        return await fetch_page(
            reader, select=columns, source=listing.source, where=listing.where, args=listing.args,
            order=listing.order, request=request, make=_plain,
        )  # fmt: skip


def _plain(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("page_")}
