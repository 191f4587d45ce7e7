"""What changes between two versions of a layout, in words, and whom it breaks.

A change breaks *readers* where a file of the new version is read wrong, or not at all, by who still has the old one; it
breaks *writers* where a file that is still written after the old one is wrong for who has the new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from recobro_sdk.layouts.field_changes import Breaks, holds, renamed, words_of
from recobro_sdk.layouts.layout import Layout
from recobro_sdk.layouts.parts import Part
from recobro_sdk.layouts.schema import FieldSpec, Kind, RecordSpec, SegmentSpec

_FREE: Final = Breaks(readers=False, writers=False)
_BOTH: Final = Breaks(readers=True, writers=True)


class ChangeKind(StrEnum):
    """What happened to a part of a layout."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    RETYPED = "retyped"
    CONSTRAINED = "constrained"
    FRAMED = "framed"
    RULED = "ruled"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `part` is a record or segment type, empty for the file; `name` a field's, empty for the part."""

    kind: ChangeKind
    part: str
    name: str
    words: str
    breaks: Breaks = field(default=_FREE)

    def __str__(self) -> str:
        """`record.field: words (breaks readers and writers)`."""
        place = ".".join(step for step in (self.part, self.name) if step) or "file"
        return f"{place}: {self.words} ({self.breaks})"


def compare(old: Layout, new: Layout) -> list[Change]:
    """What is different in `new`, file first, then records, segments and rules, in the order of their fields.

    A field is taken for renamed where one is gone, one has come in its place, and both hold the same. What only fills
    is not told of: it is the room that other fields come from and leave. Nor are notes, titles and sources compared:
    they change nothing in a file.
    """
    changes = [*_file(old, new)]
    changes += _parts(old, new, "record", old.record_specs, new.record_specs)
    changes += _parts(old, new, "segment", old.segment_specs, new.segment_specs)
    changes += _rules(old, new)
    return changes


def _file(old: Layout, new: Layout) -> Iterator[Change]:
    before = {"encoding": old.spec.encoding, **old.spec.framing.model_dump(mode="json")}
    after = {"encoding": new.spec.encoding, **new.spec.framing.model_dump(mode="json")}
    for name, value in before.items():
        # The origin is how columns are counted in print; it is in no file.
        if value != after[name] and name != "origin":
            yield Change(ChangeKind.FRAMED, "", "", f"{name} was {value!r} and is {after[name]!r}", _BOTH)


_Specs = Mapping[str, RecordSpec] | Mapping[str, SegmentSpec]


def _parts(old: Layout, new: Layout, what: str, before: _Specs, after: _Specs) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            needed = isinstance(before[name], RecordSpec) and getattr(before[name], "required", False)
            breaks = Breaks(readers=bool(needed), writers=True)
            yield Change(ChangeKind.REMOVED, name, "", f"the {what} is gone", breaks)
        elif name not in before:
            needed = isinstance(after[name], RecordSpec) and getattr(after[name], "required", False)
            breaks = Breaks(readers=True, writers=bool(needed))
            yield Change(ChangeKind.ADDED, name, "", f"the {what} is new", breaks)
        else:
            yield from _standing(name, before[name], after[name])
            yield from _fields(name, old.part(name), new.part(name), delimited=old.delimited and new.delimited)


def _standing(name: str, old: RecordSpec | SegmentSpec, new: RecordSpec | SegmentSpec) -> Iterator[Change]:
    """How the part itself stands in the file."""
    if isinstance(old, SegmentSpec) and isinstance(new, SegmentSpec) and old.most != new.most:
        breaks = Breaks(readers=new.most > old.most, writers=new.most < old.most)
        yield Change(ChangeKind.CONSTRAINED, name, "", f"at most {new.most}, and not {old.most}", breaks)
    if not isinstance(old, RecordSpec) or not isinstance(new, RecordSpec):
        return
    if old.role is not new.role:
        yield Change(ChangeKind.MOVED, name, "", f"was a {old.role} and is a {new.role}", _BOTH)
    if old.required is not new.required:
        breaks = Breaks(readers=old.required, writers=new.required)
        yield Change(ChangeKind.CONSTRAINED, name, "", "is required" if new.required else "may be left out", breaks)
    for segment in old.segments:
        if segment not in new.segments:
            breaks = Breaks(readers=False, writers=True)
            yield Change(ChangeKind.REMOVED, name, "", f"the segment {segment} may not follow any more", breaks)
    for segment in new.segments:
        if segment not in old.segments:
            breaks = Breaks(readers=True, writers=False)
            yield Change(ChangeKind.ADDED, name, "", f"the segment {segment} may follow", breaks)


