"""Values of a plugin's tables on their way between the host and the plugin's process, as JSON.

Text, whole numbers, booleans and null are themselves; everything else is an object of one name, which says what it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from recobro_sdk import InRange, OneOf, TableRow
from recobro_sdk.table_rules import listed_values
from recobro_sdk.table_values import plain_json, plain_text, unheld

MOST_TOLD = 8 << 20
"""Bytes of JSON of a call: its values, and the names of columns with each row."""
_BOUNDS = ("at_least", "more_than", "at_most", "less_than")


def told_value(place: str, value: object) -> Any:
    """Raises: ValueError, with the `place`, for what no column holds."""
    if value is None or type(value) in (int, bool):
        return value
    if isinstance(value, str):
        return plain_text(place, value)
    if isinstance(value, UUID):
        return {"uuid": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, dict | list):
        return {"json": plain_json(place, value)}
    raise unheld(place, value)


def told_row(table: str, row: object) -> dict[str, Any]:
    """Raises: ValueError."""
    if not isinstance(row, Mapping):
        raise ValueError(f"{table}: a row is a dict of columns and values")
    return {_name(table, name): told_value(f"{table}.{name}", value)
            for name, value in cast("Mapping[object, object]", row).items()}  # fmt: skip


def given_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the database gave."""
    return [{name: {"json": value} if isinstance(value, dict | list) else told_value(name, value)
             for name, value in row.items()} for row in rows]  # fmt: skip


def told_where(table: str, where: object) -> dict[str, Any]:
    """Raises: ValueError."""
    if not isinstance(where, Mapping):
        raise ValueError(f"{table}: where is a dict of columns and conditions")
    return {_name(table, name): _told_condition(f"{table}.{name}", one)
            for name, one in cast("Mapping[object, object]", where).items()}  # fmt: skip


def _told_condition(place: str, given: object) -> Any:
    if isinstance(given, OneOf):
        return {"in": [told_value(place, value) for value in listed_values(place, given.values)]}
    if isinstance(given, InRange):
        return {"range": {bound: told_value(place, getattr(given, bound)) for bound in _BOUNDS}}
    return told_value(place, given)


def _name(table: str, name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"{table}: the name of a column is str")
    return plain_text(f"{table}: the name of a column", name)


def value_of(told: Any) -> Any:
    """Raises: ValueError, TypeError, for what is told by nobody who means well."""
    if not isinstance(told, dict):
        return told
    ((kind, value),) = cast("dict[str, Any]", told).items()
    if kind == "json":
        return value
    read = {"uuid": UUID, "moment": datetime.fromisoformat, "date": date.fromisoformat}.get(kind)
    if read is None or not isinstance(value, str):
        raise ValueError("a value is none")
    return read(value)


def row_of(told: Any) -> TableRow:
    """Raises: ValueError, TypeError."""
    if not isinstance(told, dict):
        raise ValueError("a row is none")
    return {name: value_of(value) for name, value in cast("dict[str, Any]", told).items()}


def rows_of(told: Any) -> Sequence[TableRow]:
    """Raises: ValueError, TypeError."""
    if not isinstance(told, list):
        raise ValueError("rows are none")
    return [row_of(row) for row in cast("list[Any]", told)]


def where_of(told: Any) -> dict[str, Any]:
    """Raises: ValueError, TypeError."""
    if not isinstance(told, dict):
        raise ValueError("conditions are none")
    return {name: _condition(one) for name, one in cast("dict[str, Any]", told).items()}


def _condition(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    given = cast("dict[str, Any]", told)
    if isinstance(given.get("in"), list):
        return OneOf([value_of(value) for value in given["in"]])
    if isinstance(given.get("range"), dict):
        return InRange(**{bound: value_of(value) for bound, value in given["range"].items()})
    return value_of(given)
