"""A statement's lines as CSV: RFC 4180, UTF-8 with a mark so that spreadsheets see the accents, amounts as decimals."""

import csv
import io
from typing import Any

import orjson

from core.kit.money import Money
from core.remittance.words import COLUMNS, LINE_KINDS, TOTALS, Language, taken_back, word

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def print_csv(document: str, language: Language) -> bytes:
    """The lines of a stored document, an empty line, and its totals. The same bytes for the same document."""
    said: dict[str, Any] = orjson.loads(document)
    currency: str = said["currency"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    titles = [word(COLUMNS, name, language) for name in COLUMNS]
    writer.writerow([*titles[:-1], f"{titles[-1]} ({currency})"])
    writer.writerows(_cells(line, currency, language) for line in said["lines"])
    writer.writerow([])
    for name in TOTALS:
        writer.writerow([word(TOTALS, name, language), Money(said["totals"][name], currency).decimal()])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cells(line: dict[str, Any], currency: str, language: Language) -> list[str]:
    base = line.get("base")
    return [
        str(line["position"]),
        line["day"],
        word(LINE_KINDS, line["kind"], language),
        _harmless(line.get("debt", "")),
        _harmless(line.get("debtor", "")),
        "" if base is None else Money(base, currency).decimal(),
        line.get("rate", ""),
        taken_back(line, language),
        _harmless(line.get("reference", "")),
        Money(line["amount"], currency).decimal(),
    ]


def _harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula is shown as text."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
