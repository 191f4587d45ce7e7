"""70 cases of another system's tests, replayed through the use cases."""

import copy
import json
import subprocess
import sys
from pathlib import Path

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
