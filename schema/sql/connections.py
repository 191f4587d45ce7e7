"""Relay connections: below a row as JSON text of PostgreSQL, at the root from the rows of a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.kit.errors import InvalidInput
from core.kit.pages import Key, Order, PageRequest, encode_cursor, seek_sql, sorted_by
from schema.kit.fields import Pages
from schema.kit.pages import PAGING
from schema.sql import NotCompiled, fragments
from schema.sql.inputs import Arguments, literal_arguments
from schema.sql.rows import Batches, Columns, Shape, object_source
from schema.sql.selection import Document, Selected
from schema.sql.statement import Level, Part, Run, Sql, literal, sql


def below(document: Document, level: Level, field: Selected, mapping: Pages) -> Sql:
    """A connection below a row, as JSON text.

    How many rows, and in which direction, are part of the plan; where the page begins is bound when it runs.
    """
    if not level.names.allows(mapping.requires, mapping.only):
        raise NotCompiled("a connection that is not for this audience")
    given = document.arguments(field)
    request = _request({name: given.get(name) for name in PAGING})
    child = level.child(field.mapped, mapping.parent)
    where = _rows(field, mapping, child, level.below(child, mapping.parent))
    order = _in(mapping.narrowed.order(given) if mapping.narrowed else mapping.order, child.alias)
    page = _Page(document, child, request, level.names.finisher(fragments.cursor(order)), where)
    page.items_of(field)
    sorting = sorted_by(order, request.forwards)
    after: tuple[Part, ...] = (_seek(field, order),) if request.cursor is not None else ()
    chosen = sql(where, *after, f" ORDER BY {sorting} LIMIT {request.size + page.counted:d}")
    key = f"json_build_array({', '.join(key.sql for key in order.keys)})::text" if page.counted else None
    listed, in_order = fragments.numbered(child, page.items, chosen, sorting, key)
    connection = page.connection(field, in_order)
    # HAVING makes it one row also where nothing that is selected is an aggregate.
    return sql("(SELECT ", connection, " FROM (", listed, ") x HAVING true)")


class _Page:
    """The parts of one connection, over rows `x` with their number `n`, their cursor's keys `k`, and JSON `j0`, …

    `counted`: something asks for a cursor or for what follows, or the page is read backwards; otherwise the rows of the
    page are all there is to know.
    """

    def __init__(self, document: Document, child: Level, request: PageRequest, mark: int, rows: Sql) -> None:
        self.document, self.child, self.request, self.mark, self._rows = document, child, request, mark, rows
        self.items: list[Sql] = []
        self.counted = not request.forwards
        self._kept = f"FILTER (WHERE n <= {request.size:d})"
        self._in_order = ""
        self._places: dict[int, int] = {}

    def items_of(self, field: Selected) -> None:
        """Make the JSON of the items that are selected anywhere in the connection: that tells what they join."""
        for part in fragments.selected_of(self.document, field)[1]:
            self.counted = self.counted or part.name == "pageInfo"
            if part.name == "nodes":
                self._make(part)
            for one in fragments.selected_of(self.document, part)[1] if part.name == "edges" else ():
                self.counted = self.counted or one.name == "cursor"
                if one.name == "node":
                    self._make(one)

    def _make(self, field: Selected) -> None:
        kind, selected = fragments.selected_of(self.document, field)
        self._places[id(field.nodes[0])] = len(self.items)
        self.items.append(fragments.object_sql(self.document, self.child, kind, selected))

    def connection(self, field: Selected, in_order: str) -> Sql:
        self._in_order = in_order if self.request.forwards else " ORDER BY n DESC"
        return self._object(field, self._part)

    def _object(self, field: Selected, part: Callable[[Selected], Sql]) -> Sql:
        kind, selected = fragments.selected_of(self.document, field)
        pieces: list[str | Sql] = []
        for n, one in enumerate(selected):
            value = sql(literal(f'"{kind.name}"')) if one.name == "__typename" else part(one)
            pieces += [literal(fragments.key_text(n, one)), value]
        return fragments.closed(pieces)

    def _part(self, part: Selected) -> Sql:
        if part.name in ("nodes", "edges"):
            item = self._item(part) if part.name == "nodes" else self._object(part, self._of_edge)
            kept = f" {self._kept}" if self.counted else ""
            return sql("'[' || COALESCE(string_agg(", item, f", ','{self._in_order}){kept}, '') || ']'")
        if part.name == "pageInfo":
            return self._object(part, self._of_info)
        return sql("(SELECT count(*) FROM ", self._rows, ")::text")

    def _item(self, field: Selected) -> Sql:
        return sql(f"j{self._places[id(field.nodes[0])]}")

    def _of_edge(self, part: Selected) -> Sql:
        return self._item(part) if part.name == "node" else sql(fragments.marked(self.mark, "k"))

    def _of_info(self, part: Selected) -> Sql:
        forwards, more = self.request.forwards, f"(count(*) > {self.request.size:d})::text"
        match part.name:
            case "hasNextPage":
                return sql(more if forwards else f"'{str(self.request.before is not None).lower()}'")
            case "hasPreviousPage":
                return sql(f"'{str(self.request.after is not None).lower()}'" if forwards else more)
            case _:
                first = (part.name == "startCursor") is forwards
                end = f"(array_agg(k ORDER BY n {'ASC' if first else 'DESC'}) {self._kept})[1]"
                return sql("COALESCE(", fragments.marked(self.mark, end), ", 'null')")


def _rows(field: Selected, mapping: Pages, child: Level, below: str) -> Sql:
    """What follows FROM. What narrows the rows is bound, and so written, when the statement runs."""
    table, narrowed = f"{child.kind.table.name} {child.alias}", mapping.narrowed
    if narrowed is None:
        return sql(f"{table} WHERE {below}")
    arguments = Arguments(field, field.mapped).but(PAGING)

    def narrow(run: Run) -> str:
        joins, where = narrowed.narrow(run.context.scope, arguments.of(run.variables), run.args, child.alias)
        return f"{joins} WHERE {below} AND ({where})"

    return sql(f"{table} ", narrow)


def _request(given: dict[str, Any]) -> PageRequest:
    """What page is asked for. Raises: NotCompiled for one that is an error."""
    request = PageRequest(**given)
    try:
        request.check()
    except InvalidInput as problem:
        raise NotCompiled(problem.message) from problem
    return request


def _seek(field: Selected, order: Order) -> Callable[[Run], str]:
    literals = literal_arguments(field.definition.args, field.nodes[0])

    def after(run: Run) -> str:
        asked = PageRequest(**{name: literals[name](run.variables) for name in PAGING})
        return f" AND {seek_sql(order, asked, run.args)}"

    return after


def _in(order: Order, alias: str) -> Order:
    keys = [Key(fragments.in_alias(key.sql, alias), key.type, key.descending, key.nullable) for key in order.keys]
    return Order(order.name, tuple(keys))


@dataclass(slots=True)
class Answered:
    """The rows of a page, in the list's order and without the one row more, with what is known of them. `keys` are the
    places of the order's keys in a row."""

    rows: list[Any]
    order: Order
    keys: Sequence[int]
    request: PageRequest
    more: bool
    total: int | None
    batches: Batches

    def cursor_of(self, row: Any) -> str:
        return encode_cursor(self.order, [row[place] for place in self.keys])


