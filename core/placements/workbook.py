"""XLSX files as CSV text. A workbook is a ZIP of XML: it is measured and searched before anything parses it.

Refused are archives that unpack to more than is reasonable, whatever they declare, formulas (whose result depends on
who last opened the file), and workbooks with a password. Values are written exactly: dates in the notation of their
column, numbers with the 15 digits that a spreadsheet keeps.
"""

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.placements.faults import FileFault, fault

MAX_UNPACKED = 250_000_000
MAX_RATIO = 200
_SMALL = 10_000_000  # below this, a high ratio is no danger
_CHUNK = 1 << 18
_ROWS = 500
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?/?>")
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"')

Write = Callable[[Any], str]


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins so is a ZIP, and so a workbook. Raises: FileFault for the formats before XLSX."""
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(
            "OLD_WORKBOOK",
            "The file is an XLS workbook, or one with a password.",
            "Save it as XLSX without a password, or as CSV.",
        )
    return start.startswith(b"PK\x03\x04")


def guard(path: Path) -> None:
    """Unpack the archive once, keeping nothing. Raises: FileFault (ZIP_BOMB, FORMULAS, BROKEN_WORKBOOK)."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED or len(entries) > 2000:
                raise _bomb()
            left, found = MAX_UNPACKED, list[str]()
            for entry in entries:
                if entry.flag_bits & 1:
                    raise fault("ENCRYPTED_WORKBOOK", "The workbook has a password.", "Save it without a password.")
                left = _unpack(archive, entry, left, found)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as problem:
        raise _broken() from problem
    if found:
        cells = ", ".join(found[:10]) + (f" and {len(found) - 10} more" if len(found) > 10 else "")
        raise fault(
            "FORMULAS",
            f"The workbook has formulas in: {cells}.",
            "Replace formulas by their values (copy, paste special, values), or save as CSV.",
        )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, found: list[str]) -> int:
    """Read an entry through; its real size counts, not the declared one. Collects cells with formulas."""
    sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
    size, before = 0, b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > left or (size > _SMALL and size > MAX_RATIO * max(entry.compress_size, 1)):
                raise _bomb()
            if sheet and len(found) < 1000:
                before = _search(before, chunk, found)
    return left - size


def _search(before: bytes, chunk: bytes, found: list[str]) -> bytes:
    """Collect the cells of the formulas that end in `chunk`; returns the bytes that the next piece is searched with."""
    data = before + chunk
    for formula in _FORMULA.finditer(data):
        if formula.end() > len(before):
            cells = _CELL.findall(data, max(0, formula.start() - 300), formula.start())
            found.append(cells[-1].decode() if cells else "a cell")
    return data[-4096:]


def rows_of(path: Path, sheet: str | None) -> Iterator[list[Any]]:
    """The rows of a sheet, from the first row of the sheet on. Raises: FileFault (BROKEN_WORKBOOK, UNKNOWN_SHEET)."""
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound  # here: only its job needs it

    guard(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        yield from workbook.get_sheet_by_name(sheet if sheet is not None else names[0]).iter_rows()
    except WorksheetNotFound as problem:
        raise fault(
            "UNKNOWN_SHEET",
            f"The workbook has no sheet '{sheet}'; it has: {', '.join(names)[:300]}.",  # pyright: ignore[reportPossiblyUnboundVariable]
            "Name one of them in the layout.",
        ) from problem
    except FileFault:
        raise
    except (CalamineError, IndexError, OSError) as problem:
        raise _broken() from problem


def as_csv(
    rows: Iterator[list[Any]], header: int, dates: Mapping[str, Callable[[datetime.date], str]], decimal: str
) -> Iterator[bytes]:
    """The rows as CSV in UTF-8. `header` is the row (from 1) with the column names, `dates` writes the dates of a
    column."""
    writers: list[Write] = []
    default = _writer(datetime.date.isoformat, decimal)
    for number, batch in _batches(rows):
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        for place, row in enumerate(batch, start=number):
            if place == header:
                names = [default(value).strip().casefold() for value in row]
                writers = [_writer(dates.get(name, datetime.date.isoformat), decimal) for name in names]
            each = writers or [default] * len(row)
            out.writerow([write(value) for write, value in zip(each, row, strict=False)])
        yield text.getvalue().encode()


def _batches(rows: Iterator[list[Any]]) -> Iterator[tuple[int, Sequence[list[Any]]]]:
    batch, first, number = list[list[Any]](), 1, 0
    for number, row in enumerate(rows, start=1):
        batch.append(row)
        if len(batch) == _ROWS:
            yield first, batch
            batch, first = [], number + 1
    if batch:
        yield first, batch


def _writer(day: Callable[[datetime.date], str], decimal: str) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return format(Decimal(format(value, ".15g")), "f").replace(".", decimal)
        if isinstance(value, datetime.datetime):
            return day(value.date()) if value.time() == datetime.time() else value.isoformat(sep=" ")
        return day(value) if isinstance(value, datetime.date) else str(value)

    return write


def _bomb() -> FileFault:
    return fault(
        "ZIP_BOMB",
        "The workbook unpacks to more than a file of this size can hold.",
        "Save the sheet as CSV and upload that.",
    )


def _broken() -> FileFault:
    return fault(
        "BROKEN_WORKBOOK", "The workbook can not be opened; it may have been cut.", "Save and upload it again."
    )
