"""Keyset pages: what comes after a row that the caller has seen, whatever was added or went away before it.

A list declares its orders; each ends with a unique key, so that a position is never ambiguous. A cursor is the key
values of one row, opaque to the caller; it belongs to one order. A page costs one SQL statement.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput
from core.kit.scope import Scope

MAX_PAGE = 100
DEFAULT_PAGE = 50
_MAX_CURSOR = 2_000
_INT64 = 1 << 63

T = TypeVar("T")


class KeyType(StrEnum):
    INT = "INT"
    DATE = "DATE"
    INSTANT = "INSTANT"
    UUID = "UUID"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key. A nullable key has its NULLs at the end of the list."""

    sql: str
    type: KeyType
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort a list. The last key is unique in it; the name stands in the cursors."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`first` (after `after`) reads forwards, `last` (before `before`) backwards; without either, the first 50 rows."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def forwards(self) -> bool:
        return self.last is None and self.before is None

    @property
    def size(self) -> int:
        size = self.first if self.forwards else self.last
        return DEFAULT_PAGE if size is None else size

    @property
    def cursor(self) -> str | None:
        return self.after if self.forwards else self.before

    def check(self) -> None:
        """Raises: InvalidInput for a mixed direction or a size out of 0 to 100."""
        if not self.forwards and (self.first is not None or self.after is not None):
            raise InvalidInput(
                "A page is read forwards or backwards, not both.", code="PAGE_DIRECTION", field="last",
                remedy="Give first and after, or last and before.",
            )  # fmt: skip
        if not 0 <= self.size <= MAX_PAGE:
            raise InvalidInput(
                f"A page has at most {MAX_PAGE} rows.", code="PAGE_SIZE", field="first" if self.forwards else "last",
                remedy=f"Ask for 0 to {MAX_PAGE} rows and go on with the cursor.",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Rows in the list's order whichever way they were read, with a cursor for each.

    In the direction of reading `has_next` (`has_previous`) is exact; against it, it says that a cursor was given.
    `total` is the number of rows of the whole list, where it was asked for.
    """

    rows: tuple[T, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool
    total: int | None = None

    @property
    def start_cursor(self) -> str | None:
        return self.cursors[0] if self.cursors else None

    @property
    def end_cursor(self) -> str | None:
        return self.cursors[-1] if self.cursors else None


class Args:
    """The bound parameters of a statement being put together: `args.add(value)` is its placeholder."""

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)

    def add(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The rows of a list, before anybody has said which columns and which page of it: what a read and the API's read
    compiler both start from. `row` is the alias in `source` of the table whose rows they are; the values of `where` are
    in `args`. `size` bounds a list that has no pages. `whole` is the same as `source` for a statement that reads all
    rows, where that is to be read in another way.

    `lasting`: it depends on nothing but the scope, the arguments and the day (UTC), so that it may be used again on
    that day with the present instant as the first of its `args`.
    """

    source: str
    where: str
    args: Args
    order: Order
    row: str = "t"
    size: int = MAX_PAGE
    whole: str | None = None
    lasting: bool = False


@asynccontextmanager
async def reading(scope: Scope, tx: Tx | None = None) -> AsyncGenerator[Tx]:
    """The transaction of a read: the caller's, where several reads answer one question, or one of its own."""
    if tx is not None:
        yield tx
        return
    async with db.transaction(scope, read_only=True) as own:
        yield own


async def fetch_once(scope: Scope, tx: Tx | None, sql: str, *args: Any) -> list[Row]:
    """The rows of a read that is one statement: in the caller's transaction, or without any."""
    if tx is not None:
        return await tx.fetch(sql, *args)
    async with db.single(scope) as single:
        return await single.fetch(sql, *args)


def encode_cursor(order: Order, values: Sequence[Any]) -> str:
    packed = orjson.dumps([order.name, *(_plain(value) for value in values)])
    return urlsafe_b64encode(zlib.crc32(packed).to_bytes(4, "big") + packed).decode().rstrip("=")


def decode_cursor(order: Order, cursor: str, *, field: str = "after") -> list[Any]:
    """The key values in a cursor of this order.

    Raises: InvalidInput (INVALID_CURSOR) for one that was changed, or that came with another order.
    """
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError("too long")
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        name, *values = orjson.loads(packed[4:])
        if packed[:4] != zlib.crc32(packed[4:]).to_bytes(4, "big") or name != order.name:
            raise ValueError("of another list")
        return [_typed(key, value) for key, value in zip(order.keys, values, strict=True)]
    except (ValueError, TypeError, KeyError) as problem:
        raise InvalidInput(
            "This cursor does not belong to this list.", code="INVALID_CURSOR", field=field,
            remedy="Give a cursor as the API returned it, with the same order, or start without one.",
        ) from problem  # fmt: skip


async def fetch_page(
    tx: Tx,
    *,
    select: str,
    source: str,
    where: str,
    args: Args,
    order: Order,
    request: PageRequest,
    make: Callable[[Row], T],
    with_total: bool = False,
) -> Page[T]:
    """Read one page in one statement. `select`, `source` and `where` are SQL of the program, values are in `args`.

    Raises: InvalidInput (PAGE_SIZE, PAGE_DIRECTION, INVALID_CURSOR).
    """
    listing = Listing(source=source, where=where, args=args, order=order)
    sql = page_sql(listing, select, request)
    if with_total:
        outer = sorted_by(order, request.forwards, [f"page.page_key{n}" for n in range(len(order.keys))])
        sql = (
            f"SELECT page.*, page_total FROM ({count_sql(listing)}) AS counted LEFT JOIN ({sql}) AS page ON true "  # noqa: S608
            f"ORDER BY {outer}"
        )
    found = await tx.fetch(sql, *args.values)
    total = found[0]["page_total"] if with_total else None
    last = f"page_key{len(order.keys) - 1}"
    return _page([row for row in found if row[last] is not None], order, request, make, total)


def page_sql(listing: Listing, select: str, request: PageRequest) -> str:
    """The statement of one page and one row more, with the sort keys as page_key0, page_key1, ….

    Raises: InvalidInput (PAGE_SIZE, PAGE_DIRECTION, INVALID_CURSOR).
    """
    request.check()
    order, condition = listing.order, listing.where
    if request.cursor is not None:
        condition = f"({condition}) AND {seek_sql(order, request, listing.args)}"
    return (
        f"SELECT {select}, {page_keys(order)} FROM {listing.source} WHERE {condition} "  # noqa: S608 - nothing of the caller's
        f"ORDER BY {sorted_by(order, request.forwards)} LIMIT {request.size + 1:d}"
    )


def seek_sql(order: Order, request: PageRequest, args: Args) -> str:
    """The condition that a row is beyond the request's cursor. Raises: InvalidInput (INVALID_CURSOR)."""
    values = decode_cursor(order, request.cursor or "", field="after" if request.forwards else "before")
    return _seek(order, values, request.forwards, args)


def count_sql(listing: Listing) -> str:
    """The statement that counts the whole list, as page_total."""
    return f"SELECT count(*) AS page_total FROM {listing.whole or listing.source} WHERE {listing.where}"  # noqa: S608 - as above


def page_keys(order: Order) -> str:
    return ", ".join(f"{key.sql} AS page_key{n}" for n, key in enumerate(order.keys))


def _page(rows: list[Row], order: Order, request: PageRequest, make: Callable[[Row], T], total: int | None) -> Page[T]:
    more, kept = len(rows) > request.size, rows[: request.size]
    if not request.forwards:
        kept.reverse()
    names = [f"page_key{n}" for n in range(len(order.keys))]
    return Page(
        rows=tuple(make(row) for row in kept),
        cursors=tuple(encode_cursor(order, [row[name] for name in names]) for row in kept),
        has_next=more if request.forwards else request.before is not None,
        has_previous=request.after is not None if request.forwards else more,
        total=total,
    )


def sorted_by(order: Order, forwards: bool, names: Sequence[str] | None = None) -> str:
    """ORDER BY, of the keys or of what they are called elsewhere.

    NULLs stand last, so first where the list is read backwards; not said of keys that have none."""
    parts: list[str] = []
    for n, key in enumerate(order.keys):
        nulls = (" NULLS LAST" if forwards else " NULLS FIRST") if key.nullable else ""
        parts.append(f"{names[n] if names else key.sql} {'DESC' if key.descending is forwards else 'ASC'}{nulls}")
    return ", ".join(parts)


def _seek(order: Order, values: Sequence[Any], forwards: bool, args: Args) -> str:
    """The condition that a row comes after (before) the one of the cursor."""
    places = [None if value is None else args.add(value) for value in values]
    directions = {key.descending for key in order.keys}
    if len(directions) == 1 and not any(key.nullable for key in order.keys):
        # A row comparison is one range of an index; the general form below is a filter on it.
        sign = "<" if directions.pop() is forwards else ">"
        return f"({', '.join(key.sql for key in order.keys)}) {sign} ({', '.join(str(place) for place in places)})"
    either: list[str] = []
    same: list[str] = []
    for key, place in zip(order.keys, places, strict=True):
        beyond = _beyond(key, place, forwards)
        if beyond:
            either.append(f"({' AND '.join([*same, beyond])})")
        same.append(f"{key.sql} IS NULL" if place is None else f"{key.sql} = {place}")
    return f"({' OR '.join(either)})"


def _beyond(key: Key, place: str | None, forwards: bool) -> str | None:
    if place is None:  # among the NULLs at the end: nothing follows them, and everything else precedes them
        return None if forwards else f"{key.sql} IS NOT NULL"
    compared = f"{key.sql} {'<' if key.descending is forwards else '>'} {place}"
    return f"({compared} OR {key.sql} IS NULL)" if key.nullable and forwards else compared


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _typed(key: Key, value: Any) -> Any:
    if value is None:
        if not key.nullable:
            raise ValueError("a key without a value")
        return None
    if key.type is KeyType.INT:
        if type(value) is not int or not -_INT64 <= value < _INT64:
            raise ValueError("not a number")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text")
    if key.type is KeyType.DATE:
        return date.fromisoformat(value)
    if key.type is KeyType.INSTANT:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError("an instant without a zone")
        return instant
    return UUID(value) if key.type is KeyType.UUID else value
