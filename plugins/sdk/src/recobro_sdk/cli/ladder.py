"""The rules of Bronze, Silver and Gold, as data: what each asks, and how it is looked at."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from importlib.metadata import entry_points
from typing import Final

from recobro_sdk.cli.project import Project
from recobro_sdk.hooks import CONTRACTS
from recobro_sdk.scopes import scope_text

_LONGEST_FILE: Final = 250


class Tier(IntEnum):
    """How good a plugin is. Each tier asks for everything of the ones below it."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of a tier. `holds` looks; `remedy` says what to do."""

    code: str
    tier: Tier
    asks: str
    remedy: str
    holds: Callable[[Project], bool]


def _has_entry_point(project: Project) -> bool:
    return len(project.entries) == 1


def _manifest_matches(project: Project) -> bool:
    (name,) = project.entries
    manifest = project.manifest
    return manifest.name == name and manifest.version == project.declared.get("version") and manifest.accepts_sdk()


def _range_is_closed(project: Project) -> bool:
    lines = [line for line in project.declared.get("dependencies", []) if re.match(r"recobro-sdk\b", line)]
    return project.manifest.is_closed and len(lines) == 1 and ">=" in lines[0] and "<" in lines[0]


def _is_typed(project: Project) -> bool:
    return (project.package / "py.typed").is_file()


def _has_readme(project: Project) -> bool:
    return len(project.text("README.md").split()) >= 30


def _kit_classes(project: Project) -> set[str]:
    bases = [base for tree in project.tests() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
             for base in node.bases]  # fmt: skip
    return {name for base in bases if (name := ast.unparse(base).rpartition(".")[2]).endswith("Conformance")}


def _uses_the_kit(project: Project) -> bool:
    hooks = [contract.hook for contract in CONTRACTS if hasattr(project.module, contract.hook)]
    return len(_kit_classes(project)) >= len(hooks) > 0


def _tests_pass(project: Project) -> bool:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project.root / "tests")]
    if not entry_points(group="pytest11", name="recobro_sdk"):
        command += ["-p", "recobro_sdk.pytest_plugin"]  # the SDK is on the path, and not installed
    done = subprocess.run(
        command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    return done.returncode == 0


def _can_be_checked(project: Project) -> bool:
    tells = [node.name for file in project.sources() for node in ast.walk(ast.parse(file.read_text("utf-8")))
             if isinstance(node, ast.AsyncFunctionDef)]  # fmt: skip
    # Without a host of its own there is nothing that the settings could be tried against.
    return "check" in tells or not _goes_out(project)


def _goes_out(project: Project) -> bool:
    return any(scope.code.startswith(("http:", "sftp:")) for scope in project.manifest.scopes)


def _settings_are_explained(project: Project) -> bool:
    readme = project.text("README.md")
    return all(f"`{name}`" in readme for _, offer in project.offers() for name in offer.settings.model_fields)


def _scopes_are_explained(project: Project) -> bool:
    scopes = project.manifest.scopes
    return all(scope_text(scope.code) and f"`{scope.code}`" in project.text("README.md") for scope in scopes)


def _errors_are_explained(project: Project) -> bool:
    raised = {"authentication_failed", "provider_timeout", "provider_unavailable", "rate_limited"}
    return not _goes_out(project) or all(code in project.text("README.md") for code in raised)


def _has_changelog(project: Project) -> bool:
    return str(project.declared.get("version")) in project.text("CHANGELOG.md")


def _has_own_tests(project: Project) -> bool:
    names = [node.name for tree in project.tests() for node in ast.walk(tree)
             if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]  # fmt: skip
    return sum(name.startswith("test_") for name in names) >= 3


def _is_strict(project: Project) -> bool:
    text = project.text("pyproject.toml")
    above = project.root.parent.parent / "pyproject.toml"
    shared = above.read_text("utf-8") if above.is_file() else ""
    return any("strict" in one and ("pyright" in one or "mypy" in one) for one in (text, shared))


def _has_properties(project: Project) -> bool:
    imported = {alias.name for tree in project.tests() for node in ast.walk(tree) if isinstance(node, ast.Import)
                for alias in node.names}  # fmt: skip
    imported |= {str(node.module) for tree in project.tests() for node in ast.walk(tree)
                 if isinstance(node, ast.ImportFrom)}  # fmt: skip
    return any(name.partition(".")[0] == "hypothesis" for name in imported)


def _files_are_short(project: Project) -> bool:
    return all(len(file.read_text("utf-8").splitlines()) <= _LONGEST_FILE for file in project.sources())


def _everything_is_documented(project: Project) -> bool:
    nodes = [node for file in project.sources() for node in ast.parse(file.read_text("utf-8")).body]
    public = [
        node
        for node in nodes
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
    ]
    return all(ast.get_docstring(node) for node in public)


RULES: Final = (
    Rule("entry_point", Tier.BRONZE, "one plugin is named in the entry points",
         "name the module with the hooks in [project.entry-points.recobro]", _has_entry_point),
    Rule("manifest", Tier.BRONZE, "the manifest carries the entry point's name and the distribution's version",
         "make name and version of the manifest agree with pyproject.toml", _manifest_matches),
    Rule("sdk_range", Tier.BRONZE, "the range of SDK versions is closed, in the manifest and in the dependencies",
         'depend on "recobro-sdk>=0.1,<0.2" and leave the manifest\'s range as it is', _range_is_closed),
    Rule("typed", Tier.BRONZE, "the package says that it is typed", "add an empty py.typed", _is_typed),
    Rule("readme", Tier.BRONZE, "a README says what it is", "write README.md, 30 words at least", _has_readme),
    Rule("kit", Tier.BRONZE, "the tests subclass a kit for each contract",
         "subclass the Conformance classes of recobro_sdk.testing in tests/test_*.py", _uses_the_kit),
    Rule("tests_pass", Tier.BRONZE, "the tests pass", "run pytest, and mend what is red", _tests_pass),
    Rule("settings_check", Tier.SILVER, "settings can be tried before they are enabled",
         "write `async def check(self) -> None`, see recobro_sdk.Checkable", _can_be_checked),
    Rule("settings_explained", Tier.SILVER, "the README explains every setting",
         "add a table of the settings to README.md", _settings_are_explained),
    Rule("errors_explained", Tier.SILVER, "the README says who helps after each error",
         "add a table of errors to README.md", _errors_are_explained),
    Rule("changelog", Tier.SILVER, "CHANGELOG.md has this version", "write CHANGELOG.md", _has_changelog),
    Rule("own_tests", Tier.SILVER, "three tests or more beside the kit",
         "test what is particular to the provider: its fields, its codes, its limits", _has_own_tests),
    Rule("scopes_explained", Tier.GOLD, "the README explains every scope",
         "add a table of the scopes to README.md", _scopes_are_explained),
    Rule("strict_types", Tier.GOLD, "types are checked in strict mode",
         "configure basedpyright, pyright or mypy as strict in pyproject.toml", _is_strict),
    Rule("properties", Tier.GOLD, "a property is tested with generated data",
         "use hypothesis for what has to hold for any amount, name or date", _has_properties),
    Rule("short_files", Tier.GOLD, f"no file is longer than {_LONGEST_FILE} lines",
         "split the longest file where its subject changes", _files_are_short),
    Rule("documented", Tier.GOLD, "everything public has a docstring",
         "say what each public class and function is for", _everything_is_documented),
)  # fmt: skip
"""Every rule, by tier and in the order in which they are best met."""
