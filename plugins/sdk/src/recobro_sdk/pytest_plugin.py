"""What the conformance kit needs of pytest: readable assertions, and that nobody leaves a check out unseen."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

pytest.register_assert_rewrite("recobro_sdk.testing")


def _seal() -> Any:
    # Loaded by whoever uses a kit; a session without any must not pay for it.
    return sys.modules.get("recobro_sdk.testing.seal")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say that the plugin is at work, and note, for each class of a kit, which of its checks were deselected."""
    seal = _seal()
    if seal is None:
        return
    seal.ACTIVE.append(True)
    chosen: dict[type, set[str]] = {}
    for item in session.items:
        owner = getattr(item, "cls", None)
        if isinstance(owner, type):
            chosen.setdefault(owner, set()).add(getattr(item, "originalname", item.name))
    for owner, names in chosen.items():
        seal.SHORTFALL[owner] = sorted(set(seal.checks_of(owner)) - names)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Turn a skipped check of a kit into a failed one, unless the kit itself waits for a method to be written."""
    seal = _seal()
    # Asked before: pytest replaces the kit's exception by its own.
    waits = seal is not None and call.excinfo is not None and isinstance(call.excinfo.value, seal.NotWritten)
    report = yield
    if seal is None or report.outcome != "skipped" or waits:
        return report
    owner, name = getattr(item, "cls", None), getattr(item, "originalname", item.name)
    if isinstance(owner, type) and name in seal.checks_of(owner):
        report.outcome = "failed"
        report.longrepr = f"{owner.__name__}.{name} is a check of the kit, and cannot be skipped"
        vars(report).pop("wasxfail", None)
    return report
