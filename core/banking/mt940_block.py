"""A statement of MT940 as the library reads it right: the fields that are needed, each amount written in one way.

Left to itself the library cuts an amount with a decimal point at the point, takes the beginning of a reference for a
missing transaction type, puts what the bank says behind the closing balance into the last entry, and gives the whole
statement up for a field that nobody needs. The first two would be wrong figures without a word.
"""

import calendar
import re
from collections.abc import Iterator

from core.banking.faults import StatementFault, fault, line_numbers

_FIELD = re.compile(rb"(?m)^:\n?(?:(13|20|21|25|28|34|60|61|62|64|65|86|90)[A-Z]?|NS):")
_ENTRY = re.compile(
    rb"(?P<day>\d{6})(?P<more>(?:\d{4}|\s{4})?R?[CD][A-Z]?)[\n ]?"
    rb"(?P<amount>\d[\d,.]*|,\d+)(?P<type>[SNF][A-Z0-9 ]{3})?",
    re.IGNORECASE,
)
_BALANCE = re.compile(rb"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[^\n]*)", re.IGNORECASE)
_AMOUNT = re.compile(rb"\d*,?\d*")
# Three digits behind a point may be thousands as well.
_POINT = re.compile(rb"\d+\.(\d{0,2}|\d{4,})")
_AGAIN = "Ask the bank for the statement again, or for camt.053."
_THIRTY_DAYS = 30
"""Banks that count every month with 30 days write the 30th of February, and mean the last."""


def needed(block: bytes, line: int) -> bytes:
    """The fields of one `:20:` block that make a statement. `line`: where the block begins in the file.

    Raises: StatementFault (AMBIGUOUS_AMOUNT, INVALID_AMOUNT, INVALID_DATE, CURRENCY_MISMATCH, INTERIM_REPORT).
    """
    kept, numbers, in_entry = list[bytes](), set[bytes](), False
    currency = b""
    for number, head, said, at in _fields(block, line):
        numbers.add(number)
        if number == b"61":
            in_entry, said = True, _entry(said, at)
        elif number in (b"60", b"62"):
            in_entry, said = False, _balance(said, at)
            if currency and currency != said[7:10]:
                raise _unclear("CURRENCY_MISMATCH", "is not the currency of the other balance", said[7:10], at)
            currency = said[7:10]
        # Field 86 is of the entry before it; behind a balance it is of the statement.
        elif not (number in (b"20", b"25") or (number == b"86" and in_entry)):
            in_entry = in_entry and number not in (b"64", b"65", b"90")
            continue
        kept.append(head + said.rstrip(b"\n"))
    if numbers & {b"34", b"90"} and not numbers & {b"60", b"62"}:
        raise fault(
            "INTERIM_REPORT",
            f"What begins in line {line} is an interim report (MT942): it has no balances, and may still change.",
            "Give the MT940 of the day; of what is not booked yet, camt.052 tells the status.",
        )
    return b"\n".join(kept) + b"\n"


def _fields(block: bytes, line: int) -> Iterator[tuple[bytes, bytes, bytes, int]]:
    """Number, head, content and line of each field."""
    found = list(_FIELD.finditer(block))
    starts = [match.start() for match in found]
    ends, lines = [*starts[1:], len(block)], line_numbers(block, starts, line)
    for match, end, at in zip(found, ends, lines, strict=True):
        yield match.group(1) or b"", match.group(), block[match.end() : end], at


def _entry(said: bytes, line: int) -> bytes:
    found = _ENTRY.match(said)
    if found is None:
        return said
    _check_day(found["day"], line)
    rest, kind = said[found.end() :], found["type"] or b""
    if not kind or (kind + rest).upper().startswith(b"NONREF"):
        rest, kind = kind + rest, b"NMSC"
    return found["day"] + found["more"] + _amount(found["amount"], line) + kind + rest


def _balance(said: bytes, line: int) -> bytes:
    found = _BALANCE.match(said)
    if found is None:
        return said
    _check_day(found["day"], line)
    return found["mark"] + found["day"] + found["currency"] + _amount(found["amount"].strip(), line)


def _amount(written: bytes, line: int) -> bytes:
    """With a decimal comma, and without the zeros in front for which the library has no room."""
    if _POINT.fullmatch(written):
        written = written.replace(b".", b",")
    elif b"." in written:
        raise _unclear("AMBIGUOUS_AMOUNT", "may be one amount or another", written, line)
    if not _AMOUNT.fullmatch(written):
        raise _unclear("INVALID_AMOUNT", "is not an amount", written, line)
    plain = written.lstrip(b"0")
    return plain if plain[:1].isdigit() else b"0" + plain


def _check_day(written: bytes, line: int) -> None:
    year, month, day = (int(written[place : place + 2]) for place in (0, 2, 4))
    last = calendar.monthrange(2000 + year, month)[1] if 1 <= month <= 12 else 0
    if not 1 <= day <= (max(last, _THIRTY_DAYS) if last else 0):
        raise _unclear("INVALID_DATE", "is no day", written, line)


def _unclear(code: str, what: str, written: bytes, line: int) -> StatementFault:
    return fault(code, f"'{written[:40].decode('ascii', 'replace')}' {what} (line {line}).", _AGAIN)
