"""Lists below a row, as JSON text that PostgreSQL makes by concatenation.

What only Python can write (a public id, a cursor, a conversion) stands in the text as a mark: \\x01, the number of its
finisher, a colon, the payload, \\x01. JSON text never holds that character, so nobody's data can look like a mark.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
)

from core.kit import db, ids
from core.kit import money as core_money
from core.kit.pages import KeyType, Order, encode_cursor
from schema.kit.fields import Amount, Batched, Choice, Column, Computed, Many, One, Pages, PublicId, given_of, name_of
from schema.kit.loading import relation, target_of
from schema.sql import NotCompiled
from schema.sql.complete import completer
from schema.sql.selection import Document, Selected
from schema.sql.statement import Batch, Finish, Level, Names, Sql, joined, literal, sql

_ROW = re.compile(r"\bt\.")
Finished = Callable[[str, dict[int, dict[Any, Any]]], str]


def finished(names: Names) -> Finished:
    """What makes the final text of a fragment, with what the batches have brought."""
    finishers = names.finishers

    def finish(text: str, batches: dict[int, dict[Any, Any]]) -> str:
        if "\x01" not in text:
            return text
        parts = text.split("\x01")
        for n in range(1, len(parts), 2):
            number, _, payload = parts[n].partition(":")
            finisher = finishers[int(number)]
            if isinstance(finisher, Batch):
                parts[n] = orjson.dumps(batches[int(number)].get(finisher.read(payload))).decode()
            else:
                parts[n] = finisher(payload)
        return "".join(parts)

    return finish


def keys_in(names: Names, text: str, found: dict[int, set[Any]]) -> None:
    """Add the keys of the batches that have marks in a fragment."""
    for mark in text.split("\x01")[1::2]:
        number, _, payload = mark.partition(":")
        finisher = names.finishers[int(number)]
        if isinstance(finisher, Batch):
            found.setdefault(int(number), set()).add(finisher.read(payload))


def field_sql(document: Document, level: Level, field: Selected) -> Sql:
    """A field of an object below a row, as JSON text. Never null."""
    from schema.sql import connections

    kind = field.definition.type
    match field.mapped.mapping:
        case Column(name) | Choice(name):
            return _nullable(kind, _column(kind, level.column(name)))
        case PublicId(prefix, name):
            mark = _mark(level.names, _public_id(prefix), f"{level.column(name)}")
            return _nullable(kind, mark)
        case Amount() as amount:
            return _nullable(kind, _amount(document, level, field, amount))
        case Computed() as mapping:
            return _computed(document, level, field, mapping)
        case One() as mapping:
            return _one(document, level, field, mapping)
        case Many() as mapping:
            return _many(document, level, field, mapping)
        case Pages() as mapping:
            return connections.below(document, level, field, mapping)
        case Batched() as mapping:
            if not level.names.allows(mapping.requires, mapping.only):
                return sql("'null'")
            complete = completer(document, kind, field.nodes)
            number = level.names.finisher(Batch(mapping, mapping.reads, complete))
            return sql("COALESCE(", marked(number, f"{mapping.key_sql(level.column)}::text"), ", 'null')")
    raise NotCompiled(field.name)


def object_sql(document: Document, level: Level, kind: GraphQLObjectType, selected: Sequence[Selected]) -> Sql:
    """The object of a row as JSON text: one concatenation."""
    pieces: list[str | Sql] = []
    for n, field in enumerate(selected):
        head = key_text(n, field)
        if field.name == "__typename":
            pieces.append(literal(head + orjson.dumps(kind.name).decode()))
        else:
            pieces += [literal(head), field_sql(document, level, field)]
    return closed(pieces)


def closed(pieces: Sequence[str | Sql]) -> Sql:
    """The parts of an object as one concatenation; everything may have been skipped."""
    return joined(" || ", [*pieces, "'}'"]) if pieces else sql("'{}'")


def key_text(place: int, field: Selected) -> str:
    return ("," if place else "{") + orjson.dumps(field.key).decode() + ":"


def selected_of(document: Document, field: Selected) -> tuple[GraphQLObjectType, list[Selected]]:
    """The object type that a field leads to, and what is selected of it."""
    kind = get_named_type(field.definition.type)
    assert isinstance(kind, GraphQLObjectType)
    return kind, document.fields(field.nodes, kind)


def _nullable(kind: GraphQLOutputType, text: Sql) -> Sql:
    return text if isinstance(kind, GraphQLNonNull) else sql("COALESCE(", text, ", 'null')")


def _column(kind: GraphQLOutputType, column: str) -> Sql:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    name = get_named_type(kind).name
    if isinstance(inner, GraphQLList):
        if name == "BigInt":
            raise NotCompiled("a list of BigInt")
        return sql(f"to_json({column})::text")
    if isinstance(inner, GraphQLEnumType) or name in ("BigInt", "Date"):
        return sql(f"'\"' || {column} || '\"'")
    if name in ("Int", "Boolean", "JSON"):
        return sql(f"{column}::text")
    if name == "DateTime":  # as Python's isoformat(): six digits of a second, or none
        json = f"to_json({column})::text"
        whole = len('"2026-01-31T23:59:59+00:00"')
        padded = f"rpad(split_part({json}, '+', 1), {whole}, '0') || '+00:00\"'"
        return sql(f"CASE length({json}) WHEN {whole} THEN {json} WHEN {whole + 7} THEN {json} ELSE {padded} END")
    if name in ("String", "ID"):
        return sql(f"to_json({column}::text)::text")
    raise NotCompiled(name)


def marked(number: int, payload: str) -> str:
    opens, closes = literal(f"\x01{number}:"), literal("\x01")
    return f"{opens} || {payload} || {closes}"


def _mark(names: Names, finish: Finish, payload: str) -> Sql:
    return sql(marked(names.finisher(finish), payload))


@cache
def _public_id(prefix: str) -> Finish:
    return lambda payload: f'"{prefix}_{ids.text_of(int(payload.replace("-", ""), 16))}"'


def _amount(document: Document, level: Level, field: Selected, amount: Amount) -> Sql:
    minor, currency = level.column(amount.name), level.column(amount.currency)
    kind, selected = selected_of(document, field)
    both = f"{minor} || ',' || {currency}"
    pieces: list[str | Sql] = []
    for n, part in enumerate(selected):
        pieces.append(literal(key_text(n, part)))
        match part.name:
            case "__typename":
                pieces.append(literal(f'"{kind.name}"'))
            case "minorUnits":
                pieces.append(f"'\"' || {minor} || '\"'")
            case "currency":
                pieces.append(f"'\"' || {currency} || '\"'")
            case "amount":
                pieces.append(_mark(level.names, _decimal, both))
            case _:
                pieces.append(_mark(level.names, _formatted, both))
    if isinstance(field.definition.type, GraphQLNonNull):
        return closed(pieces)
    # The currency is there without an amount.
    return sql(f"CASE WHEN {minor} IS NOT NULL THEN ", closed(pieces), " END")


def _money(payload: str) -> core_money.Money:
    minor, currency = payload.split(",")
    return core_money.Money(int(minor), currency)


def _decimal(payload: str) -> str:
    return f'"{_money(payload).decimal()}"'


def _formatted(payload: str) -> str:
    return f'"{_money(payload).formatted()}"'


def _computed(document: Document, level: Level, field: Selected, mapping: Computed) -> Sql:
    """The columns travel in the mark, as a JSON array."""
    if not level.names.allows(None, mapping.only):
        return sql("'null'")
    complete = completer(document, field.definition.type, field.nodes)
    readers = [_reader(level, name_of(column)) for column in mapping.columns]

    def finish(payload: str) -> str:
        values = orjson.loads(payload)
        read = [None if value is None else read(value) for read, value in zip(readers, values, strict=True)]
        given = [given_of(column, value) for column, value in zip(mapping.columns, read, strict=True)]
        return orjson.dumps(complete(mapping.convert(*given))).decode()

    columns = ", ".join(_exact(level, name_of(column)) for column in mapping.columns)
    return _mark(level.names, finish, f"json_build_array({columns})::text")


_READERS: dict[type[Any], Callable[[Any], Any]] = {
    UUID: UUID, date: date.fromisoformat, datetime: datetime.fromisoformat, Decimal: Decimal,
}  # fmt: skip


def _exact(level: Level, name: str) -> str:
    """A column for JSON. A decimal number goes as text: read as JSON, it would be a float."""
    column = level.column(name)
    return f"{column}::text" if _type(level, name) is Decimal else column


def _reader(level: Level, name: str) -> Callable[[Any], Any]:
    """From the JSON of a column to what the driver gives for it."""
    return _READERS.get(_type(level, name), lambda value: value)


def _type(level: Level, name: str) -> type[object]:
    kind, (step, _, column) = level.kind, name.rpartition(".")
    if step:
        kind = target_of(relation(kind, step))
    found = db.table_columns(kind.table.name).get(column)
    return found.type if found else object


def _one(document: Document, level: Level, field: Selected, mapping: One) -> Sql:
    if not level.names.allows(mapping.requires, mapping.only):
        return sql("'null'")
    target = level.one(field.mapped, mapping)
    kind, selected = selected_of(document, field)
    there = target.column("id")
    return sql(f"CASE WHEN {there} IS NULL THEN 'null' ELSE ", object_sql(document, target, kind, selected), " END")


def _many(document: Document, level: Level, field: Selected, mapping: Many) -> Sql:
    if not level.names.allows(mapping.requires, mapping.only):
        return sql("'[]'")
    child = level.child(field.mapped, mapping.parent)
    kind, selected = selected_of(document, field)
    item = object_sql(document, child, kind, selected)
    where = level.below(child, mapping.parent)
    order = in_alias(mapping.order, child.alias)
    rows = f"{child.kind.table.name} {child.alias} WHERE {where} ORDER BY {order} LIMIT {mapping.limit}"
    listed, in_order = numbered(child, [item], sql(rows), order)
    return sql(f"COALESCE((SELECT '[' || string_agg(j0, ','{in_order}) || ']' FROM (", listed, ") x), '[]')")  # noqa: S608 - the compiler's own


def numbered(child: Level, items: Sequence[Sql], rows: Sql, order: str, key: str | None = None) -> tuple[Sql, str]:
    """The rows of a list with their JSON `j0`, …, their number `n` and maybe a `k` of each, and how an aggregate puts
    them in order. `rows` is what follows FROM; what they join comes after they are chosen. Where nothing is joined and
    nothing counts them, they come in their order and without a number."""
    alias = child.alias
    columns = [f"{alias}.{name}" for name in child.columns]
    if not child.joins and key is None:
        listed = joined(", ", [sql(item, f" AS j{n}") for n, item in enumerate(items)] or ["1"])
        inner = f" FROM (SELECT {', '.join(columns) or '1'} FROM "  # noqa: S608 - the compiler's own
        return sql("SELECT ", listed, inner, rows, f") {alias}"), ""
    columns += [f"row_number() OVER (ORDER BY {order}) AS n", *([f"{key} AS k"] if key else [])]
    listed = joined(
        ", ", [f"{alias}.n{f', {alias}.k' if key else ''}", *(sql(j, f" AS j{n}") for n, j in enumerate(items))]
    )
    found = sql(
        "SELECT ",
        listed,
        f" FROM (SELECT {', '.join(columns)} FROM ",  # noqa: S608 - the compiler's own
        rows,
        f") {alias}",
        "".join(f" {join}" for join in child.joins),
    )
    return found, " ORDER BY n"


def in_alias(text: str, alias: str) -> str:
    """SQL about the row `t`, about the row under the alias."""
    return _ROW.sub(f"{alias}.", text)


def cursor(order: Order) -> Finish:
    """A cursor from the JSON array of its keys."""
    instants = [key.type is KeyType.INSTANT for key in order.keys]

    def finish(payload: str) -> str:
        values = [
            datetime.fromisoformat(value) if instant and value is not None else value
            for instant, value in zip(instants, orjson.loads(payload), strict=True)
        ]
        return f'"{encode_cursor(order, values)}"'

    return finish
