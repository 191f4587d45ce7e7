"""Instalments of NEW files: a row each, a debt for each reference, taken whole or not at all."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import pytest

from core.kit.errors import InvalidInput
from core.ledger.verify import verify
from core.mandates.models import FileKind
from core.placements.layout import read_layout
from tests.core.placements.conftest import PAYMENTS, Desk, MakeDesk

LAYOUT: dict[str, Any] = {
    "decimal": ",", "thousands": ".", "dates": "DD/MM/YYYY", "other_columns": "keep",
    "columns": {
        "reference": "credito", "instalment": "cuota", "due_on": "vence", "debtor_name": "titular",
        "identifier_type": {"constant": "CC"}, "identifier_number": "cedula", "phones": ["celular"],
        "opened_on": "desembolso", "product": "linea",
        "components": [
            {"kind": "PRINCIPAL", "column": "capital"}, {"kind": "INTEREST_ORDINARY", "column": "interes"},
            {"kind": "INSURANCE", "column": "seguro"},
        ],
    },
}  # fmt: skip
HEAD = "credito;titular;cedula;celular;desembolso;linea;cuota;vence;capital;interes;seguro;zona\n"
PEOPLE = {
    "CR-1": ("María Peña", "52.345.678", "300 123 4567"),
    "CR-2": ("José Núñez", "79.123.456", "310 765 4321"),
    "CR-3": ("María Peña", "52345678", "300 123 4567"),
}
AMOUNTS = {
    "CR-1": (10_000_000, 2_500_050, 130_000),
    "CR-2": (8_250_025, 1_100_000, 0),
    "CR-3": (5_000_000, 950_000, 90_000),
}
MONTHS = range(1, 13)
TOTAL = sum(12 * sum(parts) for parts in AMOUNTS.values())


def _pesos(minor: int) -> str:
    return f"{minor // 100:,}".replace(",", ".") + f",{minor % 100:02}"


def _row(reference: str, month: int, **other: str) -> str:
    name, document, phone = PEOPLE[reference]
    values = {
        "credito": reference, "titular": name, "cedula": document, "celular": phone, "desembolso": "15/12/2023",
        "linea": "LIBRANZA", "cuota": str(month), "vence": f"05/{month:02}/2024",
        **dict(zip(("capital", "interes", "seguro"), map(_pesos, AMOUNTS[reference]), strict=True)),
        "zona": f"Z{month}",
    }  # fmt: skip
    return ";".join((values | other).values()) + "\n"


def _file() -> str:
    """Month by month, as a billing system writes it, and the last month first: no debt's rows lie together."""
    return HEAD + "".join(_row(reference, month) for month in reversed(MONTHS) for reference in PEOPLE)


def _by_instalment(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[int, list[int]]]:
    for number, parts in groupby(rows, key=lambda row: row["instalment"]):
        yield number, [part["balance_minor"] for part in parts]


_PARTS = (
    "SELECT c.* FROM debt_component c JOIN debt d ON d.agency_id = c.agency_id AND d.id = c.debt_id "
    "WHERE d.reference = $1 ORDER BY c.position"
)


