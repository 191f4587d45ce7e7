"""Schedules and fee lines as they stand. A creditor reads what it is charged, and by what."""

from uuid import UUID

from core.kit.errors import InvalidInput
from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission

_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_AS_WRITTEN = Order(
    "written", (Key("t.recorded_at", KeyType.INSTANT), Key("t.line", KeyType.INT), Key("t.id", KeyType.UUID))
)


def schedules_listing(scope: Scope, mandate_id: UUID) -> Listing:
    """The versions of a mandate's schedule, newest first. Raises: Forbidden."""
    return _listing(scope, "commission_schedule t", _NEWEST_VERSION, mandate_id=mandate_id)


def fee_lines_listing(scope: Scope, *, payment_id: UUID | None = None, debt_id: UUID | None = None) -> Listing:
    """The fee lines of a payment, or of a debt, as they were written.

    Raises: Forbidden; InvalidInput (FEE_LINES_OF) without either.
    """
    if payment_id is None and debt_id is None:
        raise InvalidInput(
            "Fee lines are those of a payment or of a debt.", code="FEE_LINES_OF", field="payment_id",
            remedy="Give the payment, or the debt; what a period has of them is in its statement.",
        )  # fmt: skip
    return _listing(scope, "fee_line t", _AS_WRITTEN, payment_id=payment_id, debt_id=debt_id)


def _listing(scope: Scope, source: str, order: Order, **equals: UUID | None) -> Listing:
    scope.require(Permission.COMMISSION_READ)
    args = Args()
    conditions = [own(scope, args)]
    conditions += [f"{column} = {args.add(value)}" for column, value in equals.items() if value is not None]
    return Listing(source=source, where=" AND ".join(conditions), args=args, order=order)
