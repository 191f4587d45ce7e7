"""The one filter language: a typed tree over declared fields, checked, compiled to SQL, stored as JSON, told in words.

A list declares its fields (`FilterField`: name, SQL, type, operators). A tree over them comes from the program
(`And((Compare("stage", Op.IN, ("EARLY",)), …))`) or from stored JSON; `FilterSchema.check` has the last word on both.
What is compiled holds no text of the caller: fields and operators are ours, values are bound parameters.

Logic has two values: a comparison with an empty field is false, and NOT of it is true.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias, cast
from uuid import UUID

from core.kit import ids
from core.kit.errors import InvalidInput, LimitExceeded
from core.kit.pages import Args

MAX_DEPTH = 8
MAX_NODES = 100
MAX_VALUES = 200
MAX_TEXT = 200
_INT64 = 1 << 63


class FieldType(StrEnum):
    """MONEY is an amount in minor units of the list's currency; ENUM one of the field's `choices`. SEARCH is no column
    but a text to look for: the field's `sql` is a condition with `{}` where the text belongs. MEMBERSHIP is none either
    but what the row is in: a condition with `{}` for what follows `=`, the id of one or ANY of several."""

    TEXT = "TEXT"
    UUID = "UUID"
    INT = "INT"
    MONEY = "MONEY"
    DATE = "DATE"
    BOOL = "BOOL"
    ENUM = "ENUM"
    SEARCH = "SEARCH"
    MEMBERSHIP = "MEMBERSHIP"


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    BETWEEN = "between"
    IN = "in"
    NOT_IN = "not_in"
    IS_NULL = "is_null"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    FINDS = "finds"


EQUALITY = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN, Op.IS_NULL})
RANGE = EQUALITY | {Op.LT, Op.LTE, Op.GT, Op.GTE, Op.BETWEEN}
TEXTUAL = EQUALITY | {Op.CONTAINS, Op.STARTS_WITH}
DEFAULT_OPS = {
    FieldType.TEXT: TEXTUAL,
    FieldType.UUID: EQUALITY,
    FieldType.INT: RANGE,
    FieldType.MONEY: RANGE,
    FieldType.DATE: RANGE,
    FieldType.BOOL: frozenset({Op.EQ, Op.NE, Op.IS_NULL}),
    FieldType.ENUM: EQUALITY,
    FieldType.SEARCH: frozenset({Op.FINDS}),
    FieldType.MEMBERSHIP: frozenset({Op.EQ, Op.IN}),
}
_SQL_TYPES = {
    FieldType.TEXT: "text",
    FieldType.UUID: "uuid",
    FieldType.INT: "bigint",
    FieldType.MONEY: "bigint",
    FieldType.DATE: "date",
    FieldType.BOOL: "boolean",
    FieldType.ENUM: "text",
    FieldType.SEARCH: "text",
    FieldType.MEMBERSHIP: "uuid",
}
_SIGNS = {Op.EQ: "=", Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
_WORDS = {
    Op.EQ: "is", Op.NE: "is not", Op.LT: "is below", Op.LTE: "is at most", Op.GT: "is above", Op.GTE: "is at least",
    Op.CONTAINS: "contains", Op.STARTS_WITH: "starts with", Op.FINDS: "finds",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field that a list lets its callers filter by. `words` is its name in sentences; `ops` narrows the operators;
    `check` has a further word on each value, and raises InvalidInput."""

    name: str
    sql: str
    type: FieldType
    ops: frozenset[Op] = frozenset()
    choices: tuple[str, ...] = ()
    words: str = ""
    check: Callable[[Any], None] | None = None

    @property
    def allowed(self) -> frozenset[Op]:
        return self.ops or DEFAULT_OPS[self.type]

    @property
    def label(self) -> str:
        return self.words or self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Compare:
    """`value` is a tuple for IN and NOT_IN, a pair for BETWEEN (both ends included), a bool for IS_NULL."""

    field: str
    op: Op
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: "Filter"


Filter: TypeAlias = And | Or | Not | Compare
EVERYTHING = And(())
"""The filter that lets every row through."""


def all_of(items: Iterable[Filter | None]) -> Filter:
    """The conjunction of those that are given."""
    return And(tuple(item for item in items if item is not None))


