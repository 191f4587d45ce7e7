"""A record type or segment type made ready: fields as slices and codecs, reading and writing the bytes of one part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

from recobro_sdk.layouts.codecs import Codec, codec
from recobro_sdk.layouts.records import FieldError, LayoutError, Problem, Record, Value
from recobro_sdk.layouts.schema import FieldSpec, Framing, Kind, PartSpec, Shape, Store

_SHOWN: Final = 20
NO_CHANGE: Final = object()
"""What bytes read as that cannot be read: equal to no value."""


class Part:
    """What all parts have: their fields, and a codec for each. `fillers` are the places of fields that only fill."""

    def __init__(self, spec: PartSpec, encoding: str, framing: Framing) -> None:
        self.spec: PartSpec = spec
        self.fields: tuple[FieldSpec, ...] = spec.fields
        self.forbidden: str = _forbidden(framing)
        self.codecs: tuple[Codec, ...] = tuple(codec(field, encoding, self.forbidden) for field in self.fields)
        self.encoding: str = encoding
        self.names: frozenset[str] = frozenset(field.name for field in self.fields)
        self.constants: tuple[int, ...] = tuple(i for i, f in enumerate(self.fields) if f.kind is Kind.CONST)
        self.probes: tuple[int, ...] = tuple(i for i, f in enumerate(self.fields) if f.kind is Kind.CONST or f.probe)
        self.real: tuple[int, ...] = tuple(i for i, f in enumerate(self.fields) if f.kind is not Kind.FILLER)

    def problem(self, index: int, error: FieldError, raw: bytes | None, number: int, code: str) -> Problem:
        """The problem of one field of the record with this number; `raw` is what it held, shown unless personal."""
        field = self.fields[index]
        why = error.why
        if raw is not None and field.store in (Store.CHARACTERS, Store.OVERPUNCH):
            text = raw.decode(self.encoding, "replace")[:_SHOWN]
            why = f"'{_masked(text) if field.personal else text}': {why}"
        return Problem(number, self.spec.name, code, why, error.remedy, field.name, self.columns(index))

    def columns(self, index: int) -> tuple[int, int]:
        """First and last column of a field, from 1."""
        return index + 1, index + 1

    def values(self, parts: Sequence[bytes], number: int) -> dict[str, Value] | list[Problem]:
        """The values of these fields, without those that only fill and are blank, or what is wrong with them."""
        found: dict[str, Value] = {}
        wrong: list[Problem] = []
        for index, raw in enumerate(parts):
            try:
                value = self.codecs[index].read(raw)
            except FieldError as error:
                wrong.append(self.problem(index, error, raw, number, "unreadable"))
                continue
            if value is not None or self.fields[index].kind is not Kind.FILLER:
                found[self.fields[index].name] = value
        return wrong or found

    def spelt(self, record: Record, source: Sequence[bytes] | None) -> list[bytes]:
        """The bytes of each field of a record; where its value is what the source says, the source's own bytes.

        Raises: LayoutError, with a problem for each value that does not fit.
        """
        out: list[bytes] = []
        wrong: list[Problem] = []
        for index, field in enumerate(self.fields):
            value = record.values.get(field.name)
            try:
                raw = self.codecs[index].write(value)
            except FieldError as error:
                # What was read may be what we would not write.
                if source is None or self.reads_as(index, source[index]) != value:
                    wrong.append(self.problem(index, error, None, record.number, "unwritable"))
                    continue
                raw = source[index]
            if source is not None and raw != source[index] and self.reads_as(index, source[index]) == value:
                raw = source[index]
            out.append(raw)
        unknown = sorted(set(record.values) - self.names)
        wrong.extend(
            Problem(record.number, self.spec.name, "unknown_field", f"there is no field {name}", "take it out")
            for name in unknown
        )
        if wrong:
            raise LayoutError(f"record {record.number or 'without number'}: {wrong[0]}", tuple(wrong))
        return out

    def reads_as(self, index: int, raw: bytes) -> object:
        """The value of a field with these bytes, or NO_CHANGE."""
        try:
            return self.codecs[index].read(raw)
        except FieldError:
            return NO_CHANGE


class ColumnPart(Part):
    """A part whose fields stand in columns."""

    def __init__(self, spec: PartSpec, encoding: str, framing: Framing, origin: int = 1) -> None:
        super().__init__(spec, encoding, framing)
        self._origin: int = origin
        starts: list[int] = []
        width = 0
        for field in self.fields:
            if field.width is None:
                raise LayoutError(f"{spec.name}.{field.name}: a field by column needs a width")
            form = field.format or ""
            if form and field.store is Store.CHARACTERS and len(form) != field.width:
                raise LayoutError(
                    f"{spec.name}.{field.name}: the format {form!r} has {len(form)} columns and the field {field.width}"
                )
            column = width + origin
            if field.at is not None and field.at != column:
                raise LayoutError(f"{spec.name}.{field.name} is said to be at {field.at} and would be at {column}")
            starts.append(width)
            width += field.width
        self.width: int = width
        self.slices: tuple[slice, ...] = tuple(
            slice(start, start + (field.width or 0)) for start, field in zip(starts, self.fields, strict=True)
        )
        blank = " ".encode(encoding)
        self.fillers: tuple[tuple[slice, bytes], ...] = tuple(
            (place, (field.pad or " ").encode(encoding) * (field.width or 0))
            for place, field in zip(self.slices, self.fields, strict=True)
            if field.kind is Kind.FILLER
        )
        self.marks: tuple[tuple[slice, bytes], ...] = tuple(
            (self.slices[i], self.codecs[i].write(None)) for i in self.constants
        )
        self.probe_width: int = max((self.slices[i].stop for i in self.probes), default=0)
        self._blank: bytes = blank
        self._names: tuple[str, ...] = tuple(self.fields[i].name for i in self.real)
        self._reads: tuple[Any, ...] = tuple(self.codecs[i].read for i in self.real)
        self._writes: tuple[tuple[str, Any], ...] = tuple(
            (field.name, one.write) for field, one in zip(self.fields, self.codecs, strict=True)
        )
        places = [self.slices[i] for i in self.real]
        # itemgetter answers a bare value for one place.
        self._get: itemgetter[Any] = itemgetter(*places, slice(0, 0))

    def columns(self, index: int) -> tuple[int, int]:
        """First and last column of a field, counted as the standard of the file counts."""
        place = self.slices[index]
        return place.start + self._origin, place.stop + self._origin - 1

    def matches(self, raw: bytes, start: int = 0) -> bool:
        """Whether the constants of this part stand where they belong."""
        return all(raw[start + place.start : start + place.stop] == mark for place, mark in self.marks)

    def likely(self, raw: bytes, start: int = 0) -> bool:
        """Whether its constants are there and its probe fields can be read: what begins here is probably this part."""
        return self._are(self.probes, raw, start)

    def _are(self, indexes: Iterable[int], raw: bytes, start: int) -> bool:
        for index in indexes:
            place = self.slices[index]
            part = raw[start + place.start : start + place.stop]
            if len(part) < place.stop - place.start or self.reads_as(index, part) is NO_CHANGE:
                return False
        return True

    def read(self, raw: bytes, number: int) -> dict[str, Value] | list[Problem]:
        """The values of a part with exactly these bytes (fewer are taken as blanks), or what is wrong with them."""
        if len(raw) < self.width:
            raw = raw.ljust(self.width, self._blank)
        try:
            values = {
                name: read(part) for name, read, part in zip(self._names, self._reads, self._get(raw), strict=False)
            }
        except FieldError:
            return self.values([raw[place] for place in self.slices], number)
        for place, blank in self.fillers:
            if raw[place] != blank:
                return self.values([raw[place] for place in self.slices], number)
        return values

    def write(self, record: Record) -> bytes:
        """The bytes of a part. Raises: LayoutError."""
        source = record.source
        quick = self._quickly(record.values)
        if quick is not None and (quick == source or not isinstance(source, bytes)):
            return quick
        if not isinstance(source, bytes):
            return b"".join(self.spelt(record, None))
        if len(source) >= self.width:
            return b"".join(self.spelt(record, [source[place] for place in self.slices]))
        return self._write_short(record, source)

    def _quickly(self, values: dict[str, Value]) -> bytes | None:
        """The bytes of a part whose values all fit, spelt as we spell them."""
        if not values.keys() <= self.names:
            return None
        try:
            return b"".join([write(values.get(name)) for name, write in self._writes])
        except FieldError:
            return None

    def _write_short(self, record: Record, source: bytes) -> bytes:
        """A part that was read from fewer bytes stays as short, unless what is missing has a value now."""
        padded = source.ljust(self.width, self._blank)
        whole = b"".join(self.spelt(record, [padded[place] for place in self.slices]))
        return whole[: len(source)] if whole[len(source) :] == padded[len(source) :] else whole


def _forbidden(framing: Framing) -> str:
    """What text may not hold because it would be taken for the end of a field or record."""
    if framing.shape is Shape.DELIMITED:
        return "" if framing.quote else f"{framing.delimiter}{framing.ending}\r\n"
    return f"{framing.ending}\r\n" if framing.shape is Shape.LINES or framing.wrapped else ""


def _masked(text: str) -> str:
    """The form of personal text, without the text: letters as A, digits as 9."""
    return "".join("9" if letter.isdigit() else "A" if letter.isalpha() else letter for letter in text)
