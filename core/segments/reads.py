"""Segments and their members as they are stored. The agency's own: a creditor has none and sees none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.debts.kinds import DebtStatus, Stage
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Scope
from core.permissions import Permission

_SEGMENT = "id, agency_id, name, tree, words, version, created_at, updated_at, updated_by, evaluated_at, members, stale"
_MEMBER = (
    "s.debt_id, s.since, d.creditor_id, d.reference, d.debtor_name, d.stage, d.status, d.currency, d.balance_minor"
)
_MEMBERS = "segment_member s JOIN debt d ON d.agency_id = s.agency_id AND d.id = s.debt_id"
_BY_NAME = Order("name", (Key("t.name", KeyType.TEXT), Key("t.id", KeyType.UUID)))
_BY_DEBT = Order("debt", (Key("s.debt_id", KeyType.UUID),))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """`members` are as of `evaluated_at`; `stale` says that they are not those of the present `tree`."""

    id: UUID
    agency_id: UUID
    name: str
    tree: dict[str, Any]
    words: str
    version: int
    created_at: datetime
    updated_at: datetime
    updated_by: str
    evaluated_at: datetime | None
    members: int
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A debt of a segment as it is now, and since which evaluation it has been in."""

    debt_id: UUID
    since: datetime
    creditor_id: UUID
    reference: str
    debtor_name: str
    stage: Stage
    status: DebtStatus
    balance: Money


async def segment(scope: Scope, segment_id: UUID, tx: Tx | None = None) -> SegmentView:
    """One segment. Raises: Forbidden; NotFound."""
    scope.require(Permission.SEGMENT_READ)
    agency_id = scope.agency
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(
            f"SELECT {_SEGMENT} FROM segment WHERE agency_id = $1 AND id = $2",  # noqa: S608 - our own columns
            agency_id,
            segment_id,
        )
    if row is None:
        raise not_found("segment", "segment_id")
    return _segment(row)


async def segments(
    scope: Scope, request: PageRequest, *, with_total: bool = False, tx: Tx | None = None
) -> Page[SegmentView]:
    """The agency's segments by name. Raises: Forbidden; InvalidInput (page)."""
    listing = segments_listing(scope)
    async with reading(scope, tx) as reader:
        return await fetch_page(
            reader, select=_SEGMENT, source=listing.source, where=listing.where, args=listing.args,
            order=listing.order, request=request, make=_segment, with_total=with_total,
        )  # fmt: skip


def segments_listing(scope: Scope) -> Listing:
    """The agency's segments by name. Raises: Forbidden."""
    scope.require(Permission.SEGMENT_READ)
    return Listing(source="segment t", where="agency_id = $1", args=Args(scope.agency), order=_BY_NAME)


async def members(
    scope: Scope, segment_id: UUID, request: PageRequest, *, with_total: bool = False, tx: Tx | None = None
) -> Page[MemberView]:
    """The debts that are stored in a segment, in the order of their ids.

    Raises: Forbidden; NotFound (segment); InvalidInput (page).
    """
    scope.require(Permission.SEGMENT_READ)
    args = Args(scope.agency, segment_id)
    async with reading(scope, tx) as reader:
        await segment(scope, segment_id, reader)
        return await fetch_page(
            reader, select=_MEMBER, source=_MEMBERS, where="s.agency_id = $1 AND s.segment_id = $2", args=args,
            order=_BY_DEBT, request=request, make=_member, with_total=with_total,
        )  # fmt: skip


def _segment(row: Row) -> SegmentView:
    return SegmentView(
        id=row["id"],
        agency_id=row["agency_id"],
        name=row["name"],
        tree=row["tree"],
        words=row["words"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
        evaluated_at=row["evaluated_at"],
        members=row["members"],
        stale=row["stale"],
    )


def _member(row: Row) -> MemberView:
    return MemberView(
        debt_id=row["debt_id"],
        since=row["since"],
        creditor_id=row["creditor_id"],
        reference=row["reference"],
        debtor_name=row["debtor_name"],
        stage=Stage(row["stage"]),
        status=DebtStatus(row["status"]),
        balance=Money(row["balance_minor"], row["currency"]),
    )
