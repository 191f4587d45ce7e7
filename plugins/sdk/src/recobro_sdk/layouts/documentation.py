"""A layout as a document for people: one table for each record and segment, the rules after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recobro_sdk.layouts.parts import Part
from recobro_sdk.layouts.schema import FieldSpec, Framing, Kind, Shape, Store

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout


def document(layout: Layout) -> str:
    """The layout in Markdown."""
    spec = layout.spec
    lines = [
        f"# {spec.title}",
        "",
        f"Layout `{spec.name}`, version {spec.version}. {_shape(spec.framing, spec.encoding)}",
    ]
    lines += ["", spec.note] if spec.note else []
    lines += ["", f"Source: {spec.source}"] if spec.source else []
    for record in spec.records:
        lines += _section(layout, layout.part(record.name), f"Record `{record.name}` ({record.role})")
        if record.segments:
            lines += ["", "May be followed by " + ", ".join(f"`{name}`" for name in record.segments) + "."]
    for segment in spec.segments:
        lines += _section(layout, layout.part(segment.name), f"Segment `{segment.name}`, at most {segment.most}")
    if spec.rules:
        lines += ["", "## Rules", "", "| rule | of | what is wrong | what to do | source |", "|---|---|---|---|---|"]
        lines += [
            f"| {rule.id} | {rule.of} | {_cell(rule.why)} | {_cell(rule.remedy)} | {_cell(rule.source)} |"
            for rule in spec.rules
        ]
    return "\n".join(lines) + "\n"


def _shape(framing: Framing, encoding: str) -> str:
    how = {
        Shape.LINES: "One record a line",
        Shape.FIXED: f"Records of {framing.length} bytes",
        Shape.DESCRIPTOR: f"Records behind {framing.words} descriptor words",
        Shape.DELIMITED: f"Fields separated by `{framing.delimiter}`"
        + (", a heading first" if framing.heading else ""),
    }[framing.shape]
    return f"{how}, {encoding}."


def _section(layout: Layout, part: Part, title: str) -> list[str]:
    place = "field" if layout.delimited else "columns"
    lines = ["", f"## {title}", ""]
    lines += [part.spec.note, ""] if part.spec.note else []
    lines += [f"| {place} | name | holds | needed | meaning |", "|---|---|---|---|---|"]
    for index, field in enumerate(part.fields):
        first, last = part.columns(index)
        where = str(first) if first == last else f"{first}-{last}"
        needed = "yes" if field.required else ""
        lines.append(f"| {where} | `{field.name}` | {_cell(_holds(field))} | {needed} | {_cell(_meaning(field))} |")
    return lines


def _holds(field: FieldSpec) -> str:
    if field.kind is Kind.CONST:
        return f"always `{field.value}`"
    words = [field.kind.value]
    if field.format:
        words.append(f"`{field.format}`")
    if field.kind is Kind.AMOUNT:
        words.append(f"in units of 10^-{field.minor_digits}, {field.decimals} decimals in the file")
    elif field.decimals:
        words.append(f"{field.decimals} decimals")
    if field.point:
        words.append("with its point")
    if field.store is not Store.CHARACTERS:
        words.append(field.store.value)
    if field.none:
        words.append("none: " + " or ".join(field.none))
    return ", ".join(words)


def _meaning(field: FieldSpec) -> str:
    meaning = [field.note] if field.note else []
    if field.codes:
        meaning.append("; ".join(f"`{code}` {text}" if code else f"blank {text}" for code, text in field.codes.items()))
    if field.compute:
        terms = [
            f"the sum of {term.sum} of {term.of}" if term.sum else f"the count of {term.of}" for term in field.compute
        ]
        meaning.append(
            "Computed: " + " and ".join(dict.fromkeys(terms)) + (", under conditions" if _bound(field) else "")
        )
    return ". ".join(meaning)


def _bound(field: FieldSpec) -> bool:
    return any(term.where for term in field.compute)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
