"""What a layout's file may say: the models that a TOML or JSON schema of a file is read into.

Every model refuses what it does not know, so that a misspelt key is an error and never a silent default.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recobro_sdk.layouts.conditions import Condition, Rule
from recobro_sdk.layouts.dates import format_problem

NAME: Final = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"


class Kind(StrEnum):
    """What a field's value is, and so its type in a record."""

    TEXT = "text"
    CONST = "const"
    FILLER = "filler"
    INTEGER = "integer"
    AMOUNT = "amount"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Store(StrEnum):
    """How digits lie in the bytes of a field.

    `overpunch` has the sign in the last character, `packed` is packed decimal (COBOL's COMP-3: two digits a byte, the
    sign in the last half byte), `binary` an unsigned big-endian integer.
    """

    CHARACTERS = "characters"
    OVERPUNCH = "overpunch"
    PACKED = "packed"
    BINARY = "binary"


class Role(StrEnum):
    """Where in a file a record type stands."""

    HEADER = "header"
    DETAIL = "detail"
    TRAILER = "trailer"


class Shape(StrEnum):
    """How one record is told from the next, and one field from the next.

    `lines`: fields by column, a line break after each record. `fixed`: records of one length, one after the other.
    `descriptor`: records behind IBM's descriptor words, which say their length. `delimited`: fields by a separator.
    """

    LINES = "lines"
    FIXED = "fixed"
    DESCRIPTOR = "descriptor"
    DELIMITED = "delimited"


class Model(BaseModel):
    """Base of the schema's models: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(Model):
    """One addend of a computed field: how many records or segments, or the sum of one of their fields.

    `of` names a record type, a segment type, or `*` for every record of the file, the trailer included.
    """

    of: str
    sum: str | None = None
    where: tuple[Condition, ...] = ()


class FieldSpec(Model):
    """One field: where it stands, what it holds, and what it means."""

    name: str = Field(pattern=NAME)
    kind: Kind = Kind.TEXT
    note: str = ""
    width: int | None = Field(default=None, ge=1, le=65_536)
    at: int | None = Field(default=None, ge=1)
    store: Store = Store.CHARACTERS
    prefix: str = Field(default="", pattern=r"^([0-9a-f]{2})*$")
    suffix: str = Field(default="", pattern=r"^([0-9a-f]{2})*$")
    pad: str | None = Field(default=None, min_length=1, max_length=1)
    right: bool | None = None
    value: str = ""
    codes: dict[str, str] | None = None
    format: str | None = None
    none: tuple[str, ...] = ()
    decimals: int = Field(default=0, ge=0, le=18)
    point: bool = False
    scale: int | None = Field(default=None, ge=0, le=18)
    truncate: bool = False
    signed: bool = False
    required: bool = False
    probe: bool = False
    personal: bool = False
    compute: tuple[Term, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is Kind.CONST and not self.value:
            raise ValueError(f"{self.name}: a const says its value")
        if self.kind in (Kind.DATE, Kind.TIMESTAMP):
            if not self.format:
                raise ValueError(f"{self.name}: a date says its format")
            problem = format_problem(self.format, self.kind is Kind.TIMESTAMP)
            if problem is not None:
                raise ValueError(f"{self.name}: the format {self.format!r} {problem}")
        if self.store is not Store.CHARACTERS and self.width is None:
            raise ValueError(f"{self.name}: digits in {self.store} need a width")
        if self.scale is not None and self.scale < self.decimals:
            raise ValueError(f"{self.name}: fewer minor units than decimals in the file")
        return self

    @property
    def minor_digits(self) -> int:
        """Digits of an amount's value behind the unit: 2 makes cents of dollars. The file's decimals unless said."""
        return self.decimals if self.scale is None else self.scale


class PartSpec(Model):
    """What a record type and a segment type have in common."""

    name: str = Field(pattern=NAME)
    note: str = ""
    fields: tuple[FieldSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a field name is used twice")
        return self


class SegmentSpec(PartSpec):
    """A part that may follow the fields of a record, told by its constants; at most `most` of it in one record."""

    most: int = Field(default=99, ge=1)


class RecordSpec(PartSpec):
    """A record type, told by its constants; the one without any is what all other records are."""

    role: Role = Role.DETAIL
    segments: tuple[str, ...] = ()
    required: bool = False


class Framing(Model):
    """How records lie in the file.

    `words` is how descriptor words are written: `decimal` (four digits) or `binary` (two bytes and two zero bytes).
    `wrapped` leaves line breaks anywhere in the file out of the records (and writes them back where they were).
    `short` takes records that end early; `most` bounds a record, in bytes. `origin` is the column that the standard of
    the file gives to a record's first field: 5 where it counts the descriptor word.
    """

    shape: Shape = Shape.LINES
    length: int | None = Field(default=None, ge=1, le=65_536)
    ending: str = "\n"
    words: str = Field(default="decimal", pattern=r"^(decimal|binary)$")
    wrapped: bool = False
    short: bool = False
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    heading: bool = False
    origin: int = Field(default=1, ge=1)
    most: int = Field(default=65_536, ge=1, le=1_048_576)


class LayoutSpec(Model):
    """A whole layout: the schema of a kind of file, in one version."""

    name: str = Field(pattern=NAME)
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    note: str = ""
    source: str = ""
    encoding: str = "ascii"
    framing: Framing = Framing()
    records: tuple[RecordSpec, ...] = Field(min_length=1)
    segments: tuple[SegmentSpec, ...] = ()
    rules: tuple[Rule, ...] = ()
