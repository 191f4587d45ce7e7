"""Dates in SQL against Python's own calendar, for every notation."""

from datetime import date, timedelta

import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.scope import Actor, agency_scope
from core.placements.dates import DateFormat

NOTATIONS = ("YYYY-MM-DD", "DD/MM/YYYY", "M/D/YYYY", "D.M.YYYY", "YYYYMMDD", "DD-MMM-YYYY", "MMM-YYYY", "MM/YYYY")
SCOPE = agency_scope(new_id(), Actor("user", "user_test"))


async def _read(notation: str, texts: list[str]) -> list[date | None]:
    sql = DateFormat.parse(notation).sql("t")
    async with db.transaction(SCOPE) as tx:
        rows = await tx.fetch(f"SELECT {sql} AS d FROM unnest($1::text[]) WITH ORDINALITY AS u(t, o) ORDER BY o", texts)
    return [row["d"] for row in rows]


@pytest.mark.parametrize("notation", NOTATIONS)
async def test_every_day_that_is_written_is_read_again(database: Database, notation: str) -> None:
    form = DateFormat.parse(notation)
    days = [date(1999, 12, 28) + timedelta(n * 3) for n in range(1500)] + [
        date(2000, 2, 29),
        date(2100, 3, 1),
        date(2199, 12, 31),
    ]
    expected = days if form._part("d", "t") != "1" else [day.replace(day=1) for day in days]
    assert await _read(notation, [form.write(day) for day in days]) == expected


async def test_days_that_there_are_not_are_none(database: Database) -> None:
    wrong = [
        "31/02/2024", "29/02/2023", "29/02/2100", "31/04/2024", "00/01/2024", "01/13/2024", "1/1/2024", "01/01/24",
        "01-01-2024", "2024-01-01", "01/01/1899", "01/01/2200", "", " ", "x", "01/01/2024 ", "٠١/٠١/٢٠٢٤",
        "01/01/20245",
    ]  # fmt: skip
    assert await _read("DD/MM/YYYY", [*wrong, "29/02/2024", "28/02/2023"]) == [
        *[None] * len(wrong),
        date(2024, 2, 29),
        date(2023, 2, 28),
    ]
    assert await _read("MMM-YYYY", ["ENE-2024", "AGO-2024", "DIC-2024", "DEC-2024", "FOO-2024"]) == [
        date(2024, 1, 1), date(2024, 8, 1), date(2024, 12, 1), date(2024, 12, 1), None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "notation", ["DD/MM/YY", "YYYY", "DD/DD/YYYY", "D/M-YYYY", "DMYYYY", "yyyy-mm-dd", "YYYY-MM-DD'; --", ""]
)
def test_a_notation_that_is_none_is_refused(notation: str) -> None:
    with pytest.raises(ValueError, match=r"notation|separator"):
        DateFormat.parse(notation)
