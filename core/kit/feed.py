"""Events in the order in which they may be read without missing one.

A transaction that began early may commit late, so neither its time nor a sequence number is a safe cursor. An event is
read once every transaction that began before its own has ended; `(xid, position)` then never gains anything behind it.
"""

from collections.abc import AsyncIterator, Sequence

from core.kit import db, listen
from core.kit.db import Row
from core.kit.errors import InvalidInput
from core.kit.events import NOTIFY_CHANNEL
from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Audience, Scope

_POLL_S, _PAGE = 2.0, 100


def parse_cursor(text: str | None) -> tuple[int, int]:
    """Raises: InvalidInput for what is no cursor of an event."""
    if text is None:
        return (0, 0)
    xid, _, position = text.partition(".")
    if not (xid.isdigit() and position.isdigit() and len(text) < 40):
        raise InvalidInput("That is not a cursor of an event.", code="INVALID_CURSOR", field="after")
    return (int(xid), int(position))


_IN_ORDER = Order("events", (Key("t.xid", KeyType.INT), Key("t.position", KeyType.INT)))


def events_listing(scope: Scope, cursor: tuple[int, int], *, names: Sequence[str] = (), limit: int = _PAGE) -> Listing:
    """At most `limit` events (and 100) that the scope sees, behind the cursor, in order."""
    ours = scope.audience is Audience.AGENCY
    column, tenant = ("agency_id", scope.agency_id) if ours else ("creditor_id", scope.creditor_id)
    args = Args(tenant, *cursor, list(names))
    return Listing(
        source="event t",
        where=f"t.{column} = $1 AND (t.xid, t.position) > ($2, $3) "
        "AND t.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
        "AND ($4::text[] = '{}' OR t.name = ANY ($4))",
        args=args,
        order=_IN_ORDER,
        size=min(limit, _PAGE),
    )


async def events_after(
    scope: Scope, cursor: tuple[int, int], *, names: Sequence[str] = (), limit: int = _PAGE
) -> list[Row]:
    """The events of `events_listing`."""
    listing = events_listing(scope, cursor, names=names, limit=limit)
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetch(
            f"SELECT t.* FROM {listing.source} WHERE {listing.where} ORDER BY t.xid, t.position LIMIT {listing.size:d}",  # noqa: S608 - ours
            *listing.args.values,
        )


async def newest(scope: Scope) -> tuple[int, int]:
    """The cursor from which only later events follow."""
    async with db.transaction(scope, read_only=True) as tx:
        return (await tx.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1"), 2**62)


async def follow(scope: Scope, cursor: tuple[int, int], *, names: Sequence[str] = ()) -> AsyncIterator[Row]:
    """Every event behind the cursor, and then each one as it happens."""
    while True:
        mark = listen.mark(NOTIFY_CHANNEL)
        page = await events_after(scope, cursor, names=names)
        for row in page:
            yield row
            cursor = (row["xid"], row["position"])
        if len(page) < _PAGE:
            await listen.wait(NOTIFY_CHANNEL, _POLL_S, mark)
