"""Dates and moments by a format such as `MMDDYYYY` or `YYYY-MM-DD HH:MI:SS`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from recobro_sdk.layouts.records import FieldError

_TOKENS: Final = {
    "YYYY": (r"(?P<year>\d{4})", "{0.year:04d}"),
    "YY": (r"(?P<short>\d{2})", "{short:02d}"),
    "MM": (r"(?P<month>\d{2})", "{0.month:02d}"),
    "DD": (r"(?P<day>\d{2})", "{0.day:02d}"),
    "HH": (r"(?P<hour>\d{2})", "{0.hour:02d}"),
    "MI": (r"(?P<minute>\d{2})", "{0.minute:02d}"),
    "SS": (r"(?P<second>\d{2})", "{0.second:02d}"),
}
_DAY: Final = {"a year (YYYY or YY)": ("YYYY", "YY"), "a month (MM)": ("MM",), "a day (DD)": ("DD",)}
_HOURS: Final = ("HH", "MI", "SS")
_SPLIT: Final = re.compile("(" + "|".join(_TOKENS) + ")")
# As POSIX reads two digits of a year.
_CENTURY_TURN: Final = 69
_KEPT: Final = 4_096


def format_problem(form: str, moment: bool) -> str | None:
    """Why no date (or, with `moment`, no moment) can be read by this format, as the end of a sentence; None if one can.

    A format says year, month and day, each once; one of a date no hour, which would be lost.
    """
    tokens = [part for part in _SPLIT.split(form) if part in _TOKENS]
    missing = [words for words, some in _DAY.items() if not set(some) & set(tokens)]
    if missing:
        return f"does not say {' and '.join(missing)}; write it such as YYYYMMDD"
    parts = [token.replace("YYYY", "YY") for token in tokens]
    twice = sorted({part for part in parts if parts.count(part) > 1})
    if twice:
        return f"says {' and '.join(twice)} more than once; say each part once"
    hours = [part for part in tokens if part in _HOURS]
    if hours and not moment:
        return f"says {' and '.join(hours)} of a date; let the kind be timestamp, or leave it out"
    return None


def reader(form: str, moment: bool) -> Callable[[str], date]:
    """A function from text in this format to a date, or to a datetime in UTC. Raises FieldError.

    The same dates come again and again in a file, so it remembers the last few thousand.
    """
    parts = _SPLIT.split(form)
    pattern = re.compile("".join(_TOKENS[part][0] if part in _TOKENS else re.escape(part) for part in parts))
    known: dict[str, date] = {}

    def parse(text: str) -> date:
        found = pattern.fullmatch(text)
        if found is None or not text.isascii():
            raise FieldError("it is no date", f"write it as {form}")
        numbers = {key: int(value) for key, value in found.groupdict().items()}
        short = numbers.pop("short", None)
        if short is not None:
            numbers["year"] = short + (1900 if short >= _CENTURY_TURN else 2000)
        try:
            return datetime(**numbers, tzinfo=UTC) if moment else date(**numbers)
        except ValueError:
            raise FieldError("there is no such day or time", f"write a real one as {form}") from None

    def read(text: str) -> date:
        value = known.get(text)
        if value is None:
            value = parse(text)
            if len(known) >= _KEPT:
                known.clear()
            known[text] = value
        return value

    return read


def writer(form: str) -> Callable[[date], str]:
    """A function from a date or a moment to text in this format. Raises FieldError for a year that it cannot say."""
    template = "".join(_TOKENS[part][1] if part in _TOKENS else part for part in _SPLIT.split(form))
    short = "YYYY" not in form

    def write(value: date) -> str:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise FieldError("the moment has no zone", "give a datetime with a zone")
            value = value.astimezone(UTC)
        if short and not 1900 + _CENTURY_TURN <= value.year < 2000 + _CENTURY_TURN:
            raise FieldError("two digits do not say this year", "give a year from 1969 to 2068")
        return template.format(value, short=value.year % 100)

    return write
