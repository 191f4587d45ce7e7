"""A layout made ready for use: reads a kind of file, writes it, checks it and documents it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recobro_sdk.layouts import documentation, reading, writing
from recobro_sdk.layouts.checking import Checker
from recobro_sdk.layouts.parts import ColumnPart
from recobro_sdk.layouts.records import LayoutError, Problem, Record, Reject
from recobro_sdk.layouts.rows import DelimitedPart
from recobro_sdk.layouts.schema import LayoutSpec, RecordSpec, SegmentSpec, Shape
from recobro_sdk.layouts.stream import Readable


class Layout:
    """One kind of file. Made once from its schema and used for any number of files, in any number of threads.

    Raises: LayoutError, where the schema contradicts itself.
    """

    def __init__(self, spec: LayoutSpec) -> None:
        self.spec: LayoutSpec = spec
        self.delimited: bool = spec.framing.shape is Shape.DELIMITED
        self.segments: dict[str, ColumnPart] = {}
        self.columns: dict[str, ColumnPart] = {}
        self.rows: dict[str, DelimitedPart] = {}
        for record in spec.records:
            if self.delimited:
                self.rows[record.name] = DelimitedPart(record, spec.encoding, spec.framing)
            else:
                self.columns[record.name] = ColumnPart(record, spec.encoding, spec.framing, spec.framing.origin)
        for segment in spec.segments:
            self.segments[segment.name] = ColumnPart(segment, spec.encoding, spec.framing)
        self.record_specs: dict[str, RecordSpec] = {record.name: record for record in spec.records}
        self.segment_specs: dict[str, SegmentSpec] = {segment.name: segment for segment in spec.segments}
        _consistent(self)

    def read(self, source: Readable) -> Iterator[Record | Reject]:
        """The records of a file, one at a time, and what could not be read, in their order.

        Nothing is lost: writing what this yields gives the file back, byte for byte. Memory holds one piece of the
        file and one record, whatever the size of the file. Unknown codes and broken rules are not looked at here.
        """
        return reading.read(self, source)

    def write(self, items: Iterable[Record | Reject]) -> Iterator[bytes]:
        """The bytes of each record. Computed fields without a value get what was counted up to there.

        Raises: LayoutError, for a record with a value that its field cannot hold; `problems` names every one.
        """
        return writing.write(self, items)

    def dump(self, items: Iterable[Record | Reject]) -> bytes:
        """The whole file as bytes. Raises: LayoutError."""
        return b"".join(self.write(items))

    def check(self, items: Iterable[Record | Reject]) -> Iterator[Problem]:
        """Everything that is wrong with a file, or with records that are to become one; never raises for bad data."""
        return Checker(self).check(items)

    def document(self) -> str:
        """The layout for people to read: every record, field, code and rule, in Markdown."""
        return documentation.document(self)

    def part(self, name: str) -> ColumnPart | DelimitedPart:
        """The record or segment type of this name. Raises: LayoutError."""
        part = self.rows.get(name) or self.columns.get(name) or self.segments.get(name)
        if part is None:
            raise LayoutError(f"{self.spec.name} has no record or segment {name}")
        return part


def _consistent(layout: Layout) -> None:
    spec = layout.spec
    names = [part.name for part in (*spec.records, *spec.segments)]
    if len(set(names)) != len(names):
        raise LayoutError(f"{spec.name}: two records or segments have one name")
    for record in spec.records:
        for segment in record.segments:
            if segment not in layout.segments:
                raise LayoutError(f"{record.name}: there is no segment {segment}")
            if not layout.segments[segment].constants:
                raise LayoutError(f"{segment}: a segment needs a constant that tells it")
    without = [part.spec.name for part in (*layout.columns.values(), *layout.rows.values()) if not part.constants]
    if len(without) > 1:
        raise LayoutError(f"{' and '.join(without)} have no constant that tells one from the other")
    if spec.framing.shape is Shape.FIXED:
        _fits_its_length(layout)
    _known_names(layout)


def _fits_its_length(layout: Layout) -> None:
    length = layout.spec.framing.length
    for part in layout.columns.values():
        if length is None or part.width > length:
            raise LayoutError(f"{part.spec.name} has {part.width} columns; records of one length say which, and fit it")


def _known_names(layout: Layout) -> None:
    """Rules and computed fields name records, segments and fields that exist."""
    for rule in layout.spec.rules:
        part = layout.part(rule.of)
        for condition in (*rule.when, *rule.then):
            inner = part if condition.segment is None else layout.part(condition.segment)
            for name in (condition.field, condition.earliest, condition.latest):
                if name is not None and name not in inner.names:
                    raise LayoutError(f"rule {rule.id}: {inner.spec.name} has no field {name}")
    for record in layout.spec.records:
        for field in record.fields:
            for term in field.compute:
                part = layout.part(record.name if term.of == "*" else term.of)
                named = [term.sum, *(condition.field for condition in term.where if condition.segment is None)]
                if any(name is not None and name not in part.names for name in named):
                    raise LayoutError(f"{record.name}.{field.name}: {term.of} has no such field to count")
