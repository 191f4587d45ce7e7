"""What two agencies could share: objects that both services reach, and what a call leaves behind in modules."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from types import ModuleType
from typing import Any, Final, cast

_CONTAINERS: Final = (dict, list, set, bytearray, deque)
_CACHE: Final = type(lru_cache(ord))
_DEEPEST: Final = 6


def modules_of(package: str) -> dict[str, ModuleType]:
    """The loaded modules of a package, itself included."""
    found = dict(sys.modules)
    return {name: one for name, one in found.items() if name == package or name.startswith(f"{package}.")}


def module_state(package: str) -> dict[str, object]:
    """A fingerprint of every global and class attribute of a package, by dotted name: equal when nothing changed."""
    state: dict[str, object] = {}
    for name, module in modules_of(package).items():
        for key, value in list(vars(module).items()):
            if key.startswith("__") or isinstance(value, ModuleType):
                continue
            state[f"{name}.{key}"] = _print_of(value, package, 0)
            if isinstance(value, type) and value.__module__ == name and not issubclass(value, Enum):
                for attribute, held in list(vars(value).items()):
                    if not attribute.startswith("__") and attribute != "_abc_impl":
                        state[f"{name}.{key}.{attribute}"] = _print_of(held, package, 0)
    return state


def changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Names whose value is another, or is new in a module that was loaded already."""
    loaded = {name.rpartition(".")[0] for name in before}
    names = [name for name in before if before[name] != after.get(name)]
    return sorted(names + [name for name in after if name not in before and name.rpartition(".")[0] in loaded])


def _print_of(value: Any, package: str, depth: int) -> object:
    if depth < _DEEPEST:
        if isinstance(value, dict):
            items = cast("dict[Any, Any]", value).items()
            return "dict", tuple((repr(key), _print_of(item, package, depth + 1)) for key, item in items)
        if isinstance(value, (list, deque, tuple)):
            parts = tuple(_print_of(item, package, depth + 1) for item in cast("list[Any]", list(value)))
            return type(value).__name__, parts
        if isinstance(value, (set, frozenset)):
            return "set", tuple(sorted(repr(item) for item in cast("set[Any]", value)))
        if isinstance(value, bytearray):
            return "bytearray", bytes(value)
        if isinstance(value, _CACHE) and _is_in(getattr(value, "__module__", ""), package):
            # What was asked once is kept for whoever asks next; that it was asked again changes nothing.
            return id(value), cast("Any", value).cache_info().misses
        if _is_of(value, package):
            return id(value), _print_of(getattr(value, "__dict__", {}), package, depth + 1)
    if isinstance(value, (int, str, bytes, float, bool, type(None))):
        return value
    return id(value)


def _is_of(value: object, package: str) -> bool:
    return _is_in(type(value).__module__, package) and not isinstance(value, (type, Enum))


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def shared_objects(first: object, second: object, package: str) -> list[str]:
    """Types of changeable objects that can be reached from both, looking into containers and the package's objects."""
    one = dict(_reachable(first, package))
    return sorted({kind for place, kind in _reachable(second, package) if place in one})


def _reachable(root: object, package: str) -> Iterator[tuple[int, str]]:
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        parts = _parts(value, package)
        if parts is None:
            continue
        if _can_change(value):
            yield id(value), type(value).__name__
        waiting.extend(parts)


def _parts(value: Any, package: str) -> list[Any] | None:
    if isinstance(value, dict):
        return [*cast("dict[Any, Any]", value).keys(), *cast("dict[Any, Any]", value).values()]
    if isinstance(value, (list, set, tuple, frozenset, deque)):
        return list(cast("list[Any]", value))
    if isinstance(value, bytearray):
        return []
    if not _is_of(value, package):
        return None
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [getattr(value, name) for name in slots if isinstance(name, str) and hasattr(value, name)]
    return [*vars(value).values(), *held] if hasattr(value, "__dict__") else held


def _can_change(value: object) -> bool:
    if isinstance(value, _CONTAINERS):
        return True
    if isinstance(value, (tuple, frozenset)):
        return False
    frozen = is_dataclass(value) and getattr(type(value), "__dataclass_params__").frozen  # noqa: B009 (no such type)
    settings = getattr(type(value), "model_config", {})
    return not frozen and not (isinstance(settings, dict) and cast("dict[str, Any]", settings).get("frozen"))