@dataclass(frozen=True, slots=True)
class FilterSchema:
    """The fields of one list."""

    fields: tuple[FilterField, ...]
    _named: dict[str, FilterField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", {known.name: known for known in self.fields})
        if len(self._named) != len(self.fields):
            raise ValueError("two filter fields of one name")

    def without(self, *names: str) -> "FilterSchema":
        return FilterSchema(tuple(known for known in self.fields if known.name not in names))

    def check(self, tree: Filter) -> Filter:
        """The tree with every value in its field's type (UUIDs and dates may come as text).

        Raises: InvalidInput (FILTER_FIELD, FILTER_OPERATOR, FILTER_VALUE), LimitExceeded (FILTER_TOO_LARGE).
        """
        return self._check(tree, 1, [0])

    def compile(self, tree: Filter, args: Args) -> str:
        """The tree as an SQL condition over the fields' expressions; values become parameters in `args`."""
        return self._compile(self.check(tree), args)

    def describe(self, tree: Filter) -> str:
        """The tree in words: "stage is EARLY or PRE_LEGAL, and balance is at least 1000"."""
        return self._describe(self.check(tree), False) or "everything"

    def from_json(self, data: Any) -> Filter:
        """A checked tree from its stored form. Raises: as `check`; FILTER_SHAPE for anything that is no tree."""
        return self.check(_from_json(data, 1))

    def field(self, name: str) -> FilterField:
        known = self._named.get(name)
        if known is None:
            raise InvalidInput(
                f"This list has no field '{name[:60]}'.", code="FILTER_FIELD", field="filter",
                remedy=f"Use one of: {', '.join(sorted(self._named))}.",
            )  # fmt: skip
        return known

    def _check(self, tree: Filter, depth: int, count: list[int]) -> Filter:
        count[0] += 1
        if depth > MAX_DEPTH or count[0] > MAX_NODES:
            raise _too_large()
        if isinstance(tree, Compare):
            return self._check_compare(tree)
        if isinstance(tree, Not):
            return Not(self._check(tree.item, depth + 1, count))
        return type(tree)(tuple(self._check(item, depth + 1, count) for item in tree.items))

    def _check_compare(self, node: Compare) -> Compare:
        known = self.field(node.field)
        if node.op not in known.allowed:
            raise InvalidInput(
                f"'{known.name}' cannot be compared by '{node.op}'.", code="FILTER_OPERATOR", field="filter",
                remedy=f"Use one of: {', '.join(sorted(known.allowed))}.",
            )  # fmt: skip
        if node.op is Op.IS_NULL:
            return Compare(node.field, node.op, _boolean(known, node.value))
        if node.op not in (Op.IN, Op.NOT_IN, Op.BETWEEN):
            return Compare(node.field, node.op, _value(known, node.value))
        if not isinstance(node.value, list | tuple):
            raise _bad_value(known, node.value, "a list of values")
        values = cast("tuple[Any, ...] | list[Any]", node.value)
        if len(values) > MAX_VALUES:
            raise _too_large()
        if node.op is Op.BETWEEN and len(values) != 2:
            raise _bad_value(known, values, "a first and a last value")
        return Compare(node.field, node.op, tuple(_value(known, value) for value in values))

    def _compile(self, tree: Filter, args: Args) -> str:
        if isinstance(tree, Compare):
            return _compile_compare(self.field(tree.field), tree, args)
        if isinstance(tree, Not):
            return f"({self._compile(tree.item, args)}) IS NOT TRUE"
        parts = [f"({self._compile(item, args)})" for item in tree.items]
        if isinstance(tree, And):
            return " AND ".join(parts) or "true"
        return " OR ".join(parts) or "false"

    def _describe(self, tree: Filter, nested: bool) -> str:
        if isinstance(tree, Compare):
            return _describe_compare(self.field(tree.field), tree)
        if isinstance(tree, Not):
            return f"not ({self._describe(tree.item, False) or 'everything'})"
        if isinstance(tree, Or) and not tree.items:
            return "nothing"
        told = [self._describe(item, len(tree.items) > 1) for item in tree.items]
        joined = (", and " if isinstance(tree, And) else ", or ").join(part for part in told if part)
        return f"({joined})" if nested and len(tree.items) > 1 else joined


def to_json(tree: Filter) -> dict[str, Any]:
    """The stored form: `{"and": […]}`, `{"or": […]}`, `{"not": …}`, `{"field": …, "op": …, "value": …}`."""
    if isinstance(tree, Compare):
        plain = [_plain(value) for value in tree.value] if isinstance(tree.value, tuple) else _plain(tree.value)
        return {"field": tree.field, "op": tree.op.value, "value": plain}
    if isinstance(tree, Not):
        return {"not": to_json(tree.item)}
    return {"and" if isinstance(tree, And) else "or": [to_json(item) for item in tree.items]}


def _from_json(data: Any, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise _too_large()
    if isinstance(data, dict):
        node = cast("dict[str, Any]", data)
        if node.keys() == {"field", "op", "value"} and node["op"] in list(Op) and isinstance(node["field"], str):
            value = node["value"]
            return Compare(node["field"], Op(node["op"]), tuple(value) if isinstance(value, list) else value)
        if node.keys() == {"not"}:
            return Not(_from_json(node["not"], depth + 1))
        for name, kind in (("and", And), ("or", Or)):
            items = node.get(name)
            if node.keys() == {name} and isinstance(items, list):
                return kind(tuple(_from_json(item, depth + 1) for item in cast("list[Any]", items)))
    raise InvalidInput(
        "This is not a filter.", code="FILTER_SHAPE", field="filter",
        remedy='Give {"and": […]}, {"or": […]}, {"not": …} or {"field": …, "op": …, "value": …}.',
    )  # fmt: skip


def _compile_compare(known: FilterField, node: Compare, args: Args) -> str:
    if node.op is Op.IS_NULL:
        return f"{known.sql} IS NULL" if node.value else f"{known.sql} IS NOT NULL"
    kind = _SQL_TYPES[known.type]
    if known.type is FieldType.MEMBERSHIP:
        several = node.op is Op.IN
        return known.sql.format(
            f"ANY ({args.add(list(node.value))}::uuid[])" if several else f"{args.add(node.value)}::uuid"
        )
    if node.op is Op.BETWEEN:
        low, high = (f"{args.add(value)}::{kind}" for value in node.value)
        return f"{known.sql} BETWEEN {low} AND {high}"
    if node.op in (Op.IN, Op.NOT_IN):
        if len(node.value) == 1 and node.op is Op.IN:  # an index gives its order for one value, not for several
            return f"{known.sql} = {args.add(node.value[0])}::{kind}"
        found = f"{known.sql} = ANY ({args.add(list(node.value))}::{kind}[])"
        return found if node.op is Op.IN else f"({found}) IS NOT TRUE"
    if node.op in (Op.CONTAINS, Op.STARTS_WITH):
        escaped = node.value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{known.sql} ILIKE {args.add(('%' if node.op is Op.CONTAINS else '') + escaped + '%')}::text"
    place = f"{args.add(node.value)}::{kind}"
    if node.op is Op.FINDS:
        return known.sql.format(place)
    return f"{known.sql} IS DISTINCT FROM {place}" if node.op is Op.NE else f"{known.sql} {_SIGNS[node.op]} {place}"


def _describe_compare(known: FilterField, node: Compare) -> str:
    if node.op is Op.IS_NULL:
        return f"{known.label} is {'empty' if node.value else 'given'}"
    if node.op is Op.BETWEEN:
        return f"{known.label} is from {_told(node.value[0])} to {_told(node.value[1])}"
    if node.op is Op.IN:
        return f"{known.label} is {' or '.join(_told(value) for value in node.value) or 'none of all'}"
    if node.op is Op.NOT_IN:
        return f"{known.label} is neither {' nor '.join(_told(value) for value in node.value) or 'of none'}"
    return f"{known.label} {_WORDS[node.op]} {_told(node.value)}"


def _told(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | date) else value


def _text(known: FilterField, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value or len(value) > MAX_TEXT:
        raise _bad_value(known, value, f"a text of at most {MAX_TEXT} characters")
    return value


def _choice(known: FilterField, value: Any) -> str:
    if value not in known.choices:
        raise _bad_value(known, value, f"one of {', '.join(known.choices)}")
    return str(value)


def _integer(known: FilterField, value: Any) -> int:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise _bad_value(known, value, "a whole number")
    return value


def _boolean(known: FilterField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _bad_value(known, value, "true or false")
    return value


def _day(known: FilterField, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(_text(known, value))
    except ValueError as problem:
        raise _bad_value(known, value, "a day such as 2026-01-31") from problem


def _uuid(known: FilterField, value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    text = _text(known, value)
    try:
        return UUID(text)
    except ValueError:
        return ids.parse(text, field="filter")[1]


_READERS: dict[FieldType, Callable[[FilterField, Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.UUID: _uuid,
    FieldType.INT: _integer,
    FieldType.MONEY: _integer,
    FieldType.DATE: _day,
    FieldType.BOOL: _boolean,
    FieldType.ENUM: _choice,
    FieldType.SEARCH: _text,
    FieldType.MEMBERSHIP: _uuid,
}


def _value(known: FilterField, value: Any) -> Any:
    read = _READERS[known.type](known, value)
    if known.check is not None:
        known.check(read)
    return read


def _bad_value(known: FilterField, value: Any, wanted: str) -> InvalidInput:
    return InvalidInput(
        f"'{known.name}' cannot be compared with {str(value)[:60]!r}.", code="FILTER_VALUE", field="filter",
        remedy=f"Give {wanted}.",
    )  # fmt: skip


def _too_large() -> LimitExceeded:
    return LimitExceeded(
        "This filter is too large.", code="FILTER_TOO_LARGE", field="filter",
        remedy=f"Use at most {MAX_NODES} conditions, {MAX_DEPTH} levels and {MAX_VALUES} values in a list.",
    )  # fmt: skip
