"""What a call of a plugin's table has to be. The host and the kit's fake judge with the same rules, in the same words.

Every refusal is a ValueError. No message holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeAlias, cast

from recobro_sdk.table_values import checked_value, size_of
from recobro_sdk.tables import Column, ColumnType, InRange, OneOf, TableShape

SCOPE: Final = "table:own:write"
MAX_ROWS, MAX_CHANGED, MAX_VALUES, MAX_BYTES = 1_000, 10_000, 1_000, 4 << 20
"""Of a call: rows written or read; rows that an update or delete changes; values of a `OneOf`; what all values hold."""
OWNER: Final = "agency_id"

Operator: TypeAlias = Literal["=", "<", "<=", ">", ">=", "in", "null"]
_BOUNDS: Final[Mapping[str, Operator]] = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}
_UNORDERED: Final = (ColumnType.BOOLEAN, ColumnType.JSON)


@dataclass(frozen=True, slots=True)
class Condition:
    """`value` is a list where the operator is `in`, and of no meaning where it is `null`."""

    column: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows that may be written; `key` are the columns of a unique key."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    key: tuple[str, ...] | None
    keep: bool


@dataclass(frozen=True, slots=True)
class Select:
    """Rows that are wanted; `order` has a column and whether it is the other way round."""

    where: list[Condition]
    order: list[tuple[str, bool]]
    limit: int


def granted(asked: bool) -> None:
    """Refuse a plugin that did not ask for tables."""
    if not asked:
        raise ValueError(f"the manifest does not ask for the scope '{SCOPE}'; add it, with its reason")


def listed_rows(table: str, rows: object) -> Sequence[object]:
    """Rows, whatever they are."""
    if not isinstance(rows, list | tuple) or len(cast("Sequence[object]", rows)) > MAX_ROWS:
        raise ValueError(f"{table}: rows are a list of at most {MAX_ROWS}; write the others with another call")
    return cast("Sequence[object]", rows)


def listed_values(place: str, values: object) -> Sequence[object]:
    """The values of a `OneOf`, whatever they are."""
    if not isinstance(values, list | tuple) or len(cast("Sequence[object]", values)) > MAX_VALUES:
        raise ValueError(f"{place}: OneOf has a list of at most {MAX_VALUES} values")
    return cast("Sequence[object]", values)


def shape_of(shapes: Mapping[str, TableShape], table: object) -> TableShape:
    """The table of a name, as the plugin has it."""
    found = shapes.get(table) if isinstance(table, str) else None
    if found is None:
        known = ", ".join(sorted(shapes)) or "none"
        raise ValueError(f"there is no table {_shown(table)} of this plugin; it has: {known}")
    return found


def checked_insert(shape: TableShape, rows: object, key: object, existing: object) -> Insert:
    """Rows, all with the same columns, and none twice by the key."""
    listed = listed_rows(shape.name, rows)
    if existing not in ("replace", "keep"):
        raise ValueError(f"{shape.name}: existing is 'replace' or 'keep'")
    given = [_row(shape, row) for row in listed]
    columns = tuple(given[0]) if given else ()
    for number, row in enumerate(given, start=1):
        if row.keys() != given[0].keys():
            raise ValueError(f"{shape.name}: row {number} has other columns than row 1; give all the same")
    missing = [name for name, column in shape.columns.items()
               if given and name not in columns and not column.nullable and not column.filled]  # fmt: skip
    if missing:
        raise ValueError(f"{shape.name}.{missing[0]} is never null; give it a value")
    _bounded(shape, given)
    return Insert(columns, given, _key(shape, given, columns, key), existing == "keep")


def checked_select(shape: TableShape, where: object, order: object, limit: object) -> Select:
    """Conditions, an order and a limit."""
    if type(limit) is not int or not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"{shape.name}: limit is from 1 to {MAX_ROWS}; read on with a condition")
    if not isinstance(order, Sequence) or isinstance(order, str | bytes):
        raise ValueError(f"{shape.name}: order is a list of columns")
    wanted: list[tuple[str, bool]] = []
    for one in cast("Sequence[object]", order):
        name = one.removeprefix("-") if isinstance(one, str) else one
        column = _column(shape, name)
        if column.type is ColumnType.JSON:
            raise ValueError(f"{shape.name}.{name} is JSON, which has no order; order by another column")
        if any(name == known for known, _ in wanted):
            raise ValueError(f"{shape.name}.{name} is twice in the order; name it once")
        wanted.append((str(name), name != one))
    return Select(checked_where(shape, where), wanted, limit)


def checked_values(shape: TableShape, values: object) -> dict[str, Any]:
    """New values of an update."""
    found = _row(shape, values)
    if not found:
        raise ValueError(f"{shape.name}: an update has a column at least")
    _bounded(shape, [found])
    return found


def checked_where(shape: TableShape, where: object) -> list[Condition]:
    """Conditions that all hold."""
    if not isinstance(where, Mapping):
        raise ValueError(f"{shape.name}: where is a dict of columns and conditions")
    found = [one for name, value in cast("Mapping[object, object]", where).items()
             for one in _conditions(shape, name, value)]  # fmt: skip
    _bounded(shape, [{str(n): one.value for n, one in enumerate(found)}])
    return found


def checked_changed(shape: TableShape, count: int) -> int:
    """How many rows an update or delete has changed; too many are taken back."""
    if count > MAX_CHANGED:
        raise ValueError(f"{shape.name}: more than {MAX_CHANGED} rows fit, and none is changed; narrow the condition")
    return count


def checked_answer(shape: TableShape, size: int) -> int:
    """The bytes of rows that were read."""
    if size > MAX_BYTES:
        raise ValueError(f"{shape.name}: the rows hold more than 4 MiB; lower the limit")
    return size


def taken(shape: TableShape, key: str) -> ValueError:
    """The refusal of a row that is there already; `key` says which unique key it is."""
    return ValueError(f"{shape.name}: a row with this {key} is there already; give key= to replace or keep it")


def _conditions(shape: TableShape, name: object, value: object) -> Iterator[Condition]:
    column = _column(shape, name)
    named = str(name)
    if value is None:
        yield Condition(named, "null", None)
    elif column.type is ColumnType.JSON:
        raise ValueError(f"{shape.name}.{named} is JSON, of which a condition is None or nothing; use another column")
    elif isinstance(value, OneOf):
        yield Condition(named, "in", _values(shape, named, column, value.values))
    elif isinstance(value, InRange):
        yield from _range(shape, named, column, value)
    else:
        yield Condition(named, "=", checked_value(f"{shape.name}.{named}", column, value))


def _values(shape: TableShape, name: str, column: Column, given: object) -> list[Any]:
    values = listed_values(f"{shape.name}.{name}", given)
    if any(one is None for one in values):
        raise ValueError(f"{shape.name}.{name}: OneOf has no None; ask for None by itself")
    return [checked_value(f"{shape.name}.{name}", column, one) for one in values]


def _range(shape: TableShape, name: str, column: Column, given: InRange) -> Iterator[Condition]:
    if column.type in _UNORDERED:
        raise ValueError(f"{shape.name}.{name} is {column.type.value}, which has no range; give the value")
    bounds = {field.name: getattr(given, field.name) for field in fields(given)}
    bounds = {bound: value for bound, value in bounds.items() if value is not None}
    if not bounds or {"at_least", "more_than"} <= bounds.keys() or {"at_most", "less_than"} <= bounds.keys():
        raise ValueError(f"{shape.name}.{name}: InRange has a lower bound, an upper one, or one of each")
    for bound, value in bounds.items():
        yield Condition(name, _BOUNDS[bound], checked_value(f"{shape.name}.{name}", column, value))


def _key(
    shape: TableShape, rows: list[dict[str, Any]], columns: tuple[str, ...], key: object
) -> tuple[str, ...] | None:
    if key is None:
        return None
    if not isinstance(key, Sequence) or isinstance(key, str | bytes):
        raise ValueError(f"{shape.name}: key is a list of columns, or None")
    wanted = tuple(str(one) for one in cast("Sequence[object]", key))
    if frozenset(wanted) not in shape.keys or len(set(wanted)) != len(wanted):
        known = "; ".join(", ".join(sorted(one)) for one in shape.keys) or "none"
        raise ValueError(f"{shape.name} has no unique key of agency_id and exactly these columns; it has: {known}")
    missing = sorted(set(wanted) - set(columns))
    if rows and missing:
        raise ValueError(f"{shape.name}.{missing[0]} is of the key; give it in each row")
    seen = [tuple(row[name] for name in wanted) for row in rows]
    whole = [one for one in seen if None not in one]
    if len(set(whole)) != len(whole):
        raise ValueError(f"{shape.name}: two of the rows have the same {', '.join(wanted)}; give the last one only")
    return wanted


def _row(shape: TableShape, row: object) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(f"{shape.name}: a row is a dict of columns and values")
    found: dict[str, Any] = {}
    for name, value in cast("Mapping[object, object]", row).items():
        column = _column(shape, name)
        if value is None and not column.nullable:
            raise ValueError(f"{shape.name}.{name} is never null; give it a value")
        found[str(name)] = None if value is None else checked_value(f"{shape.name}.{name}", column, value)
    return found


def _column(shape: TableShape, name: object) -> Column:
    if name == OWNER:
        raise ValueError(f"{shape.name}.{OWNER} is the host's, which fills it; leave it out")
    found = shape.columns.get(name) if isinstance(name, str) else None
    if found is None:
        known = ", ".join(shape.columns) or "none"
        raise ValueError(f"{shape.name} has no column {_shown(name)} that a plugin reaches; it has: {known}")
    return found


def _bounded(shape: TableShape, rows: Sequence[Mapping[str, Any]]) -> None:
    if sum(size_of(value) for row in rows for value in row.values()) > MAX_BYTES:
        raise ValueError(f"{shape.name}: the values of a call hold at most 4 MiB; make several calls")


def _shown(name: object) -> str:
    """A name that the plugin gave, short enough for a message."""
    return repr(name[:80]) if isinstance(name, str) else f"of the type {type(name).__name__}"
