"""XLSX files: exact, chosen by sheet, and harmless whatever is in them."""

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from core.placements import workbook
from tests.core.placements.conftest import NEW, Desk

LAYOUT = {
    **NEW, "dates": "DD/MM/YYYY", "decimal": ",", "thousands": ".", "header_row": 3, "sheet": "Cartera",
    "columns": {
        **NEW["columns"], "due_on": {"column": "due", "format": "MMM-YYYY"}, "identifier_type": {"constant": "CC"},
        "identifier_number": "doc",
    },
}  # fmt: skip


def _book(rows: list[list[Any]], *, formula: tuple[int, int, str] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("Notas").write(0, 0, "nothing here")
    sheet, day = book.add_worksheet("Cartera"), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write(0, 1, "Cartera de marzo")
    for column, name in enumerate(["ref", "name", "opened", "due", "doc", "amount"], start=1):
        sheet.write(2, column, name)
    for number, row in enumerate(rows, start=3):
        for column, value in enumerate(row, start=1):
            if isinstance(value, datetime.date):
                sheet.write_datetime(number, column, value, day)
            elif value is not None:
                sheet.write(number, column, value)
    if formula:
        sheet.write_formula(*formula, value=5)
    book.close()
    return out.getvalue()


DAY = datetime.date(2024, 1, 31)


async def test_values_of_cells_come_through_exactly(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    rows = [
        [1001, "Ana", DAY, datetime.date(2024, 3, 1), 12345678, 1234.1],
        ["1002", "José Núñez", "31/01/2024", "MAR-2024", "12.345.679", "1.234,10"],
        [123456789012345, "Bob", DAY, None, 1_000_000_001, 0.1 + 0.2],
        [None] * 6,
        ["1004", "Eve", DAY, None, 12345670, 10.005],
    ]
    batch = await desk.accept(_book(rows))
    assert await desk.issues(batch["id"]) == [(8, "TOO_MANY_DECIMALS", "amount", "10,005")]
    debts = {row["reference"]: row for row in await desk.fetch("SELECT * FROM debt")}
    assert {ref: debt["placed_minor"] for ref, debt in debts.items()} == {
        "1001": 123410,
        "1002": 123410,
        "123456789012345": 30,
    }
    assert {debt["opened_on"] for debt in debts.values()} == {DAY}
    assert debts["1001"]["due_on"] == debts["1002"]["due_on"] == datetime.date(2024, 3, 1)
    numbers = {row["number"] for row in await desk.fetch("SELECT number FROM party_identifier")}
    assert numbers == {"12345678", "12345679", "1000000001"}


async def test_formulas_are_refused_with_their_cells(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    batch = await desk.validate(_book([[1, "Ana", DAY, None, 12345678, 1]], formula=(3, 6, "=1+4")))
    assert (batch["error_code"], "G4" in batch["error_message"]) == ("FORMULAS", True)


async def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(desk: Desk) -> None:
    await desk.layout({**LAYOUT, "sheet": "Marzo"})
    batch = await desk.validate(_book([[1, "Ana", DAY, None, 12345678, 1]]))
    assert batch["error_code"] == "UNKNOWN_SHEET" and "Notas, Cartera" in batch["error_message"]


def _zip(names: dict[str, bytes | int]) -> bytes:
    """An archive; a number stands for that many megabytes of blanks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                for piece in [content] if isinstance(content, bytes) else [b" " * (1 << 20)] * content:
                    entry.write(piece)
    return out.getvalue()


async def test_a_zip_bomb_is_refused(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    batch = await desk.validate(_zip({"xl/worksheets/sheet1.xml": 600}))
    assert batch["error_code"] == "ZIP_BOMB"


async def test_a_zip_bomb_that_lies_about_its_size_is_refused_too(desk: Desk, tmp_path: Path) -> None:
    content = bytearray(_zip({"xl/worksheets/sheet1.xml": 60}))
    real = (60 << 20).to_bytes(4, "little")
    for place in range(len(content) - 4):
        if content[place : place + 4] == real:
            content[place : place + 4] = (1000).to_bytes(4, "little")
    (tmp_path / "bomb.xlsx").write_bytes(content)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        workbook.guard(tmp_path / "bomb.xlsx")
    assert getattr(caught.value, "code", "") in ("ZIP_BOMB", "BROKEN_WORKBOOK")


def test_formulas_are_found_wherever_the_pieces_end() -> None:
    data = (
        b'<c r="A1"><v>1</v></c>' * 40
        + b'<c r="B7" s="1"><f ca="1">NOW()</f><v>2</v></c>'
        + b'<x:c r="C9"><x:f>A1</x:f></x:c>'
        + b"<v/>" * 9
    )
    for size in (7, 50, 333, 10_000):
        found: list[str] = []
        before = b""
        for start in range(0, len(data), size):
            before = workbook._search(before, data[start : start + size], found)
        assert found == ["B7", "C9"], size
