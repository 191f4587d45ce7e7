"""A contract's operations as JSON: arguments and answers by the annotations of its Protocol, checked on both sides.

Strict: an amount that is no integer, a moment without its zone, a field that is of another type is refused where it is
sent and again where it arrives. Bytes are base64. Where an annotation is a union of dataclasses (`Outcome`), each
carries its name, as two of them may look the same.
"""

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Discriminator, Tag, TypeAdapter, WrapSerializer
from pydantic_core import PydanticSerializationError

_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", strict=True)


class ShapeError(ValueError):
    """A value is not of the shape that the contract says. The message names no value."""


class Shape:
    """One annotation as JSON, both ways."""

    def __init__(self, annotation: Any) -> None:
        # In a tuple, as the types themselves may not be given a configuration.
        one: Any = tuple.__class_getitem__((_told_apart(annotation),))
        self._adapter: TypeAdapter[tuple[Any]] = TypeAdapter(one, config=_CONFIG)

    def encode(self, value: object) -> bytes:
        """Raises: ShapeError."""
        try:
            return self._adapter.dump_json((value,), warnings="error")
        except (PydanticSerializationError, ValueError, TypeError, AttributeError, RecursionError):
            # `from None`: the original shows the value.
            raise ShapeError("it is not of the shape that the contract says") from None

    def decode(self, body: bytes) -> Any:
        """Raises: ShapeError."""
        try:
            return self._adapter.validate_json(body)[0]
        except (ValueError, TypeError, RecursionError):
            raise ShapeError("it is not of the shape that the contract says") from None


def _told_apart(annotation: Any) -> Any:
    """The annotation with a name on each dataclass of a union, wherever in it the union is."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        kinds = [part for part in parts if is_dataclass(get_origin(part) or part)]
        if len(kinds) > 1:
            rest = [part for part in parts if part not in kinds]
            named: Any = Annotated[reduce(or_, map(_named, kinds)), Discriminator(_name)]
            return reduce(or_, rest, named)
        return reduce(or_, map(_told_apart, parts))
    if origin is None or origin is Annotated or is_dataclass(origin) or not parts:
        return annotation
    inner = tuple(part if part is Ellipsis else _told_apart(part) for part in parts)
    return origin[inner] if inner != parts else annotation


def _named(kind: Any) -> Any:
    name = (get_origin(kind) or kind).__name__

    def write(value: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"$type": name, **handler(value)}

    return Annotated[kind, WrapSerializer(write), Tag(name)]


def _name(value: Any) -> str:
    return value.get("$type", "") if isinstance(value, dict) else type(value).__name__


@dataclass(frozen=True, slots=True)
class Operation:
    """One function of a contract. `plain`: it is no coroutine, and so must be quick. `names` are its parameters, of
    which the first `positional` may be given by their place."""

    name: str
    plain: bool
    arguments: Shape
    result: Shape
    signature: inspect.Signature
    names: tuple[str, ...]
    positional: int

    def encode_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        """Raises: ShapeError, TypeError: the host calls it wrongly."""
        return self.arguments.encode(self._bound(args, kwargs))

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        named = self.names[len(args) :]
        if len(args) <= self.positional and len(kwargs) == len(named) and all(name in kwargs for name in named):
            return (*args, *[kwargs[name] for name in named])
        bound = self.signature.bind(*args, **kwargs)  # which takes ten times as long, and says what is wrong
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def decode_arguments(self, body: bytes) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the named arguments. Raises: ShapeError."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for parameter, value in zip(self.signature.parameters.values(), self.arguments.decode(body), strict=True):
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return args, kwargs


@lru_cache(maxsize=64)
def operations(contract: type[Any]) -> Mapping[str, Operation]:
    """The functions of a contract's Protocol, by name."""
    found = {
        name: member
        for kind in reversed(contract.__mro__)
        if getattr(kind, "_is_protocol", False)
        for name, member in vars(kind).items()
        if inspect.isfunction(member) and name[0] != "_"
    }
    return {name: _operation(name, function) for name, function in found.items()}


def _operation(name: str, function: Callable[..., Any]) -> Operation:
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return Operation(
        name=name,
        plain=not inspect.iscoroutinefunction(function),
        arguments=Shape(tuple[tuple(hints[parameter.name] for parameter in parameters)]),
        result=Shape(hints["return"]),
        signature=inspect.Signature(parameters),
        names=tuple(parameter.name for parameter in parameters),
        positional=sum(parameter.kind is not inspect.Parameter.KEYWORD_ONLY for parameter in parameters),
    )
