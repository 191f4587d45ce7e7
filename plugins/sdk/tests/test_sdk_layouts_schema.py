"""Schemas: what contradicts itself is refused, and what is right documents itself."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from recobro_sdk.layouts import LayoutError, Record, load_layout, parse_layout
from recobro_sdk.layouts.testing import check_golden

DATA = Path(__file__).parent / "data"
SCHEMA = (DATA / "remittance.toml").read_text("utf-8")
DAY = 'format = "MM/DD/YYYY"'
FRAMING = 'framing = { shape = "lines", ending = "\\r\\n" }'
LINES = load_layout(DATA / "remittance.toml")


def file_of(fee: int) -> list[Record]:
    return [
        Record("header", {"made": date(2026, 5, 1)}),
        Record("payment", {"debtor": "X", "fee": fee}),
        Record("trailer", {}),
    ]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("name = [", "not TOML"),
        (SCHEMA.replace(FRAMING, "colour = 1"), "colour"),
        (SCHEMA.replace('type = "money"', 'type = "gold"'), "no type gold"),
        (SCHEMA.replace('codes = "channel"', 'codes = "river"'), "no codes river"),
        (SCHEMA.replace('value = "PY", width = 2', 'value = "PY", width = 2, at = 4'), "would be at 1"),
        (SCHEMA.replace('field = "fee", most', 'field = "toll", most'), "has no field toll"),
        (SCHEMA.replace('sum = "paid" }', 'sum = "lost" }'), "no such field"),
        (SCHEMA.replace(FRAMING, 'framing = { shape = "fixed", length = 20 }'), "has 30 columns"),
        (
            SCHEMA.replace('kind = "const", value = "PY"', 'kind = "text"').replace(
                'kind = "const", value = "TR"', 'kind = "text"'
            ),
            "no constant",
        ),
        (SCHEMA.replace('name = "paid"', 'name = "debtor"'), "used twice"),
        (SCHEMA.replace(DAY, 'format = "YYYYMM"'), r"on: the format 'YYYYMM' does not say a day \(DD\)"),
        (SCHEMA.replace(DAY, 'format = "HHMI"'), r"on: .* a year \(YYYY or YY\) and a month \(MM\) and a day"),
        (SCHEMA.replace(DAY, 'format = "dd/mm/yyyy"'), "on: the format 'dd/mm/yyyy' does not say a year"),
        (SCHEMA.replace(DAY, 'format = "YYYYMMDDYY"'), "on: .* says YY more than once"),
        (SCHEMA.replace(DAY, 'format = "DDMMDDYY"'), "on: .* says DD more than once"),
        (
            SCHEMA.replace(DAY, 'format = "YYYYMMDD"'),
            "payment.on: the format 'YYYYMMDD' has 8 columns and the field 10",
        ),
        (SCHEMA.replace(DAY, 'format = "YYYY -MM- DD"'), "payment.on: .* has 12 columns and the field 10"),
        (SCHEMA.replace(DAY, 'format = "YYYYMMDDHH"'), "on: .* says HH of a date; let the kind be timestamp"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(broken: str, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        parse_layout(broken)


def test_document_shows_every_field_code_and_rule_and_golden_files_are_compared(tmp_path: Path) -> None:
    text = LINES.document()
    assert "| 13-24 | `paid` | amount, in units of 10^-2, 2 decimals in the file |" in text
    assert "`A` agency; `D` direct" in text and "Computed: the sum of paid of payment" in text
    assert "| direct-payments-carry-no-fee | payment | a direct payment has a fee | take the fee out |" in text
    data, golden = tmp_path / "r.dat", tmp_path / "r.json"
    data.write_bytes(LINES.dump(file_of(3)))
    check_golden(LINES, data, golden, update=True)
    check_golden(LINES, data, golden)
    data.write_bytes(LINES.dump(file_of(4)))
    with pytest.raises(AssertionError, match=r"r\.dat reads otherwise than r\.json"):
        check_golden(LINES, data, golden)


def test_layouts_are_what_the_schema_says_in_json_too() -> None:
    as_json = json.dumps(tomllib.loads(SCHEMA))
    other = parse_layout(as_json, form="json")
    assert other.dump(file_of(3)) == LINES.dump(file_of(3))
    with pytest.raises(LayoutError, match="no variant"):
        parse_layout(as_json, "moon", form="json")
