"""The fields of rows that come as columns: Python that shapes a row into its part of the answer, made once.

The source that is compiled here holds numbers of columns and names of constants, and nothing that a caller has written.
"""

from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type

from core.kit import ids
from core.kit import money as core_money
from core.kit.db import Row
from schema.kit.fields import Amount, Batched, Choice, Column, Computed, Many, One, Pages, PublicId
from schema.sql import NotCompiled, fragments
from schema.sql.complete import completer
from schema.sql.selection import Document, Selected
from schema.sql.statement import Batch, Level, Names, Sql, sql

Shape: TypeAlias = Callable[[Row, dict[int, dict[Any, Any]]], Any]


class Columns:
    """The columns of a statement, each once, and the constants of the Python that reads them."""

    def __init__(self, document: Document, names: Names) -> None:
        self.document, self.names = document, names
        self.templates: list[Sql] = []
        self.texts: list[int] = []
        self.batches: list[tuple[int, int]] = []
        self._places: dict[Sql, int] = {}
        self._constants: dict[str, Any] = {"public": ids.text_of, "Fragment": orjson.Fragment}

    def place(self, template: Sql) -> str:
        """The column as Python: `r[3]`."""
        if template not in self._places:
            self._places[template] = len(self.templates)
            self.templates.append(template)
        return f"r[{self._places[template]}]"

    def constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def shape(self, source: str) -> Shape:
        """The function of a row, and of what its batches have brought, that the source is the body of."""
        return eval(compile(f"lambda r, b: {source}", "<plan>", "eval"), self._constants)  # noqa: S307 - of this module


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
            place = columns.place(sql(level.column(name)))
            value = f"{prefix + '_'!r} + public({place}.int)"
            return f"(None if {place} is None else {value})" if nullable else value
        case Amount() as amount:
            return _amount(columns, level, field, amount, nullable)
        case Computed() as mapping:
            if not columns.names.allows(None, mapping.only):
                return "None"
            given = ", ".join(f"{name!r}: {columns.place(sql(level.column(name)))}" for name in mapping.columns)
            complete = columns.constant(completer(columns.document, field.definition.type, field.nodes))
            return f"{complete}({columns.constant(mapping.convert)}({{{given}}}))"
        case One() as mapping:
            return _one(columns, level, field, mapping)
        case Many() | Pages():
            text = fragments.field_sql(columns.document, level, field)
            place = columns.place(text)
            finish = columns.constant(fragments.finished(columns.names))
            columns.texts.append(int(place[2:-1]))
            return f"Fragment({finish}({place}, b))"
        case Batched() as mapping:
            if not columns.names.allows(None, mapping.only):
                return "None"
            return _batched(columns, level, field, mapping)
    raise NotCompiled(field.name)


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
    there = columns.place(sql(target.column("id")))
    made = object_source(columns, target, kind, columns.document.fields(field.nodes, kind))
    return f"(None if {there} is None else {made})"


def _batched(columns: Columns, level: Level, field: Selected, mapping: Batched) -> str:
    place = columns.place(sql(level.column(mapping.column)))
    complete = completer(columns.document, field.definition.type, field.nodes)
    number = columns.names.finisher(Batch(mapping, UUID, complete))
    columns.batches.append((number, int(place[2:-1])))
    return f"b[{number}].get({place})"
