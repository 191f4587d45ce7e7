"""Arguments, from the JSON of a request to what Python functions take: everything that the document and the schema
decide is decided once.

What is wrong with a value is not said here but by the executor, whose words clients know: `Invalid` leads there.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from schema.sql import NotCompiled
from schema.sql.coercion import Coercer, Invalid, coercer

if TYPE_CHECKING:
    from schema.sql.selection import Selected

Coerced: TypeAlias = dict[str, Any]
Value: TypeAlias = Callable[[Coerced], Any]
"""A value from the coerced variables; Undefined where nothing is given."""


class Variables:
    """The variables of an operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._known: list[tuple[str, Coercer, Any, bool]] = []
        for node in definitions:
            kind: Any = type_from_ast(schema, node.type)
            default = coerce_input_literal(node.default_value, kind) if node.default_value else Undefined
            needed = isinstance(kind, GraphQLNonNull) and default is Undefined
            self._known.append((node.variable.name.value, coercer(kind), default, needed))

    def coerced(self, given: Mapping[str, Any]) -> Coerced:
        """Raises: Invalid."""
        found: Coerced = {}
        for name, coerce, default, needed in self._known:
            if name in given:
                found[name] = coerce(given[name])
            elif default is not Undefined:
                found[name] = default
            elif needed:
                raise Invalid(name)
        return found


class Arguments:
    """The arguments of a field, as its Python function takes them."""

    def __init__(self, field: "Selected", definition: StrawberryField) -> None:
        literals = literal_arguments(field.definition.args, field.nodes[0])
        self._parts: list[tuple[str, Value, Callable[[Any], Any]]] = []
        for argument in definition.arguments:
            name = argument.graphql_name or to_camel_case(argument.python_name)
            self._parts.append((argument.python_name, literals[name], converter(argument.type)))

    def only(self, names: Collection[str]) -> "Arguments":
        """Those of these names."""
        return self._with([part for part in self._parts if part[0] in names])

    def but(self, names: Collection[str]) -> "Arguments":
        """Those of other names."""
        return self._with([part for part in self._parts if part[0] not in names])

    def _with(self, parts: list[tuple[str, Value, Callable[[Any], Any]]]) -> "Arguments":
        found = Arguments.__new__(Arguments)
        found._parts = parts
        return found

    def of(self, coerced: Coerced) -> dict[str, Any]:
        """Raises: Invalid."""
        found: dict[str, Any] = {}
        for name, value, convert in self._parts:
            given = value(coerced)
            if given is not Undefined:
                found[name] = convert(given)
        return found


def literal_arguments(known: Mapping[str, Any], node: FieldNode) -> dict[str, Value]:
    """What the document gives for each argument, before conversion."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    found: dict[str, Value] = {}
    for name, argument in known.items():
        default = coerce_default_value(argument)
        found[name] = (
            _or_default(_literal(given[name], argument.type), default)
            if name in given
            else lambda _, default=default: default
        )
    return found


def _or_default(value: Value, default: Any) -> Value:
    if default is Undefined:
        return value

    def chosen(coerced: Coerced) -> Any:
        found = value(coerced)
        return default if found is Undefined else found

    return chosen


def _literal(node: ValueNode, kind: GraphQLInputType) -> Value:
    """A literal of the document, in which variables may stand."""
    if isinstance(node, VariableNode):
        name, required = node.name.value, isinstance(kind, GraphQLNonNull)

        def variable(coerced: Coerced) -> Any:
            value = coerced.get(name, Undefined)
            if value is None and required:
                raise Invalid(name)
            return value

        return variable
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(node, ListValueNode) and isinstance(inner, GraphQLList):
        return _list([_literal(one, inner.of_type) for one in node.values or ()], inner)
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        return _object(node, inner)
    constant = coerce_input_literal(node, kind)
    if constant is Undefined:
        raise NotCompiled("an argument that is not valid")
    return lambda _: constant


def _list(items: list[Value], kind: GraphQLList[Any]) -> Value:
    required = isinstance(kind.of_type, GraphQLNonNull)

    def listed(coerced: Coerced) -> Any:
        found = [item(coerced) for item in items]
        if required and Undefined in found:
            raise Invalid
        return [None if one is Undefined else one for one in found]

    return listed


def _object(node: ObjectValueNode, kind: GraphQLInputObjectType) -> Value:
    if kind.is_one_of:
        raise NotCompiled("@oneOf")
    given = {field.name.value: field.value for field in node.fields or ()}
    parts: list[tuple[str, Value, bool]] = []
    for name, field in kind.fields.items():
        default = coerce_default_value(field)
        required = isinstance(field.type, GraphQLNonNull) and default is Undefined
        if name in given:
            parts.append((name, _or_default(_literal(given[name], field.type), default), required))
        elif default is not Undefined:
            parts.append((name, lambda _, default=default: default, required))

    def made(coerced: Coerced) -> Any:
        found: dict[str, Any] = {}
        for name, value, required in parts:
            one = value(coerced)
            if one is not Undefined:
                found[name] = one
            elif required:
                raise Invalid(name)
        return found

    return made


def converter(kind: Any) -> Callable[[Any], Any]:
    """From a coerced value to what Python functions take: inputs become their classes, enumerations their members."""
    if isinstance(kind, StrawberryMaybe):
        raise NotCompiled("Maybe")
    if isinstance(kind, StrawberryOptional):
        return converter(kind.of_type)
    if isinstance(kind, LazyType):
        return converter(kind.resolve_type())
    if isinstance(kind, StrawberryList):
        item = converter(kind.of_type)
        return lambda value: None if value is None else [item(one) for one in value]
    definition = getattr(kind, "__strawberry_definition__", kind)
    if isinstance(definition, StrawberryEnumDefinition):
        return lambda value: value  # a coerced value is the member
    return _input(kind) if get_object_definition(kind) is not None else lambda value: value


@cache
def _input(kind: Any) -> Callable[[Any], Any]:
    # As many as the schema has input types; to find out about one takes longer than to compile a small document.
    found = get_object_definition(kind, strict=True)
    if found.from_input is not None:
        raise NotCompiled("an input that builds itself")
    parts: list[tuple[str, str, Callable[[Any], Any]]] = []
    empty: dict[str, Any] = {}
    for field in found.fields:
        name = field.graphql_name or to_camel_case(field.python_name)
        parts.append((name, field.python_name, converter(field.resolve_type(type_definition=found))))
        if field.default is MISSING and field.default_factory is MISSING:
            empty[field.python_name] = None

    def made(value: Any) -> Any:
        if value is None:
            return None
        given = dict(empty)
        for name, attribute, convert in parts:
            if name in value:
                given[attribute] = convert(value[name])
        return kind(**given)

    return made
