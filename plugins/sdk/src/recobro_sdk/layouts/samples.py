"""Records made from a layout itself, for tests that ask whether reading undoes writing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Final

from recobro_sdk.layouts.parts import Part
from recobro_sdk.layouts.records import FieldError, LayoutError, Record, Value
from recobro_sdk.layouts.schema import FieldSpec, Kind, Role, Store

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout

_LETTERS: Final = "ABCXYZabcxyz0123456789 -.,'&/#\"|;ñÑéüß"
_LONGEST: Final = 40
_REDRAWS: Final = 1_000
_FIRST_DAY: Final = datetime(1970, 1, 1, tzinfo=UTC)


def sample_file(layout: Layout, random: Random, records: int = 5) -> list[Record]:
    """A whole file: headers, as many details as asked for, trailers whose computed fields are still empty.

    Its values fit their fields and come from the whole range of them; rules between fields are not looked at.
    """
    kinds = layout.spec.records
    details = [record.name for record in kinds if record.role is Role.DETAIL]
    names = [record.name for record in kinds if record.role is Role.HEADER]
    names += [random.choice(details) for _ in range(records if details else 0)]
    names += [record.name for record in kinds if record.role is Role.TRAILER]
    return [sample_record(layout, name, random) for name in names]


def sample_record(layout: Layout, name: str, random: Random) -> Record:
    """One record, or one segment, with values that its fields can hold."""
    record = Record(name, _values(layout.part(name), random))
    spec = layout.record_specs.get(name)
    for segment in spec.segments if spec is not None else ():
        most = min(3, layout.segment_specs[segment].most)
        for _ in range(random.randint(0, most)):
            record.segments.append(Record(segment, _values(layout.part(segment), random)))
    return record


def _values(part: Part, random: Random) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for index, field in enumerate(part.fields):
        if field.kind is Kind.FILLER:
            continue
        if field.compute:
            values[field.name] = None
            continue
        values[field.name] = _value(field, _writer(part, index), _letters(part.encoding, part.forbidden), random)
    return values


def _writer(part: Part, index: int) -> Callable[[Value], Value]:
    """What comes back of a value: some have more spellings in Python than in a file (text that ends in blanks)."""
    codec = part.codecs[index]

    def back(value: Value) -> Value:
        return codec.read(codec.write(value))

    return back


@lru_cache(maxsize=32)
def _letters(encoding: str, forbidden: str) -> str:
    """The letters that files of this encoding can hold."""
    return "".join(letter for letter in _LETTERS if letter not in forbidden and letter.encode(encoding, "ignore"))


def _value(field: FieldSpec, back: Callable[[Value], Value], letters: str, random: Random) -> Value:
    # A field without a value of its own for nothing reads nothing back as zero.
    if not field.required and not field.probe and random.random() < 0.2:
        return back(None)
    for _ in range(_REDRAWS):
        try:
            return back(_draw(field, letters, random))
        except FieldError:
            # A letter of two bytes too many, a date that the format cannot say: draw again.
            continue
    raise LayoutError(f"{field.name}: no value was found that this field can hold")


def _draw(field: FieldSpec, letters: str, random: Random) -> Value:
    if field.kind is Kind.CONST:
        return field.value
    if field.codes:
        code = random.choice([code for code in field.codes if code or not field.required])
        return int(code) if field.kind is Kind.INTEGER else code or None
    if field.kind is Kind.TEXT:
        return "".join(random.choice(letters) for _ in range(random.randint(1, min(field.width or 12, _LONGEST))))
    if field.kind is Kind.DATE:
        return date(1969, 1, 1) + timedelta(days=random.randrange(36_000))
    if field.kind is Kind.TIMESTAMP:
        return _FIRST_DAY + timedelta(seconds=random.randrange(3_000_000_000))
    return _number(field, random)


def _number(field: FieldSpec, random: Random) -> Value:
    number = random.randrange(10 ** random.randint(1, _capacity(field)))
    if random.random() < 0.3 and (field.signed or field.store is Store.OVERPUNCH):
        number = -number
    if field.kind is Kind.DECIMAL:
        return Decimal(number).scaleb(-field.decimals)
    return number * 10 ** (field.minor_digits - field.decimals)


def _capacity(field: FieldSpec) -> int:
    """How many digits surely fit."""
    width = field.width or 12
    if field.store is Store.PACKED:
        return 2 * width - 1
    if field.store is Store.BINARY:
        return max(1, 2 * width - 1)
    return max(1, width - (1 if field.point else 0) - (1 if field.signed else 0))
