"""Fields that say where their value comes from. The mapping stands where the field is defined:

    balance: Money = money("balance_minor", "What is still owed.")
    creditor: Creditor | None = one("creditor_id", "To whom it is owed.")
    payments: Connection[Payment] = pages("debt_id", NEWEST, "Payments for it, newest first.")

The read compiler (schema/sql) makes one statement of what is selected of them. Where an object comes from elsewhere
(the payload of a mutation, an event of a subscription), the executor resolves the same fields with the loaders.

A column is one of the object's own row, or, with a dot, of a row that a `one` field of the object leads to:
`mandate.timezone`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from core.kit import ids
from core.kit.db import Row
from core.kit.pages import Args, Order
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from schema.kit.context import Context
from schema.kit.money import Money

RowLike: TypeAlias = Row | Mapping[str, Any]
MAX_CHILDREN = 100


@strawberry.type
class Mapped:
    """An object type over the rows of one table."""

    table: ClassVar["Table"]
    row: strawberry.Private[RowLike]


@dataclass(frozen=True, slots=True)
class Table:
    """Where the rows of a type are. `tenant`: they have an agency_id, which leads every key."""

    name: str
    tenant: bool = True


T = TypeVar("T", bound=type[Any])


def mapped(table: str, description: str, *, tenant: bool = True) -> Callable[[T], T]:
    """Class decorator: an object type over the rows of a table."""

    def wrap(cls: T) -> T:
        cls.table = Table(table, tenant)
        return strawberry.type(cls, description=description)

    return wrap


@dataclass(frozen=True, slots=True)
class Column:
    """The column as it is."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The column as a member of an enumeration, whose names are its values."""

    name: str
    kind: type[Enum]


