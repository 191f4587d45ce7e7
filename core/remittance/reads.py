"""Statements and orders as they stand. A creditor reads its own, and the orders that pay it."""

from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.pages import Args, Key, KeyType, Listing, Order, reading
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission
from core.remittance.kinds import OrderKind

_NEWEST = Order("issued", (Key("t.issued_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID)))
_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_ORDERED = Order("ordered", (Key("t.ordered_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID)))


def statements_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Statements, newest first, of one creditor or of all. Raises: Forbidden."""
    return _listing(scope, "remittance_statement t", _NEWEST, creditor_id=creditor_id)


def agreements_listing(scope: Scope, creditor_id: UUID) -> Listing:
    """How a creditor's periods are settled, the version that counts first. Raises: Forbidden."""
    return _listing(scope, "remittance_agreement t", _NEWEST_VERSION, creditor_id=creditor_id)


def orders_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Orders to banks, newest first. A creditor sees those that pay it. Raises: Forbidden."""
    kind = OrderKind.REMIT.value if scope.creditor_id is not None else None
    return _listing(scope, "remittance_order t", _ORDERED, creditor_id=creditor_id, kind=kind)


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
