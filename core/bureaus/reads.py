"""Batches that bureaus were told of, newest first."""

from uuid import UUID

from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Scope
from core.permissions import Permission

_NEWEST = Order(
    "furnishing-batches",
    (Key("t.prepared_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True)),
)


def furnishing_batches(scope: Scope, *, creditor_id: UUID | None = None, furnisher: str | None = None) -> Listing:
    """An agency's batches, of one creditor or to one bureau where given. Raises: Forbidden (also for a creditor)."""
    scope.require(Permission.BUREAU_READ)
    args = Args()
    where = f"t.agency_id = {args.add(scope.agency)}"
    if creditor_id is not None:
        where += f" AND t.creditor_id = {args.add(creditor_id)}"
    if furnisher is not None:
        where += f" AND t.provider = {args.add(furnisher)}"
    return Listing(source="furnishing_batch t", where=where, args=args, order=_NEWEST)
