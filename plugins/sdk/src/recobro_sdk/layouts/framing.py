"""How a file falls into records, for each shape of file. What is cut out is not yet read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from recobro_sdk.layouts.parts import ColumnPart
from recobro_sdk.layouts.records import Frame
from recobro_sdk.layouts.schema import Framing, Shape
from recobro_sdk.layouts.stream import ByteStream, with_breaks

_WINDOWS: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one record: with its descriptor words (`words` bytes of them), without its line break.

    `part` is the record type, where the framing had to find it out. `why` says why these bytes are no record. `ending`
    is the line break of a piece without a frame.
    """

    data: bytes
    offset: int
    frame: Frame | None = None
    words: int = 0
    part: ColumnPart | None = None
    why: tuple[str, str] | None = None
    ending: bytes = b""

    @property
    def raw(self) -> bytes:
        """All that stood in the file."""
        return self.data + self.ending if self.frame is None else with_breaks(self.data, self.frame.breaks)


def pieces(stream: ByteStream, framing: Framing, encoding: str) -> Iterator[Piece]:
    """The records of a file of lines, of rows, or of records of one length."""
    if framing.shape is Shape.FIXED:
        yield from _fixed(stream, framing)
        return
    usual = framing.ending.encode(encoding)
    held: Piece | None = None
    for piece in _lines(stream, framing, encoding):
        if held is not None and not piece.data and piece.why is None:
            # An empty line is no record: it belongs to the end of the one before it.
            held = _longer(held, piece.raw, usual)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _lines(stream: ByteStream, framing: Framing, encoding: str) -> Iterator[Piece]:
    most, usual = framing.most, framing.ending.encode(encoding)
    quote = framing.quote.encode(encoding) if framing.shape is Shape.DELIMITED else b""
    delimiter = framing.delimiter.encode(encoding)
    # Either line break is taken wherever one of them is what the layout writes.
    both = usual in (b"\n", _WINDOWS)
    mark = b"\n" if both else usual
    while stream.have(1):
        offset = stream.offset
        length = _row_length(stream, mark, most, delimiter, quote, before=b"\r" if both else b"")
        if length < 0:
            data, _ = stream.take(most)
            late = len(data) == most
            yield Piece(
                data,
                offset,
                Frame(),
                why=("it is longer than a record may be", f"end each record within {most} bytes") if late else None,
            )
            continue
        data, _ = stream.take(length)
        ending, _ = stream.take(len(mark))
        if both and data.endswith(b"\r"):
            data, ending = data[:-1], _WINDOWS
        frame = None if ending == usual else Frame(breaks=((len(data), ending),))
        yield Piece(data, offset, frame, ending=usual)


def _row_length(stream: ByteStream, mark: bytes, most: int, delimiter: bytes, quote: bytes, *, before: bytes) -> int:
    """Bytes before the line break that ends this row: one between two quotes does not. `before` belongs to the break
    where it stands before the mark, and not to the last field."""
    length = stream.find(mark, most)
    while quote and length >= 0 and cells(stream.peek(length).removesuffix(before), delimiter, quote)[1]:
        rest = stream.peek(most - length - len(mark), length + len(mark)).find(mark)
        length = length + len(mark) + rest if rest >= 0 else -1
    return length


def _longer(held: Piece, raw: bytes, usual: bytes) -> Piece:
    breaks = ((len(held.data), usual),) if held.frame is None else held.frame.breaks
    ending = b"".join(text for _, text in breaks) + raw
    return Piece(held.data, held.offset, Frame(breaks=((len(held.data), ending),)), why=held.why)


def _fixed(stream: ByteStream, framing: Framing) -> Iterator[Piece]:
    length = framing.length or 1
    while stream.have(1):
        offset = stream.offset
        data, breaks = stream.take(length)
        why = None
        if len(data) < length and not framing.short:
            why = (f"the file ends after {len(data)} of {length} bytes", "send the file again, whole")
        yield Piece(data, offset, Frame(breaks=breaks) if breaks else None, why=why)
    yield from only_breaks(stream)


def only_breaks(stream: ByteStream) -> Iterator[Piece]:
    """The line breaks of a file that has nothing else: with a record, they would be its."""
    _, breaks = stream.take(0)
    if breaks:
        yield Piece(b"", 0, Frame(breaks=breaks), why=("the file has no record", "send records"))


def cells(row: bytes, delimiter: bytes, quote: bytes) -> tuple[list[bytes], bool]:
    """The fields of a row as they stand in it, quotes and all; and whether the last one's quotes are still open."""
    if not quote or quote not in row:
        return row.split(delimiter), False
    quoted = _quoted(delimiter, quote)
    found: list[bytes] = []
    place = 0
    while True:
        match = quoted.match(row, place)
        if match is not None:
            end = match.end()
        elif row.startswith(quote, place) and row.count(quote, place) % 2:
            return found, True
        else:
            end = row.find(delimiter, place)
            end = len(row) if end < 0 else end
        found.append(row[place:end])
        if end >= len(row):
            return found, False
        place = end + len(delimiter)


@lru_cache(maxsize=32)
def _quoted(delimiter: bytes, quote: bytes) -> re.Pattern[bytes]:
    d, q = re.escape(delimiter), re.escape(quote)
    return re.compile(q + b"(?:[^" + q + b"]|" + q + q + b")*" + q + b"(?=" + d + rb"|\Z)")


def unquoted(cell: bytes, quote: bytes) -> bytes:
    """What a field says, without the quotes around it."""
    if quote and len(cell) > 1 and cell.startswith(quote) and cell.endswith(quote):
        return cell[len(quote) : -len(quote)].replace(quote * 2, quote)
    return cell
