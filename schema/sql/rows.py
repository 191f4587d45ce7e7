"""The fields of rows that come as columns: Python that shapes a row into its part of the answer, made once.

The source that is compiled here holds numbers of columns and names of constants, and nothing that a caller has written.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type

from core.kit import db, ids
from core.kit import money as core_money
from core.kit.db import Row
from schema.kit.fields import Amount, Batched, Choice, Column, Computed, Many, Once, One, Pages, PublicId, name_of
from schema.sql import NotCompiled, fragments
from schema.sql.complete import completer
from schema.sql.selection import Document, Selected
from schema.sql.statement import Batch, Level, Names, Sql, sql

Batches: TypeAlias = dict[int, dict[Any, Any]]
Shape: TypeAlias = Callable[[list[Row], Batches], list[Any]]


_AS_THEY_ARE = ("String!", "Int!", "Boolean!")
"""What our own conversions give for these is in the answer's form already."""


class Columns:
    """The columns of a statement, each once, and the constants of the Python that reads them."""

    def __init__(self, document: Document, names: Names) -> None:
        self.document, self.names = document, names
        self.templates: list[Sql] = []
        self.texts: list[int] = []
        self.batches: list[tuple[int, int]] = []
        self._places: dict[Sql, int] = {}
        self._constants: dict[str, Any] = {"public": _public, "Once": _Once, "Fragment": orjson.Fragment}
        self._publics: dict[str, int] = {}
        self._onces: dict[Once, tuple[str, str]] = {}

    def place(self, template: Sql) -> str:
        """The column as Python: a name that stands for its value."""
        return f"v{self.number(template)}"

    def public(self, template: Sql) -> str:
        """The same, for the text of its public id without the prefix."""
        number = self.number(template)
        self._publics[f"p{number}"] = number
        return f"p{number}"

    def once(self, once: Once, template: Sql) -> str:
        """The same, for what a function makes of it."""
        if once not in self._onces:
            self._onces[once] = (f"m{len(self._onces)}", self.constant(once.convert))
        return f"{self._onces[once][0]}[{self.place(template)}]"

    def known(self, template: Sql) -> int | None:
        """Where the column stands, if it is among them."""
        return self._places.get(template)

    def number(self, template: Sql) -> int:
        """Where the column stands among the others."""
        if template not in self._places:
            self._places[template] = len(self.templates)
            self.templates.append(template)
        return self._places[template]

    def constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def shape(self, source: str) -> Shape:
        """The function of rows, and of what their batches have brought, that gives what the source says of each.

        Rows are taken apart at once, which is faster than to ask for one column after the other; public ids are made at
        once for all rows. How many columns there are is known when the last field has been seen.
        """
        made: dict[int, Shape] = {}

        def shape(rows: list[Row], batches: Batches) -> list[Any]:
            if not rows:
                return []
            width = len(rows[0])
            if width not in made:
                made[width] = self._compiled(source, width)
            return made[width](rows, batches)

        return shape

    def _compiled(self, source: str, width: int) -> Shape:
        row = "".join(f"v{n}," for n in range(width))
        each, rows = f"({row})", "rows"
        if self._publics:
            each = ", ".join([each, *self._publics])
            rows = f"zip(rows, {', '.join(f'public(rows, {number})' for number in self._publics.values())})"
        memos = "".join(f"; {memo} = Once({convert})" for memo, convert in self._onces.values())
        code = f"def shape(rows, b): pass{memos}; return [{source} for {each} in {rows}]"
        names = dict(self._constants)
        exec(compile(code, "<plan>", "exec"), names)  # noqa: S102 - of this module
        return names["shape"]


