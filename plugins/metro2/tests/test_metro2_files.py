"""Real Metro 2 files: they become the JSON beside them, and the same bytes again."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_metro2 import Form, check, detect, from_json, layout, read_bytes, segments, to_json
from recobro_metro2.documents import write_segments
from recobro_sdk.layouts import LayoutError, Record, Reject
from recobro_sdk.layouts.testing import check_identity, check_round_trip

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "metro2"
RECORDS = ("base_segment", "header_record", "trailer_record", "unpacked_fixed_file", "unpacked_fixed_request")
RECORDS += (
    "unpacked_variable_file",
    "packed_file",
    "packed_base_segment",
    "packed_header_record",
    "packed_trailer_record",
)
SEGMENTS = tuple(f"{name}_segment" for name in ("j1", "j2", "k1", "k2", "k3", "k4", "l1", "n1"))


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the folder of real files is not here: shared/data/metro2 beside the checkout")
    return REAL


@pytest.mark.parametrize("name", RECORDS)
def test_file_is_written_back_byte_for_byte(real: Path, name: str) -> None:
    data = (real / f"{name}.dat").read_bytes()
    form, items = read_bytes(data)
    assert form in ((Form.PACKED_BINARY, Form.PACKED) if name.startswith("packed") else (Form.CHARACTER,))
    assert not any(isinstance(item, Reject) for item in items)
    check_round_trip(layout(form), data)
    # Its records alone make the same bytes: only where lines broke is remembered beside them.
    anew = [
        Record(item.type, item.values, item.segments, item.tail, frame=item.frame)
        for item in items
        if isinstance(item, Record)
    ]
    assert layout(form).dump(anew) == data


@pytest.mark.parametrize("name", SEGMENTS)
def test_lone_segment_is_read_and_written_back(real: Path, name: str) -> None:
    data = (real / f"{name}.dat").read_bytes()
    parts = segments(data)
    assert [part.type for part in parts] == [name[:2]]
    assert write_segments(parts) == from_json(to_json(data)) == data.replace(b"\n", b"")


@pytest.mark.parametrize(
    ("name", "golden", "newline"),
    [
        ("unpacked_fixed_request", "unpacked_fixed_file", True),
        ("unpacked_variable_file", "unpacked_variable_file", True),
        ("packed_file", "packed_file", False),
        ("base_segment", "base_segment", False),
    ],
)
def test_json_is_the_one_beside_it_and_makes_the_file(real: Path, name: str, golden: str, newline: bool) -> None:
    data = (real / f"{name}.dat").read_bytes()
    expected = json.loads((real / f"{golden}.json").read_text())
    assert to_json(data) == expected
    # The lone account was wrapped by hand, which its JSON does not say.
    written = from_json(expected, newline=newline)
    assert written == (data.replace(b"\n", b"") if name == "base_segment" else data)


def test_fixed_file_differs_from_its_json_in_the_length_of_its_header_alone(real: Path) -> None:
    found = to_json((real / "unpacked_fixed_file.dat").read_bytes())
    expected = json.loads((real / "unpacked_fixed_file.json").read_text())
    assert (found["header"].pop("recordDescriptorWord"), expected["header"].pop("recordDescriptorWord")) == (470, 426)
    assert found == expected


def account(row: dict[str, str]) -> Record:
    """A real account without its person, as a record that is complete again."""

    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] else None

    text = ("portfolioType", "accountType", "accountStatus", "paymentRating", "paymentHistoryProfile", "specialComment")
    text += ("complianceConditionCode", "interestTypeIndicator", "ecoaCode", "state", "countryCode")
    days = ("dateOpened", "dateAccountInformation", "dateFirstDelinquency", "dateClosed", "dateLastPayment")
    values: dict[str, Any] = {name: row[name] or None for name in text} | {name: day(name) for name in days}
    # The portfolio has credit balances, which the standard reports as zero.
    values |= {
        name: max(0, int(row[name] or 0)) * 100 for name in ("highestCredit", "actualPaymentAmount", "currentBalance")
    }
    values |= {
        "processingIndicator": 1,
        "timeStamp": datetime(2023, 11, 16, tzinfo=UTC),
        "termsDuration": row["termsDuration"].zfill(3),
    }
    values |= {
        "identificationNumber": "12345",
        "consumerAccountNumber": row["row"],
        "surname": "DOE",
        "firstName": "JANE",
    }
    values |= {"socialSecurityNumber": 666000000, "city": "X", "zipCode": "00000", "firstLineAddress": "1 ST"}
    person = {"surname": "DOE", "firstName": "JOHN", "ecoaCode": "2", "socialSecurityNumber": 666000001}
    there = {"firstLineAddress": "2 ST", "city": "Y", "state": row["state"], "zipCode": "00001"}
    parts = [Record("j1", dict(person)) for _ in range(int(row["n_j1"]))]
    parts += [Record("j2", {**person, **there}) for _ in range(int(row["n_j2"]))]
    return Record("base", values, parts)


@pytest.mark.parametrize("form", Form)
def test_accounts_of_a_real_portfolio_in_every_form(real: Path, form: Form) -> None:
    with (real / "accounts_25k_stripped.csv").open(newline="") as file:
        rows = [row for number, row in enumerate(csv.DictReader(file)) if number % 10 == 0]
    today = date(2023, 11, 16)
    head = {"activityDate": today, "dateCreated": today, "reporterName": "BANK", "reporterAddress": "1 ST"}
    accounts = [account(row) for row in rows]
    data = layout(form).dump([Record("header", dict(head)), *accounts, Record("trailer", {})])
    found, items = read_bytes(data)
    assert found is form
    records = [item for item in items if isinstance(item, Record)]
    assert len(records) == len(rows) + 2 and layout(form).dump(items) == data
    wanted = ("accountStatus", "paymentHistoryProfile", "highestCredit", "dateFirstDelinquency", "dateLastPayment")
    for made, read in zip(accounts, records[1:-1], strict=True):
        assert [read.values[name] for name in wanted] == [made.values[name] for name in wanted]
    totals = records[-1].values
    statuses = Counter(row["accountStatus"] for row in rows)
    assert {code: totals[f"totalStatusCode{code}"] for code in statuses} == dict(statuses)
    assert totals["totalConsumerSegmentsJ1"] == sum(int(row["n_j1"]) for row in rows)
    assert totals["totalSocialNumbersAllSegments"] == sum(1 + int(row["n_j1"]) + int(row["n_j2"]) for row in rows)
    assert totals["blockCount"] == len(rows) + 2


@pytest.mark.parametrize("form", Form)
@settings(max_examples=25, deadline=None)
@given(random=st.integers(0, 2**32).map(Random))
def test_reading_undoes_writing(form: Form, random: Random) -> None:
    check_identity(layout(form), random, records=3)


def test_what_other_software_lets_pass_is_made_to_fit_and_named_if_asked(real: Path) -> None:
    document = json.loads((real / "unpacked_fixed_file.json").read_text())
    account = document["data"][0]
    account["base"] |= {"recordDescriptorWord": 426, "address": "x", "city": "C" * 21, "currentBalance": -3}
    account["base"] |= {"dateFirstDelinquency": "1970-01-01T00:00:00Z"}
    with pytest.raises(LayoutError, match="no field address"):
        from_json(document)
    changed = Counter[str]()
    data = from_json(document, tolerant=True, changed=changed)
    assert dict(changed) == dict.fromkeys(
        [
            "base.address left out",
            "base.city cut",
            "base.currentBalance made zero",
            "base.recordDescriptorWord corrected",
        ],
        1,
    )
    assert "epoch-first-delinquency" in {problem.code for problem in check(io.BytesIO(data))}
    # The length that leaves the segments out, as that software writes it, is read as it is meant, and kept.
    forgetful = data.replace(b"09661010120200", b"04261010120200")
    assert forgetful != data and len(to_json(forgetful)["data"]) == 1
    assert "wrong_length" in {problem.code for problem in check(io.BytesIO(forgetful))}
    check_round_trip(layout(), forgetful)


def test_form_is_found_out() -> None:
    random = Random(4)
    from recobro_sdk.layouts.samples import sample_file

    for form in Form:
        assert detect(layout(form).dump(sample_file(layout(form), random))) is form


def test_damaged_account_is_named_and_the_rest_is_read(
    real: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from recobro_metro2.__main__ import main

    data = (real / "unpacked_fixed_request.dat").read_bytes()
    place = data.index(b"11222019")
    damaged = data[:place] + b"13452019" + data[place + 8 :]
    items = layout().read(damaged)
    assert layout().dump(items) == damaged
    file = tmp_path / "damaged.dat"
    file.write_bytes(damaged)
    assert main(["read", str(file)]) == 1
    shown = capsys.readouterr()
    assert [len(json.loads(shown.out)["data"]), set(json.loads(shown.out))] == [0, {"header", "data", "trailer"}]
    assert "record 2 (base), dateOpened, columns 76-83: '13452019': there is no such day" in shown.err
    file.write_bytes(data)
    assert main(["read", str(file)]) == 0
    back = tmp_path / "back.json"
    back.write_text(capsys.readouterr().out)
    assert main(["write", str(back), "--newline", "--output", str(tmp_path / "again.dat")]) == 0
    assert (tmp_path / "again.dat").read_bytes() == data
    assert main(["check", str(file)]) == 1
    assert "agency-portfolio" not in capsys.readouterr().out
    assert main(["write", str(file)]) == 2 and main(["read", str(tmp_path / "none")]) == 2
    assert main(["document"]) == 0 and "| 76-83 | `dateOpened` |" in capsys.readouterr().out


def test_command_line_of_a_process_of_its_own(real: Path) -> None:
    command = [sys.executable, "-m", "recobro_metro2", "read", str(real / "packed_file.dat")]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert json.loads(done.stdout) == json.loads((real / "packed_file.json").read_text())
