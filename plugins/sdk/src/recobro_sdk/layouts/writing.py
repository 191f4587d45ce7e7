"""From records to the bytes of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from recobro_sdk.layouts.descriptors import WORD
from recobro_sdk.layouts.parts import ColumnPart
from recobro_sdk.layouts.reading import HEADING
from recobro_sdk.layouts.records import Frame, LayoutError, Record, Reject
from recobro_sdk.layouts.rows import DelimitedPart
from recobro_sdk.layouts.schema import Role, Shape
from recobro_sdk.layouts.stream import with_breaks
from recobro_sdk.layouts.totals import Totals

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout


def write(layout: Layout, items: Iterable[Record | Reject]) -> Iterator[bytes]:
    """The bytes of each record of a file, see `Layout.write`."""
    writer = RecordWriter(layout)
    totals = Totals(layout)
    for item in _with_heading(layout, items):
        totals.add(item)
        yield item.raw if isinstance(item, Reject) else writer.bytes_of(computed(item, totals))


def computed(record: Record, totals: Totals) -> Record:
    """The record with what was counted in its computed fields that have no value."""
    missing = [name for name in totals.computed.get(record.type, ()) if record.values.get(name) is None]
    if not missing:
        return record
    return replace(record, values={**record.values, **{name: totals.value(record.type, name) for name in missing}})


class RecordWriter:
    """Writes the records of one layout."""

    def __init__(self, layout: Layout) -> None:
        framing, encoding = layout.spec.framing, layout.spec.encoding
        self._layout: Layout = layout
        self._shape: Shape = framing.shape
        self._length: int = (framing.length or 0) if framing.shape is Shape.FIXED else 0
        self._ending: bytes = framing.ending.encode(encoding)
        self._blank: bytes = " ".encode(encoding)
        self._decimal: bool = framing.words == "decimal"
        self._encoding: str = encoding
        self._delimiter: bytes = framing.delimiter.encode(encoding)

    def bytes_of(self, record: Record) -> bytes:
        """The bytes of one record with everything around it. Raises: LayoutError."""
        if self._shape is Shape.DELIMITED:
            return self._ended(record, self._row(record))
        body = self.body(record)
        if self._shape is Shape.DESCRIPTOR:
            return self._described(record, body)
        if self._shape is Shape.FIXED:
            whole = record.frame is None and record.source is not None and len(record.source) < self._length
            data = body if whole else body.ljust(self._length, self._blank)
            return with_breaks(data, record.frame.breaks) if record.frame else data
        return self._ended(record, body)

    def body(self, record: Record) -> bytes:
        """The fields, segments and tail of a record, without what frames it. Raises: LayoutError."""
        part = self._layout.part(record.type)
        if not isinstance(part, ColumnPart):
            raise LayoutError(f"{record.type} is no record of columns")
        raw = part.write(record)
        if not record.segments and not record.tail:
            return raw
        known = self._layout.record_specs[record.type].segments
        strange = next((item.type for item in record.segments if item.type not in known), None)
        if strange is not None:
            raise LayoutError(f"record {record.number}: {record.type} has no segment {strange}")
        return b"".join([raw, *(self._layout.segments[item.type].write(item) for item in record.segments), record.tail])

    def _row(self, record: Record) -> bytes:
        if record.type == HEADING:
            if isinstance(record.source, tuple):
                return self._delimiter.join(record.source)
            return self._delimiter.join(str(name).encode(self._encoding) for name in record.values.values())
        part = self._layout.part(record.type)
        if not isinstance(part, DelimitedPart):
            raise LayoutError(f"{record.type} is no row")
        return part.write(record)

    def _ended(self, record: Record, data: bytes) -> bytes:
        if record.frame is None:
            return data + self._ending
        # The ending belongs behind the record, however long it has become.
        return data + b"".join(text for _, text in record.frame.breaks)

    def _described(self, record: Record, body: bytes) -> bytes:
        frame = record.frame or Frame()
        words = WORD if frame.block is None else 2 * WORD
        content = len(body) + words
        length, block = frame.length or len(body) + WORD, frame.block
        size = max(frame.size or max(block or 0, length), content)
        breaks = frame.breaks
        grown = content - frame.size if frame.size is not None else 0
        if grown > 0:
            # It was given more than it was read with: what its words said is no longer so.
            length, block = len(body) + WORD, None if block is None else block + grown
            breaks = tuple((place + grown if place == frame.size else place, text) for place, text in breaks)
        out = self._word(length)
        if block is not None:
            out = self._word(block) + out
        return with_breaks((out + body).ljust(size, self._blank), breaks)

    def _word(self, number: int) -> bytes:
        most = 9_999 if self._decimal else 65_535
        if number > most:
            raise LayoutError(f"a record of {number} bytes is longer than its descriptor word can say ({most})")
        if self._decimal:
            return f"{number:04d}".encode(self._encoding)
        return number.to_bytes(2, "big") + b"\0\0"


def _with_heading(layout: Layout, items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
    """The records, after a heading of field names where the layout has one and the records bring none.

    No records are an empty file, as they were if they came from one.
    """
    rest = iter(items)
    first = next(rest, None)
    if first is None:
        return
    if layout.spec.framing.heading and isinstance(first, Record) and first.type != HEADING:
        names = enumerate(heading_names(layout), start=1)
        yield Record(HEADING, {str(place): name for place, name in names})
    yield from chain([first], rest)


def heading_names(layout: Layout) -> list[str]:
    """The names that a heading has: those of the fields of the first detail."""
    kinds = layout.spec.records
    detail = next((record for record in kinds if record.role is Role.DETAIL), kinds[0])
    return [field.name for field in detail.fields]
