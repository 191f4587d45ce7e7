"""Root fields that are a connection, or the first rows, of a listing."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from core.kit import clock
from core.kit.pages import Args, Listing, Order, PageRequest, count_sql, decode_cursor, page_sql, sorted_by
from schema.kit.pages import PAGING
from schema.kit.reads import ListRead, PageRead, listed
from schema.sql import connections
from schema.sql.inputs import Arguments
from schema.sql.rows import Batches, Columns
from schema.sql.selection import Document, Selected
from schema.sql.statement import Level, Names, Run, Statement, joined, render, sql

MAX_LASTING, MAX_TEXTS = 1024, 8


@dataclass(slots=True)
class _Text:
    """A statement without its values; where in its rows the order's keys are, and the total, if there is one."""

    sql: str
    keys: list[int]
    total: int | None


Shaped = tuple[int, bool, tuple[bool, ...]]
"""What decides about the statement of a page: its size, whether it reads forwards, and which keys of its cursor are
null."""


@dataclass(slots=True)
class _Listed:
    """A listing, and the statements of its pages."""

    listing: Listing
    texts: dict[Shaped, _Text] = field(default_factory=dict[Shaped, _Text])


_lasting: OrderedDict[Any, _Listed] = OrderedDict()
"""Listings that last, by root field, variables, whose they are, and day; the least recently used goes first."""


class PageRoot:
    """The statement of a page is put together once for each listing that lasts, and then only given its values."""

    def __init__(
        self, document: Document, names: Names, field: Selected, arguments: Arguments, read: PageRead | ListRead
    ) -> None:
        paged = PAGING if isinstance(read, PageRead) else ()
        self.key, self._read = field.key, read
        self._arguments, self._paging = arguments.but(paged), arguments.only(paged)
        self.columns = Columns(document, names)
        level = Level(names, read.kind, "t0")
        level.column("id")
        level.offers = read.offers if isinstance(read, PageRead) else {}
        self._counted = False
        self._inner_of = ("", "")
        if isinstance(read, PageRead):
            self._shape, self._counted = connections.root_shape(self.columns, level, field)
        else:
            item = connections.item_shape(self.columns, level, field)
            self._shape = lambda answered: item(answered.rows, answered.batches)
        self._select, self._width = joined(", ", self.columns.templates), len(self.columns.templates)
        self._binds = any(not isinstance(part, str) for part in self._select)
        self._inner = list(level.columns)
        self._offered = [f'{found} AS "{name}"' for name, found in level.offered.items()]
        self._joins = "".join(f" {join}" for join in level.joins)

    async def statement(self, run: Run) -> Statement:
        request, now = PageRequest(**self._paging.of(run.variables)), clock.now()
        found = await self._listed(run, now.date())
        listing, order = found.listing, found.listing.order
        if isinstance(self._read, ListRead):
            request = PageRequest(first=listing.size)
        request.check()
        cursor = decode_cursor(order, request.cursor) if request.cursor is not None else []
        shaped = (request.size, request.forwards, tuple([value is None for value in cursor]))
        values = [now, *listing.args.values[1:]] if listing.lasting else [*listing.args.values]
        text = found.texts.get(shaped)
        if text is None:
            run.args = Args(*values)
            text = self._text(run, replace(listing, args=run.args), request)
            values = run.args.values
            if not self._binds and len(found.texts) < MAX_TEXTS:
                found.texts[shaped] = text
        else:
            values += [value for value in cursor if value is not None]
        return Statement(text.sql, values, self._answer(text, order, request))

    async def _listed(self, run: Run, today: date) -> _Listed:
        """The listing. One that lasts is found again by the variables that made it."""
        scope = run.context.scope
        key = (self, run.key, scope.audience, scope.agency_id, scope.creditor_id, scope.actor.id, today)
        if run.key is not None and key in _lasting:
            _lasting.move_to_end(key)
            return _lasting[key]
        found = _Listed(await listed(self._read.listing, scope, self._arguments.of(run.variables)))
        if run.key is not None and found.listing.lasting:
            _lasting[key] = found
            if len(_lasting) > MAX_LASTING:
                _lasting.popitem(last=False)
        return found

    def _text(self, run: Run, listing: Listing, request: PageRequest) -> _Text:
        """The statement. Keys of the order that are not selected anyway come as further columns."""
        inner, names, keys = page_sql(listing, self._inner_columns(listing.row), request), list[str](), list[int]()
        select = [render(self._select, run)] if self._width else []
        width = self._width
        for n, key in enumerate(listing.order.keys):
            name = f"t0.{key.sql.removeprefix(f'{listing.row}.')}"
            place = self.columns.known(sql(name)) if key.sql.startswith(f"{listing.row}.") else None
            if place is None:
                name, place, width = f"t0.page_key{n}", width, width + 1
                select.append(name)
            names.append(name)
            keys.append(place)
        source, total = f"({inner}) t0", None
        if self._counted:
            total = width
            select.append("counted.page_total")
            source = f"({count_sql(listing)}) counted LEFT JOIN {source} ON true"
        ordered = sorted_by(listing.order, request.forwards, names)
        whole = f"SELECT {', '.join(select)} FROM {source}{self._joins} ORDER BY {ordered}"  # noqa: S608 - the compiler's own
        return _Text(whole, keys, total)

    def _answer(self, text: _Text, order: Order, request: PageRequest) -> Callable[[list[Any], Batches], Any]:
        def answer(rows: list[Any], batches: Batches) -> Any:
            found = rows[0][text.total] if text.total is not None else None
            if found is not None:  # a count without rows is one row without keys
                rows = [row for row in rows if row[text.keys[-1]] is not None]
            more = len(rows) > request.size
            kept = rows[: request.size] if more else rows
            if not request.forwards:
                kept.reverse()
            return self._shape(connections.Answered(kept, order, text.keys, request, more, found, batches))

        return answer

    def _inner_columns(self, row: str) -> str:
        if self._inner_of[0] != row:
            self._inner_of = (row, ", ".join([*(f"{row}.{name}" for name in self._inner), *self._offered]))
        return self._inner_of[1]
