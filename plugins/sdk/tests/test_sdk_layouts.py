"""A layout reads what it writes, loses nothing, and says of what it cannot read where and why."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recobro_sdk.layouts import LayoutError, Problem, Record, Reject, load_layout, parse_layout
from recobro_sdk.layouts.testing import check_identity, check_round_trip

DATA = Path(__file__).parent / "data"
LINES = load_layout(DATA / "remittance.toml")
ROWS, BARE_ROWS, MAINFRAME = (
    load_layout(DATA / "remittance.toml", name) for name in ("rows", "bare_rows", "mainframe")
)
ALL = {"lines": LINES, "rows": ROWS, "bare rows": BARE_ROWS, "mainframe": MAINFRAME}
ALL |= {name: load_layout(DATA / f"{name}.toml") for name in ("blocks", "wrapped", "notes")}


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random=st.integers(0, 2**32).map(Random))
def test_reading_undoes_writing(name: str, random: Random) -> None:
    check_identity(ALL[name], random, records=4)


@settings(max_examples=150, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [b"HD20260101", b"PY", b"TR", b"\n", b"\r\n", b";", b'"', b" " * 9, b"12", b"TOP", b"NT", b"\0\x10\0\0"]
            ),
            max_size=40,
        ).map(b"".join),
    ),
    piece=st.integers(1, 40),
)
def test_no_byte_is_lost_whatever_comes(data: bytes, piece: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (data[start : start + piece] for start in range(0, len(data), piece))

    for layout in ALL.values():
        items = list(layout.read(pieces()))
        assert layout.dump(items) == data
        # Neither does checking raise, and what is rejected says what to do.
        assert all(problem.why and problem.remedy for problem in layout.check(items))


def payment(**values: Any) -> Record:
    whole = {"debtor": "Núñez", "paid": 150_00, "channel": "A", "rate": Decimal("0.195"), "fee": 3, **values}
    return Record("payment", whole)


def file_of(*payments: Record) -> list[Record]:
    return [Record("header", {"made": date(2026, 5, 1)}), *payments, Record("trailer", {})]


def test_bytes_are_the_ones_described() -> None:
    data = LINES.dump(file_of(payment(on=date(2026, 4, 30), ref="77"), payment(paid=-20_05, channel="D", fee=None)))
    assert data.decode("latin-1").split("\r\n") == [
        "HD2026050100000000000000      ",
        "PYNúñez     000000015000A.195000000C04/30/202600000077",
        "PYNúñez     -00000002005D.1950                00000000",
        "TR000002000004000000000012995-00000000002005",
        "",
    ]
    packed = MAINFRAME.dump(file_of(payment(paid=-20_05)))
    assert len(packed) == 3 * 60 and bytes.fromhex("00000002005d") in packed
    rows = ROWS.dump(file_of(payment(debtor='a;"b"\n')))
    assert b'PY;"a;""b""\n    "' in rows and rows.startswith(b"id;debtor;paid;channel;rate;fee;on;ref\n")


def test_reject_says_which_record_field_columns_why_and_what_to_do() -> None:
    good = LINES.dump(file_of(payment(), payment(debtor="Secret")))
    broken = good.replace(b"Secret    000000015000", b"Secret    00000001500x").replace(b"HD20260501", b"HD20260532")
    items = list(LINES.read(broken + b"XX\r\nPY"))
    rejects = [item for item in items if isinstance(item, Reject)]
    assert [item.number for item in rejects] == [1, 3, 5, 6]
    assert [str(problem) for reject in rejects for problem in reject.problems] == [
        "record 1 (header), made, columns 3-10: '20260532': there is no such day or time; write a real one as YYYYMMDD",
        "record 3 (payment), paid, columns 13-24: '00000001500x': it is not a number; give digits only",
        "record 5: it is none of the records of this layout; begin it as one of: header, payment, trailer",
        "record 6 (payment): it has 2 of 54 columns; send the whole record",
    ]
    assert rejects[1].offset == broken.index(b"PYSecret") and rejects[3].raw == b"PY"
    personal = next(LINES.read(b"PY" + b"A" * 10 + b"1" * 12 + b"A.19500000001\xff/04/2026" + b"0" * 8))
    assert isinstance(personal, Reject)
    assert LINES.dump(items) == broken + b"XX\r\nPY"


def test_what_is_personal_is_not_shown() -> None:
    layout = parse_layout(
        'name="p"\nversion="1"\ntitle="P"\n[[records]]\nname="r"\nfields=[{name="ssn",kind="integer",width=9,personal=true}]'
    )
    item = next(layout.read(b"12-34567A\n"))
    assert isinstance(item, Reject) and "'99-99999A'" in str(item.problems[0]) and "34567" not in str(item.problems[0])


def test_check_finds_codes_rules_totals_order_and_values_and_never_raises() -> None:
    items = file_of(payment(channel="D"), payment(channel="Z", debtor=None))
    items[-1].values |= {"count": 7, "sum": 1}
    items += [payment(paid=10**14, fee="much")]
    found = list(LINES.check(items))
    assert [(problem.number, problem.field, problem.code) for problem in found] == [
        (2, "fee", "direct-payments-carry-no-fee"),
        (3, "debtor", "required"),
        (3, "channel", "unknown_code"),
        (4, "count", "wrong_total"),
        (4, "sum", "wrong_total"),
        (5, None, "after_trailer"),
        (5, "paid", "unwritable"),
        (5, "fee", "unwritable"),
    ]
    assert found[0].columns == (31, 36)
    assert [problem.code for problem in LINES.check([])] == ["missing_record", "missing_record"]
    assert list(LINES.check(file_of(payment()))) == []
    assert next(problem.code for problem in LINES.check([Record("nobody", {})])) == "unwritable"


@pytest.mark.parametrize(
    "values",
    [
        {"paid": 1.5},
        {"paid": True},
        {"paid": 10**12},
        {"rate": Decimal("0.00001")},
        {"debtor": "a\nb"},
        {"debtor": "Ж"},
        {"on": "2026-01-01"},
        {"more": "x"},
    ],
)
def test_a_value_that_does_not_fit_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(LayoutError) as caught:
        LINES.dump([payment(**values)])
    assert [problem.field or "more" for problem in caught.value.problems] == list(values)


def test_another_spelling_of_the_same_value_is_written_as_found_until_it_changes() -> None:
    line = b"PYPerez     +00000001500A.1950 00003          0077    \n"
    record = check_round_trip(LINES, line)[0]
    assert (record.values["paid"], record.values["fee"], record.values["ref"]) == (15_00, 3, "77    ")
    record.values["paid"] = 16_00
    assert LINES.dump([record]) == line.replace(b"+00000001500", b"000000001600")
    row = ROWS.dump(file_of(payment())).replace(b";A;", b';"A";')
    records = check_round_trip(ROWS, row)
    next(item for item in records if item.type == "payment").values["fee"] = 9
    assert ROWS.dump(records) == row.replace(b";00000C;", b";00000I;")


def test_memory_is_bounded_by_a_piece_and_not_by_the_file() -> None:
    record = LINES.dump([payment()])

    class Long(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            count = min(20_000 - self.given // len(record), size // len(record))
            self.given += count * len(record)
            return record * count

    source = Long()
    items = [(source.given - item.offset, isinstance(item, Record)) for item in LINES.read(source)]
    assert len(items) == 20_000 and all(read for _, read in items)
    # What was read of the file and not yet handed out.
    assert max(ahead for ahead, _ in items) < 300_000 < 20_000 * len(record)
    too_long = list(load_layout(DATA / "remittance.toml", "short_lines").read(b"P" * 250 + b"\n"))
    assert [len(item.raw) for item in too_long if isinstance(item, Reject)] == [100, 100, 51]


def test_problem_of_one_column_is_in_one_column() -> None:
    assert str(Problem(1, "r", "c", "no", "yes", "f", (3, 3))) == "record 1 (r), f, column 3: no; yes"
