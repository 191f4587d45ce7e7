"""Files that nobody of this project wrote, imported whole with the layouts of docs/examples."""

import csv
from decimal import Decimal
from pathlib import Path

from core.mandates.models import FileKind
from tests.core.placements.conftest import MakeDesk

IBM = "ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv"
LOANS = "openintro_lendingclub/loans_full_schema.csv"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


async def test_the_invoices_of_ibm_come_in_whole_and_are_paid(make_desk: MakeDesk, shared_data: Path) -> None:
    desk = await make_desk("USD", "America/New_York")
    await desk.layout("ibm_ar/new.json")
    await desk.layout("ibm_ar/financial.json", FileKind.FINANCIAL)
    rows = _rows(shared_data / IBM)

    batch = await desk.accept(shared_data / IBM, control_rows=2466, control_sum_minor=14_770_318)

    assert (batch["state"], batch["rows_total"], batch["rows_accepted"], batch["rows_rejected"]) == (
        "ACTIVE",
        2466,
        2466,
        0,
    )
    assert batch["sum_accepted_minor"] == 14_770_318
    assert batch["details"]["acknowledgement"]["result"] == "ACCEPTED"
    debts = {row["reference"]: row for row in await desk.fetch("SELECT * FROM debt")}
    assert len(debts) == 2466 and sum(row["balance_minor"] for row in debts.values()) == 14_770_318
    assert sum(row["disputed"] for row in debts.values()) == 561
    assert await desk.value("SELECT count(*) FROM party") == 100
    assert await desk.value("SELECT sum(delta_minor) FROM debt_movement") == 14_770_318
    for row in rows:
        debt = debts[row["invoiceNumber"]]
        month, day, year = (int(part) for part in row["DueDate"].split("/"))
        assert debt["due_on"].timetuple()[:3] == (year, month, day)
        assert debt["attributes"]["countryCode"] == row["countryCode"]

    paid = await desk.accept(shared_data / IBM, FileKind.FINANCIAL, control_rows=2466)

    assert (paid["state"], paid["rows_accepted"], paid["sum_accepted_minor"]) == ("ACTIVE", 2466, 14_770_318)
    assert await desk.value("SELECT count(*) FROM debt WHERE closed_reason = 'PAID' AND balance_minor = 0") == 2466
    closed = {row["reference"]: row["closed_on"] for row in await desk.fetch("SELECT reference, closed_on FROM debt")}
    for row in rows:
        month, day, year = (int(part) for part in row["SettledDate"].split("/"))
        assert closed[row["invoiceNumber"]].timetuple()[:3] == (year, month, day)
    assert await desk.value("SELECT sum(delta_minor) FROM debt_movement") == 0


async def test_the_invoices_with_blanks_come_in_too(make_desk: MakeDesk, shared_data: Path) -> None:
    desk = await make_desk("USD", "America/New_York")
    await desk.layout("ibm_ar/new.json")
    path = shared_data / IBM.replace(".csv", "_with_missing.csv")

    batch = await desk.accept(path)

    rows = _rows(path)
    unique = {row["invoiceNumber"] for row in rows}
    assert (batch["rows_total"], batch["rows_accepted"], batch["rows_duplicate"]) == (
        2586,
        len(unique),
        2586 - len(unique),
    )
    blanks = sum(1 for row in rows if not row["PaperlessDate"])
    assert await desk.value("SELECT count(*) FROM debt WHERE NOT attributes ? 'PaperlessDate'") == blanks == 120


async def test_ten_thousand_loans_are_paid_down_by_their_creditors_own_split(
    make_desk: MakeDesk, shared_data: Path
) -> None:
    """One row has a late fee of nine decimals, which the layouts say to round; 15 loans paid nothing; 7 were charged
    off, where `balance` is 0 and not what is owed. Everywhere else the balance is the file's, to the cent."""
    desk = await make_desk("USD", "America/New_York")
    await desk.layout("lendingclub/new.json")
    await desk.layout("lendingclub/financial.json", FileKind.FINANCIAL)
    rows = _rows(shared_data / LOANS)

    batch = await desk.accept(shared_data / LOANS)
    assert (batch["rows_total"], batch["rows_accepted"], batch["issues_by_code"]) == (
        10_000,
        10_000,
        {"ROUNDED_AMOUNT": 1},
    )
    assert batch["details"]["acknowledgement"]["result"] == "ACCEPTED"
    paid = await desk.accept(shared_data / LOANS, FileKind.FINANCIAL)

    assert paid["issues_by_code"] == {"ROUNDED_AMOUNT": 1, "ZERO_AMOUNT": 15}
    assert paid["rows_accepted"] == 9_985
    debts = {row["reference"]: row for row in await desk.fetch("SELECT * FROM debt")}
    consistent = [
        row for row in rows if Decimal(row["loan_amount"]) - Decimal(row["paid_principal"]) == Decimal(row["balance"])
    ]
    assert len(consistent) == 9_993
    different = [
        row["rownames"]
        for row in consistent
        if row["rownames"] in debts and debts[row["rownames"]]["balance_minor"] != int(Decimal(row["balance"]) * 100)
    ]
    assert different == []
    fully = {row["rownames"] for row in consistent if Decimal(row["balance"]) == 0} & set(debts)
    assert {ref for ref, debt in debts.items() if debt["closed_reason"] == "PAID"} == fully
    assert await desk.value("SELECT sum(unapplied_minor) FROM payment") == 0
