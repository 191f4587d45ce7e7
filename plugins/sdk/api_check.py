"""Compares the SDK's public API with the one that was last agreed on, in `api/`, and names what would break a plugin.

`python plugins/sdk/api_check.py` fails on a change that breaks; with `--write` it takes the API as it is down anew,
which belongs into a release with an entry in CHANGELOG.md and, before it, a deprecation that has run out.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from pathlib import Path
from typing import Final

import griffe

HERE: Final = Path(__file__).parent
PACKAGE: Final = "recobro_sdk"
AGREED: Final = {"recobro_sdk.txt": "", "recobro_sdk.testing.txt": "testing"}
"""Files below `api/`, and the package below the SDK whose exports each holds."""

_DEFINES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def outline(package: Path) -> str:
    """The public names of a package as a stub: signatures and fields, without bodies, docstrings or private names."""
    waiting = _origins(ast.parse((package / "__init__.py").read_text("utf-8")))
    done, imports, parts = set[str](), set[str](), dict[str, str]()
    while waiting:
        name, module = waiting.popitem()
        done.add(name)
        source = _module(module)
        imports |= {ast.unparse(node) for node in source.body if isinstance(node, (ast.Import, ast.ImportFrom))
                    and not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE))}  # fmt: skip
        definition = _definition(source, name)
        parts[name] = ast.unparse(_bare(definition))
        # What a class inherits belongs to it, also from a base that nobody imports.
        known = _origins(source)
        for base in _bases(definition):
            if base in known and base not in done:
                waiting[base] = known[base]
    head = "from __future__ import annotations"
    return "\n".join(
        [head, *sorted(imports - {head}), "", "", "\n\n\n".join(parts[name] for name in sorted(parts)), ""]
    )


def _origins(tree: ast.Module) -> dict[str, str]:
    return {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.")
        for alias in node.names
        if node.module
    }


def _bases(definition: ast.stmt) -> list[str]:
    if not isinstance(definition, ast.ClassDef):
        return []
    return [ast.unparse(base).partition("[")[0] for base in definition.bases]


def _module(dotted: str) -> ast.Module:
    path = HERE / "src" / Path(*dotted.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def _definition(source: ast.Module, name: str) -> ast.stmt:
    for node in source.body:
        if isinstance(node, _DEFINES) and node.name == name:
            return node
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return ast.AnnAssign(node.target, node.annotation, None, node.simple)
    raise LookupError(f"{name} is exported and defined nowhere")


def _bare(node: ast.stmt) -> ast.stmt:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        node.body = [ast.Expr(ast.Constant(...))]
    elif isinstance(node, ast.ClassDef):
        node.body = [_bare(child) for child in node.body if _is_public(child)] or [ast.Pass()]
    return node


def _is_public(node: ast.stmt) -> bool:
    if isinstance(node, _DEFINES):
        # The checks of a kit are run, and not called by anybody.
        return not node.name.startswith(("_", "test_")) or node.name == "__init__"
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and not target.id.startswith("_") for target in targets)


def breaking(agreed: Path) -> list[str]:
    """What of the agreed API is gone or takes something else now, in words."""
    with tempfile.TemporaryDirectory() as folder:
        for file, below in AGREED.items():
            texts = {"agreed": (agreed / file).read_text("utf-8"), "now": outline(HERE / "src" / PACKAGE / below)}
            for which, text in texts.items():
                package = Path(folder) / which / PACKAGE / below
                package.mkdir(parents=True, exist_ok=True)
                (package / "__init__.pyi").write_text(text, "utf-8")
        old, new = (
            griffe.load(PACKAGE, search_paths=[Path(folder) / which], allow_inspection=False)
            for which in ("agreed", "now")
        )
        return sorted({_told(change) for change in griffe.find_breaking_changes(old, new)})


def _told(change: griffe.Breakage) -> str:
    return f"{change.obj.path}: {change.kind.value}: {change.old_value} -> {change.new_value}"


def main() -> int:
    """Check, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="take the API down as it is")
    if parser.parse_args().write:
        for file, below in AGREED.items():
            (HERE / "api" / file).write_text(outline(HERE / "src" / PACKAGE / below), "utf-8")
        return 0
    found = breaking(HERE / "api")
    for line in found:
        sys.stderr.write(f"breaks plugins: {line}\n")
    if found:
        sys.stderr.write("Deprecate first (plugins/sdk/CHANGELOG.md says how), or give the new part a default.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