class _Once(dict[Any, Any]):
    """What a function makes of values, for the rows of one answer."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__({None: None})
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        found = self[value] = self._convert(value)
        return found


def _public(rows: list[Row], number: int) -> list[str]:
    return ids.texts_of([row[number] for row in rows])


def object_source(columns: Columns, level: Level, kind: GraphQLObjectType, selected: list[Selected]) -> str:
    """Python that makes the object of a row."""
    parts: list[str] = []
    for field in selected:
        value = repr(kind.name) if field.name == "__typename" else _field(columns, level, field)
        parts.append(f"{field.key!r}: {value}")
    return "{" + ", ".join(parts) + "}"


def _field(columns: Columns, level: Level, field: Selected) -> str:
    mapped = field.mapped
    nullable = not isinstance(field.definition.type, GraphQLNonNull)
    match mapped.mapping:
        case Column(name) | Choice(name):
            return _column(field.definition.type, columns.place(sql(level.column(name))))
        case PublicId(prefix, name):
            column = sql(level.column(name))
            value = f"{prefix + '_'!r} + {columns.public(column)}"
            return f"(None if {columns.place(column)} is None else {value})" if nullable else value
        case Amount() as amount:
            return _amount(columns, level, field, amount, nullable)
        case Computed() as mapping:
            if not columns.names.allows(None, mapping.only):
                return "None"
            given = ", ".join(_given(columns, level, column) for column in mapping.columns)
            value = f"{columns.constant(mapping.convert)}({given})"
            if str(field.definition.type) in _AS_THEY_ARE:
                return value
            complete = columns.constant(completer(columns.document, field.definition.type, field.nodes))
            return f"{complete}({value})"
        case One() as mapping:
            return _one(columns, level, field, mapping)
        case Many() | Pages():
            number = columns.number(fragments.field_sql(columns.document, level, field))
            finish = columns.constant(fragments.finished(columns.names))
            columns.texts.append(number)
            return f"Fragment({finish}(v{number}, b))"
        case Batched() as mapping:
            if not columns.names.allows(mapping.requires, mapping.only):
                return "None"
            return _batched(columns, level, field, mapping)
    raise NotCompiled(field.name)


def _given(columns: Columns, level: Level, given: str | Once) -> str:
    template = sql(level.column(name_of(given)))
    return columns.once(given, template) if isinstance(given, Once) else columns.place(template)


def _column(kind: GraphQLOutputType, place: str) -> str:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if get_named_type(kind).name != "BigInt":
        return place
    if isinstance(inner, GraphQLList):
        raise NotCompiled("a list of BigInt")
    return f"str({place})" if inner is not kind else f"(None if {place} is None else str({place}))"


def _amount(columns: Columns, level: Level, field: Selected, amount: Amount, nullable: bool) -> str:
    minor = columns.place(sql(level.column(amount.name)))
    currency = columns.place(sql(level.column(amount.currency)))
    kind = get_named_type(field.definition.type)
    assert isinstance(kind, GraphQLObjectType)
    parts: list[str] = []
    for part in columns.document.fields(field.nodes, kind):
        value = {
            "__typename": repr(kind.name),
            "minorUnits": f"str({minor})",
            "currency": currency,
            "amount": f"{columns.constant(_decimal)}({minor}, {currency})",
            "formatted": f"{columns.constant(_formatted)}({minor}, {currency})",
        }[part.name]
        parts.append(f"{part.key!r}: {value}")
    made = "{" + ", ".join(parts) + "}"
    return f"(None if {minor} is None else {made})" if nullable else made


def _decimal(minor: int, currency: str) -> str:
    return core_money.Money(minor, currency).decimal()


def _formatted(minor: int, currency: str) -> str:
    return core_money.Money(minor, currency).formatted()


def _one(columns: Columns, level: Level, field: Selected, mapping: One) -> str:
    if not columns.names.allows(mapping.requires, mapping.only):
        return "None"
    target = level.one(field.mapped, mapping)
    kind = get_named_type(field.definition.type)
    assert isinstance(kind, GraphQLObjectType)
    selected = columns.document.fields(field.nodes, kind)
    there = columns.place(sql(target.column(_never_null(target, selected))))
    made = object_source(columns, target, kind, selected)
    return f"(None if {there} is None else {made})"


def _never_null(target: Level, selected: list[Selected]) -> str:
    """A column that is null only where there is no row; one that is selected anyway, if there is any."""
    known = db.table_columns(target.kind.table.name)
    mappings = [field.mapped.mapping for field in selected if field.name != "__typename"]
    plain = [mapping.name for mapping in mappings if isinstance(mapping, Column | Choice)]
    return next((name for name in plain if known[name].required), "id")


def _batched(columns: Columns, level: Level, field: Selected, mapping: Batched) -> str:
    place = columns.number(sql(mapping.key_sql(level.column)))
    complete = completer(columns.document, field.definition.type, field.nodes)
    number = columns.names.finisher(Batch(mapping, mapping.reads, complete))
    columns.batches.append((number, place))
    return f"b[{number}].get(v{place})"
