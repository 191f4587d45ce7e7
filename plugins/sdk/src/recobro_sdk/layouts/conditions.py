"""Conditions over one record, and the rules made of them: what must hold between fields, said as data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from recobro_sdk.layouts.records import Record, Value


class Condition(BaseModel):
    """One thing that is so or not so in a record; all that is said of the field must hold.

    `field` names a field of the record (or, with `segment`, of one of its segments: so if any of them satisfies it).
    `present` asks whether it has a value; `one_of`, `matches` and `least` do not hold for a field without one,
    `none_of` and `most` do. `earliest` and `latest` name another field of the same record that bounds a date or number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str | None = None
    segment: str | None = None
    present: bool | None = None
    one_of: tuple[str | int, ...] | None = None
    none_of: tuple[str | int, ...] | None = None
    matches: str | None = None
    least: int | None = None
    most: int | None = None
    earliest: str | None = None
    latest: str | None = None

    def holds(self, record: Record) -> bool:
        """Whether it is so in this record."""
        if self.segment is None:
            return self._holds(record)
        parts = [part for part in record.segments if part.type == self.segment]
        if self.field is None:
            return bool(parts) is not (self.present is False)
        return any(self._holds(part) for part in parts)

    def _holds(self, record: Record) -> bool:
        value = record.values.get(self.field or "")
        if value is None:
            return self.present is not True and not self._tests_a_value
        return self.present is not False and self._in_sets(value) and self._in_bounds(value, record)

    @property
    def _tests_a_value(self) -> bool:
        tests = (self.one_of, self.matches, self.least)
        return any(test is not None for test in tests)

    def _in_sets(self, value: Value) -> bool:
        if self.one_of is not None and value not in self.one_of:
            return False
        if self.none_of is not None and value in self.none_of:
            return False
        return self.matches is None or _pattern(self.matches).fullmatch(str(value)) is not None

    def _in_bounds(self, value: Value, record: Record) -> bool:
        if isinstance(value, (int, Decimal)):
            if self.least is not None and value < self.least:
                return False
            if self.most is not None and value > self.most:
                return False
        lower = record.values.get(self.earliest or "")
        upper = record.values.get(self.latest or "")
        return _ordered(lower, value) and _ordered(value, upper)


class Rule(BaseModel):
    """What must hold in every record, or segment, of a type: `then` wherever all of `when` does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    of: str
    when: tuple[Condition, ...] = ()
    then: tuple[Condition, ...] = Field(min_length=1)
    why: str = Field(min_length=1)
    remedy: str = Field(min_length=1)
    source: str = ""

    def broken(self, record: Record) -> bool:
        """Whether this record breaks it."""
        return all_hold(self.when, record) and not all_hold(self.then, record)

    @property
    def field(self) -> str | None:
        """The field at fault: the first that `then` names."""
        return next((condition.field for condition in self.then if condition.segment is None), None)


def all_hold(conditions: Iterable[Condition], record: Record) -> bool:
    """Whether every one of the conditions holds in the record."""
    return all(condition.holds(record) for condition in conditions)


def _ordered(first: Value, second: Value) -> bool:
    """Whether one is not after the other; what cannot be compared is in order."""
    if isinstance(first, date) and isinstance(second, date):
        # A timestamp is a date to Python, and comparing the two is an error.
        return (first.year, first.month, first.day) <= (second.year, second.month, second.day)
    if isinstance(first, (int, Decimal)) and isinstance(second, (int, Decimal)):
        return first <= second
    return True


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
