"""The kit fails on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from recobro_hostile import calls
from recobro_hostile.catalogue import CALLS, PLUGINS
from recobro_sdk.testing import BureauConformance, Conformance, FakeBureauServer
from recobro_sdk.testing.seal import NotWritten, checks_of

_ONCE_FOR_ALL = {
    "test_imports_only_the_sdk",
    "test_import_works_alone",
    "test_import_is_fast",
    "test_import_has_no_side_effects",
    "test_never_names_float",
}


class Kit(BureauConformance):
    plugin = calls
    settings: ClassVar[Mapping[str, object]] = {}
    server = FakeBureauServer
    patience_s = 10.0


def failing(plugin: ModuleType, code: str, checks: set[str]) -> set[str]:
    kit: Any = Kit()
    Kit.plugin, Kit.offer_code = plugin, code
    found: set[str] = set()
    for name in sorted(checks - {"test_kit_is_whole"}):
        try:
            getattr(kit, name)()
        except NotWritten:
            continue
        except Exception:
            found.add(name)
    return found


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in calls.recobro_bureaus()} == set(CALLS)
    folder = Path(calls.__file__).parents[1] / "plugins"
    assert {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()} == set(PLUGINS)


@pytest.mark.parametrize("code", CALLS)
def test_kit_finds_the_defect_of_a_call_and_nothing_else(code: str) -> None:
    # What is read from the source is the same for all of them, and is looked at with the first.
    over = set[str]() if code == "hostile_honest" else _ONCE_FOR_ALL
    assert failing(calls, code, set(checks_of(Kit)) - over) == CALLS[code]


@pytest.mark.parametrize("name", PLUGINS)
def test_kit_finds_the_defect_of_a_plugin_and_nothing_else(name: str) -> None:
    plugin = importlib.import_module(f"recobro_hostile.plugins.{name}")
    # Its calls are those of the honest offer.
    assert failing(plugin, "hostile_honest", set(checks_of(Conformance))) == PLUGINS[name]
