"""Values of resolvers and conversions in the form of the answer, without the executor.

What the executor finds out for every value again is found out once, for the type: which attribute a field is, how its
scalar is written. Types with resolvers that wait, or with arguments, are the executor's. The source that is compiled
here holds names of attributes, of constants, and response keys as literals.
"""

from collections.abc import Callable, Sequence
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
from strawberry.schema.schema_converter import CustomGraphQLEnumType
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
    return _Writer(document).function(kind, nodes)


class _Writer:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._constants: dict[str, Any] = {}
        self._names = 0

    def function(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> Complete:
        source = f"lambda v: {self._value(kind, nodes, 'v')}"
        return eval(compile(source, "<answer>", "eval"), self._constants)  # noqa: S307 - of this module

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _name(self) -> str:
        self._names += 1
        return f"x{self._names}"

    def _value(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode], value: str) -> str:
        """Python that writes the value of an expression, which stands in it once."""
        required = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLEnumType | GraphQLScalarType):
            return f"{self._constant(_leaf(inner, required=required))}({value})"
        name = self._name()
        missing = f"{self._constant(_missing)}()" if required else "None"
        return f"({missing} if ({name} := {value}) is None else {self._present(inner, nodes, name)})"

    def _present(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode], name: str) -> str:
        if isinstance(kind, GraphQLList):
            item = self._name()
            return f"[{self._value(kind.of_type, nodes, item)} for {item} in {name}]"
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, nodes, name)
        if is_abstract_type(kind):
            return f"{self._constant(_one_of(self._document, kind, nodes))}[type({name})]({name})"
        raise NotCompiled(str(kind))

    def _object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode], name: str) -> str:
        parts: list[str] = []
        for field in self._document.fields(nodes, kind):
            value = repr(kind.name) if field.name == "__typename" else self._field(field, name)
            parts.append(f"{field.key!r}: {value}")
        return "{" + ", ".join(parts) + "}"

    def _field(self, field: Selected, name: str) -> str:
        definition = field.definition.extensions.get("strawberry-definition")
        if isinstance(definition, MappedField):
            got = f"{self._constant(_of_row(definition))}({name})"
        elif isinstance(definition, StrawberryField) and definition.is_basic_field:
            got = f"{name}.{definition.python_name}"
        elif isinstance(definition, StrawberryField) and not definition.is_async and not definition.extensions:
            got = f"{self._constant(_method(definition))}({name})"
        else:
            raise NotCompiled(field.name)
        return self._value(field.definition.type, field.nodes, got)


def _missing() -> None:
    raise NullForNonNull


def _leaf(kind: GraphQLEnumType | GraphQLScalarType, *, required: bool) -> Complete:
    plain = plain_scalar(kind.name) if isinstance(kind, GraphQLScalarType) else None
    write = kind.serialize

    def complete(value: Any) -> Any:
        if type(value) is plain:
            return value
        if value is None:
            return _missing() if required else None
        return write(value)

    if isinstance(kind, CustomGraphQLEnumType):
        members: type[Any] = kind.wrapped_cls
        names = {member: write(member) for member in kind.wrapped_cls}
        return lambda value: names[value] if type(value) is members else complete(value)

    def whole(value: Any) -> Any:
        return value if type(value) is int and -_INT32 <= value < _INT32 else complete(value)

    def big(value: Any) -> Any:
        return str(value) if type(value) is int else complete(value)

    return {"Int": whole, "BigInt": big}.get(kind.name, complete)


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


def _one_of(document: Document, kind: GraphQLAbstractType, nodes: Sequence[FieldNode]) -> dict[type[Any], Complete]:
    """What writes the values of each possible type, by their class."""
    return {
        possible.extensions["strawberry-definition"].origin: completer(document, possible, nodes)
        for possible in document.schema.get_possible_types(kind)
    }
