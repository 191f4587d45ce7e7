"""Checks for the tests of whoever writes a layout. They raise AssertionError and need no test framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from recobro_sdk.layouts.plain import as_json
from recobro_sdk.layouts.records import Record, Reject, Value
from recobro_sdk.layouts.samples import sample_file
from recobro_sdk.layouts.totals import Totals
from recobro_sdk.layouts.writing import computed

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout


def check_round_trip(layout: Layout, data: bytes) -> list[Record]:
    """Read a file and write it back: the same bytes, nothing rejected. Answers its records."""
    items = list(layout.read(data))
    rejects = [item for item in items if isinstance(item, Reject)]
    assert rejects == [], "\n".join(str(problem) for reject in rejects for problem in reject.problems)
    assert layout.dump(items) == data, "what is written differs from what was read"
    return [item for item in items if isinstance(item, Record)]


def check_golden(layout: Layout, data: Path, golden: Path, *, update: bool = False) -> None:
    """Read a file, compare its records with those kept in `golden` (JSON), and write it back to the same bytes.

    With `update`, the golden file is written instead of compared: look at what changed before you keep it.
    """
    records = check_round_trip(layout, data.read_bytes())
    text = json.dumps([as_json(record) for record in records], indent=1, ensure_ascii=False) + "\n"
    if update:
        golden.write_text(text, "utf-8")
        return
    assert json.loads(text) == json.loads(golden.read_text("utf-8")), f"{data.name} reads otherwise than {golden.name}"


def check_identity(layout: Layout, random: Random, records: int = 5) -> None:
    """Make a file from the layout itself, write it and read it: the same records, and the same bytes once more.

    For a property test, take `random` from the framework: `@given(st.integers().map(Random))` of Hypothesis.
    """
    totals = Totals(layout)
    made: list[Record] = []
    for record in sample_file(layout, random, records):
        totals.add(record)
        made.append(computed(record, totals))
    data = layout.dump(made)
    items = list(layout.read(data))
    found = [item for item in items if isinstance(item, Record) and item.type in layout.record_specs]
    assert [_plain(item) for item in found] == [_plain(item) for item in made]
    assert layout.dump(items) == data
    # Without what it was read from, a record is spelt anew: to the same bytes.
    assert layout.dump([_without_source(item) for item in items]) == data


def _plain(record: Record) -> tuple[str, Mapping[str, Value], list[object]]:
    values = {name: value for name, value in record.values.items() if value is not None}
    return record.type, values, [_plain(segment) for segment in record.segments]


def _without_source(item: Record | Reject) -> Record | Reject:
    if isinstance(item, Reject):
        return item
    parts = [Record(part.type, part.values) for part in item.segments]
    return Record(item.type, item.values, parts, item.tail)