@pytest.mark.parametrize(
    "grouped", [{"grouping": "HORIZONTAL"}, {"grouping": "HORIZONTAL", "due_date_of": "INSTALMENT"}]
)
async def test_loans_come_in_by_instalment_and_are_paid_by_instalment(
    make_desk: MakeDesk, grouped: dict[str, Any]
) -> None:
    desk = await make_desk(allocation_policy=grouped, allocation_order=("INSURANCE", "INTEREST_ORDINARY", "PRINCIPAL"))
    await desk.layout(LAYOUT)
    await desk.layout(PAYMENTS, FileKind.FINANCIAL)

    batch = await desk.accept(_file(), control_rows=36, control_sum_minor=TOTAL)

    assert (batch["state"], batch["rows_accepted"], batch["sum_accepted_minor"]) == ("ACTIVE", 36, TOTAL)
    ack = batch["details"]["acknowledgement"]
    assert (ack["rows"], ack["debts"]) == (36, 3)
    assert ack["sums"] == {
        kind: 12 * sum(parts[place] for parts in AMOUNTS.values())
        for place, kind in enumerate(("PRINCIPAL", "INTEREST_ORDINARY", "INSURANCE"))
    }
    debts = await desk.fetch("SELECT * FROM debt ORDER BY reference")
    assert [(row["reference"], row["placed_minor"], row["balance_minor"], row["due_on"]) for row in debts] == [
        (reference, 12 * sum(parts), 12 * sum(parts), date(2024, 1, 5)) for reference, parts in AMOUNTS.items()
    ]
    assert {row["opened_on"] for row in debts} == {date(2023, 12, 15)}
    assert [row["source_line"] for row in debts] == [2, 3, 4]
    assert debts[0]["attributes"] == {"zona": "Z12"}
    assert debts[0]["party_id"] == debts[2]["party_id"] != debts[1]["party_id"]
    assert await desk.value("SELECT count(*) FROM contact_point") == 2
    for reference, parts in AMOUNTS.items():
        rows = await desk.fetch(_PARTS, reference)
        assert [row["position"] for row in rows] == list(range(1, 37))
        assert [(row["instalment"], row["due_on"], row["placed_minor"]) for row in rows] == [
            (month, date(2024, month, 5), minor) for month in MONTHS for minor in parts
        ]
    # What stood at nothing is kept as a component and is no movement.
    assert await desk.value("SELECT count(*) FROM debt_movement WHERE kind = 'PLACEMENT'") == 36 * 3 - 12

    # Two instalments and the insurance and a part of the interest of the third.
    capital, interest, insurance = AMOUNTS["CR-1"]
    money = 2 * sum(AMOUNTS["CR-1"]) + insurance + 1_000_000
    paid = await desk.accept(f"ref,paid,amount,slip\nCR-1,2024-06-10,{money / 100:.2f},S1\n", FileKind.FINANCIAL)

    assert (paid["state"], paid["rows_accepted"]) == ("ACTIVE", 1)
    left = dict(_by_instalment(await desk.fetch(_PARTS, "CR-1")))
    assert left[1] == left[2] == [0, 0, 0]
    assert left[3] == [capital, interest - 1_000_000, 0]
    assert all(left[month] == [capital, interest, insurance] for month in range(4, 13))
    assert await desk.value("SELECT due_on FROM debt WHERE reference = 'CR-1'") == date(2024, 3, 5)
    assert (await verify(desk.scope)).holds

    # One new day can not hold for all instalments; what else a file changes, it may.
    columns = {"reference": "ref", "due_on": "due", "product": "product"}
    await desk.layout({"columns": columns}, FileKind.MAINTENANCE)
    changed = await desk.accept("ref,due,product\nCR-1,2025-01-01,\nCR-2,,Consumo\nCR-3,,\n", FileKind.MAINTENANCE)
    assert [issue[:2] for issue in await desk.issues(changed["id"])] == [
        (2, "DUE_BY_INSTALMENT"), (4, "NOTHING_CHANGES"),
    ]  # fmt: skip
    assert [row["due_on"].month for row in await desk.fetch(_PARTS, "CR-1")] == [m for m in MONTHS for _ in range(3)]


async def test_a_debt_is_taken_whole_or_not_at_all_and_is_not_taken_twice(desk: Desk) -> None:
    await desk.layout(LAYOUT)
    content = HEAD + "".join([
        *(_row("CR-1", month) for month in (1, 2)),
        _row("CR-1", 3, titular="María Pena"),  # 4: not who the first line says
        _row("CR-1", 4, cedula="52345678"),  # the same number, written otherwise
        _row("CR-2", 1),  # 6
        _row("CR-2", 2, celular="310 000 0001"),
        _row("CR-2", 2, desembolso="16/12/2023", linea=""),  # 8: an instalment twice, and two columns that differ
        _row("CR-3", 1, capital="0", interes="0", seguro="0"),  # 9: paid before
        _row("CR-3", 2),
        _row("CR-3", 3, seguro=""),
    ])  # fmt: skip
    batch = await desk.accept(content)
    assert await desk.issues(batch["id"]) == [
        (2, "DEBT_INCOMPLETE", "credito", "line 4"),
        (3, "DEBT_INCOMPLETE", "credito", "line 4"),
        (4, "INSTALMENTS_DIFFER", "titular", "line 2: María Peña"),
        (5, "DEBT_INCOMPLETE", "credito", "line 4"),
        (6, "DEBT_INCOMPLETE", "credito", "line 8"),
        (7, "DEBT_INCOMPLETE", "credito", "line 8"),
        *[issue for issue in await desk.issues(batch["id"]) if issue[0] == 8],
    ]
    assert {issue[1:] for issue in await desk.issues(batch["id"]) if issue[0] == 8} == {
        ("DUPLICATE_INSTALMENT", "cuota", "line 7"),
        ("INSTALMENTS_DIFFER", "desembolso", "line 6: 2023-12-15"),
        ("INSTALMENTS_DIFFER", "linea", "line 6: LIBRANZA"),
    }
    assert (batch["rows_total"], batch["rows_accepted"], batch["rows_rejected"]) == (10, 3, 7)
    owed = 2 * sum(AMOUNTS["CR-3"]) - AMOUNTS["CR-3"][2]
    assert batch["sum_accepted_minor"] == owed
    [debt] = await desk.fetch("SELECT reference, placed_minor, due_on FROM debt")
    assert debt == {"reference": "CR-3", "placed_minor": owed, "due_on": date(2024, 2, 5)}
    assert [(row["position"], row["instalment"]) for row in await desk.fetch(_PARTS, "CR-3")] == [
        (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2), (7, 3), (8, 3),
    ]  # fmt: skip

    # Corrected, the others come in; what is there is a duplicate, but an instalment that it does not have is not lost.
    rows = [_row("CR-1", 1), _row("CR-1", 2), _row("CR-3", 1), _row("CR-3", 2), _row("CR-3", 4)]
    again = await desk.accept(HEAD + "".join(rows))
    assert await desk.issues(again["id"]) == [
        (4, "DUPLICATE_OF_DEBT", "credito", f"placed on {again['created_at'].date()}, line 9"),
        (5, "DUPLICATE_OF_DEBT", "credito", f"placed on {again['created_at'].date()}, line 9"),
        (6, "INSTALMENT_NOT_PLACED", "cuota", "4"),
    ]
    assert (again["rows_accepted"], again["rows_duplicate"], again["rows_rejected"]) == (2, 2, 1)
    once_more = await desk.accept(HEAD + "".join(rows[:4]))
    assert (once_more["rows_accepted"], once_more["rows_duplicate"], once_more["rows_rejected"]) == (0, 4, 0)
    assert await desk.value("SELECT count(*) FROM debt") == 2
    assert await desk.value("SELECT count(*) FROM debt_component") == 8 + 6


