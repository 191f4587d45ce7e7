"""Files and fragments of files, whichever they are: to JSON, from JSON, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Final, cast

from recobro_metro2 import json_form
from recobro_metro2.forms import Form, detect, layout, segment_name
from recobro_metro2.json_records import JsonRecords
from recobro_sdk.layouts import LayoutError, Problem, Record, Reject

_HEAD: Final = 65_536
_PIECE: Final = 262_144


def opened(file: BinaryIO) -> tuple[Form, Iterator[Record | Reject]]:
    """The form of a file and its records, one at a time; the file may be larger than memory."""
    head = file.read(_HEAD)
    form = detect(head)
    rest = iter(lambda: file.read(_PIECE), b"")
    return form, layout(form).read(chain([head], rest))


def read_bytes(data: bytes) -> tuple[Form, list[Record | Reject]]:
    """The form of a file and all of its records. A lone segment is no record of a file: see `segments`."""
    form = detect(data[:_HEAD])
    return form, list(layout(form).read(data))


def segments(data: bytes) -> list[Record]:
    """The segments that stand in these bytes without a record around them, line breaks between them or not.

    Raises: LayoutError, where they are not segments.
    """
    found: list[Record] = []
    rest = data.translate(None, b"\r\n")
    while rest:
        name = segment_name(rest)
        if name is None:
            raise LayoutError("what begins here is no segment")
        part = layout().segments[name]
        raw = rest[: part.width]
        values = part.read(raw, len(found) + 1)
        if len(raw) < part.width:
            raise LayoutError(f"segment {name} has {len(raw)} of {part.width} columns")
        if isinstance(values, list):
            raise LayoutError(str(values[0]), tuple(values))
        found.append(Record(name, values, number=len(found) + 1, source=raw))
        rest = rest[part.width :]
    return found


def write_segments(parts: list[Record]) -> bytes:
    """Segments as bytes, one behind the other. Raises: LayoutError."""
    return b"".join(layout().segments[part.type].write(part) for part in parts)


def to_json(data: bytes, rejects: list[Reject] | None = None) -> Any:
    """A file as JSON; a lone account, header, trailer or segment as its own object, several segments as a list.

    What cannot be read is put into `rejects`. Raises: LayoutError, where it is not given and something cannot be read.
    """
    if segment_name(data) is not None:
        parts = [json_form.record_json(part, Form.CHARACTER) for part in segments(data)]
        return parts[0] if len(parts) == 1 else parts
    form, items = read_bytes(data)
    if rejects is not None:
        rejects += [item for item in items if isinstance(item, Reject)]
        items = [item for item in items if isinstance(item, Record)]
    whole = json_form.file_json(items, form)
    if len(items) == 1:
        if isinstance(whole["data"], list) and whole["data"]:
            return whole["data"][0]
        return whole.get("header") or whole.get("trailer")
    return whole


def from_json(
    document: Any,
    *,
    form: Form | None = None,
    newline: bool = False,
    tolerant: bool = False,
    changed: Counter[str] | None = None,
) -> bytes:
    """The bytes of what `to_json` answers; `form` is taken from its descriptor words unless given.

    `tolerant` makes fit what other software lets pass, and counts in `changed` what it did: see `JsonRecords`.
    Raises: LayoutError.
    """
    if isinstance(document, list):
        return b"".join(from_json(item) for item in cast("list[Any]", document))
    name = str(document.get("segmentIdentifier", "")).lower()
    chosen = form or json_form.file_form(document)
    reader = JsonRecords(chosen, newline, tolerant)
    if name in layout().segments:
        return write_segments([reader.segment(name, document)])
    data = layout(chosen).dump(reader.records(document))
    if changed is not None:
        changed.update(reader.changed)
    return data


def check(file: BinaryIO) -> Iterator[Problem]:
    """Everything that is wrong with a file, one problem at a time."""
    form, items = opened(file)
    return layout(form).check(items)
