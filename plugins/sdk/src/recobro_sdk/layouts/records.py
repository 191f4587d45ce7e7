"""What is read from a file and written to one: records, rejects, and the problems of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Value = str | int | Decimal | date | None
"""Text, an integer (amounts: minor units), a decimal, a date, a moment in UTC, or nothing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How a record lay in its file, apart from its fields.

    `block` and `length` are what its descriptor words say; `size` its bytes with words and padding; `breaks` the line
    breaks in it and after it, each with the number of bytes of the record that come before.
    """

    block: int | None = None
    length: int | None = None
    size: int | None = None
    breaks: tuple[tuple[int, bytes], ...] = ()


@dataclass(slots=True)
class Record:
    """One record or segment: the name of its type and a value for each field that has one.

    `number` counts the records of the file from 1, `offset` is where it began. `source` is what it was read from: a
    field whose value is still the one that was read is written as it was found, even where we would spell it
    otherwise. `tail` is what followed the last field and segment, if it was not padding.
    """

    type: str
    values: dict[str, Value]
    segments: list[Record] = field(default_factory=list["Record"])
    tail: bytes = b""
    number: int = 0
    offset: int = 0
    frame: Frame | None = None
    source: bytes | tuple[bytes, ...] | None = field(default=None, repr=False)

    def of(self, segment: str) -> list[Record]:
        """Its segments of one type, in the order of the file."""
        return [part for part in self.segments if part.type == segment]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one record, where exactly, and what to do about it.

    `columns` are the first and last column of the field in its record or segment, from 1; in a delimited file, the
    field's place in its row, twice. `code` is stable.
    """

    number: int
    type: str
    code: str
    why: str
    remedy: str
    field: str | None = None
    columns: tuple[int, int] | None = None

    def __str__(self) -> str:
        place = f"record {self.number}" + (f" ({self.type})" if self.type else "")
        if self.field is not None:
            place += f", {self.field}"
        if self.columns is not None:
            first, last = self.columns
            place += f", column {first}" if first == last else f", columns {first}-{last}"
        return f"{place}: {self.why}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Reject:
    """Bytes of a file that could not be read as a record, whole, with every reason. Written back as they are."""

    number: int
    offset: int
    raw: bytes
    problems: tuple[Problem, ...]


class LayoutError(ValueError):
    """A record that cannot be written, or a schema that cannot be used; `problems` says why where there are several."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = problems


class FieldError(ValueError):
    """What a field cannot hold. `why` does not repeat the content; `remedy` says what to write instead."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why: str = why
        self.remedy: str = remedy