async def test_what_an_instalment_must_say(desk: Desk) -> None:
    columns = LAYOUT["columns"] | {"identifier_number": None, "identifier_type": None}
    await desk.layout(LAYOUT | {"columns": {name: value for name, value in columns.items() if value is not None}})
    months = [_row("CR-2", 1 + n % 12, cuota=str(n + 1)) for n in range(334)]
    batch = await desk.accept(
        HEAD + "".join([
            _row("CR-1", 1, cuota="0"), _row("CR-1", 1, cuota="1/12"), _row("CR-1", 1, cuota="32768"),
            _row("CR-1", 1, cuota=""), _row("CR-1", 1, vence=""), _row("CR-1", 1, capital="", interes="", seguro=""),
            _row("CR-3", 1, credito="N", capital="0", interes="0", seguro="0"),
            _row("CR-3", 1, credito="X", cuota="007"), _row("CR-3", 2, credito="X"),
            *months,
        ])
    )  # fmt: skip
    assert (await desk.issues(batch["id"]))[:8] == [
        (2, "INVALID_INSTALMENT", "cuota", "0"),
        (3, "INVALID_INSTALMENT", "cuota", "1/12"),
        (4, "INVALID_INSTALMENT", "cuota", "32768"),
        (5, "MISSING_VALUE", "cuota", ""),
        (6, "MISSING_VALUE", "vence", ""),
        (7, "NOTHING_OWED", "capital", ""),
        (8, "NOTHING_OWED", "capital", ""),
        (11, "TOO_MANY_INSTALMENTS", "cuota", "334"),
    ]
    assert batch["issues_by_code"]["TOO_MANY_INSTALMENTS"] == 334
    # Without an identifier a debt makes one party, not one a row.
    assert await desk.value("SELECT count(*) FROM party") == await desk.value("SELECT count(*) FROM debt") == 1
    parts = await desk.fetch(_PARTS, "X")
    assert [row["instalment"] for row in parts] == [2, 2, 2, 7, 7, 7]
    for wrong in ({"due_on": None}, {"due_on": {"constant": "01/01/2024"}}, {"instalment": {"constant": "1"}}):
        mapped = {name: value for name, value in (LAYOUT["columns"] | wrong).items() if value is not None}
        with pytest.raises(InvalidInput) as refused:
            read_layout(FileKind.NEW, LAYOUT | {"columns": mapped})
        assert refused.value.code == "INVALID_LAYOUT" and "go together" in refused.value.message


async def test_many_debts_whose_rows_lie_apart_are_told_apart(desk: Desk) -> None:
    """More rows than the planner is trusted with (core/placements/examine.py)."""
    await desk.layout(LAYOUT)
    count = 900
    rows = [
        _row("CR-2", month, credito=f"L{number}", cedula=str(1_000_000 + number), capital=str(number + month))
        for month in (3, 1, 2)
        for number in range(count)
    ]
    batch = await desk.accept(HEAD + "".join(rows))
    assert (batch["rows_accepted"], batch["details"]["acknowledgement"]["debts"]) == (3 * count, count)
    rest = AMOUNTS["CR-2"][1]
    placed = await desk.fetch("SELECT reference, placed_minor, due_on FROM debt")
    assert {row["reference"]: row["placed_minor"] for row in placed} == {
        f"L{number}": (3 * number + 6) * 100 + 3 * rest for number in range(count)
    }
    assert {row["due_on"] for row in placed} == {date(2024, 1, 5)}
    again = await desk.accept(HEAD + "".join(reversed(rows)))
    assert (again["rows_accepted"], again["rows_duplicate"], again["rows_rejected"]) == (0, 3 * count, 0)
