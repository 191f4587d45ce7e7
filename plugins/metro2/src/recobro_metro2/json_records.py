"""Metro 2 records from JSON, in the open form in which other software of the field exchanges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

from recobro_metro2.forms import Form, layout
from recobro_metro2.json_form import CENTS
from recobro_sdk.layouts import FieldSpec, Frame, Kind, LayoutError, Record, Value

WORD: Final = 4
"""Bytes of a descriptor word."""

_ZERO_TIME: Final = "0001-01-01T00:00:00Z"


@dataclass(slots=True)
class JsonRecords:
    """Makes records of JSON documents for one form of file.

    With `tolerant`, what other software lets pass is made to fit as the standard has it: text is cut to its field,
    a credit balance becomes zero, a field that the format does not have is left out. `changed` counts what was done,
    by field. Without it, such a document is refused. With `newline`, a line break stands after every record but the
    last.
    """

    form: Form = Form.CHARACTER
    newline: bool = False
    tolerant: bool = False
    changed: Counter[str] = field(default_factory=Counter[str])

    def records(self, document: Mapping[str, Any]) -> Iterator[Record]:
        """The records of a whole file, of one account, or of one header or trailer. Raises: LayoutError."""
        if "base" in document:
            yield self._account(document, b"")
            return
        identifier = document.get("recordIdentifier")
        if identifier is not None:
            yield self._record(str(identifier).lower(), document, b"")
            return
        ending = b"\n" if self.newline else b""
        if "header" in document:
            yield self._record("header", document["header"], ending)
        for account in document.get("data") or ():
            yield self._account(account, ending)
        if "trailer" in document:
            yield self._record("trailer", document["trailer"], b"")

    def segment(self, name: str, fields: Mapping[str, Any]) -> Record:
        """A segment. Raises: LayoutError."""
        return Record(name, self._values(name, fields))

    def _account(self, document: Mapping[str, Any], ending: bytes) -> Record:
        segments: list[Record] = []
        for name in layout(self.form).segments:
            parts = document.get(name) or []
            for part in parts if isinstance(parts, list) else [parts]:
                segments.append(self.segment(name, cast("Mapping[str, Any]", part)))
        return self._record("base", document["base"], ending, segments)

    def _record(
        self, name: str, fields: Mapping[str, Any], ending: bytes, segments: list[Record] | None = None
    ) -> Record:
        rest = dict(fields)
        block, length = rest.pop("blockDescriptorWord", None) or None, rest.pop("recordDescriptorWord", None) or None
        record = Record(name, self._values(name, rest), segments or [])
        if self.tolerant and block is None and length is not None and length < self._content(record):
            self.changed[f"{name}.recordDescriptorWord corrected"] += 1
            length = None
        # The line break stands behind the padding, wherever the words put that.
        breaks = ((2**31, ending),) if ending else ()
        record.frame = Frame(block, length, None, breaks)
        return record

    def _content(self, record: Record) -> int:
        parts = layout(self.form)
        content = parts.columns[record.type].width + sum(parts.segments[part.type].width for part in record.segments)
        return WORD + content

    def _values(self, name: str, fields: Mapping[str, Any]) -> dict[str, Value]:
        known = {field.name: field for field in layout(self.form).part(name).fields}
        strange = sorted(set(fields) - set(known))
        if strange and not self.tolerant:
            raise LayoutError(f"{name} has no field {strange[0]}")
        self.changed.update(f"{name}.{key} left out" for key in strange)
        found: dict[str, Value] = {}
        for key, value in fields.items():
            if key in known:
                read = _value(known[key], value, name)
                found[key] = self._fitting(known[key], read, name) if self.tolerant else read
        return found

    def _fitting(self, field: FieldSpec, value: Value, name: str) -> Value:
        width = field.width or 0
        if field.kind is Kind.TEXT and isinstance(value, str) and len(value) > width:
            self.changed[f"{name}.{field.name} cut"] += 1
            return value[:width].rstrip()
        if field.kind is Kind.AMOUNT and isinstance(value, int) and value < 0:
            self.changed[f"{name}.{field.name} made zero"] += 1
            return 0
        return value


def _value(field: FieldSpec, value: Any, record: str) -> Value:
    if value is None or value == "":
        return None
    if field.kind in (Kind.DATE, Kind.TIMESTAMP):
        if value == _ZERO_TIME:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise LayoutError(f"{record}.{field.name} is no date; write it as 2026-01-31T00:00:00Z") from None
        if field.kind is Kind.DATE:
            return moment.date()
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if field.kind in (Kind.AMOUNT, Kind.INTEGER):
        if isinstance(value, bool) or not isinstance(value, int):
            raise LayoutError(f"{record}.{field.name} is no whole number")
        return value * CENTS if field.kind is Kind.AMOUNT else value
    if not isinstance(value, str):
        raise LayoutError(f"{record}.{field.name} is no text")
    return value
