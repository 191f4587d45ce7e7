"""70 cases of another system's tests, and some of our own in its words, replayed through the use cases."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.kit.db import Database
from tests.money.allocation_cases import replay_all


async def test_every_case_splits_as_in_the_other_system(database: Database, shared_data: Path) -> None:
    cases = json.loads((shared_data / "allocation" / "cases.json").read_text())
    assert len(cases) == 70
    assert await replay_all(database, cases) == {}


async def test_a_wrong_expectation_is_found(database: Database, shared_data: Path) -> None:
    """Of the split, of an instalment, of the balance; and what the format does not know is no pass."""
    case = json.loads((shared_data / "allocation" / "cases.json").read_text())[2]
    wrong = [copy.deepcopy(case) for _ in range(4)]
    wrong[0]["payments"][1]["expect"]["principal"] = "124.99"
    wrong[1]["expect_instalments"][3]["outstanding"] = "124.0"
    wrong[2]["expect_instalments"][0]["paid_date"] = "2023-01-02"
    wrong[3]["policy"]["future_instalment_rule"]["default"] = "SOME_OTHER"
    for number, one in enumerate(wrong):
        one["id"] = str(number)
    failed = await replay_all(database, wrong)
    assert {key: len(problems) for key, problems in failed.items()} == {"0": 1, "1": 1, "2": 1, "3": 1}
    assert "expected 124.99, got 125.00" in failed["0"][0]


PRINCIPAL_FIRST = "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST"
FEE_LAST = "DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE"
ONE_ORDER = "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"
ORDERS = {
    PRINCIPAL_FIRST: (["penalties", "fees", "interest", "principal"], ["principal", "penalties", "fees", "interest"]),
    FEE_LAST: (["penalties", "interest", "principal", "fees"],) * 2,
    ONE_ORDER: (["penalties", "fees", "interest", "principal"],) * 2,
}


def of_march(
    strategy: str,
    owed: dict[str, str],
    charges: list[tuple[str, str, int, int, int]],
    payments: list[tuple[int, str, str, dict[str, str]]],
    outstanding: str,
) -> dict[str, Any]:
    """One instalment, due on 2025-03-31. Charges: kind, amount, days on which it is due and entered, after how many
    payments. Payments: day, type, amount, split."""
    none = dict.fromkeys(("principal", "interest", "fees", "penalties"), "0.0")
    due, in_advance = ORDERS[strategy]
    return {
        "id": f"{strategy} {outstanding}",
        "as_of": "2025-03-31",
        "policy": {
            "grouping": "horizontal", "due_order": due, "in_advance_order": in_advance, "fineract_name": strategy,
        },
        "obligations": [{"nr": "1", "due_date": "2025-03-31", **none, **owed}],
        "charges": [
            {
                "kind": kind, "due_date": f"2025-03-{due_on:02}", "amount": amount,
                "added_on": f"2025-03-{entered_on:02}", "entered_after_n_payments": after,
            }
            for kind, amount, due_on, entered_on, after in charges
        ],
        "reversed_payments": [],
        "payments": [
            {"date": f"2025-03-{day:02}", "type": kind, "amount": amount, "expect": none | split}
            for day, kind, amount, split in payments
        ],
        "expect_instalments": [{"nr": "1", "outstanding": outstanding}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            of_march(
                PRINCIPAL_FIRST, {"principal": "200.0", "fees": "6.0"}, [("fee", "6.0", 31, 5, 0)],
                [
                    (10, "Repayment", "197.5", {"principal": "197.5"}),
                    (12, "Charge Adjustment", "6.0", {"principal": "2.5", "fees": "3.5"}),
                ],
                "2.5",
            ),
            id="what is given back of a charge is split like any other payment",
        ),
        pytest.param(
            of_march(
                FEE_LAST, {"principal": "80.0", "penalties": "7.0"}, [("penalty", "7.0", 20, 15, 1)],
                [(2, "Repayment", "50.0", {"principal": "43.0", "penalties": "7.0"})], "37.0",
            ),
            id="a charge counts for a payment of the very first day, too",
        ),
        pytest.param(
            of_march(
                ONE_ORDER, {"principal": "80.0", "fees": "5.0", "penalties": "7.0"},
                [("fee", "5.0", 5, 4, 0), ("penalty", "7.0", 25, 4, 0)],
                [(10, "Repayment", "9.0", {"fees": "2.0", "penalties": "7.0"})], "83.0",
            ),
            id="a strategy without an order in advance asks no charge for its due date",
        ),
    ],
)  # fmt: skip
async def test_older_strategies(database: Database, case: dict[str, Any]) -> None:
    assert await replay_all(database, [case]) == {}


async def test_a_case_that_cannot_be_replayed_fails_alone(database: Database, shared_data: Path) -> None:
    right = json.loads((shared_data / "allocation" / "cases.json").read_text())[2]
    broken = [copy.deepcopy(right) for _ in range(4)]
    broken[0]["payments"][0]["amount"] = "a lot"
    broken[1]["payments"][0]["expect"] = None
    broken[2]["obligations"] = []
    del broken[3]["id"]
    failed = await replay_all(database, ["no case", *broken, right])
    assert sorted(failed) == sorted(
        [" (case 1)", right["id"], f"{right['id']} (case 3)", f"{right['id']} (case 4)", " (case 5)"]
    )


def test_the_command_replays_a_file(shared_data: Path, tmp_path: Path) -> None:
    """As anybody calls it, with a database that it makes and drops: a right case, and one with a wrong expectation."""
    cases = json.loads((shared_data / "allocation" / "cases.json").read_text())[2:4]
    cases[1]["payments"][0]["expect"]["principal"] = "0.01"
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    told = subprocess.run(
        [sys.executable, "-m", "tests.money.allocation_cases", str(tmp_path / "cases.json")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert told.stdout.splitlines()[-1] == "1 passed, 1 failed", told.stdout
    assert cases[1]["id"] in told.stdout.splitlines()