@dataclass(frozen=True, slots=True)
class PublicId:
    """A UUID as the public id of a kind."""

    prefix: str
    name: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units in `name`, of the currency in `currency`."""

    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class Once:
    """Among the columns of a Computed: what a function makes of one, found once for all rows of an answer that have the
    same in it. Null of null."""

    column: str
    convert: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Computed:
    """Computed in Python from the columns alone, which the function takes in this order. `only`: null for any other
    audience."""

    columns: tuple[str | Once, ...]
    convert: Callable[..., Any]
    only: Audience | None = None


@dataclass(frozen=True, slots=True)
class One:
    """The row whose id is in the column `key`. `only`: null for any other audience."""

    key: str
    requires: Permission | None = None
    only: Audience | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """The rows whose column `parent` is the object's id, in an order of theirs, at most `limit`. In `order`, `t` is the
    row. `only`: none for any other audience."""

    parent: str
    order: str
    limit: int = MAX_CHILDREN
    requires: Permission | None = None
    only: Audience | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What else a connection below an object may be asked for: arguments of its own, the order that they mean (with the
    row `t`), and the joins and the condition on the row of an alias. `narrow(scope, arguments, args, alias)`."""

    arguments: Callable[[], list[StrawberryArgument]]
    order: Callable[[dict[str, Any]], Order]
    narrow: Callable[[Scope, dict[str, Any], Args, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Pages:
    """As Many, in pages by keys. In the keys of `order`, `t` is the row."""

    parent: str
    order: Order
    narrowed: Narrowed | None = None
    requires: Permission | None = None
    only: Audience | None = None


Batch: TypeAlias = Callable[[Context, Sequence[Any]], Awaitable[Mapping[Any, Any]]]


@dataclass(frozen=True, slots=True)
class Batched:
    """Resolved in Python for all objects of an answer at once, from the values of one column; null where the column is.

    `load(context, keys)` gives the values by key; a key that it leaves out has none. With `more`, the key is the JSON
    text of an array of the values of these columns. `cost` is what the field counts for (limits.py).
    """

    column: str
    load: Batch
    only: Audience | None = None
    requires: Permission | None = None
    cost: int = 1
    more: tuple[str, ...] = ()

    def key_sql(self, column: Callable[[str], str]) -> str:
        """The key in SQL; `column` says how one of its columns is written there."""
        if not self.more:
            return column(self.column)
        return f"json_build_array({', '.join(column(name) for name in self.more)})::text"

    def key_of(self, row: RowLike) -> Any:
        """The key of a row; none where the column is null."""
        if row[self.column] is None or not self.more:
            return row[self.column]
        return orjson.dumps([row[name] for name in self.more], default=str).decode()

    @property
    def reads(self) -> Callable[[str], Any]:
        """What makes a key of its text."""
        return str if self.more else UUID


FromRow: TypeAlias = Column | Choice | PublicId | Amount | Computed
Mapping_: TypeAlias = FromRow | One | Many | Pages | Batched


class MappedField(StrawberryField):
    """A field of a mapped type, with its mapping."""

    def __init__(self, mapping: Mapping_, description: str) -> None:
        super().__init__(description=description, default=None)
        self.init = False
        self.mapping = mapping

    @property
    def is_basic_field(self) -> bool:
        """Basic: needs neither the request nor a loader."""
        mapping = self.mapping
        if not isinstance(mapping, FromRow) or getattr(mapping, "only", None) is not None:
            return False
        return not any("." in name for name in columns_of(mapping))

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        if self.is_basic_field:
            return read(self.mapping, source.row)  # pyright: ignore[reportArgumentType]
        from schema.kit.loading import resolve

        return resolve(self, source, info.context, kwargs)

    def __copy__(self) -> "MappedField":
        copied = MappedField(self.mapping, self.description or "")
        copied.__dict__.update(self.__dict__)
        return copied


def columns_of(mapping: FromRow) -> tuple[str, ...]:
    """The columns that a mapping reads."""
    match mapping:
        case Column(name) | PublicId(_, name) | Choice(name):
            return (name,)
        case Amount(name, currency):
            return (name, currency)
        case Computed(columns):
            return tuple(name_of(column) for column in columns)


def name_of(given: str | Once) -> str:
    """The column that a function's argument comes from."""
    return given.column if isinstance(given, Once) else given


def given_of(given: str | Once, value: Any) -> Any:
    """The argument that the value of its column makes."""
    return given.convert(value) if isinstance(given, Once) and value is not None else value


def read(mapping: FromRow, row: RowLike) -> Any:
    """The value of a field, from a row that has its columns."""
    match mapping:
        case Column(name):
            return row[name]
        case Choice(name, kind):
            return kind(row[name]) if row[name] is not None else None
        case PublicId(prefix, name):
            value: UUID | None = row[name]
            return strawberry.ID(ids.encode(prefix, value)) if value else None
        case Amount(name, currency):
            return Money.of(row[name], row[currency]) if row[name] is not None else None
        case Computed(columns, convert):
            return convert(*[given_of(column, row[name_of(column)]) for column in columns])


def column(name: str, description: str) -> Any:
    """The column as it is."""
    return MappedField(Column(name), description)


def public_id(prefix: str, name: str = "id", description: str = "Its id.") -> Any:
    """The column as a public id of a kind."""
    return MappedField(PublicId(prefix, name), description)


def money(name: str, description: str, currency: str = "currency") -> Any:
    """Minor units in `name` of the currency in `currency`."""
    return MappedField(Amount(name, currency), description)


def choice(name: str, kind: type[Enum], description: str) -> Any:
    """The column as a member of an enumeration. Raises: TypeError where the API's name is not what is stored."""
    if any(member.name != member.value for member in kind):
        raise TypeError(f"{kind.__name__} is not stored by the names of its members")
    return MappedField(Choice(name, kind), description)


def computed(
    columns: tuple[str | Once, ...], convert: Callable[..., Any], description: str, *, only: Audience | None = None
) -> Any:
    """Computed by a function of the columns named."""
    return MappedField(Computed(columns, convert, only), description)


def one(key: str, description: str, *, requires: Permission | None = None, only: Audience | None = None) -> Any:
    """The object whose id is in the column `key`."""
    return MappedField(One(key, requires, only), description)


def many(
    parent: str,
    order: str,
    description: str,
    *,
    limit: int = MAX_CHILDREN,
    requires: Permission | None = None,
    only: Audience | None = None,
) -> Any:
    """The objects whose column `parent` is this one's id."""
    return MappedField(Many(parent, order, limit, requires, only), description)


def pages(
    parent: str,
    order: Order,
    description: str,
    *,
    requires: Permission | None = None,
    only: Audience | None = None,
    narrowed: Narrowed | None = None,
) -> Any:
    """The same in pages: `first`, `after`, `last`, `before`."""
    field = MappedField(Pages(parent, order, narrowed, requires, only), description)
    from schema.kit.pages import page_arguments

    field.arguments = [*(narrowed.arguments() if narrowed else []), *page_arguments()]
    return field


def batched(
    name: str,
    load: Batch,
    description: str,
    *,
    requires: Permission | None = None,
    only: Audience | None = None,
) -> Any:
    """Resolved in Python for all objects of an answer at once, from a column."""
    return MappedField(Batched(name, load, only, requires), description)
