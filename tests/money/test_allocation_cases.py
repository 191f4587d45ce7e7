"""70 cases of another system's tests, replayed through the use cases."""

import copy
import json
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
