"""The plugins of this repository are real distributions: found like a stranger's, and importing the SDK only."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution, entry_points
from pathlib import Path
from typing import Any

import pytest

from recobro_sdk import ENTRY_POINT_GROUP, HookSpecs, PluginManifest
from recobro_sdk.cli.ladder import RULES
from recobro_sdk.cli.project import Project
from recobro_sdk.testing import forbidden_imports

PLUGINS = Path(__file__).parents[2] / "plugins"
# The hostile plugin breaks every rule on purpose, and is not installed.
PROJECTS = sorted(path.parent for path in PLUGINS.glob("*/pyproject.toml") if path.parent.name != "hostile")
PACKAGES = sorted(path for folder in PROJECTS for path in folder.glob("src/*") if (path / "__init__.py").is_file())
HOST_FOLDERS = {"recobro", "schema", "tenants", "core", "tests"}


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_folder_is_a_distribution_with_one_package() -> None:
    assert len(PROJECTS) == len(PACKAGES) >= 4


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_imports_only_the_sdk(package: Path) -> None:
    assert forbidden_imports(package) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda path: path.name)
def test_names_readme_and_tests(folder: Path) -> None:
    assert project(folder)["name"] == f"recobro-{folder.name.replace('_', '-')}"
    assert (folder / "README.md").read_text("utf-8").strip()
    assert list((folder / "tests").glob("test_*.py"))


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda path: path.name)
def test_is_installed_and_depends_on_no_other_part(folder: Path) -> None:
    declared = project(folder)
    assert distribution(declared["name"]).version == declared["version"]
    ours = [line for line in declared["dependencies"] if re.match(r"recobro\b", line)]
    assert ours == ([] if folder.name == "sdk" else ["recobro-sdk>=0.1,<0.2"])


@pytest.mark.parametrize("folder", [path for path in PROJECTS if path.name != "sdk"], ids=lambda path: path.name)
def test_is_found_by_its_entry_point(folder: Path) -> None:
    (entry,) = entry_points(group=ENTRY_POINT_GROUP, name=folder.name)
    module = entry.load()
    manifest = module.recobro_manifest()
    assert isinstance(manifest, PluginManifest)
    assert manifest.name == folder.name and manifest.accepts_sdk()
    assert manifest.version == project(folder)["version"]
    unknown = [name for name in vars(module) if name.startswith("recobro_") and name not in vars(HookSpecs)]
    assert unknown == []


@pytest.mark.parametrize("folder", [path for path in PROJECTS if path.name != "sdk"], ids=lambda path: path.name)
def test_is_gold(folder: Path) -> None:
    # Its tests are run with all the others, and not once more from here.
    looked_at = Project.at(folder)
    assert [rule.code for rule in RULES if rule.code != "tests_pass" and not rule.holds(looked_at)] == []


def test_no_distribution_owns_the_names_of_our_rooms() -> None:
    owned = {path.name for folder in PROJECTS for path in (folder / "src").iterdir()}
    assert owned.isdisjoint(HOST_FOLDERS)
