"""The public list: complete, documented, free of the rest of Recobro."""

from __future__ import annotations

import ast
import inspect
import runpy
import sys
from collections.abc import Iterator
from dataclasses import MISSING
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import recobro_sdk
from recobro_sdk import (
    CONTRACTS,
    SCOPES,
    SDK_VERSION,
    AcknowledgementReader,
    CallbackReceiver,
    CaseFollower,
    ChargingGateway,
    Checkable,
    Closable,
    CostAnswerReceiver,
    Extension,
    HookSpecs,
    Job,
    JobProgress,
    PluginTables,
    graphql,
    testing,
)
from recobro_sdk.testing import float_conversions, forbidden_imports

PACKAGE = Path(recobro_sdk.__file__).parent
README = (PACKAGE.parents[1] / "README.md").read_text("utf-8")
GUIDE = PACKAGE.parents[3] / "docs" / "integrator.md"


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


def test_imports_the_standard_library_and_three_others() -> None:
    found: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module.partition(".")[0]}
            # What pytest loads by itself may know pytest, and nothing else may.
            found |= names - ({"pytest"} if file.name == "pytest_plugin.py" else set())
    assert found - set(sys.stdlib_module_names) == {"httpx", "pluggy", "pydantic", "recobro_sdk"}
    always = [line for line in requires("recobro-sdk") or [] if "extra ==" not in line]
    assert {line.split(">")[0].split("<")[0] for line in always} == {"httpx", "pluggy", "pydantic"}


def test_imports_nothing_of_recobro() -> None:
    assert forbidden_imports(PACKAGE) == []


def test_version_is_the_distribution_s() -> None:
    from importlib.metadata import version

    assert version("recobro-sdk") == SDK_VERSION


def test_money_of_the_sdk_never_meets_float() -> None:
    # The kit names float to look for it, and measures time; nothing else may.
    kit = set(float_conversions(PACKAGE / "testing"))
    assert [place for place in float_conversions(PACKAGE) if place not in kit] == []


def signature(function: Any) -> str:
    """A function's signature as it is written."""
    kind = "async def" if inspect.iscoroutinefunction(function) else "def"
    return f"{kind} {function.__name__}{inspect.signature(function)}".replace("'", "")


def test_every_hook_and_method_is_in_the_readme_as_it_is_written() -> None:
    hooks = [value for name, value in vars(HookSpecs).items() if name.startswith("recobro_")]
    assert len(hooks) == len(CONTRACTS) + 1
    optional = (
        AcknowledgementReader, CallbackReceiver, CaseFollower, ChargingGateway, Checkable, Closable, CostAnswerReceiver,
    )  # fmt: skip
    protocols = [contract.protocol for contract in CONTRACTS if contract.protocol is not None]
    methods = [
        value
        for protocol in (*protocols, *optional)
        for name, value in vars(protocol).items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]
    section = README.partition("## Every hook and contract")[2].partition("\n## ")[0]
    told = [line for line in section.splitlines() if line.startswith(("def ", "async def "))]
    assert sorted(told) == sorted(signature(function) for function in (*hooks, *methods))


def test_integrators_guide_names_every_hook_and_scope() -> None:
    guide = GUIDE.read_text("utf-8")
    missing = [contract.hook for contract in CONTRACTS if f"`{contract.hook}`" not in guide]
    assert missing + [code for code in SCOPES if f"`{code}`" not in guide] == []


def declared(thing: Any) -> str:
    """A class or a function as it is called, one parameter a line."""
    lines, starred = [f"{thing.__name__}("], False
    for one in inspect.signature(thing).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            starred = True
            lines.append("    *,")
        default = {"<factory>": "{}", repr(MISSING): "MISSING"}.get(repr(one.default), repr(one.default))
        said = "" if one.default is one.empty else f" = {default}"
        lines.append(f"    {one.name}: {one.annotation}{said},")
    return "\n".join([*lines, ")"]).replace("'", "")


def test_integrators_guide_has_everything_of_extensions_as_it_is_written() -> None:
    section = GUIDE.read_text("utf-8").partition("**`recobro_sdk.graphql`, `Extension` and `Job`**")[2]
    section = section.partition("**Events.**")[0]
    called = [Extension, Job, graphql.FieldOn, graphql.Query, graphql.Mutation, graphql.ObjectKey, graphql.Refusal]
    blocks = section.partition("```python\n")[2].partition("\n```")[0].split("\n\n")
    assert blocks == [declared(one) for one in (*called, graphql.described)]
    public = {
        name
        for name, value in vars(graphql).items()
        if not name.startswith("_") and (getattr(value, "__module__", "") == graphql.__name__ or name.isupper())
    }
    assert [name for name in public - {"MISSING"} if name not in section] == []
    needs = {name: scope for inputs in graphql.INPUTS.values() for name, scope in inputs.items()}
    told = {*graphql.PERMISSIONS, *needs, *needs.values(), *(kind.value for kind in graphql.CoreType)}
    assert [word for word in told if f"`{word}`" not in section] == []
    shown = inspect.signature(JobProgress.__call__).parameters.values()
    arguments = ", ".join(str(one).replace("'", "").replace("= ", '= ""') for one in shown if one.name != "self")
    assert f"`await progress({arguments})`" in section


def test_integrators_guide_has_what_tables_do_as_it_is_written() -> None:
    methods = [value for name, value in vars(PluginTables).items() if inspect.isfunction(value) and name[0] != "_"]
    section = GUIDE.read_text("utf-8").partition("### Tables of its own")[2].partition("\n## ")[0].replace('"', "")
    told = [line for line in section.splitlines() if line.startswith("async def ")]
    assert told == [signature(function).replace('"', "") for function in methods] and len(told) == 4


def test_changelog_has_this_version_and_the_calendar() -> None:
    changelog = (PACKAGE.parents[1] / "CHANGELOG.md").read_text("utf-8")
    assert f"## {SDK_VERSION}" in changelog and "## Deprecation calendar" in changelog


def test_break_of_the_api_is_named(tmp_path: Path) -> None:
    griffe_check = runpy.run_path(str(PACKAGE.parents[1] / "api_check.py"))
    agreed = PACKAGE.parents[1] / "api"
    assert griffe_check["breaking"](agreed) == []
    for file in agreed.iterdir():
        text = file.read_text("utf-8")
        if file.name == "recobro_sdk.txt":
            # As if the agreed API had had these, and they were gone or asked for more now.
            text = text.replace("    CLOSED = 'closed'\n", "    CLOSED = 'closed'\n    FROZEN = 'frozen'\n", 1)
            text = text.replace("    type: str\n", "    type: str = 'CC'\n", 1)
            text += "\n\ndef once(money: Money) -> Money:\n    ...\n"
        (tmp_path / file.name).write_text(text, "utf-8")
    found = " ".join(griffe_check["breaking"](tmp_path))
    assert "FurnishedStatus.FROZEN: Public object was removed" in found and "recobro_sdk.once: " in found
    assert "Identifier.__init__: Parameter is now required" in found, found
