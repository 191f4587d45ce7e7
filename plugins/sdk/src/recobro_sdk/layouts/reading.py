"""From the pieces of a file to its records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recobro_sdk.layouts.descriptors import DescriptorFraming
from recobro_sdk.layouts.framing import Piece, cells, pieces, unquoted
from recobro_sdk.layouts.parts import ColumnPart
from recobro_sdk.layouts.records import Problem, Record, Reject, Value
from recobro_sdk.layouts.rows import DelimitedPart
from recobro_sdk.layouts.schema import Shape
from recobro_sdk.layouts.stream import ByteStream, Readable

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout

HEADING = "heading"
"""The type of the record that holds the first row of a delimited file with a heading."""


def read(layout: Layout, source: Readable) -> Iterator[Record | Reject]:
    """The records and rejects of a file, see `Layout.read`."""
    framing = layout.spec.framing
    stream = ByteStream(source, wrapped=framing.wrapped)
    if framing.shape is Shape.DELIMITED:
        yield from _rows(layout, stream)
        return
    if framing.shape is Shape.DESCRIPTOR:
        parts = list(layout.columns.values())
        found = DescriptorFraming(stream, framing, layout.spec.encoding, parts, followers(layout)).pieces()
    else:
        found = pieces(stream, framing, layout.spec.encoding)
    reader = ColumnReader(layout)
    for number, piece in enumerate(found, start=1):
        yield reader.record(piece, number)


def followers(layout: Layout) -> dict[str, tuple[ColumnPart, ...]]:
    """The segments that may follow each record type."""
    return {record.name: tuple(layout.segments[name] for name in record.segments) for record in layout.spec.records}


class ColumnReader:
    """Reads records whose fields stand in columns."""

    def __init__(self, layout: Layout) -> None:
        self._parts: list[ColumnPart] = sorted(layout.columns.values(), key=lambda part: not part.constants)
        self._segments: dict[str, tuple[ColumnPart, ...]] = followers(layout)
        self._blank: bytes = " ".encode(layout.spec.encoding)
        self._short: bool = layout.spec.framing.short
        self._names: str = ", ".join(part.spec.name for part in self._parts)

    def record(self, piece: Piece, number: int) -> Record | Reject:
        """The record of a piece, or why there is none."""
        if piece.why is not None:
            return _reject(piece, number, "", "unreadable", *piece.why)
        data = piece.data[piece.words :]
        part = piece.part or next((part for part in self._parts if part.matches(data)), None)
        if part is None:
            why = "it is none of the records of this layout"
            return _reject(piece, number, "", "unknown_record", why, f"begin it as one of: {self._names}")
        name, width = part.spec.name, part.width
        if len(data) < width and not self._short:
            why = f"it has {len(data)} of {width} columns"
            return _reject(piece, number, name, "too_short", why, "send the whole record")
        values = part.read(data[:width], number)
        if isinstance(values, list):
            return Reject(number, piece.offset, piece.raw, tuple(values))
        record = Record(name, values, number=number, offset=piece.offset, frame=piece.frame, source=data[:width])
        if len(data) > width:
            wrong = self._follow(record, data, width)
            if wrong:
                return Reject(number, piece.offset, piece.raw, tuple(wrong))
        return record

    def _follow(self, record: Record, data: bytes, place: int) -> list[Problem]:
        """Read the segments after the fields, and keep what is neither segment nor padding."""
        kinds = self._segments[record.type]
        while place < len(data):
            part = next((part for part in kinds if part.matches(data, place)), None)
            if part is None:
                break
            raw = data[place : place + part.width]
            if len(raw) < part.width and not self._short:
                why = f"segment {part.spec.name} has {len(raw)} of {part.width} columns"
                return [Problem(record.number, record.type, "too_short", why, "send the whole segment")]
            values = part.read(raw, record.number)
            if isinstance(values, list):
                return values
            record.segments.append(Record(part.spec.name, values, number=record.number, source=raw))
            place += part.width
        rest = data[place:]
        if rest.strip(self._blank) or record.frame is None or record.frame.size is None:
            record.tail = rest
        return []


def _rows(layout: Layout, stream: ByteStream) -> Iterator[Record | Reject]:
    framing, encoding = layout.spec.framing, layout.spec.encoding
    delimiter, quote = framing.delimiter.encode(encoding), framing.quote.encode(encoding)
    parts = sorted(layout.rows.values(), key=lambda part: not part.constants)
    for number, piece in enumerate(pieces(stream, framing, encoding), start=1):
        if piece.why is not None:
            yield _reject(piece, number, "", "unreadable", *piece.why)
            continue
        raw, still_open = cells(piece.data, delimiter, quote)
        if still_open:
            why = ("a quote is opened and never closed", f"close it, and double a {framing.quote} inside of a field")
            yield _reject(piece, number, "", "unreadable", *why)
            continue
        plain = [unquoted(cell, quote) for cell in raw]
        if framing.heading and number == 1:
            yield _heading(piece, number, raw, plain, encoding)
        else:
            yield _row(parts, piece, number, raw, plain)


def _heading(piece: Piece, number: int, raw: list[bytes], plain: list[bytes], encoding: str) -> Record:
    names: dict[str, Value] = {str(place): cell.decode(encoding, "replace") for place, cell in enumerate(plain, 1)}
    return Record(HEADING, names, number=number, offset=piece.offset, frame=piece.frame, source=tuple(raw))


def _row(
    parts: list[DelimitedPart], piece: Piece, number: int, raw: list[bytes], plain: list[bytes]
) -> Record | Reject:
    part = next((part for part in parts if part.matches(plain)), None)
    if part is None:
        names = ", ".join(part.spec.name for part in parts)
        why = "it is none of the records of this layout"
        return _reject(piece, number, "", "unknown_record", why, f"begin it as one of: {names}")
    values = part.read(plain, number)
    if isinstance(values, list):
        return Reject(number, piece.offset, piece.raw, tuple(values))
    source = (*raw, *plain)
    return Record(part.spec.name, values, number=number, offset=piece.offset, frame=piece.frame, source=source)


def _reject(piece: Piece, number: int, name: str, code: str, why: str, remedy: str) -> Reject:
    return Reject(number, piece.offset, piece.raw, (Problem(number, name, code, why, remedy),))
