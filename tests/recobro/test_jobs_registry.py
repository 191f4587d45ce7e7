"""A worker knows every job: one that it does not is failed for good."""

import re
from pathlib import Path

from recobro.jobs_registry import HANDLERS, ON_DEMAND

ROOT = Path(__file__).parents[2]
_HANDLER = re.compile(r"^@(jobs\.)?handler\(", re.MULTILINE)


def test_every_module_that_does_jobs_is_known() -> None:
    doing = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "core").rglob("*.py")
        if _HANDLER.search(path.read_text("utf-8"))
    }
    assert doing and doing <= {*HANDLERS, *ON_DEMAND.values()}
