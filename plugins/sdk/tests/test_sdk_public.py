"""The public list: complete, documented, free of the rest of Recobro."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import recobro_sdk
from recobro_sdk import SDK_VERSION, testing
from recobro_sdk.testing import float_conversions, forbidden_imports

PACKAGE = Path(recobro_sdk.__file__).parent
KITS = (testing.Conformance, testing.BureauConformance, testing.LegalConformance, testing.ReportConformance)


def test_list_is_what_is_there() -> None:
    for module in (recobro_sdk, testing):
        public = {
            name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value)
        }
        assert set(module.__all__) == public, module.__name__


def documented(node: Any) -> Iterator[Any]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from documented(child)


def test_everything_public_is_documented() -> None:
    silent = [
        f"{file.name}:{node.lineno} {node.name}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in documented(ast.parse(file.read_text("utf-8")))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_check_of_a_kit_is_documented() -> None:
    checks = [value for kit in KITS for name, value in inspect.getmembers(kit) if name.startswith("test_")]
    assert len(checks) > 40
    assert [check.__qualname__ for check in checks if not check.__doc__] == []


def test_imports_the_standard_library_and_three_others() -> None:
    found: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    assert found - set(sys.stdlib_module_names) == {"httpx", "pluggy", "pydantic", "recobro_sdk"}
    assert {line.split(">")[0].split("<")[0] for line in requires("recobro-sdk") or []} == {
        "httpx",
        "pluggy",
        "pydantic",
    }


def test_imports_nothing_of_recobro() -> None:
    assert forbidden_imports(PACKAGE) == []


def test_version_is_the_distribution_s() -> None:
    from importlib.metadata import version

    assert version("recobro-sdk") == SDK_VERSION


def test_money_of_the_sdk_never_meets_float() -> None:
    # The kit names float to look for it; nothing else may.
    assert [place for place in float_conversions(PACKAGE) if not place.startswith("checks.py")] == []
