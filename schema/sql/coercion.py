"""Values of variables, as the types of the schema take them: what graphql-core's `coerce_input_value` says, with what
that asks of a type at every value found out once."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    is_required_input_field,
)
from graphql.pyutils import is_iterable
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

Coercer: TypeAlias = Callable[[Any], Any]
"""From a value of JSON to what the type makes of it. Raises: Invalid."""
_KNOWN = "recobro-coercer"


class Invalid(Exception):
    """A value that the executor has to refuse."""


def coercer(kind: GraphQLInputType) -> Coercer:
    if isinstance(kind, GraphQLNonNull):
        return _required(coercer(kind.of_type))
    if isinstance(kind, GraphQLList):
        return _list(coercer(kind.of_type))
    if not isinstance(kind, GraphQLInputObjectType):
        return _leaf(kind.coerce_input_value)
    if _KNOWN not in kind.extensions:
        kind.extensions[_KNOWN] = _alternative(kind) if kind.is_one_of else _object(kind)
    return kind.extensions[_KNOWN]


def _required(inner: Coercer) -> Coercer:
    def required(value: Any) -> Any:
        if value is None:
            raise Invalid
        return inner(value)

    return required


def _list(item: Coercer) -> Coercer:
    def listed(value: Any) -> Any:
        if value is None:
            return None
        return [item(one) for one in value] if is_iterable(value) else [item(value)]

    return listed


def _leaf(coerce: Callable[[Any], Any]) -> Coercer:
    def leaf(value: Any) -> Any:
        if value is None:
            return None
        try:
            found = coerce(value)
        except Exception as problem:  # whatever a scalar raises: it will not have the value
            raise Invalid from problem
        if found is Undefined:
            raise Invalid
        return found

    return leaf


def _alternative(kind: GraphQLInputObjectType) -> Coercer:
    def one_of(value: Any) -> Any:
        found = coerce_input_value(value, kind)
        if found is Undefined:
            raise Invalid
        return found

    return one_of


def _object(kind: GraphQLInputObjectType) -> Coercer:
    fields: dict[str, tuple[str, Coercer]] = {}
    missing: list[tuple[str, str, Any, bool]] = []

    def learn() -> None:  # at the first value, as a type may be a part of itself
        for name, field in kind.fields.items():
            out, required, default = field.out_name or name, is_required_input_field(field), coerce_default_value(field)
            if required or default is not Undefined:
                missing.append((name, out, default, required))
            fields[name] = (out, coercer(field.type))

    def made(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Invalid
        if not fields:
            learn()
        found: dict[str, Any] = {}
        for name, one in value.items():
            part = fields.get(name)
            if part is None:
                raise Invalid
            found[part[0]] = part[1](one)
        for name, out, default, required in missing:
            if name not in value:
                if required:
                    raise Invalid
                found[out] = default
        return kind.out_type(found)

    return made
