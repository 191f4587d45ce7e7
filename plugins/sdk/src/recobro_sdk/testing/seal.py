"""Keeps the kits whole: a check that is replaced, hidden or skipped is found by its name."""

from __future__ import annotations

import inspect
import unittest
from typing import Any, Final

_MADE_BY_PYTHON: Final = frozenset(
    {
        "__annotate__",
        "__annotate_func__",
        "__annotations__",
        "__annotations_cache__",
        "__classdictcell__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__module__",
        "__orig_bases__",
        "__parameters__",
        "__qualname__",
        "__static_attributes__",
        "__weakref__",
    }
)
_KITS: Final[dict[type, dict[str, Any]]] = {}
_INPUTS: Final[dict[type, frozenset[str]]] = {}
SHORTFALL: Final[dict[type, list[str]]] = {}
"""Checks that were there and are not run, by class; the pytest plugin writes it."""
ACTIVE: Final[list[bool]] = []
"""Not empty while the pytest plugin is at work."""


class NotWritten(unittest.SkipTest):
    """The method under test is not written yet: the check waits, and `test_is_written` fails."""


def seal(kit: type, inputs: tuple[str, ...]) -> None:
    """Take a kit's attributes down as they are now. `inputs` are what a subclass is meant to set."""
    _KITS[kit] = {name: value for name, value in vars(kit).items() if name not in _MADE_BY_PYTHON}
    _INPUTS[kit] = frozenset(inputs)


def checks_of(cls: type) -> dict[str, Any]:
    """Every check of the kits that a class is made from, by name, as the kits have it."""
    return {name: value for name, value in _sealed(cls).items() if name.startswith("test_")}


def broken(cls: type) -> list[str]:
    """Names of a class that are not the kit's any more, and of checks that are marked to be passed over."""
    allowed = {name for kit in cls.__mro__ for name in _INPUTS.get(kit, ())}
    found = {
        name
        for name, value in _sealed(cls).items()
        if name not in allowed and inspect.getattr_static(cls, name, None) is not value
    }
    found |= {name for kit in cls.__mro__ if kit not in _KITS and kit is not object for name in _special(kit)}
    if _passed_over(cls):
        found.add("pytestmark")
    found |= {name for name, value in checks_of(cls).items() if _passed_over(value)}
    return sorted(found)


def is_sealed(cls: type, name: str) -> bool:
    """Whether a name belongs to a kit and is none of its inputs."""
    return name in _sealed(cls) and not any(name in _INPUTS.get(kit, ()) for kit in cls.__mro__)


def _sealed(cls: type) -> dict[str, Any]:
    return {name: value for kit in reversed(cls.__mro__) for name, value in _KITS.get(kit, {}).items()}


def _special(cls: type) -> list[str]:
    if cls.__module__ in ("typing", "abc"):
        return []
    special = [name for name in vars(cls) if name.startswith("__") and name not in _MADE_BY_PYTHON]
    return [name for name in special if name != "__test__" or not vars(cls)[name]]


def _passed_over(value: object) -> bool:
    marks = getattr(value, "pytestmark", [])
    return any(getattr(mark, "name", "") in ("skip", "skipif", "xfail") for mark in marks or [])
