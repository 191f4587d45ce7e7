"""From a schema file, in TOML or JSON, to a layout ready for use."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recobro_sdk.layouts.layout import Layout
from recobro_sdk.layouts.records import LayoutError
from recobro_sdk.layouts.schema import LayoutSpec

_Table = dict[str, Any]


def load_layout(path: Path, variant: str | None = None) -> Layout:
    """The layout that a schema file describes, or one variant of it.

    A file ending in `.json` is JSON, any other TOML. Raises: LayoutError, OSError.
    """
    return parse_layout(path.read_text("utf-8"), variant, form="json" if path.suffix == ".json" else "toml")


def parse_layout(text: str, variant: str | None = None, *, form: str = "toml") -> Layout:
    """The layout that the text of a schema describes. Raises: LayoutError.

    Beside what `LayoutSpec` lists, a schema may have `types` (a field that says `type` takes the keys of that type, its
    own going before), `codes` (a field's `codes` may name one of these tables) and `variants`: other types, framing,
    encoding, title or note for the same records, such as a packed form of a file of characters.
    """
    try:
        raw: object = json.loads(text) if form == "json" else tomllib.loads(text)
    except ValueError as error:
        raise LayoutError(f"the schema is not {form.upper()}: {error}") from error
    if not isinstance(raw, dict):
        raise LayoutError("the schema is not a table")
    try:
        return Layout(LayoutSpec.model_validate(_resolved(raw, variant)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise LayoutError(f"the schema is wrong at {place}: {first['msg']}") from error


def variants(text: str) -> list[str]:
    """The names of the variants of a schema in TOML."""
    return sorted(tomllib.loads(text).get("variants", {}))


def _resolved(raw: _Table, variant: str | None) -> _Table:
    """The schema with its types, codes and variant worked in: what LayoutSpec reads."""
    table = dict(raw)
    all_variants: _Table = table.pop("variants", {})
    types: _Table = table.pop("types", {})
    codes: _Table = table.pop("codes", {})
    if variant is not None:
        if variant not in all_variants:
            raise LayoutError(f"there is no variant {variant}")
        chosen = dict(all_variants[variant])
        types = {**types, **chosen.pop("types", {})}
        framing = {**table.get("framing", {}), **chosen.pop("framing", {})}
        table = {**table, **chosen, "framing": framing}
    for group in ("records", "segments"):
        table[group] = [
            {**part, "fields": [_field(field, types, codes) for field in part.get("fields", [])]}
            for part in table.get(group, [])
        ]
    return table


def _field(field: _Table, types: _Table, codes: _Table) -> _Table:
    name = field.get("type")
    if name is not None and name not in types:
        raise LayoutError(f"field {field.get('name')}: there is no type {name}")
    whole: _Table = {**(types[name] if name is not None else {}), **field}
    whole.pop("type", None)
    if isinstance(whole.get("codes"), str):
        if whole["codes"] not in codes:
            raise LayoutError(f"field {field.get('name')}: there are no codes {whole['codes']}")
        whole["codes"] = codes[whole["codes"]]
    return whole
