"""Fields that read a column of the row behind an object. The mapping stands where the field is defined:

    balance: Money = money("balance_minor", "What is still owed.")

A mapped field costs no resolver call, and tells the read compiler which column it needs.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField

from core.kit import ids
from core.kit.db import Row
from schema.kit.money import Money


@strawberry.type
class Mapped:
    """An object type over one row of the database."""

    row: strawberry.Private[Row | Mapping[str, Any]]


M = TypeVar("M", bound=Mapped)


class MappedField(StrawberryField):
    """A field whose value is computed from the row alone. `columns` are what it reads."""

    def __init__(self, columns: tuple[str, ...], convert: Callable[[Row], Any], description: str) -> None:
        super().__init__(description=description, default=None)
        self.init = False
        self.columns = columns
        self.convert = convert

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return self.convert(source.row)

    def __copy__(self) -> "MappedField":
        copied = MappedField(self.columns, self.convert, self.description or "")
        copied.__dict__.update(self.__dict__)
        return copied


def column(name: str, description: str) -> Any:
    """The column as it is."""
    return MappedField((name,), lambda row: row[name], description)


def public_id(prefix: str, name: str = "id", description: str = "Its id.") -> Any:
    """The column as a public id of a kind."""
    return MappedField(
        (name,), lambda row: strawberry.ID(ids.encode(prefix, row[name])) if row[name] else None, description
    )


def money(name: str, description: str, currency: str = "currency") -> Any:
    """Minor units in `name` of the currency in `currency`."""
    return MappedField((name, currency), lambda row: Money.of(row[name], row[currency]), description)


def computed(columns: tuple[str, ...], convert: Callable[[Row], Any], description: str) -> Any:
    """Computed from the columns named."""
    return MappedField(columns, convert, description)
