"""What a value of a plugin's table has to be, by the type of its column. Every refusal is a ValueError without it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn, cast
from uuid import UUID

from recobro_sdk.tables import INTEGER_MOST, Column, ColumnType

MAX_DEPTH: Final = 64
"""Of JSON within JSON."""
HELD: Final = (str, int, date, UUID, list, dict)
"""What columns hold; a bool is an int, and a datetime a date."""


def checked_value(place: str, column: Column, value: object) -> Any:
    """The value as it is kept: of no class of the plugin's own, moments in UTC. `place` is its table and column.

    None is for the caller to judge.
    """

    def refused(wanted: str) -> NoReturn:
        if not isinstance(value, HELD):
            raise unheld(place, value)
        raise ValueError(f"{place} takes {wanted}, and this is {type(value).__name__}")

    kind = column.type
    if kind is ColumnType.TEXT:
        return _text(place, column, value) if isinstance(value, str) else refused("str")
    if kind is ColumnType.INTEGER:
        return _integer(place, column, value) if type(value) is int else refused("int (of money, the minor units)")
    if kind is ColumnType.BOOLEAN:
        return value if type(value) is bool else refused("bool")
    if kind is ColumnType.UUID:
        return UUID(int=value.int) if isinstance(value, UUID) else refused("UUID")
    if kind is ColumnType.DATE:
        return value if isinstance(value, date) and not isinstance(value, datetime) else refused("date")
    if kind is ColumnType.MOMENT:
        return _moment(place, value) if isinstance(value, datetime) else refused("an aware datetime")
    return plain_json(place, value) if isinstance(value, dict | list) else refused("a dict or a list of JSON")


def unheld(place: str, value: object) -> ValueError:
    """The refusal of what no column holds."""
    words = f"{place}: no column holds a value of the type {type(value).__name__}"
    return ValueError(f"{words}; of money give the minor units, and the currency in a column of its own")


def plain_text(place: str, value: str) -> str:
    """The text, where every character of it can be kept."""
    if "\0" in value or not _is_unicode(value):
        raise ValueError(f"{place} takes text without the character 0 and without half characters")
    return str.__str__(value)


def plain_json(place: str, value: object, depth: int = 1) -> Any:
    """A copy, of the types that come back."""
    if depth > MAX_DEPTH:
        raise ValueError(f"{place}: JSON goes at most {MAX_DEPTH} deep")
    if isinstance(value, str):
        return plain_text(place, value)
    if isinstance(value, list | tuple):
        return [plain_json(place, one, depth + 1) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        if not all(isinstance(key, str) for key, _ in items):
            raise ValueError(f"{place}: the names in JSON are str")
        return {plain_text(place, cast("str", key)): plain_json(place, one, depth + 1) for key, one in items}
    if type(value) is int and not -INTEGER_MOST - 1 <= value <= INTEGER_MOST:
        raise ValueError(f"{place}: whole numbers in JSON have at most 64 bits; write it as text")
    if value is None or type(value) in (bool, int):
        return value
    try:  # a number with a point, which JSON may hold and no column does; or nothing of JSON
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{place} takes JSON, and this {type(value).__name__} is none; write it as text") from problem


def _text(place: str, column: Column, value: str) -> str:
    if column.most is not None and len(value) > column.most:
        raise ValueError(f"{place} holds at most {column.most} characters; the text is too long")
    return plain_text(place, value)


def _integer(place: str, column: Column, value: int) -> int:
    most = column.most or INTEGER_MOST
    if not -most - 1 <= value <= most:
        raise ValueError(f"{place} holds at most {most}; the number is too large")
    return value


def _moment(place: str, value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(f"{place} takes an aware datetime; give its zone")
    try:
        return value.astimezone(UTC)
    except OverflowError as problem:
        raise ValueError(f"{place}: there is no such moment in UTC") from problem


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def size_of(value: object) -> int:
    """Roughly the bytes of a value: those of its texts, and eight for each thing else."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list):
        return 8 + sum(size_of(one) for one in cast("list[object]", value))
    if isinstance(value, dict):
        return 8 + sum(size_of(key) + size_of(one) for key, one in cast("dict[object, object]", value).items())
    return 8
