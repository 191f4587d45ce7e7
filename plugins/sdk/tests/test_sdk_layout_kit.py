"""The kit of layouts passes on an honest plugin, and finds each defect of a changed one by the name of the check."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recobro_sdk import layouts
from recobro_sdk.layouts.checking import Checker
from recobro_sdk.layouts.layout import Layout
from recobro_sdk.testing import LayoutConformance
from recobro_sdk.testing.seal import checks_of

HOOKS = """
from recobro_sdk import Capability, PluginManifest, Text, hookimpl
from recobro_sdk.files import FileLayout, LayoutKind

@hookimpl
def recobro_manifest():
    return PluginManifest(
        name="notes", version="0.1.0", summary="Notes in files", maintainer="Notes", homepage="https://notes.example",
        capabilities=frozenset({Capability.FILE_LAYOUT}),
    )

@hookimpl
def recobro_file_layouts():
    return [
        FileLayout(code="notes_daily", version=1, kind=LayoutKind.PAYMENTS, title=Text("Notas", "Notes"),
                   package="NAME", resource="notes.toml"),
    ]
"""
SCHEMA = """
name = "notes"
version = "1"
title = "Notes"
framing = { shape = "lines" }

[[records]]
name = "note"
fields = [
  { name = "mark", kind = "const", value = "N", width = 1 },
  { name = "who", width = 12, personal = true },
  { name = "paid", kind = "amount", width = 12, decimals = 2, required = true },
  { name = "day", kind = "date", width = 8, format = "YYYYMMDD" },
]

[[rules]]
id = "not-too-much"
of = "note"
then = [{ field = "paid", most = 900000000000 }]
why = "it is too much"
remedy = "look again"
"""
_MADE = iter(range(1000))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a plugin of these hooks and this schema, each in a package of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(hooks: str = HOOKS, schema: str = SCHEMA) -> ModuleType:
        name = f"notes_of_a_test_{next(_MADE)}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(hooks.replace("NAME", name), "utf-8")
        (tmp_path / name / "notes.toml").write_text(schema, "utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in [name for name in sys.modules if name.startswith("notes_of_a_test_")]:
        del sys.modules[name]


def failing(plugin: ModuleType) -> set[str]:
    kit: Any = type("Kit", (LayoutConformance,), {"plugin": plugin})()
    found: set[str] = set()
    for name in sorted(set(checks_of(type(kit))) - {"test_kit_is_whole"}):
        try:
            getattr(kit, name)()
        except Exception:
            found.add(name)
    return found


def test_an_honest_layout_passes(made: Any) -> None:
    assert failing(made()) == set()


@pytest.mark.parametrize(
    ("old", "new", "checks"),
    [
        ("frozenset({Capability.FILE_LAYOUT})", "frozenset()", {"test_manifest_is_complete"}),
        ('version="0.1.0",', 'version="0.1.0", sdk=">=0.1",', {"test_manifest_fits_this_sdk"}),
        ('code="notes_daily"', 'code="acme_daily"', {"test_code_is_the_plugin_s"}),
        ('Text("Notas", "Notes")', 'Text("Notas", " ")', {"test_titles_are_in_both_languages"}),
        ('package="NAME", resource="notes.toml"', 'package="recobro_sdk", resource="py.typed"', {
            "test_schema_lies_in_the_package", "test_schema_can_be_used", *(
                name for name in checks_of(LayoutConformance) if name.startswith((
                    "test_layout_is", "test_rules", "test_document", "test_reading", "test_pieces", "test_money",
                    "test_records", "test_no_byte", "test_half", "test_another_file", "test_problems",
                ))
            ),
        }),
        ("def recobro_file_layouts():", "def recobro_file_layouts():\n    _turns.append(1)", {"test_hooks_only_register"}),
        ("from recobro_sdk.files", "import core\nfrom recobro_sdk.files", {"test_imports_only_the_sdk", "test_import_works_alone"}),
    ],
)  # fmt: skip
def test_the_kit_finds_what_is_wrong_with_hooks(made: Any, old: str, new: str, checks: set[str]) -> None:
    hooks = HOOKS.replace(old, new)
    if "_turns" in new:
        hooks = f"_turns = []\n{hooks}".replace('code="notes_daily"', 'code=f"notes_{len(_turns)}"')
    assert hooks != HOOKS
    assert failing(made(hooks)) == checks


def test_the_kit_finds_rules_of_one_code(made: Any) -> None:
    rule = SCHEMA[SCHEMA.index("[[rules]]") :]
    assert failing(made(schema=f"{SCHEMA}\n{rule}")) == {"test_rules_have_codes_of_their_own"}


def test_the_kit_finds_what_reading_does_wrong(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is the SDK's, and a mistake of it is found by every layout's tests."""
    plugin, read = made(), Layout.read

    def halves(self: Layout, source: Any) -> Any:
        for item in read(self, source):
            if isinstance(item, layouts.Record) and type(item.values.get("paid")) is int:
                item.values["paid"] = item.values["paid"] / 2  # pyright: ignore[reportArgumentType, reportOptionalOperand, reportOperatorIssue]
            yield item

    monkeypatch.setattr(Layout, "read", halves)
    assert {"test_money_is_exact", "test_reading_undoes_writing"} <= failing(plugin)
    monkeypatch.setattr(Layout, "read", lambda self, source: list(read(self, source))[:-1])
    assert {"test_no_byte_is_lost", "test_half_a_file_is_kept", "test_another_file_is_no_crash"} <= failing(plugin)
    monkeypatch.setattr(Layout, "read", lambda self, source: read(self, source if type(source) is bytes else b""))
    assert failing(plugin) == {"test_pieces_make_no_difference"}


def test_the_kit_finds_what_checking_tells(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin, check = made(), Checker.check

    def tells(self: Checker, items: Any) -> Any:
        kept = list(items)
        yield from check(self, kept)
        for item in kept:
            if isinstance(item, layouts.Record):
                yield layouts.Problem(item.number, item.type, "", f"{item.values.get('who')} is here", "")

    monkeypatch.setattr(Checker, "check", tells)
    assert failing(plugin) == {"test_problems_hide_personal_data", "test_problems_say_what_to_do"}
