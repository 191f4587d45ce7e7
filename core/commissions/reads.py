"""Schedules and fee lines as they stand. A creditor reads what it is charged, and by what."""

from typing import Any
from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput
from core.kit.pages import Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission

_SCHEDULE = (
    "t.id, t.agency_id, t.creditor_id, t.mandate_id, t.version, t.valid_from, t.terms, t.tax_rate, t.created_by, "
    "t.created_at"
)
_LINE = (
    "t.id, t.agency_id, t.creditor_id, t.debt_id, t.payment_id, t.schedule_id, t.currency, t.assessment, t.line, "
    "t.kind, t.tier, t.component, t.base_minor, t.rate, t.rounding, t.amount_minor, t.paid_before_minor, t.stage, "
    "t.assessed_on, t.recorded_at, t.reverses_id"
)
_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_AS_WRITTEN = Order(
    "written", (Key("t.recorded_at", KeyType.INSTANT), Key("t.line", KeyType.INT), Key("t.id", KeyType.UUID))
)


def schedules_listing(scope: Scope, mandate_id: UUID) -> Listing:
    """The versions of a mandate's schedule, newest first. Raises: Forbidden."""
    return _listing(scope, "commission_schedule t", _NEWEST_VERSION, mandate_id=mandate_id)


def fee_lines_of_payment_listing(scope: Scope, payment_id: UUID) -> Listing:
    """The fee lines of a payment as they were written, reversals among them. Raises: Forbidden."""
    return _listing(scope, "fee_line t", _AS_WRITTEN, payment_id=payment_id)


def fee_lines_of_debt_listing(scope: Scope, debt_id: UUID) -> Listing:
    """The fee lines of a debt as they were written. Raises: Forbidden."""
    return _listing(scope, "fee_line t", _AS_WRITTEN, debt_id=debt_id)


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


async def schedules(
    scope: Scope, mandate_id: UUID, request: PageRequest, *, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `schedules_listing`. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, schedules_listing(scope, mandate_id), _SCHEDULE, request, tx)


async def fee_lines_of_payment(
    scope: Scope, payment_id: UUID, request: PageRequest, *, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `fee_lines_of_payment_listing`. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, fee_lines_of_payment_listing(scope, payment_id), _LINE, request, tx)


async def fee_lines_of_debt(
    scope: Scope, debt_id: UUID, request: PageRequest, *, tx: Tx | None = None
) -> Page[dict[str, Any]]:
    """A page of `fee_lines_of_debt_listing`. Raises: Forbidden; InvalidInput (page)."""
    return await _page(scope, fee_lines_of_debt_listing(scope, debt_id), _LINE, request, tx)


def _listing(scope: Scope, source: str, order: Order, **equals: UUID | None) -> Listing:
    scope.require(Permission.COMMISSION_READ)
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
