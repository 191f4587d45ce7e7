"""The kit cannot be cheated: whatever is replaced, hidden, skipped or deselected is found by its name."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar

import pytest

from recobro_sdk import testing
from recobro_sdk.cli.kinds import KINDS, kind_of
from recobro_sdk.cli.new import begin
from recobro_sdk.testing import BureauConformance, FakeBureauServer
from recobro_sdk.testing import seal as sealing

BODIES = Path(__file__).parent / "bodies"
SOURCE = Path(__file__).parents[1] / "src"


def filled(folder: Path, code: str) -> Path:
    """A plugin from the template whose method is written."""
    kind = kind_of(code)
    root = begin(kind, "acme", folder)
    file = root / "src" / f"recobro_{code}_acme" / f"{kind.module}.py"
    text = file.read_text("utf-8")
    unwritten = f'        raise NotImplementedError("{kind.method}")\n'
    assert text.count(unwritten) == 1
    file.write_text(text.replace(unwritten, (BODIES / f"{code}.txt").read_text("utf-8")), "utf-8")
    return root


def run_pytest(*arguments: object, paths: list[Path]) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(str(path) for path in [SOURCE, *paths])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=short"]
    command += ["-p", "no:asyncio", "-p", "no:xdist", "--show-capture=no", "-c", os.devnull]
    if not any(entry.name == "recobro_sdk" for entry in entry_points(group="pytest11")):
        command += ["-p", "recobro_sdk.pytest_plugin"]
    environment = {**os.environ, "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"test_known_subject": None}, "test_known_subject"),
        ({"test_money_is_exact": lambda self: None}, "test_money_is_exact"),
        ({"run": lambda self, scenario: None}, "run"),
        ({"under": lambda self, fault: None}, "under"),
        ({"protocol": object}, "protocol"),
        ({"__getattribute__": lambda self, name: None}, "__getattribute__"),
        ({"__init_subclass__": classmethod(lambda cls: None)}, "__init_subclass__"),
        ({"__test__": False}, "__test__"),
        ({"pytestmark": [pytest.mark.skip]}, "pytestmark"),
        ({"pytestmark": [pytest.mark.xfail]}, "pytestmark"),
    ],
)
def test_class_that_changes_the_kit_is_refused(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        type("Lenient", (BureauConformance,), changed)


def test_base_that_hides_a_check_is_refused() -> None:
    class Hides:
        def test_money_is_exact(self) -> None:
            return None

    with pytest.raises(TypeError, match="test_money_is_exact"):
        type("Lenient", (Hides, BureauConformance), {})


def test_what_is_changed_later_is_found() -> None:
    class Later(BureauConformance):
        settings: ClassVar[Mapping[str, object]] = {}

        def test_of_its_own(self) -> None:
            return None

    assert sealing.broken(Later) == []
    Later.test_unknown_subject = lambda self: None  # pyright: ignore[reportAttributeAccessIssue]
    pytest.mark.skip(Later)
    assert sealing.broken(Later) == ["pytestmark", "test_unknown_subject"]
    kit = Later()
    with pytest.raises(TypeError, match="run"):
        kit.run = lambda *arguments: None  # pyright: ignore[reportAttributeAccessIssue]
    kit.settings = {"api_key": "x"}  # an input


def test_kit_changed_in_its_own_class_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Honest(BureauConformance):
        pass

    monkeypatch.setattr(BureauConformance, "test_raw_is_json", lambda self: None)
    assert sealing.broken(Honest) == ["test_raw_is_json"]


def test_checks_say_what_they_are_for_and_are_many() -> None:
    kits = [value for name, value in vars(testing).items() if name.endswith("Conformance") and value.hook]
    assert len(kits) == 13
    for kit in kits:
        checks = sealing.checks_of(kit)
        assert len(checks) >= 20, kit.__name__
        assert [name for name, check in checks.items() if not check.__doc__] == []


CONFTEST = """
import pytest

def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.name != "test_money_is_exact"]
    for item in items:
        if item.name == "test_raw_is_json":
            item.add_marker(pytest.mark.skip)
        if item.name == "test_unknown_subject":
            item.add_marker(pytest.mark.xfail(run=False))

def pytest_runtest_setup(item):
    if item.name == "test_call_ends":
        pytest.skip("not now")
"""


def test_checks_that_are_left_out_fail_by_their_names(tmp_path: Path) -> None:
    root = filled(tmp_path, "bureau")
    (root / "tests" / "conftest.py").write_text(CONFTEST, "utf-8")
    done = run_pytest(root / "tests", paths=[root / "src"])
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE))
    assert failed == {"test_kit_is_whole", "test_raw_is_json", "test_unknown_subject", "test_call_ends"}, done.stdout
    assert "'test_money_is_exact'" in done.stdout


def test_kit_notices_that_its_pytest_plugin_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Honest(BureauConformance):
        pass

    monkeypatch.setattr(sealing, "ACTIVE", [])
    with pytest.raises(AssertionError, match="switched off"):
        Honest().test_kit_is_whole()


def test_plugin_that_hangs_does_not_take_the_tests_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = filled(tmp_path, "bureau")
    monkeypatch.syspath_prepend(str(root / "src"))
    module = importlib.import_module("recobro_bureau_acme.plugin")
    provider = sys.modules["recobro_bureau_acme.provider"]

    async def hangs(*arguments: Any, **options: Any) -> None:
        for _ in range(2):  # not even when it is told to stop, at first
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    monkeypatch.setattr(provider.AcmeBureau, "_headers", lambda self, key: {})
    monkeypatch.setattr(provider, "ask_json", hangs)
    kit = type("Hangs", (BureauConformance,), {"plugin": module, "server": FakeBureauServer, "patience_s": 0.2})
    with pytest.raises(AssertionError, match="did not end within 0.2 s"):
        kit().test_call_ends()


def test_every_template_is_red_on_one_check_and_green_with_a_short_body(tmp_path: Path) -> None:
    others = [
        kind.code for kind in KINDS if kind.code != "bureau"
    ]  # which has a test of its own, in a fresh environment
    red = [begin(kind_of(code), "acme", tmp_path / "red") for code in others]
    done = run_pytest(*(root / "tests" for root in red), paths=[root / "src" for root in red])
    assert len(re.findall(r"^FAILED \S+::test_is_written", done.stdout, re.MULTILINE)) == len(others), done.stdout
    assert f"\n{len(others)} failed, " in done.stdout
    green = [filled(tmp_path / "green", code) for code in others]
    done = run_pytest(*(root / "tests" for root in green), paths=[root / "src" for root in green])
    assert done.returncode == 0 and "skipped" not in done.stdout, done.stdout
    assert all(len((BODIES / f"{kind.code}.txt").read_text("utf-8").splitlines()) <= 30 for kind in KINDS)
