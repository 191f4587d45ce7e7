"""Mandates, portfolios and file layouts as they stand. A creditor reads its own mandates and portfolios."""

from uuid import UUID

from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Audience, Scope
from core.permissions import Permission

_BY_NAME = Order("name", (Key("t.name", KeyType.TEXT), Key("t.id", KeyType.UUID)))
_CREDITORS = Order("creditors", (*_BY_NAME.keys, Key("t.agency_id", KeyType.UUID)))


def own(scope: Scope, args: Args) -> str:
    """The condition that keeps a statement to the scope's own rows; the policies hold it again."""
    if scope.audience is Audience.CREDITOR:
        return f"creditor_id = {args.add(scope.creditor_id)}"
    return f"agency_id = {args.add(scope.agency)}"


def creditors_listing(scope: Scope) -> Listing:
    """Creditors of the agency by name; a creditor finds itself once per agency."""
    scope.require(Permission.CREDITOR_READ)
    args = Args()
    return Listing(source="creditor t", where=own(scope, args), args=args, order=_CREDITORS)


def mandates_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Mandates by name, of one creditor or of all."""
    scope.require(Permission.CREDITOR_READ)
    args = Args()
    where = own(scope, args)
    if creditor_id is not None:
        where += f" AND creditor_id = {args.add(creditor_id)}"
    return Listing(source="mandate t", where=where, args=args, order=_BY_NAME)
