"""Which checks of a kit an offer fails."""

from __future__ import annotations

from typing import Any

from recobro_sdk.testing.seal import NotWritten, checks_of

_ONCE_FOR_ALL = {
    "test_imports_only_the_sdk",
    "test_import_works_alone",
    "test_import_is_fast",
    "test_import_has_no_side_effects",
    "test_never_names_float",
}


def failing(kit_of: Any, code: str, *, honest: bool, but: type[Any] | None = None) -> set[str]:
    """Names of the checks that fail, but for those that the kit shares with another one: its calls are the honest's."""
    # A class of its own has a server of its own, which knows no key of the offer before.
    kit_of = type(f"{kit_of.__name__}Of", (kit_of,), {"offer_code": code})
    kit: Any = kit_of()
    found: set[str] = set()
    # What is read from the source is the same for all of them, and is looked at with the honest one.
    passed_over = {"test_kit_is_whole"} | (set() if honest else _ONCE_FOR_ALL) | (set(checks_of(but)) if but else set())
    for name in sorted(set(checks_of(kit_of)) - passed_over):
        try:
            getattr(kit, name)()
        except NotWritten:
            continue
        except Exception:
            found.add(name)
    return found
