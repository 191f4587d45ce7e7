"""Whatever a creditor sends, the answer is clear, names the place, and nothing is lost or half done."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.kit import files
from core.mandates.models import FileKind
from core.placements import staging
from core.placements.layout import read_layout
from tests.core.placements.conftest import NEW, PAYMENTS, Desk, MakeDesk
from tests.helpers_jobs import run_jobs

HEAD = "ref,name,opened,amount\n"
GOOD = "A1,Ana,2024-01-31,10.50\n"

REFUSED = {
    "empty file": (b"", "EMPTY_FILE", "empty"),
    "header only": (HEAD.encode(), "NO_ROWS", "no rows"),
    "missing column": (b"ref,nam,opened,amount\nA,B,2024-01-31,1\n", "MISSING_COLUMN", "did you mean 'nam'"),
    "column twice": (b"ref,name,opened,amount,Amount\nA,B,2024-01-31,1,2\n", "DUPLICATE_COLUMN", "'amount'"),
    "no text at all": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, None, ""),
    "NUL bytes": (HEAD.encode() + GOOD.encode() + b"A2,B\0b,2024-01-31,1\n", "NUL_BYTE", "line 3"),
    "row too short": ((HEAD + GOOD + "A2,B,2024-01-31\n" + GOOD).encode(), "RAGGED_ROW", "Line 3 has 3 values"),
    "row too long": ((HEAD + GOOD + GOOD + "A2,B,2024-01-31,1,x\n").encode(), "RAGGED_ROW", "Line 4 has more"),
    "cut inside quotes": ((HEAD + GOOD + 'A2,"B,2024-01-31,1\n').encode(), "UNTERMINATED_QUOTE", "3"),
    "end mark": ((HEAD + 'A2,"B\n\\.\nC",2024-01-31,1\n').encode(), "END_MARK", "end of a file"),
    "workbook that is none": (b"PK\x03\x04 and then nothing", "BROKEN_WORKBOOK", "opened"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 600, "OLD_WORKBOOK", "XLS"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_file_that_can_not_be_used_is_refused_with_a_reason(desk: Desk, name: str) -> None:
    content, code, words = REFUSED[name]
    await desk.layout(NEW)
    batch = await desk.validate(content)
    assert batch["state"] == "REJECTED"
    assert code is None or batch["error_code"] == code, batch["error_message"]
    assert words in batch["error_message"] and batch["error_remedy"]
    assert await desk.value("SELECT count(*) FROM debt") == 0
    # It may be sent again, corrected or not: a refused file does not stand in the way.
    assert not (await desk.upload(content)).repeated


async def test_a_declared_encoding_that_is_wrong_is_refused_at_the_byte(desk: Desk) -> None:
    await desk.layout({**NEW, "encoding": "utf-8"})
    content = (HEAD + "A1,Ana,2024-01-31,1\nA2,Peña,2024-01-31,1\n").encode("cp1252")
    batch = await desk.validate(content)
    assert batch["error_code"] == "WRONG_ENCODING"
    assert "offset " + str(content.index(b"\xf1")) in batch["error_message"]


async def test_the_byte_at_fault_is_found_in_a_long_file_too(desk: Desk) -> None:
    await desk.layout({**NEW, "encoding": "utf-8"})
    content = (
        HEAD.encode() + b"".join(f"A{n},Peña,2024-01-31,1\n".encode() for n in range(60_000)) + b"A,\xff,2024-01-31,1\n"
    )
    batch = await desk.validate(content)
    assert "offset " + str(content.index(b"\xff")) in batch["error_message"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"])
async def test_encodings_are_told_apart(desk: Desk, encoding: str) -> None:
    await desk.layout({**NEW, "encoding": "cp850"} if encoding == "cp850" else NEW)
    names = ["José Núñez", "María Peña", "Íñigo Gómez", "Ángela Muñoz"]
    rows = "".join(f"A{n},{names[n % 4]},2024-01-31,1\r\n" for n in range(200))
    batch = await desk.accept((HEAD + rows).encode(encoding))
    assert batch["rows_accepted"] == 200, batch
    assert {row["debtor_name"] for row in await desk.fetch("SELECT DISTINCT debtor_name FROM debt")} == set(names)


async def test_bad_rows_are_reported_with_line_column_and_value_and_the_others_are_taken(desk: Desk) -> None:
    await desk.layout({**NEW, "dates": "DD/MM/YYYY"})
    rows = [
        ("G1", "Ana", "31/01/2024", "10.50"),
        ("B1", "Ana", "31/02/2024", "10.50"),
        ("B2", "Ana", "29/02/2023", "10.50"),
        ("G2", "Ana", "29/02/2024", "10"),
        ("B3", "Ana", "2024-01-31", "10.50"),
        ("B4", "Ana", "31/12/2199", "10.50"),
        ("B5", "Ana", "31/01/2024", "1.234,50"),
        ("B6", "Ana", "31/01/2024", "1,234.50"),
        ("B7", "Ana", "31/01/2024", "1.500"),
        ("B8", "Ana", "31/01/2024", "-5"),
        ("B9", "Ana", "31/01/2024", "99999999999999"),
        ("B10", "Ana", "31/01/2024", "1e3"),
        ("B11", "Ana", "31/01/2024", ""),
        ("B12", "Ana", "31/01/2024", "0.00"),
        ("B13", "", "31/01/2024", "1"),
        ("", "Ana", "31/01/2024", "1"),
        ("G1", "Ana", "31/01/2024", "1"),
        ("x" * 81, "Ana", "31/01/2024", "1"),
    ]
    batch = await desk.accept(HEAD + "".join(f'{a},{b},{c},"{d}"\n' for a, b, c, d in rows) + "\n\n")
    found = await desk.issues(batch["id"])
    assert found == [
        (3, "INVALID_DATE", "opened", "31/02/2024"),
        (4, "INVALID_DATE", "opened", "29/02/2023"),
        (6, "INVALID_DATE", "opened", "2024-01-31"),
        (7, "DATE_IN_FUTURE", "opened", "31/12/2199"),
        (8, "INVALID_AMOUNT", "amount", "1.234,50"),
        (9, "INVALID_AMOUNT", "amount", "1,234.50"),
        (10, "TOO_MANY_DECIMALS", "amount", "1.500"),
        (11, "NEGATIVE_AMOUNT", "amount", "-5"),
        (12, "AMOUNT_TOO_LARGE", "amount", "99999999999999"),
        (13, "INVALID_AMOUNT", "amount", "1e3"),
        (14, "MISSING_VALUE", "amount", ""),
        (15, "NOTHING_OWED", "amount", "0.00"),
        (16, "MISSING_VALUE", "name", ""),
        (17, "MISSING_VALUE", "ref", ""),
        (18, "DUPLICATE_IN_FILE", "ref", "line 2"),
        (19, "TOO_LONG", "ref", "x" * 81),
    ]
    assert (batch["rows_total"], batch["rows_accepted"], batch["rows_duplicate"], batch["rows_rejected"]) == (
        18,
        2,
        1,
        15,
    )
    assert {row["reference"]: row["placed_minor"] for row in await desk.fetch("SELECT * FROM debt")} == {
        "G1": 1050,
        "G2": 1000,
    }
    assert batch["details"]["acknowledgement"]["result"] == "PARTIAL"


@pytest.mark.parametrize(
    ("decimal", "thousands", "good", "bad"),
    [
        (",", ".", {"1.234,50": 123450, "1234,5": 123450, "12": 1200, "1.234": 123400},
         ["1,234.50", "1.23", "12.34,5", "1234.50"]),
        (".", ",", {"1,234.50": 123450, "1234.5": 123450, "1,234": 123400}, ["1.234,50", "1,23", "1234,5", ",5"]),
        (",", " ", {"1 234,50": 123450}, ["1.234,50", "1  234"]),
        (".", "'", {"1'234.50": 123450}, ["1,234.50"]),
    ],
)  # fmt: skip
async def test_separators_are_never_guessed(
    desk: Desk, decimal: str, thousands: str, good: dict[str, int], bad: list[str]
) -> None:
    await desk.layout({**NEW, "decimal": decimal, "thousands": thousands, "delimiter": ";"})
    lines = [f"R{n};Ana;2024-01-31;{amount}\n" for n, amount in enumerate([*good, *bad])]
    batch = await desk.accept(HEAD.replace(",", ";") + "".join(lines))
    assert batch["rows_rejected"] == len(bad) and set(batch["issues_by_code"]) == {"INVALID_AMOUNT"}
    found = await desk.fetch("SELECT reference, placed_minor FROM debt ORDER BY source_line")
    assert [row["placed_minor"] for row in found] == list(good.values())


async def test_lines_are_those_of_the_file_also_after_values_with_line_breaks(desk: Desk) -> None:
    await desk.layout({**NEW, "header_row": 3})
    content = (
        "Banco X\r\n\r\n"
        + HEAD.strip()
        + "\r\n"
        + 'A1,"Ana\r\nMaría\r\nPérez",2024-01-31,1\r\nA2,B,2024-01-31,x\r\n"A\n3",B,2024-01-31,y\r\n'
    )
    batch = await desk.accept(content)
    assert [(line, given) for line, _, _, given in await desk.issues(batch["id"])] == [(7, "x"), (8, "y")]
    assert await desk.value("SELECT debtor_name FROM debt") == "Ana\nMaría\nPérez"


async def test_wrong_totals_refuse_the_file_whole_with_both_figures(desk: Desk) -> None:
    await desk.layout(NEW)
    for totals, words in (
        ({"control_rows": 3}, "rows: the upload says 3, the file has 2"),
        ({"control_sum_minor": 2000}, "sum: the upload says 20.00, the file has 21.00"),
        ({"control_sums": {"PRINCIPAL": 1}}, "PRINCIPAL: the upload says 0.01, the file has 21.00"),
        ({"control_sums": {"TAX": 1}}, "TAX: the upload says 0.01, the file has 0.00"),
    ):
        batch = await desk.validate(HEAD + GOOD + GOOD.replace("A1", "A2"), **totals)
        assert (batch["state"], batch["error_code"]) == ("REJECTED", "CONTROL_TOTAL_MISMATCH")
        assert words in batch["error_message"]
    batch = await desk.accept(HEAD + GOOD + GOOD.replace("A1", "A2"), control_rows=2, control_sum_minor=2100)
    assert batch["state"] == "ACTIVE"


async def test_a_trailer_says_what_should_be_there(desk: Desk) -> None:
    await desk.layout({**NEW, "trailer": {"marker": "TOTAL", "rows": 2, "sum": 3}})
    rows = HEAD + GOOD + GOOD.replace("A1", "A2")
    for trailer, code in (
        ("", "TRAILER_MISSING"), ("TOTAL,3,21.00\n", "CONTROL_TOTAL_MISMATCH"),
        ("TOTAL,2,20.00\n", "CONTROL_TOTAL_MISMATCH"),
        ("TOTAL,2\n", "TRAILER_UNREADABLE"), ("TOTAL,2,1.234,5\n", "TRAILER_UNREADABLE"),
        ("TOTAL,x,1\n", "TRAILER_UNREADABLE"),
    ):  # fmt: skip
        batch = await desk.validate(rows + trailer)
        assert batch["error_code"] == code, (trailer, batch["error_message"])
    batch = await desk.accept(rows + "TOTAL,2,21.00\n\n\n")
    assert (batch["state"], batch["rows_accepted"]) == ("ACTIVE", 2)


async def test_unknown_columns_are_named_and_refused_where_the_layout_says_so(desk: Desk) -> None:
    await desk.layout({**NEW, "other_columns": "refuse"})
    content = "ref,name,opened,amount,Color\nA1,Ana,2024-01-31,1,red\n"
    batch = await desk.validate(content)
    assert batch["error_code"] == "UNKNOWN_COLUMN" and "'Color'" in batch["error_message"]
    await desk.layout(NEW)
    assert (await desk.validate(content))["details"]["unmapped_columns"] == ["Color"]
    await desk.layout({**NEW, "other_columns": "keep"})
    await desk.accept(content.replace("A1", "A2"))
    assert await desk.value("SELECT attributes FROM debt") == {"Color": "red"}


def _one_line(size: int, *, quoted: bool) -> Iterator[bytes]:
    yield HEAD.encode() + GOOD.encode() + (b'A2,"' if quoted else b"A2,")
    for _ in range(size >> 20):
        yield b"x" * (1 << 20)


@pytest.mark.parametrize("quoted", [False, True])
async def test_a_gigabyte_of_one_line_is_refused_early_and_in_little_memory(
    desk: Desk, monkeypatch: Any, quoted: bool
) -> None:
    """The bytes are made as they are asked for; far less than a gigabyte may be asked for."""
    asked = 0

    def read(_: Path) -> Iterator[bytes]:
        nonlocal asked
        for chunk in _one_line(1 << 30, quoted=quoted):
            asked += len(chunk)
            yield chunk

    await desk.layout({**NEW, "encoding": "utf-8"})
    monkeypatch.setattr(staging, "_read", read)
    uploaded = await desk.upload(HEAD + GOOD)
    tracemalloc.start()
    await run_jobs(desk.database)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    row = (await desk.fetch("SELECT * FROM placement_batch WHERE id = $1", uploaded.batch_id))[0]
    assert row["error_code"] == "LINE_TOO_LONG" and "Line 3" in row["error_message"]
    assert asked < 4 << 20 and peak < 32 << 20


async def test_lines_with_line_breaks_in_quotes_are_capped_too(desk: Desk) -> None:
    await desk.layout(NEW)
    batch = await desk.validate(HEAD + 'A1,"' + "word\n" * 300_000 + '",2024-01-31,1\n')
    assert batch["error_code"] == "LINE_TOO_LONG" and "Line 2" in batch["error_message"]


async def test_an_upload_cut_in_the_middle_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield (HEAD + GOOD).encode()
        raise ConnectionResetError("the line went dead")

    with pytest.raises(ConnectionResetError):
        await files.store(desk.scope.agency, cut(), max_bytes=1 << 20)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_two_uploads_of_one_file_at_once_make_one_batch(desk: Desk) -> None:
    await desk.layout(NEW)
    answers = await asyncio.gather(*(desk.upload(HEAD + GOOD) for _ in range(6)))
    assert len({one.batch_id for one in answers}) == 1
    assert sorted(one.repeated for one in answers) == [False] + [True] * 5
    assert await desk.value("SELECT count(*) FROM job") == 1
    batch = await desk.accept(HEAD + GOOD)
    again = await desk.upload(HEAD + GOOD)
    assert (again.repeated, again.batch_id, again.state) == (True, batch["id"], "ACTIVE")
    await desk.layout(PAYMENTS, FileKind.FINANCIAL)
    assert not (await desk.upload(HEAD + GOOD, FileKind.FINANCIAL)).repeated


async def test_the_same_rows_again_change_nothing(desk: Desk) -> None:
    await desk.layout(NEW)
    await desk.accept(HEAD + GOOD)
    before = await desk.fetch("SELECT * FROM debt")
    batch = await desk.accept(HEAD + GOOD + "\n")
    assert (batch["state"], batch["rows_accepted"], batch["rows_duplicate"]) == ("ACTIVE", 0, 1)
    assert await desk.issues(batch["id"]) == [
        (2, "DUPLICATE_OF_DEBT", "ref", f"placed on {before[0]['placed_on']}, line 2")
    ]
    assert await desk.fetch("SELECT * FROM debt") == before
    assert await desk.value("SELECT count(*) FROM debt_movement") == 1


def test_a_layout_is_checked_field_by_field() -> None:
    for change, field in (
        ({"dates": "DD/MM/YY"}, "dates"),
        ({"dates": "D-M/YYYY"}, "dates"),
        ({"encoding": "klingon"}, "encoding"),
        ({"decimal": ",", "thousands": ","}, "layout"),
        ({"columns": {**NEW["columns"], "components": []}}, "columns.components"),
        ({"columns": {**NEW["columns"], "reference": {"column": "a", "constant": "b"}}}, "columns.reference"),
        ({"columns": {**NEW["columns"], "identifier_number": "x"}}, "columns"),
        (
            {"columns": {**NEW["columns"], "components": [{"kind": "WRONG", "column": "a"}]}},
            "columns.components.0.kind",
        ),
        ({"columns": {**NEW["columns"], "due_on": {"column": "d", "format": "nonsense"}}}, "columns.due_on.format"),
        ({"columns": {**NEW["columns"], "shoe_size": "x"}}, "columns.shoe_size"),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            read_layout(FileKind.NEW, {**NEW, **change})
        assert (getattr(caught.value, "code", ""), getattr(caught.value, "field", "")) == ("INVALID_LAYOUT", field), (
            change
        )


async def test_excess_decimals_are_rounded_where_the_layout_says_so(make_desk: MakeDesk) -> None:
    desk = await make_desk("USD", "America/New_York")
    content = b"ref,name,opened,amount\nA,a,2026-01-01,1.005\nB,b,2026-01-01,1.015\nC,c,2026-01-01,1.0049999\n"
    await desk.layout(NEW)
    refused = await desk.accept(content)
    assert refused["issues_by_code"] == {"TOO_MANY_DECIMALS": 3}
    await desk.layout(NEW | {"excess_decimals": "round"})
    taken = await desk.accept(content + b"\n")
    assert taken["issues_by_code"] == {"ROUNDED_AMOUNT": 3}
    rows = await desk.fetch("SELECT reference, placed_minor FROM debt ORDER BY reference")
    assert [(row["reference"], row["placed_minor"]) for row in rows] == [("A", 100), ("B", 102), ("C", 100)]
