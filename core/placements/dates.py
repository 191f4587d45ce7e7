"""Dates of creditors' files: a small readable notation (`M/D/YYYY`), read by strict patterns and never guessed.

`YYYY` is a year from 1900 to 2199, `MM` and `DD` have two digits, `M` and `D` one or two, `MMM` is a month's English or
Spanish abbreviation. A notation without a day means the first of the month. Two-digit years are refused: nobody knows
which century they mean.
"""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = (
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    ("ENE", "FEB", "MAR", "ABR", "MAY", "JUN", "JUL", "AGO", "SEP", "OCT", "NOV", "DIC"),
)
_MONTH_LIST = "|".join(name for names in _MONTHS for name in names)
_TOKENS = {
    "YYYY": ("y", "(?:19|20|21)[0-9]{2}"),
    "MMM": ("m", f"(?:{_MONTH_LIST})"),
    "MM": ("m", "(?:0[1-9]|1[0-2])"),
    "DD": ("d", "(?:0[1-9]|[12][0-9]|3[01])"),
    "M": ("m", "(?:0?[1-9]|1[0-2])"),
    "D": ("d", "(?:0?[1-9]|[12][0-9]|3[01])"),
}
_NOTATION = re.compile(r"YYYY|MMM|MM|M|DD|D|[-/. ]")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A notation, taken apart. `tokens` are its tokens and separators in order."""

    notation: str
    tokens: tuple[str, ...]

    @classmethod
    def parse(cls, notation: str) -> "DateFormat":
        """Raises: ValueError, saying what is wrong with the notation."""
        tokens = tuple(_NOTATION.findall(notation))
        parts = [_TOKENS[token][0] for token in tokens if token in _TOKENS]
        if "".join(tokens) != notation or sorted(parts) not in (["d", "m", "y"], ["m", "y"]):
            raise ValueError(
                f"'{notation[:40]}' is not a date notation; write it as YYYY-MM-DD, M/D/YYYY, DD/MM/YYYY or MMM-YYYY"
            )
        loose = {"M", "D"} & set(tokens)
        if loose and len({token for token in tokens if token not in _TOKENS}) != 1:
            raise ValueError(f"'{notation[:40]}': M and D need one kind of separator between the parts")
        return cls(notation, tokens)

    @property
    def pattern(self) -> str:
        """A regular expression that a date of this notation matches as a whole, in capitals."""
        return "^" + "".join(_TOKENS[token][1] if token in _TOKENS else re.escape(token) for token in self.tokens) + "$"

    def sql(self, text: str) -> str:
        """The date that the SQL expression `text` (in capitals) means, NULL where it is none: 31/02 is none."""
        year, month, day = self._part("y", text), self._part("m", text), self._part("d", text)
        made = f"make_date({year}, {month}, {day})"
        if day == "1":
            return f"CASE WHEN {text} ~ '{self.pattern}' THEN {made} END"
        leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
        last = f"CASE WHEN {month} = 2 THEN 28 + {leap}::int WHEN {month} IN (4, 6, 9, 11) THEN 30 ELSE 31 END"
        return f"CASE WHEN {text} !~ '{self.pattern}' THEN NULL WHEN {day} <= 28 OR {day} <= {last} THEN {made} END"

    def _part(self, which: str, text: str) -> str:
        token = next((token for token in self.tokens if token in _TOKENS and _TOKENS[token][0] == which), None)
        if token is None:
            return "1"
        piece = self._piece(token, text)
        if token == "MMM":  # noqa: S105 - the notation of a month
            return f"((strpos('|{_MONTH_LIST}', '|' || {piece}) - 1) / 4 % 12 + 1)"
        return f"({piece})::int"

    def _piece(self, token: str, text: str) -> str:
        before = self.tokens[: self.tokens.index(token)]
        if {"M", "D"} & set(self.tokens):
            separator = next(one for one in self.tokens if one not in _TOKENS)
            return f"split_part({text}, '{separator}', {sum(one in _TOKENS for one in before) + 1})"
        return f"substr({text}, {sum(map(len, before)) + 1}, {len(token)})"

    def write(self, day: date) -> str:
        """A date in this notation, as a workbook's date cell is handed on."""
        written = {
            "YYYY": f"{day.year:04d}", "MMM": _MONTHS[0][day.month - 1], "MM": f"{day.month:02d}", "M": str(day.month),
            "DD": f"{day.day:02d}", "D": str(day.day),
        }  # fmt: skip
        return "".join(written.get(token, token) for token in self.tokens)
