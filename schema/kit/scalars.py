"""Scalars beside the standard ones."""

from typing import TYPE_CHECKING, Any, NewType, TypeAlias

from graphql import GraphQLError
from strawberry import scalars
from strawberry.types.scalar import ScalarDefinition, scalar

if TYPE_CHECKING:
    JSON: TypeAlias = Any
else:
    JSON = scalars.JSON

BigInt = NewType("BigInt", int)
"""An integer of 64 bits. A string in JSON: JavaScript would round what is beyond 2^53."""


def _parse(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise GraphQLError(f'BigInt cannot represent {value!r}: give an integer as a string, such as "125000".')
    try:
        number = int(value)
    except ValueError as problem:
        raise GraphQLError(
            f'BigInt cannot represent {value!r}: give an integer as a string, such as "125000".'
        ) from problem
    if not -(2**63) <= number < 2**63:
        raise GraphQLError("BigInt holds 64 bits.")
    return number


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: scalar(
        name="BigInt",
        description="An integer of 64 bits, written as a string so that no client rounds it.",
        serialize=str,
        parse_value=_parse,
    )
}


_PLAIN: dict[str, type[object]] = {"String": str, "ID": str, "Boolean": bool, "JSON": dict}


def plain_scalar(name: str) -> type[object] | None:
    """The Python type whose values a scalar writes as they are."""
    return _PLAIN.get(name)
