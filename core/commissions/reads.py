"""Schedules and fee lines as they stand. A creditor reads what it is charged, and by what."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from core.commissions.kinds import FeeKind, FeeLineStatus
from core.kit.errors import InvalidInput
from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission

_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_AS_WRITTEN = Order(
    "written", (Key("t.recorded_at", KeyType.INSTANT), Key("t.line", KeyType.INT), Key("t.id", KeyType.UUID))
)
_BY_DAY = Order("day", (Key("t.assessed_on", KeyType.DATE), *_AS_WRITTEN.keys))


def schedules_listing(scope: Scope, mandate_id: UUID) -> Listing:
    """The versions of a mandate's schedule, newest first. Raises: Forbidden."""
    return _listing(scope, "commission_schedule t", _NEWEST_VERSION, mandate_id=mandate_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLinesQuery:
    """Which fee lines; all that is given must hold. `since` and `until` are legal days of the charge, both included."""

    payment_id: UUID | None = None
    debt_id: UUID | None = None
    creditor_id: UUID | None = None
    mandate_id: UUID | None = None
    since: date | None = None
    until: date | None = None
    kinds: tuple[FeeKind, ...] = ()
    status: FeeLineStatus | None = None


def fee_lines_listing(scope: Scope, query: FeeLinesQuery) -> Listing:
    """Fee lines of a payment or a debt as they were written; of more than that, by the day of their charge.

    Raises: Forbidden; InvalidInput (PERIOD) where it ends before it begins.
    """
    if query.since is not None and query.until is not None and query.until < query.since:
        raise InvalidInput(
            "A period does not end before it begins.", code="PERIOD", field="until", remedy="Give a later day."
        )
    of_one = query.payment_id or query.debt_id
    listing = _listing(
        scope, "fee_line t", _AS_WRITTEN if of_one else _BY_DAY,
        payment_id=query.payment_id, debt_id=query.debt_id, creditor_id=query.creditor_id,
    )  # fmt: skip
    args, conditions = listing.args, [listing.where]
    if query.mandate_id is not None:
        conditions.append(_OF_MANDATE.format(mandate=args.add(query.mandate_id)))
    if query.since is not None:
        conditions.append(f"t.assessed_on >= {args.add(query.since)}")
    if query.until is not None:
        conditions.append(f"t.assessed_on <= {args.add(query.until)}")
    if query.kinds:
        conditions.append(f"t.kind = ANY ({args.add([kind.value for kind in query.kinds])}::text[])")
    if query.status is not None:
        conditions.append(_STATUS[query.status])
    return replace(listing, where=" AND ".join(conditions))


_OF_MANDATE = (
    "EXISTS (SELECT FROM commission_schedule s WHERE s.agency_id = t.agency_id AND s.id = t.schedule_id "
    "AND s.mandate_id = {mandate})"
)
_TAKEN_BACK = "EXISTS (SELECT FROM fee_line r WHERE r.agency_id = t.agency_id AND r.reverses_id = t.id)"
_STATUS = {
    FeeLineStatus.STANDING: f"t.reverses_id IS NULL AND NOT {_TAKEN_BACK}",
    FeeLineStatus.REVERSED: f"t.reverses_id IS NULL AND {_TAKEN_BACK}",
    FeeLineStatus.REVERSAL: "t.reverses_id IS NOT NULL",
}


def _listing(scope: Scope, source: str, order: Order, **equals: UUID | None) -> Listing:
    scope.require(Permission.COMMISSION_READ)
    args = Args()
    conditions = [own(scope, args)]
    conditions += [f"{column} = {args.add(value)}" for column, value in equals.items() if value is not None]
    return Listing(source=source, where=" AND ".join(conditions), args=args, order=order)