def _fields(part: str, old: Part, new: Part, *, delimited: bool) -> Iterator[Change]:
    gone = [index for index, item in enumerate(old.fields) if item.name not in new.names]
    come = [index for index, item in enumerate(new.fields) if item.name not in old.names]
    pairs = renamed(old, new, gone, come)
    places = {item.name: index for index, item in enumerate(new.fields)}
    for index, item in enumerate(old.fields):
        other = pairs.get(index, places.get(item.name))
        if item.kind is Kind.FILLER and (other is None or new.fields[other].kind is Kind.FILLER):
            continue
        if other is None:
            words = f"gone from {_place(old, index, delimited)}, where it held {holds(item)}"
            # Blanks are left where it was: who needs a value misses it, who still writes one fills the room.
            room = Breaks(readers=item.required, writers=False)
            breaks = room if not delimited and _fills(new, old.columns(index)) else _BOTH
            yield Change(ChangeKind.REMOVED, part, item.name, words, breaks)
            continue
        found = new.fields[other]
        if found.name != item.name:
            # Names are in no file but for a heading; programs know the values by them.
            yield Change(ChangeKind.RENAMED, part, item.name, f"is {found.name} now, with the same bytes")
        if old.columns(index) != new.columns(other):
            words = f"from {_place(old, index, delimited)} to {_place(new, other, delimited)}"
            yield Change(ChangeKind.MOVED, part, found.name, words, _BOTH)
        for words, breaks, retyped in words_of(item, found):
            kind = ChangeKind.RETYPED if retyped else ChangeKind.CONSTRAINED
            yield Change(kind, part, found.name, words, breaks)
    for other in _without(come, pairs):
        item = new.fields[other]
        if item.kind is Kind.FILLER:
            continue
        room = Breaks(readers=False, writers=_needed(item))
        breaks = room if not delimited and _fills(old, new.columns(other)) else _BOTH
        words = f"new at {_place(new, other, delimited)}, holds {holds(item)}"
        yield Change(ChangeKind.ADDED, part, item.name, words, breaks)


def _needed(item: FieldSpec) -> bool:
    return item.required or item.kind is Kind.CONST


def _fills(part: Part, columns: tuple[int, int]) -> bool:
    """Whether one filler of the part covers these columns."""
    return any(
        first <= columns[0] and columns[1] <= last
        for index, item in enumerate(part.fields)
        if item.kind is Kind.FILLER
        for first, last in [part.columns(index)]
    )


def _without(come: Sequence[int], pairs: Mapping[int, int]) -> list[int]:
    taken = set(pairs.values())
    return [index for index in come if index not in taken]


def _place(part: Part, index: int, delimited: bool) -> str:
    first, last = part.columns(index)
    if delimited:
        return f"field {first}"
    return f"column {first}" if first == last else f"columns {first}-{last}"


def _rules(old: Layout, new: Layout) -> Iterator[Change]:
    before, after = ({rule.id: rule for rule in layout.spec.rules} for layout in (old, new))
    for name, rule in before.items():
        if name not in after:
            yield Change(ChangeKind.RULED, rule.of, "", f"the rule {name} is gone", Breaks(readers=True, writers=False))
        elif (rule.of, rule.when, rule.then) != (after[name].of, after[name].when, after[name].then):
            yield Change(ChangeKind.RULED, after[name].of, "", f"the rule {name} asks for something else", _BOTH)
    for name, rule in after.items():
        if name not in before:
            words = f"the rule {name} is new: {rule.why}"
            yield Change(ChangeKind.RULED, rule.of, "", words, Breaks(readers=False, writers=True))