RootPart = Callable[[Answered], Any]


def root_shape(columns: Columns, level: Level, field: Selected) -> tuple[RootPart, bool]:
    """What makes the connection of a root field; and whether it needs the total."""
    made = _each(columns, field, lambda part: _root_part(columns, level, part))
    _, selected = fragments.selected_of(columns.document, field)
    return made, any(part.name == "totalCount" for part in selected)


def _each(columns: Columns, field: Selected, make: Callable[[Selected], RootPart]) -> RootPart:
    kind, selected = fragments.selected_of(columns.document, field)
    name = kind.name
    parts = [(part.key, make(part) if part.name != "__typename" else lambda _: name) for part in selected]
    return lambda answered: {key: part(answered) for key, part in parts}


def _root_part(columns: Columns, level: Level, part: Selected) -> RootPart:
    if part.name == "totalCount":
        return lambda answered: answered.total
    if part.name == "nodes":
        shape = item_shape(columns, level, part)
        return lambda answered: shape(answered.rows, answered.batches)
    if part.name == "edges":
        return _edges(columns, level, part)
    return _each(columns, part, lambda one: _INFO[one.name])


def item_shape(columns: Columns, level: Level, field: Selected) -> Shape:
    """What makes the objects of rows."""
    kind, selected = fragments.selected_of(columns.document, field)
    return columns.shape(object_source(columns, level, kind, selected))


def _edges(columns: Columns, level: Level, field: Selected) -> RootPart:
    kind, selected = fragments.selected_of(columns.document, field)
    made: list[tuple[str, Callable[[Answered], list[Any]]]] = []
    for part in selected:
        if part.name == "__typename":
            made.append((part.key, lambda answered: [kind.name] * len(answered.rows)))
        elif part.name == "cursor":
            made.append((part.key, lambda answered: [answered.cursor_of(row) for row in answered.rows]))
        else:
            shape = item_shape(columns, level, part)
            made.append((part.key, lambda answered, shape=shape: shape(answered.rows, answered.batches)))
    keys = [key for key, _ in made]
    if not made:  # all that is selected is skipped: as many objects without a field
        return lambda answered: [{} for _ in answered.rows]

    def edges(answered: Answered) -> list[dict[str, Any]]:
        of_each = zip(*[part(answered) for _, part in made], strict=True)
        return [dict(zip(keys, values, strict=True)) for values in of_each]

    return edges


_INFO: dict[str, RootPart] = {
    "hasNextPage": lambda a: a.more if a.request.forwards else a.request.before is not None,
    "hasPreviousPage": lambda a: a.request.after is not None if a.request.forwards else a.more,
    "startCursor": lambda a: a.cursor_of(a.rows[0]) if a.rows else None,
    "endCursor": lambda a: a.cursor_of(a.rows[-1]) if a.rows else None,
}
