"""A plugin's distribution on disk, and what can be read of it."""

from __future__ import annotations

import ast
import importlib
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from recobro_sdk.cli.problems import CommandError
from recobro_sdk.hooks import CONTRACTS, ENTRY_POINT_GROUP, Contract
from recobro_sdk.manifest import PluginManifest
from recobro_sdk.offers import Offer


@dataclass(frozen=True)
class Project:
    """The folder with the plugin's `pyproject.toml`."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> Project:
        """The project of a folder. Raises `CommandError` when there is none."""
        root = path.resolve()
        if not (root / "pyproject.toml").is_file():
            raise CommandError(f"{root} has no pyproject.toml: give the folder of a plugin")
        return cls(root)

    @cached_property
    def declared(self) -> dict[str, Any]:
        """`[project]` of the `pyproject.toml`."""
        return tomllib.loads((self.root / "pyproject.toml").read_text("utf-8")).get("project", {})

    @property
    def entries(self) -> dict[str, str]:
        """The entry points of plugins: name and module."""
        return self.declared.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})

    @cached_property
    def module(self) -> ModuleType:
        """The module with the hooks, imported. Raises `CommandError`."""
        if len(self.entries) != 1:
            raise CommandError(f"{self.root / 'pyproject.toml'} names {len(self.entries)} plugins, and not one")
        (target,) = self.entries.values()
        source = str(self.root / "src")
        if source not in sys.path:
            sys.path.insert(0, source)
        try:
            return importlib.import_module(target)
        except ImportError as error:
            raise CommandError(f"{target} cannot be imported: {error}") from error

    @cached_property
    def manifest(self) -> PluginManifest:
        """The plugin's manifest."""
        return self.module.recobro_manifest()

    def offers(self) -> list[tuple[Contract, Offer[Any]]]:
        """Everything that the plugin offers to be built."""
        return [
            (contract, offer)
            for contract in CONTRACTS
            if contract.protocol is not None and hasattr(self.module, contract.hook)
            for offer in getattr(self.module, contract.hook)()
        ]

    @property
    def package(self) -> Path:
        """The folder of the plugin's package."""
        assert self.module.__file__ is not None, "an imported module of a folder has a file"
        return Path(self.module.__file__).parent

    def sources(self) -> list[Path]:
        """The files of the package."""
        return sorted(self.package.rglob("*.py"))

    def tests(self) -> Iterator[ast.Module]:
        """The test files, parsed."""
        for file in sorted((self.root / "tests").glob("test_*.py")):
            yield ast.parse(file.read_text("utf-8"))

    def text(self, name: str) -> str:
        """A file at the top, or an empty text."""
        file = self.root / name
        return file.read_text("utf-8") if file.is_file() else ""
