"""How one field became another, in words, and whom that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recobro_sdk.layouts.parts import Part
from recobro_sdk.layouts.schema import FieldSpec, Kind

_BYTES: Final = (
    "kind", "width", "store", "prefix", "suffix", "pad", "right", "value", "format", "decimals", "scale", "point",
    "signed", "none", "compute",
)  # fmt: skip
"""What decides how a value lies in the bytes, or what the bytes mean."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """Whom a change breaks: who reads by the old version, who writes by it, both or nobody."""

    readers: bool
    writers: bool

    def __str__(self) -> str:
        """`breaks readers and writers`, `breaks nobody`."""
        whom = [name for name, broken in (("readers", self.readers), ("writers", self.writers)) if broken]
        return f"breaks {' and '.join(whom) or 'nobody'}"


def holds(field: FieldSpec) -> str:
    """What a field holds, in a few words."""
    if field.kind is Kind.CONST:
        return f"always {field.value!r}"
    return field.kind.value + (f" {field.format}" if field.format else "")


def renamed(old: Part, new: Part, gone: Sequence[int], come: Sequence[int]) -> dict[int, int]:
    """Fields of the old part that stand in the new one under another name: the same columns, bytes and codes."""
    pairs: dict[int, int] = {}
    for index in gone:
        for other in come:
            one, two = old.fields[index], new.fields[other]
            if old.columns(index) == new.columns(other) and _bytes(one) == _bytes(two) and one.codes == two.codes:
                pairs[index] = other
    return pairs


def words_of(old: FieldSpec, new: FieldSpec) -> Iterator[tuple[str, Breaks, bool]]:
    """What differs between two versions of a field: words, whom it breaks, and whether its type changed."""
    before, after = _bytes(old), _bytes(new)
    for name in _BYTES:
        if before[name] != after[name]:
            yield f"{name} was {_shown(before[name])} and is {_shown(after[name])}", Breaks(True, True), True
    if old.required is not new.required:
        words = "is required" if new.required else "may be left blank"
        yield words, Breaks(readers=old.required, writers=new.required), False
    yield from _codes(old, new)


def _codes(old: FieldSpec, new: FieldSpec) -> Iterator[tuple[str, Breaks, bool]]:
    if old.codes is None or new.codes is None:
        if old.codes is not new.codes:
            words = "takes only certain codes" if old.codes is None else "takes any value"
            yield words, Breaks(readers=new.codes is None, writers=old.codes is None), False
        return
    gone, come = (
        [code for code in old.codes if code not in new.codes],
        [code for code in new.codes if code not in old.codes],
    )
    if gone:
        yield f"codes gone: {_list(gone)}", Breaks(readers=False, writers=True), False
    if come:
        yield f"new codes: {_list(come)}", Breaks(readers=True, writers=False), False
    # The same code for another thing is the change that no program notices.
    other = [code for code in old.codes if code in new.codes and old.codes[code] != new.codes[code]]
    for code in other:
        words = f"code {code or 'blank'} was {old.codes[code]!r} and is {new.codes[code]!r}"
        yield words, Breaks(readers=True, writers=True), True


def _bytes(field: FieldSpec) -> dict[str, object]:
    found = field.model_dump(include=set(_BYTES), mode="json")
    return {**found, "scale": field.minor_digits if field.kind is Kind.AMOUNT else 0}


def _shown(value: object) -> str:
    return "not said" if value is None else repr(value)


def _list(codes: Sequence[str]) -> str:
    return ", ".join(code or "blank" for code in codes)
