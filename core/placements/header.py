"""The header of a creditor's file: found, taken apart and compared with the layout before any row is read."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.placements.faults import FileFault, empty_file, fault
from core.placements.layout import MAX_COLUMNS, Layout, NewColumns, sources

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Header:
    """`names` as they stand in the file; `lines` is how many lines come before the first row, the header's included."""

    names: tuple[str, ...]
    delimiter: str
    lines: int
    rest: str

    def place(self, name: str) -> int | None:
        """The position of a column, counted from 0; names differ by more than case and blanks."""
        wanted = plain(name)
        return next((place for place, one in enumerate(self.names) if plain(one) == wanted), None)


def plain(name: str) -> str:
    """A column name as names are compared."""
    return " ".join(name.split()).casefold()


def take_header(pieces: Iterator[str], layout: Layout) -> Header:
    """Read up to the end of the header. Raises: FileFault (EMPTY_FILE, NO_HEADER and those of the text)."""
    buffer, start, row = "", 0, 1
    while True:
        end = _record_end(buffer, start, layout.quote)
        if end >= 0 and row == layout.header_row:
            break
        if end >= 0:
            start, row = end + 1, row + 1
            continue
        piece = next(pieces, None)
        if piece is None:
            end = len(buffer)
            break
        buffer += piece
    record = buffer[start:end]
    if not buffer.strip():
        raise empty_file()
    if row < layout.header_row or not record.strip():
        raise fault(
            "NO_HEADER", f"Row {layout.header_row} should hold the column names and is not there or blank.",
            "Check header_row in the layout.",
        )  # fmt: skip
    delimiter = layout.delimiter if layout.delimiter != "auto" else _delimiter(record, layout)
    return Header(
        tuple(_split(record, delimiter, layout.quote)), delimiter, buffer.count("\n", 0, end) + 1, buffer[end + 1 :]
    )


def _record_end(text: str, start: int, quote: str) -> int:
    """Where the record that begins at `start` ends; -1 where that has not come yet."""
    end = text.find("\n", start)
    while quote and end >= 0 and text.count(quote, start, end) % 2:
        end = text.find("\n", end + 1)
    return end


def _split(record: str, delimiter: str, quote: str) -> list[str]:
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    try:
        rows = csv.reader(
            io.StringIO(record, newline=""), delimiter=delimiter, quotechar=quote or None, quoting=quoting
        )
        return [name.strip() for name in next(rows)]
    except csv.Error as problem:
        raise fault(
            "NO_HEADER", f"The header can not be read: {problem}.", "Check the first rows of the file."
        ) from problem


def _delimiter(record: str, layout: Layout) -> str:
    """The delimiter under which most of the layout's columns are found; then the one that makes most columns."""
    wanted = {plain(source.column) for _, source in sources(layout) if source.column}

    def found(delimiter: str) -> tuple[int, int]:
        names = _split(record, delimiter, layout.quote)
        return len(wanted & {plain(name) for name in names}), len(names)

    return max(_DELIMITERS, key=found)


def check_columns(header: Header, layout: Layout) -> list[str]:
    """The columns that the layout says nothing about.

    Raises: FileFault (TOO_MANY_COLUMNS, MISSING_COLUMN, DUPLICATE_COLUMN, UNKNOWN_COLUMN), each naming the columns.
    """
    if len(header.names) > MAX_COLUMNS:
        raise fault(
            "TOO_MANY_COLUMNS", f"The file has {len(header.names)} columns; {MAX_COLUMNS} are the most.", "Split it."
        )
    wanted = list(dict.fromkeys(source.column for _, source in sources(layout) if source.column))
    wanted += getattr(layout.columns, "attributes", [])
    present = [plain(name) for name in header.names]
    missing = [name for name in wanted if plain(name) not in present]
    if missing:
        raise _missing(missing, header.names)
    twice = sorted({name for name in wanted if present.count(plain(name)) > 1})
    if twice:
        raise fault(
            "DUPLICATE_COLUMN",
            f"The header names more than once: {_list(twice)}.",
            "Give each column a name of its own.",
        )
    mapped = {plain(name) for name in wanted}
    others = [name for name in header.names if name and plain(name) not in mapped]
    if others and layout.other_columns == "refuse":
        raise fault(
            "UNKNOWN_COLUMN", f"The layout does not know: {_list(others)}.",
            "Map them, or set other_columns to ignore or keep.",
        )  # fmt: skip
    return others


def kept_columns(header: Header, layout: Layout) -> list[str]:
    """The columns that are kept with a debt as they are: those the layout lists, or all that it does not map."""
    if not isinstance(layout.columns, NewColumns):
        return []
    others = check_columns(header, layout) if layout.other_columns == "keep" else []
    return list(dict.fromkeys([*layout.columns.attributes, *others]))


def _missing(missing: Sequence[str], names: Sequence[str]) -> FileFault:
    by_plain = {plain(name): name for name in names if name}
    hints: list[str] = []
    for name in missing:
        near = get_close_matches(plain(name), list(by_plain), n=1, cutoff=0.6)
        hints.append(f"'{name}'" + (f" (did you mean '{by_plain[near[0]]}'?)" if near else ""))
    return fault(
        "MISSING_COLUMN", f"The header lacks {', '.join(hints)[:1000]}. It has: {_list(names)}.",
        "Correct the header, or the layout.",
    )  # fmt: skip


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:60]}'" for name in names[:40])[:1500]
