"""The worklist: an agency's debts, or a creditor's own at all of its agencies; filtered, ordered, paged by keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from core.debts.kinds import DebtStatus, Stage
from core.debts.rules import bucket_named
from core.kit import clock, ids
from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.filters import Compare, Filter, FilterSchema, Op, all_of
from core.kit.pages import Args, Listing
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from core.worklists import segment
from core.worklists.fields import (
    CREDITOR_DEBT_FIELDS,
    DEBT_FIELDS,
    DUE_OR_NEVER,
    ORDERS,
    SOURCE,
    TODAY,
    WORKLIST_FIELDS,
    WorklistOrder,
)
from core.worklists.search import AGENCY_SEARCH, CREDITOR_SEARCH, check_length


class Assigned(StrEnum):
    """ME: to the user who asks. NONE: to nobody. ANY: to somebody."""

    ME = "ME"
    NONE = "NONE"
    ANY = "ANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistQuery:
    """What to list. An empty tuple or None does not filter; all that is given must hold.

    `bucket` is a label ("current", "31-60", "180+"); days past due count to today in the mandate's zone; balances are
    minor units, which mean little without `currency`; `segment_id` is for an agency, and means the segment as it was
    last evaluated; `search` is what `core.worklists.search` looks for; `where` is any further condition over
    `fields(scope)`.
    """

    agency_ids: tuple[UUID, ...] = ()
    creditor_ids: tuple[UUID, ...] = ()
    mandate_ids: tuple[UUID, ...] = ()
    portfolio_ids: tuple[UUID, ...] = ()
    segment_id: UUID | None = None
    stages: tuple[Stage, ...] = ()
    statuses: tuple[DebtStatus, ...] = (DebtStatus.ACTIVE,)
    bucket: str | None = None
    days_past_due_from: int | None = None
    days_past_due_to: int | None = None
    balance_from: int | None = None
    balance_to: int | None = None
    currency: str | None = None
    assigned: Assigned | UUID | None = None
    disputed: bool | None = None
    products: tuple[str, ...] = ()
    search: str | None = None
    where: Filter | None = None
    order: WorklistOrder = WorklistOrder.BALANCE


def fields(scope: Scope) -> FilterSchema:
    """The fields that this scope may filter debts by."""
    if scope.audience is Audience.CREDITOR:
        return CREDITOR_DEBT_FIELDS
    return WORKLIST_FIELDS if Permission.SEGMENT_READ in scope.permissions else DEBT_FIELDS


async def worklist_listing(scope: Scope, query: WorklistQuery, tx: Tx | None = None) -> Listing:
    """The debts that a worklist lists, whichever page of them. Agency scope: its debts; creditor scope: its own, across
    agencies.

    Raises: Forbidden; InvalidInput (AGEING_BUCKET, SEARCH_LENGTH, ASSIGNED_ME, filter codes); LimitExceeded.
    """
    scope.require(Permission.DEBT_READ)
    now = clock.now() if tx is None else tx.now
    args = Args(now)
    mine = "d.creditor_id" if scope.audience is Audience.CREDITOR else "d.agency_id"
    owner = scope.creditor_id if scope.audience is Audience.CREDITOR else scope.agency
    tree = as_filter(scope, query, narrowed=False)
    conditions = [f"{mine} = {args.add(owner)}", fields(scope).compile(tree, args)]
    debts = whole = "debt"
    if query.search is not None and (text := _searched(query.search)) is not None:
        fields(scope).check(Compare("search", Op.FINDS, text))
        search = CREDITOR_SEARCH if scope.audience is Audience.CREDITOR else AGENCY_SEARCH
        debts = whole = await search.narrowed(scope, tx, text, args)
    elif query.segment_id is not None:
        fields(scope).field("segment")
        debts, whole = await segment.narrowed(scope, tx, query.segment_id, args)
    conditions += _near(query, now.date(), args)
    where = " AND ".join(f"({condition})" for condition in conditions)
    return Listing(
        source=f"{debts} d {TODAY}",
        whole=SOURCE.replace("debt d ", f"{whole} d ", 1),
        where=where,
        args=args,
        order=ORDERS[query.order],
        row="d",
        lasting=query.search is None and query.segment_id is None,
    )


def narrowing(scope: Scope, query: WorklistQuery, args: Args, alias: str) -> tuple[str, str]:
    """What narrows debts that are already chosen by something else, such as those of one debtor: joins and a condition
    on the row `alias`. Raises: as `worklist_listing`."""
    condition = fields(scope).compile(as_filter(scope, query), args)
    joins = TODAY.replace("$1", args.add(clock.now())) if "m.today" in condition else ""
    joins, condition = (_ROW.sub(f"{alias}.", _MANDATE.sub(f"m_{alias}", text)) for text in (joins, condition))
    return joins, condition


_ROW, _MANDATE = re.compile(r"\bd\."), re.compile(r"\bm\b")


def as_filter(scope: Scope, query: WorklistQuery, *, narrowed: bool = True) -> Filter:
    """The query as a tree of the filter language: to store it as a segment, or to say it in words. Without what the
    listing narrows the debts by: the search, or else the segment."""
    search = _searched(query.search)
    low, high = _days(query)
    return all_of(
        [
            _one_of("status", query.statuses),
            _one_of("agency", query.agency_ids),
            _one_of("creditor", query.creditor_ids),
            _one_of("mandate", query.mandate_ids),
            _one_of("portfolio", query.portfolio_ids),
            _at("segment", Op.EQ, query.segment_id if narrowed or search else None),
            _one_of("stage", query.stages),
            _one_of("product", query.products),
            _at("days_past_due", Op.GTE, low or None),
            _at("days_past_due", Op.LTE, high),
            _at("balance", Op.GTE, query.balance_from),
            _at("balance", Op.LTE, query.balance_to),
            _at("currency", Op.EQ, query.currency),
            _at("disputed", Op.EQ, query.disputed),
            _assigned(scope, query.assigned),
            _at("search", Op.FINDS, search if narrowed else None),
            query.where,
        ]
    )


def _days(query: WorklistQuery) -> tuple[int, int | None]:
    low, high = query.days_past_due_from or 0, query.days_past_due_to
    if query.bucket is not None:
        bucket = bucket_named(query.bucket)
        low = max(low, bucket.from_days)
        high = bucket.to_days if high is None else high if bucket.to_days is None else min(high, bucket.to_days)
    return low, high


def _near(query: WorklistQuery, today: date, args: Args) -> list[str]:
    """Days past due say between which due dates to look, to a day (the zone of the mandate): an index knows those."""
    low, high = _days(query)
    in_order = len(query.stages) == 1 and len(query.statuses) == 1 and query.order is WorklistOrder.BALANCE
    due, found = DUE_OR_NEVER if in_order else "d.due_on", list[str]()
    if 0 < low <= 36_500:
        found.append(f"{due} <= {args.add(today - timedelta(days=low - 1))}")
    if high is not None and low <= high <= 36_500 and (low > 0 or in_order):
        found.append(f"{due} >= {args.add(today - timedelta(days=high + 1))}")
    return found


def _one_of(name: str, values: Sequence[object]) -> Filter | None:
    return Compare(name, Op.IN, tuple(values)) if values else None


def _at(name: str, op: Op, value: object) -> Filter | None:
    return None if value is None else Compare(name, op, value)


def _assigned(scope: Scope, assigned: Assigned | UUID | None) -> Filter | None:
    if assigned is None:
        return None
    if assigned is Assigned.NONE or assigned is Assigned.ANY:
        return Compare("assigned_to", Op.IS_NULL, assigned is Assigned.NONE)
    return Compare("assigned_to", Op.EQ, _me(scope) if assigned is Assigned.ME else assigned)


def _me(scope: Scope) -> UUID:
    if scope.actor.kind != "user":
        raise InvalidInput(
            "Only a user has debts of its own.", code="ASSIGNED_ME", field="assigned", remedy="Give the user."
        )
    return ids.parse(scope.actor.id, field="assigned")[1]


def _searched(text: str | None) -> str | None:
    plain = (text or "").strip()
    if plain:
        check_length(plain)
    return plain or None
