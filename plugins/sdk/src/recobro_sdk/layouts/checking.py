"""What is wrong with records: every problem of every record, without an exception for bad data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from recobro_sdk.layouts.descriptors import WORD
from recobro_sdk.layouts.parts import Part
from recobro_sdk.layouts.reading import HEADING
from recobro_sdk.layouts.records import LayoutError, Problem, Record, Reject
from recobro_sdk.layouts.schema import Role
from recobro_sdk.layouts.totals import Totals
from recobro_sdk.layouts.writing import RecordWriter, heading_names

if TYPE_CHECKING:
    from recobro_sdk.layouts.conditions import Rule
    from recobro_sdk.layouts.layout import Layout


class Checker:
    """Checks one file at a time against the whole of its layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout: Layout = layout
        self._writer: RecordWriter = RecordWriter(layout)
        self._rules: dict[str, list[Rule]] = {}
        for rule in layout.spec.rules:
            self._rules.setdefault(rule.of, []).append(rule)
        self._watched: dict[str, list[int]] = {}
        for name in (*layout.columns, *layout.rows, *layout.segments):
            fields = layout.part(name).fields
            self._watched[name] = [i for i, f in enumerate(fields) if f.required or f.codes is not None]

    def check(self, items: Iterable[Record | Reject]) -> Iterator[Problem]:
        """The problems of a file in its order, those of the file as a whole last."""
        totals = Totals(self._layout)
        seen: dict[str, int] = {}
        trailer: str | None = None
        number = 0
        for number, item in enumerate(items, start=1):
            totals.add(item)
            if isinstance(item, Reject):
                yield from item.problems
                continue
            if trailer is not None:
                yield _whole(number, item.type, "after_trailer", f"it follows the {trailer}", "put the trailer last")
            spec = self._layout.record_specs.get(item.type)
            if spec is not None and spec.role is Role.HEADER and seen:
                yield _whole(number, item.type, "header_not_first", "it is not the first record", "put it first")
            if spec is not None and spec.role is Role.TRAILER:
                trailer = item.type
            seen[item.type] = seen.get(item.type, 0) + 1
            yield from self._record(item, number, totals)
        for spec in self._layout.spec.records:
            if spec.required and spec.name not in seen:
                yield _whole(number, spec.name, "missing_record", "the file has none", f"add a {spec.name}")

    def _record(self, record: Record, number: int, totals: Totals) -> Iterator[Problem]:
        if record.type == HEADING:
            yield from self._heading(record, number)
            return
        try:
            if record.source is None:
                self._writer.bytes_of(record)
            part = self._layout.part(record.type)
        except LayoutError as error:
            for problem in error.problems:
                yield replace(problem, number=number)
            if not error.problems:
                yield _whole(number, record.type, "unwritable", str(error), "build it as the layout says")
            return
        yield from self._fields(record, part, number)
        yield from self._segments(record, number)
        yield from self._length(record, number)
        for name in totals.computed.get(record.type, ()):
            given, counted = record.values.get(name), totals.value(record.type, name)
            if given is not None and given != counted:
                why = f"it says {given} and the file has {counted}"
                yield self._at(part, name, number, "wrong_total", why, "count again, or leave it empty to be filled")

    def _fields(self, record: Record, part: Part, number: int) -> Iterator[Problem]:
        for index in self._watched[record.type]:
            field = part.fields[index]
            value = record.values.get(field.name)
            if value is None:
                if field.required:
                    yield self._at(part, field.name, number, "required", "it is empty", "give it a value")
            elif field.codes is not None and str(value) not in field.codes:
                shown = ", ".join(code or "blank" for code in list(field.codes)[:12])
                why = (
                    "it is none of the codes of this field" if field.personal else f"'{value}' is no code of this field"
                )
                yield self._at(part, field.name, number, "unknown_code", why, f"give one of {shown}")
        for rule in self._rules.get(record.type, ()):
            if rule.broken(record):
                yield self._at(part, rule.field, number, rule.id, rule.why, rule.remedy)

    def _segments(self, record: Record, number: int) -> Iterator[Problem]:
        counts: dict[str, int] = {}
        for segment in record.segments:
            counts[segment.type] = counts.get(segment.type, 0) + 1
            part = self._layout.segments.get(segment.type)
            if part is not None:
                yield from self._fields(segment, part, number)
        for name, count in counts.items():
            spec = self._layout.segment_specs.get(name)
            if spec is not None and count > spec.most:
                why = f"it has {count} segments {name} and may have {spec.most}"
                yield _whole(number, record.type, "too_many_segments", why, "leave out the others")
        if record.tail.strip():
            why = f"{len(record.tail)} bytes after its last field are no segment of this layout"
            yield _whole(number, record.type, "unknown_segment", why, "take them out, or name the segment")

    def _length(self, record: Record, number: int) -> Iterator[Problem]:
        """Where the descriptor word leaves segments out."""
        said = record.frame.length if record.frame is not None else None
        parts = [self._layout.columns.get(record.type)]
        parts += [self._layout.segments.get(segment.type) for segment in record.segments]
        content = WORD + sum(part.width for part in parts if part is not None)
        if said is not None and said < content:
            why = f"its descriptor word says {said} bytes and it has {content}"
            yield _whole(number, record.type, "wrong_length", why, "write the length with every segment")

    def _heading(self, record: Record, number: int) -> Iterator[Problem]:
        names = heading_names(self._layout)
        if list(record.values.values()) != names:
            yield _whole(
                number, HEADING, "wrong_heading", "it does not name the fields in their order", ", ".join(names)
            )

    @staticmethod
    def _at(part: Part, name: str | None, number: int, code: str, why: str, remedy: str) -> Problem:
        if name is None:
            return _whole(number, part.spec.name, code, why, remedy)
        index = next(i for i, field in enumerate(part.fields) if field.name == name)
        return Problem(number, part.spec.name, code, why, remedy, name, part.columns(index))


def _whole(number: int, name: str, code: str, why: str, remedy: str) -> Problem:
    return Problem(number, name, code, why, remedy)
