"""The kit of layouts fails on every defect of a plugin that brings one by the names of the right checks, and no other."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest

from recobro_hostile import layouts
from recobro_hostile.catalogue_of_rules import LAYOUTS
from recobro_sdk.testing import LayoutConformance
from recobro_sdk.testing.plugin_checks import SourceConformance
from recobro_sdk.testing.seal import checks_of

_OF_THE_SOURCE = {name for name in checks_of(SourceConformance) if name != "test_scopes_can_be_approved"}


def failing(name: str, checks: set[str]) -> set[str]:
    plugin = importlib.import_module(f"recobro_hostile.layouts.{name}")
    kit: Any = type("Kit", (LayoutConformance,), {"plugin": plugin})()
    found: set[str] = set()
    for check in sorted(checks - {"test_kit_is_whole"}):
        try:
            getattr(kit, check)()
        except Exception:
            found.add(check)
    return found


def test_every_plugin_is_in_the_catalogue() -> None:
    assert {one.name for one in pkgutil.iter_modules(layouts.__path__)} - {"kept"} == set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_kit_finds_the_defect_of_a_layout_and_nothing_else(name: str) -> None:
    # What is read from the source is the same for all of them, and is looked at with the honest one.
    over = _OF_THE_SOURCE if LAYOUTS[name] else set[str]()
    assert failing(name, set(checks_of(LayoutConformance)) - over) == LAYOUTS[name]
