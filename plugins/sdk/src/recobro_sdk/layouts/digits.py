"""Between the bytes of a numeric field and the digits they stand for, for each way of storing digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from recobro_sdk.layouts.records import FieldError
from recobro_sdk.layouts.schema import FieldSpec, Store

POSITIVE: Final = "{ABCDEFGHI"
NEGATIVE: Final = "}JKLMNOPQR"
_SIGNS: Final = {0xA: False, 0xB: True, 0xC: False, 0xD: True, 0xE: False, 0xF: False}

Digits = tuple[bool, str]
"""Whether there is a minus, and the digits, a decimal point among them where the file writes one."""


@dataclass(frozen=True, slots=True)
class DigitStore:
    """Reads the bytes of one field as digits, and writes digits as the bytes of the field.

    `read` answers None where nothing is stored; both raise FieldError.
    """

    read: Callable[[bytes], Digits | None]
    write: Callable[[bool, str], bytes]


def digit_store(field: FieldSpec, encoding: str) -> DigitStore:
    """The store that a field's definition asks for."""
    if field.store is Store.PACKED:
        return _packed(field)
    if field.store is Store.BINARY:
        return _binary(field)
    if field.store is Store.OVERPUNCH:
        return _overpunch(field, encoding)
    return _characters(field, encoding)


def _plain(text: str, field: FieldSpec) -> str:
    whole = text.replace(".", "", 1) if field.point else text
    if not (whole.isascii() and whole.isdigit()):
        raise FieldError("it is not a number", f"give digits{', and a point' if field.point else ''} only")
    return text


def _fit(text: str, field: FieldSpec) -> str:
    """Padded to the width; zeros before the point (`.1950`) and at the end (`1.000`) give way if they do not fit."""
    width = field.width
    if width is None:
        return text
    if len(text) > width and text.startswith("0."):
        text = text[1:]
    while len(text) > width and "." in text and text.endswith("0"):
        text = text[:-1]
    if len(text) > width:
        raise FieldError(f"it has {len(text)} characters and the field {width}", "give a number that fits")
    if (field.pad or "0") == "0":
        return text.zfill(width)
    return text.ljust(width, field.pad or " ") if field.right is False else text.rjust(width, field.pad or " ")


def _characters(field: FieldSpec, encoding: str) -> DigitStore:
    def read(raw: bytes) -> Digits | None:
        try:
            text = raw.decode(encoding).strip()
        except UnicodeDecodeError:
            raise FieldError("it is not a number", "give digits only") from None
        if not text:
            return None
        if text[0] in "+-" and field.signed:
            return text[0] == "-", _plain(text[1:], field)
        if text[-1] in "+-" and field.signed:
            return text[-1] == "-", _plain(text[:-1], field)
        return False, _plain(text, field)

    def write(negative: bool, digits: str) -> bytes:
        if negative and not field.signed:
            raise FieldError("it is negative", "give zero or more: the field has no sign")
        return _fit(f"-{digits}" if negative else digits, field).encode(encoding)

    return DigitStore(read, write)


def _overpunch(field: FieldSpec, encoding: str) -> DigitStore:
    width = field.width or 1

    def read(raw: bytes) -> Digits | None:
        text = raw.decode(encoding, "replace").strip()
        if not text:
            return None
        last = text[-1]
        negative = last in NEGATIVE
        if negative or last in POSITIVE:
            last = str((NEGATIVE if negative else POSITIVE).index(last))
        return negative, _plain(text[:-1] + last, field)

    def write(negative: bool, digits: str) -> bytes:
        if len(digits) > width:
            raise FieldError(f"it has {len(digits)} digits and the field {width}", "give a number that fits")
        padded = digits.zfill(width)
        signs = NEGATIVE if negative else POSITIVE
        return (padded[:-1] + signs[int(padded[-1])]).encode(encoding)

    return DigitStore(read, write)


def _packed(field: FieldSpec) -> DigitStore:
    width = field.width or 1
    capacity = 2 * width - 1

    def read(raw: bytes) -> Digits | None:
        if not any(raw):
            return None
        text = raw.hex()
        negative = _SIGNS.get(raw[-1] & 0xF)
        if negative is None or not text[:-1].isdigit():
            raise FieldError("it is not packed decimal", "give two digits in each byte and a sign in the last half")
        return negative, text[:-1]

    def write(negative: bool, digits: str) -> bytes:
        if len(digits) > capacity:
            raise FieldError(f"it has {len(digits)} digits and the field {capacity}", "give a number that fits")
        if negative and not field.signed:
            raise FieldError("it is negative", "give zero or more: the field has no sign")
        sign = "d" if negative else ("c" if field.signed else "f")
        return bytes.fromhex(digits.zfill(capacity) + sign)

    return DigitStore(read, write)


def _binary(field: FieldSpec) -> DigitStore:
    prefix, suffix = bytes.fromhex(field.prefix), bytes.fromhex(field.suffix)
    width = (field.width or 1) - len(prefix) - len(suffix)
    marked = bool(prefix or suffix)

    def read(raw: bytes) -> Digits | None:
        if marked and not any(raw):
            return None
        if not (raw.startswith(prefix) and raw.endswith(suffix)):
            raise FieldError(
                "its mark is missing", f"begin with the bytes '{field.prefix}' and end with '{field.suffix}'"
            )
        return False, str(int.from_bytes(raw[len(prefix) : len(raw) - len(suffix)], "big"))

    def write(negative: bool, digits: str) -> bytes:
        if negative:
            raise FieldError("it is negative", "give zero or more: the field has no sign")
        try:
            return prefix + int(digits).to_bytes(width, "big") + suffix
        except OverflowError:
            raise FieldError(f"it does not fit into {width} bytes", "give a number that fits") from None

    return DigitStore(read, write)
