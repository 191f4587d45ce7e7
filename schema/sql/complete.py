"""Values of resolvers and conversions in the form of the answer, without the executor.

What the executor finds out for every value again is found out once, for the type: which attribute a field is, how its
scalar is written. Types with resolvers that wait, or with arguments, are the executor's.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
)
from strawberry.types.field import StrawberryField

from schema.kit.fields import FromRow, MappedField, read
from schema.kit.scalars import plain_scalar
from schema.sql import NotCompiled
from schema.sql.selection import Document, Selected

Complete: TypeAlias = Callable[[Any], Any]


_INT32 = 1 << 31


class NullForNonNull(Exception):
    """A value that the schema promises is missing: the executor says so in its own words."""


def completer(document: Document, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> Complete:
    """How a value of the type is written in the answer. Raises: NotCompiled."""
    if isinstance(kind, GraphQLNonNull):
        inner = kind.of_type
        if isinstance(inner, GraphQLEnumType | GraphQLScalarType):
            return _leaf(inner, required=True)
        return _never_null(completer(document, inner, nodes))
    if isinstance(kind, GraphQLList):
        item = completer(document, kind.of_type, nodes)
        return lambda value: None if value is None else [item(one) for one in value]
    if isinstance(kind, GraphQLEnumType | GraphQLScalarType):
        return _leaf(kind)
    if isinstance(kind, GraphQLObjectType):
        return _object(document, kind, nodes)
    if is_abstract_type(kind):
        return _one_of(document, kind, nodes)
    raise NotCompiled(str(kind))


def _never_null(inner: Complete) -> Complete:
    def complete(value: Any) -> Any:
        found = inner(value)
        if found is None:
            raise NullForNonNull
        return found

    return complete


def _leaf(kind: GraphQLEnumType | GraphQLScalarType, *, required: bool = False) -> Complete:
    plain = plain_scalar(kind.name) if isinstance(kind, GraphQLScalarType) else None
    write = kind.serialize

    def complete(value: Any) -> Any:
        if type(value) is plain:
            return value
        if value is None:
            if required:
                raise NullForNonNull
            return None
        return write(value)

    def whole(value: Any) -> Any:
        if type(value) is int and -_INT32 <= value < _INT32:
            return value
        return complete(value)

    return whole if kind.name == "Int" else complete


def _object(document: Document, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete:
    parts: list[tuple[str, Complete]] = []
    for field in document.fields(nodes, kind):
        if field.name == "__typename":
            parts.append((field.key, lambda _, name=kind.name: name))
        else:
            parts.append((field.key, _field(document, field)))

    def complete(value: Any) -> Any:
        return None if value is None else {key: part(value) for key, part in parts}

    return complete


def _field(document: Document, field: Selected) -> Complete:
    definition = field.definition.extensions.get("strawberry-definition")
    get: Complete
    if isinstance(definition, MappedField):
        get = _of_row(definition)
    elif isinstance(definition, StrawberryField) and definition.is_basic_field:
        get = attrgetter(definition.python_name)
    elif isinstance(definition, StrawberryField) and not definition.is_async and not definition.extensions:
        get = _method(definition)
    else:
        raise NotCompiled(field.name)
    inner = completer(document, field.definition.type, field.nodes)
    return lambda value: inner(get(value))


def _of_row(field: MappedField) -> Complete:
    mapping = field.mapping
    if not field.is_basic_field or not isinstance(mapping, FromRow):
        raise NotCompiled(field.python_name)
    return lambda value: read(mapping, value.row)


def _method(field: StrawberryField) -> Complete:
    resolver = field.base_resolver
    if resolver is None or field.arguments or resolver.info_parameter or not resolver.self_parameter:
        raise NotCompiled(field.python_name)
    return resolver.wrapped_func  # pyright: ignore[reportReturnType] the class's own method


def _one_of(document: Document, kind: GraphQLAbstractType, nodes: Sequence[FieldNode]) -> Complete:
    known = {
        possible.extensions["strawberry-definition"].origin: _object(document, possible, nodes)
        for possible in document.schema.get_possible_types(kind)
    }
    return lambda value: None if value is None else known[type(value)](value)
