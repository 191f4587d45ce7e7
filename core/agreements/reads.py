"""Agreements and promises as they stand. A creditor reads those of its own debts."""

from datetime import date
from uuid import UUID

from core.agreements.kinds import AgreementStatus, PromiseStatus
from core.debts.reads import own
from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Scope
from core.permissions import Permission

_BY_DAY = Order("due", (Key("t.due_on", KeyType.DATE), Key("t.id", KeyType.UUID)))
_NEWEST = Order("newest", (Key("t.made_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID, descending=True)))


def promises_listing(
    scope: Scope,
    *,
    debt_id: UUID | None = None,
    creditor_id: UUID | None = None,
    status: PromiseStatus | None = None,
    due_from: date | None = None,
    due_until: date | None = None,
) -> Listing:
    """Promises by the day on which they are due; both days count."""
    scope.require(Permission.PAYMENT_READ)
    args = Args()
    where = [own(scope, args, "t")]
    for condition, value in (
        ("t.debt_id =", debt_id),
        ("t.creditor_id =", creditor_id),
        ("t.status =", status and status.value),
        ("t.due_on >=", due_from),
        ("t.due_on <=", due_until),
    ):
        if value is not None:
            where.append(f"{condition} {args.add(value)}")
    return Listing(source="promise t", where=" AND ".join(where), args=args, order=_BY_DAY)


def agreements_listing(scope: Scope, *, debt_id: UUID | None = None, status: AgreementStatus | None = None) -> Listing:
    """Agreements, newest first."""
    scope.require(Permission.PAYMENT_READ)
    args = Args()
    where = [own(scope, args, "t")]
    if debt_id is not None:
        where.append(f"t.debt_id = {args.add(debt_id)}")
    if status is not None:
        where.append(f"t.status = {args.add(status.value)}")
    return Listing(source="agreement t", where=" AND ".join(where), args=args, order=_NEWEST)
