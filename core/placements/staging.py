"""From a stored file to the temporary table `staged`: every column as text, and the number of each record.

PostgreSQL takes the file apart (COPY), no row passes through Python. `staged.n` counts records from 1; `line_of` in
core/placements/rows.py makes of it the line of the file where the record begins.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio.to_thread
import asyncpg

from core.kit import files
from core.kit.db import Tx
from core.placements.dates import DateFormat
from core.placements.faults import FileFault, fault, no_rows
from core.placements.header import Header, check_columns, plain, take_header
from core.placements.layout import DateSource, Layout, sources
from core.placements.source import Text, detect
from core.placements.workbook import as_csv, is_workbook, rows_of

Told = Callable[[int, int], Awaitable[None]]
"""Tells how many bytes of how many are staged."""

_TELL_EVERY = 4_000_000
_MOST_BLANK_LINES = 1_000_000


@dataclass(frozen=True, slots=True)
class Staged:
    """What stands in `staged`, and what was seen on the way. `records` counts blank ones; `broken` says that values
    hold line breaks, so that a record may begin later than its number says."""

    header: Header
    others: tuple[str, ...]
    encoding: str
    records: int
    broken: bool
    trailer: str | None

    def column(self, name: str) -> str:
        """The SQL name of a column of the header."""
        place = self.header.place(name)
        assert place is not None, "the header was compared with the layout"
        return f"c{place + 1}"


async def stage(tx: Tx, agency_id: UUID, digest: str, size: int, layout: Layout, told: Told) -> Staged:
    """Fill `staged` from a stored file. Raises: FileFault for every way in which a file can be unusable."""
    path = files.path_of(agency_id, digest)
    text = await anyio.to_thread.run_sync(_open, path, layout)
    pieces = iter(text)
    header = await anyio.to_thread.run_sync(take_header, pieces, layout)
    others = check_columns(header, layout)
    columns = [f"c{place + 1}" for place in range(len(header.names))]
    await tx.execute(
        "CREATE TEMP TABLE staged (n bigint GENERATED ALWAYS AS IDENTITY, "
        f"{', '.join(f'{column} text' for column in columns)}) ON COMMIT DROP"
    )
    flow = _Flow(text, chain([header.rest], pieces), trailer=layout.trailer is not None)
    try:
        await tx.connection.copy_to_table(
            "staged", source=flow.encoded(told, size), columns=columns, format="csv", delimiter=header.delimiter,
            quote=layout.quote or "\x01", encoding="utf-8", timeout=None,
        )  # fmt: skip
    except asyncpg.BadCopyFileFormatError as problem:
        raise _copy_fault(problem, header) from problem
    text.check_end()
    await tx.execute("ANALYZE staged (n)")
    records: int = await tx.fetchval("SELECT COALESCE(max(n), 0) FROM staged")
    if records == 0:
        raise no_rows()
    return Staged(header, tuple(others), text.encoding, records, flow.lines != records, flow.trailer)


def _open(path: Path, layout: Layout) -> Text:
    """The text of the file, whatever holds it."""
    with path.open("rb") as file:
        start = file.read(8)
    workbook = is_workbook(start) if layout.format != "csv" else False
    if layout.format == "xlsx" and not workbook:
        raise fault("NOT_A_WORKBOOK", "The layout says XLSX, and the file is none.", "Save the file as XLSX.")
    if workbook:
        rows = as_csv(rows_of(path, layout.sheet), layout.header_row, _date_writers(layout), layout.decimal)
        return Text(rows, "utf-8", '"')
    encoding = detect(_read(path), layout.encoding)
    return Text(_read(path), encoding, layout.quote, declared=layout.encoding != "auto")


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 18):
            yield chunk


def _date_writers(layout: Layout) -> dict[str, Any]:
    """How the date cells of each date column are written, so that its own notation reads them."""
    return {
        plain(source.column): DateFormat.parse(source.format or layout.dates).write
        for _, source in sources(layout)
        if isinstance(source, DateSource) and source.column
    }


@dataclass(slots=True)
class _Flow:
    """The rows on their way into COPY. Line breaks at the very end are dropped, a trailer is held back."""

    text: Text
    pieces: Iterator[str]
    trailer: Any  # whether there is one; at the end the line itself, or None
    lines: int = 0
    _held: str = ""

    async def encoded(self, told: Told, size: int) -> AsyncIterator[bytes]:
        last_told, last = 0, ""
        while (piece := await anyio.to_thread.run_sync(next, self.pieces, None)) is not None:
            if ready := self._pass(piece):
                self.lines += ready.count("\n")
                last = ready[-1]
                yield ready.encode()
            if self.text.bytes_read - last_told >= _TELL_EVERY:
                last_told = self.text.bytes_read
                await told(min(last_told, size), size)
        if self.trailer:
            self.trailer = self._held.strip("\n")
        else:
            self.trailer = None
        self.lines += 1 if last not in ("", "\n") else 0

    def _pass(self, piece: str) -> str:
        held = self._held + piece
        body = held.rstrip("\n")
        if len(held) - len(body) > _MOST_BLANK_LINES:
            raise fault("BLANK_LINES", "The file has a million blank lines in a row.", "Remove them.")
        cut = body.rfind("\n") + 1 if self.trailer else len(body)
        self._held = held[cut:]
        return held[:cut]


def _copy_fault(problem: asyncpg.BadCopyFileFormatError, header: Header) -> FileFault:
    """What PostgreSQL found, in words, with the line of the file: COPY counts lines as we do, from the first row on."""
    place_of = re.search(r"line (\d+)", problem.context or "")
    line = int(place_of.group(1)) + header.lines if place_of else None
    place = f"Line {line}" if line else "A line"
    wanted = len(header.names)
    if "missing data" in str(problem):
        found = re.search(r'column "c(\d+)"', str(problem))
        count = f"{int(found.group(1)) - 1} values" if found else "fewer values"
        return fault("RAGGED_ROW", f"{place} has {count} where the header has {wanted} columns.", _RAGGED)
    if "extra data" in str(problem):
        return fault("RAGGED_ROW", f"{place} has more values than the header has columns ({wanted}).", _RAGGED)
    if "unterminated" in str(problem):
        return fault("UNTERMINATED_QUOTE", f"{place}: a quote is not closed; the file may have been cut.", _RAGGED)
    return fault("UNREADABLE_LINE", f"{place} can not be read: {problem}.", _RAGGED)


_RAGGED = "Check the delimiters and quotes of that line, and that the file is whole."
