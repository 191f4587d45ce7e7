"""Between the bytes of one field and its value, in both directions."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from recobro_sdk.layouts import dates
from recobro_sdk.layouts.digits import DigitStore, digit_store
from recobro_sdk.layouts.records import FieldError, Value
from recobro_sdk.layouts.schema import FieldSpec, Kind, Store

_NUMBERS: Final = (Kind.INTEGER, Kind.AMOUNT, Kind.DECIMAL)
_NOTHING: Final = {"blanks": " ", "zeros": "0", "nines": "9"}


@dataclass(frozen=True, slots=True)
class Codec:
    """Reads the bytes of one field as its value, and writes a value as its bytes; both raise FieldError."""

    read: Callable[[bytes], Value]
    write: Callable[[Value], bytes]


def codec(field: FieldSpec, encoding: str, forbidden: str) -> Codec:
    """The codec of a field in files of this encoding; text may not hold the forbidden characters."""
    if field.kind is Kind.CONST:
        return _const(field, encoding)
    if field.kind is Kind.FILLER:
        return _filler(field, encoding)
    if field.kind in _NUMBERS:
        return _with_nothing(field, encoding, _number(field, encoding))
    if field.kind is Kind.TEXT:
        return _text(field, encoding, forbidden)
    return _with_nothing(field, encoding, _date(field, encoding))


def _nothings(field: FieldSpec, encoding: str) -> list[bytes]:
    width = field.width or 0
    return [(_NOTHING[item] * width if item in _NOTHING else item).encode(encoding) for item in field.none]


def _with_nothing(field: FieldSpec, encoding: str, inner: Codec) -> Codec:
    """What stands for no value is read as None and written for it; without such text, zero is what stands there."""
    nothings = _nothings(field, encoding)
    if nothings:
        empty = nothings[0]
    elif field.width is None:
        empty = b""
    elif field.store is Store.CHARACTERS or field.store is Store.OVERPUNCH:
        empty = _zeros(field, encoding)
    elif field.kind in _NUMBERS:
        empty = inner.write(Decimal(0) if field.kind is Kind.DECIMAL else 0)
    elif field.store is Store.PACKED:
        empty = digit_store(field, encoding).write(False, "0")
    else:
        empty = bytes(field.width)

    # Zeros are a number, and no date.
    zeros = [] if field.kind in _NUMBERS else [empty]
    known: dict[bytes, None] = dict.fromkeys([*nothings, *zeros, " ".encode(encoding) * (field.width or 0)])

    def read(raw: bytes) -> Value:
        return None if raw in known else inner.read(raw)

    def write(value: Value) -> bytes:
        return empty if value is None else inner.write(value)

    # Most fields of a file are digits that stand for nothing else than a number.
    direct = field.kind in _NUMBERS and not nothings
    return Codec(inner.read if direct else read, write)


def _zeros(field: FieldSpec, encoding: str) -> bytes:
    width = field.width or 1
    if field.kind not in _NUMBERS:
        return ("0" * width).encode(encoding)
    return digit_store(field, encoding).write(False, _spelt(0, field))


def _spelt(number: int, field: FieldSpec) -> str:
    if not field.point:
        return str(number)
    whole, part = divmod(number, 10**field.decimals)
    return f"{whole}.{part:0{field.decimals}d}" if field.decimals else str(whole)


def _number(field: FieldSpec, encoding: str) -> Codec:
    store = digit_store(field, encoding)
    factor = 10 ** (field.minor_digits - field.decimals)
    # What int() takes for bytes is ASCII, and the digits of most fields are nothing else.
    plain = field.store is Store.CHARACTERS and not field.point and "0".encode(encoding) == b"0"
    plain = plain and field.kind is not Kind.DECIMAL

    def read_any(raw: bytes) -> Value:
        found = store.read(raw)
        if found is None:
            return None
        number = _unpointed(found[1], field) * (-1 if found[0] else 1)
        return Decimal(number).scaleb(-field.decimals) if field.kind is Kind.DECIMAL else number * factor

    def read_digits(raw: bytes) -> Value:
        return int(raw) * factor if raw.isdigit() else read_any(raw)

    def write(value: Value) -> bytes:
        number = _exact(value, field) if field.kind is Kind.DECIMAL else _units(value, field, factor)
        return store.write(number < 0, _spelt(abs(number), field))

    return Codec(read_digits if plain else read_any, write)


def _unpointed(digits: str, field: FieldSpec) -> int:
    whole, _, part = digits.partition(".")
    if not field.point:
        return int(digits)
    if len(part) > field.decimals:
        raise FieldError(f"it has {len(part)} decimals", f"give at most {field.decimals}")
    return int(whole or "0") * 10**field.decimals + int(part.ljust(field.decimals, "0") or "0")


def _units(value: Value, field: FieldSpec, factor: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError("it is not an integer", "give an integer" + (" of minor units" if factor > 1 else ""))
    number, rest = divmod(abs(value), factor)
    if rest and not field.truncate:
        raise FieldError("the file has no place for its minor units", f"give a multiple of {factor}")
    return -number if value < 0 else number


def _exact(value: Value, field: FieldSpec) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not Decimal(value).is_finite():
        raise FieldError("it is not a decimal", "give a Decimal or an integer")
    scaled = Decimal(value).scaleb(field.decimals)
    if scaled != scaled.to_integral_value():
        raise FieldError(f"it has more than {field.decimals} decimals", "round it first")
    return int(scaled)


def _date(field: FieldSpec, encoding: str) -> Codec:
    moment = field.kind is Kind.TIMESTAMP
    form = field.format or ""
    parse, spell = dates.reader(form, moment), dates.writer(form)
    store: DigitStore | None = None if field.store is Store.CHARACTERS else digit_store(field, encoding)

    def read(raw: bytes) -> Value:
        if store is None:
            text = raw.decode(encoding, "replace")
            # The format may have blanks of its own; others are padding.
            bare = text.strip()
            return parse(text if len(text) == len(form) else bare) if bare else None
        found = store.read(raw)
        if found is None or not found[1].strip("0"):
            return None
        return parse(found[1].lstrip("0").zfill(len(form)))

    def write(value: Value) -> bytes:
        if not isinstance(value, date) or isinstance(value, datetime) is not moment:
            raise FieldError("it is no " + ("moment" if moment else "date"), "give a date of its kind")
        text = spell(value)
        return text.encode(encoding) if store is None else store.write(False, text.lstrip("0"))

    return Codec(read, write)


def _text(field: FieldSpec, encoding: str, forbidden: str) -> Codec:
    width, pad = field.width, field.pad or " "
    right = field.right is True
    nothings = _nothings(field, encoding)
    known = frozenset(nothings)
    no_letters = tuple(dict.fromkeys(forbidden))
    filler = pad.encode(encoding)

    def read(raw: bytes) -> Value:
        if raw in known:
            return None
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            raise FieldError(f"it is not {encoding}", "write the file in that encoding") from None
        if width is None:
            return text or None
        return (text.lstrip(pad) if right else text.rstrip(pad)) or None

    def read_latin(raw: bytes) -> Value:
        return raw.rstrip(b" ").decode("latin-1") or None

    def write(value: Value) -> bytes:
        if value is None or value == "":
            return nothings[0] if nothings else filler * (width or 0)
        if not isinstance(value, str):
            raise FieldError("it is not text", "give text")
        if any(letter in value for letter in no_letters):
            raise FieldError("it holds a line break or separator", "take it out")
        try:
            raw = value.encode(encoding)
        except UnicodeEncodeError:
            raise FieldError(f"it holds letters that {encoding} has not", "spell it without them") from None
        if width is None:
            return raw
        if len(raw) > width:
            raise FieldError(f"it has {len(raw)} characters and the field {width}", "shorten it")
        return raw.rjust(width, filler) if right else raw.ljust(width, filler)

    # Latin-1 reads any byte, so that nothing has to be looked at.
    quick = codecs.lookup(encoding).name == "iso8859-1" and not (known or right or width is None) and pad == " "
    return Codec(read_latin if quick else read, write)


def _const(field: FieldSpec, encoding: str) -> Codec:
    raw_value = field.value.encode(encoding)
    exact = raw_value if field.width is None else raw_value.ljust(field.width, " ".encode(encoding))

    def read(raw: bytes) -> Value:
        if raw != exact:
            raise FieldError("it is not the constant that belongs here", f"write '{field.value}'")
        return field.value

    def write(value: Value) -> bytes:
        if value is not None and value != field.value:
            raise FieldError("it is not the constant that belongs here", f"give '{field.value}', or nothing")
        return exact

    return Codec(read, write)


def _filler(field: FieldSpec, encoding: str) -> Codec:
    blank = (field.pad or " ").encode(encoding) * (field.width or 0)

    def read(raw: bytes) -> Value:
        return None if raw == blank else raw.decode("latin-1")

    def write(value: Value) -> bytes:
        if value is None:
            return blank
        raw = value.encode("latin-1", "replace") if isinstance(value, str) else b""
        if len(raw) != len(blank):
            raise FieldError("it does not fill the field", f"give {len(blank)} characters, or nothing")
        return raw

    return Codec(read, write)
