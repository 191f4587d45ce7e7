"""The types of plugins as types of the API, and their values: read from JSON as they come, told as JSON as they go.

Nothing that comes is trusted: a value that is not of its type makes the whole answer invalid.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeAlias, cast

import strawberry

from core.kit.money import exponent
from core.plugin_host.additions import MOST_ITEMS, Additions, Member, ObjectType, ValueKind, ValueType
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput

Read: TypeAlias = Callable[[Any], Any]
MOST_TEXT = 10_000
_INT32, _INT64 = 1 << 31, 1 << 63
_PLAIN: Mapping[ValueKind, Any] = {
    ValueKind.STRING: str, ValueKind.INT: int, ValueKind.BOOLEAN: bool, ValueKind.DATE: date,
    ValueKind.INSTANT: datetime,
}  # fmt: skip


class Types:
    """The types of one extension, by name. `payloads` are those that mutations answer."""

    def __init__(self, additions: Additions) -> None:
        self.made: dict[str, type[Any]] = {}
        self._members: dict[str, tuple[Member, ...]] = {}
        payloads = {root.type.name for root in additions.roots if root.changes}
        for kind in additions.enums:
            members: Any = Enum(kind.name, {value: value for value in kind.values})
            self.made[kind.name] = strawberry.enum(members, description=kind.description)
        for kind in additions.inputs:
            self._make(kind, strawberry.input, ())
        for kind in additions.objects:
            self._make(kind, strawberry.type, (Payload,) if kind.name in payloads else ())

    def _make(self, kind: ObjectType, decorate: Callable[..., Any], bases: tuple[type[Any], ...]) -> None:
        given = decorate is strawberry.input
        hints: dict[str, Any] = {}
        values: dict[str, Any] = {"__annotations__": hints, "__module__": __name__}
        for member in kind.members:
            hint = self.annotation(member.type, given=given)
            # A payload with errors in it has nothing else; and what of an input may be left out is null.
            missing = bool(bases) or not member.type.required
            hints[member.name] = hint | None if bases and member.type.required else hint
            described: Any = strawberry.field(description=member.description)
            if missing:
                described.default = None
            values[member.name] = described
        self.made[kind.name] = decorate(type(kind.name, bases, values), description=kind.description)
        self._members[kind.name] = kind.members

    def annotation(self, kind: ValueType, *, given: bool = False) -> Any:
        """The type as strawberry takes it; `given` for an input."""
        one: Any = MoneyInput if given else Money
        if kind.kind is not ValueKind.MONEY:
            one = _PLAIN.get(kind.kind) or self.made[kind.name]
        whole = list[one] if kind.many else one
        return whole if kind.required else whole | None

    def reader(self, kind: ValueType) -> Read:
        """How a value that came as JSON is read. Raises: ValueError."""
        one = self._reader_of_one(kind)

        def read(value: Any) -> Any:
            if value is None:
                if kind.required:
                    raise ValueError("a value that must be there is missing")
                return None
            if not kind.many:
                return one(value)
            if not isinstance(value, list) or len(items := cast("list[Any]", value)) > MOST_ITEMS:
                raise ValueError("no list, or one that is too long")
            return [one(item) for item in items]

        return read

    def _reader_of_one(self, kind: ValueType) -> Read:
        if kind.kind is ValueKind.ENUM:
            return self.made[kind.name]
        if kind.kind is ValueKind.OBJECT:
            readers = {member.name: self.reader(member.type) for member in self._members[kind.name]}
            made = self.made[kind.name]
            return lambda value: made(**{name: read(_object(value).get(name)) for name, read in readers.items()})
        return _READERS[kind.kind]

    def teller(self, name: str) -> Callable[[Any], dict[str, Any]]:
        """How an input is told as JSON; what was left out is left out."""
        members = {member.name: self._teller_of(member.type) for member in self._members[name]}

        def tell(given: Any) -> dict[str, Any]:
            found = {name: getattr(given, name) for name in members}
            return {name: members[name](value) for name, value in found.items() if value is not None}

        return tell

    def _teller_of(self, kind: ValueType) -> Callable[[Any], Any]:
        one = self.teller(kind.name) if kind.kind is ValueKind.OBJECT else _TELLERS.get(kind.kind, lambda value: value)
        return (lambda values: [one(value) for value in values]) if kind.many else one


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return cast("dict[str, Any]", value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError("no text, or one that is too long")
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not -_INT32 <= value < _INT32:
        raise ValueError("no integer of 32 bits")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value


def _instant(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("a moment without its zone")
    return found


def _money(value: Any) -> Money:
    given = _object(value)
    minor, currency = given.get("minor_units"), _text(given.get("currency"))
    if type(minor) is not int or not -_INT64 <= minor < _INT64:
        raise ValueError("an amount is an integer of 64 bits")
    exponent(currency)
    return Money.of(minor, currency)


_READERS: Mapping[ValueKind, Read] = {
    ValueKind.STRING: _text, ValueKind.INT: _int, ValueKind.BOOLEAN: _boolean, ValueKind.INSTANT: _instant,
    ValueKind.DATE: lambda value: date.fromisoformat(_text(value)), ValueKind.MONEY: _money,
}  # fmt: skip
_TELLERS: Mapping[ValueKind, Callable[[Any], Any]] = {
    ValueKind.DATE: lambda value: value.isoformat(),
    ValueKind.INSTANT: lambda value: value.isoformat(),
    ValueKind.ENUM: lambda value: value.value,
    ValueKind.MONEY: lambda value: {"minor_units": int(value.minor_units), "currency": value.currency},
}
