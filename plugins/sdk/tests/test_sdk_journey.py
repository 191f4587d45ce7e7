"""A stranger's fifteen minutes, in a fresh environment with nothing of ours but the SDK: new, red, written, green."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest

SDK = Path(__file__).parents[1]
BODY = Path(__file__).parent / "bodies" / "bureau.txt"


def needed(name: str, extras: frozenset[str] = frozenset()) -> dict[str, Distribution]:
    """A distribution of this environment and all that it needs, by name, without asking any registry."""
    found: dict[str, Distribution] = {}
    waiting = [(name, extras)]
    while waiting:
        current, wanted = waiting.pop()
        key = re.sub(r"[-_.]+", "-", current).lower()
        if key in found:
            continue
        try:
            found[key] = distribution(current)
        except ModuleNotFoundError:
            continue  # of another platform or version of Python
        for line in found[key].requires or []:
            marker = line.partition(";")[2]
            asked = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
            if asked is None or asked[1] in wanted:
                waiting.append((re.match(r"[\w.-]+", line)[0], frozenset()))  # pyright: ignore[reportOptionalSubscript]
    return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stranger")
    # The wheel, because what the templates are is part of it.
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=SDK, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-deps",
        "-q",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    others = needed("pytest") | needed("httpx") | needed("pluggy") | needed("pydantic")
    for made in others.values():
        for top in {file.parts[0] for file in made.files or [] if ".." not in file.parts}:
            source = Path(str(made.locate_file(top)))
            if source.exists() and not (site / top).exists() and top != "__pycache__":
                (site / top).symlink_to(source)
    return folder


def test_stranger_ships_a_bureau(environment: Path) -> None:
    programs, outside = environment / "venv" / "bin", environment / "outside"
    outside.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}

    def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        return subprocess.run(words, cwd=cwd, env=clean, capture_output=True, text=True, timeout=120, check=False)

    def summary(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
        return {word: int(count) for count, word in re.findall(r"(\d+) (failed|passed|skipped|error)", done.stdout)}

    made = run(programs / "recobro-sdk", "new", "bureau", "acme", cwd=outside)
    assert made.returncode == 0, made.stderr
    root = outside / "recobro-bureau-acme"
    again = run(programs / "recobro-sdk", "new", "bureau", "acme", cwd=outside)
    assert again.returncode == 2 and "is there already" in again.stderr

    red = run(programs / "python", "-m", "pytest", "-q", cwd=root)
    assert summary(red)["failed"] == 1 and "test_is_written" in red.stdout, red.stdout
    assert json.loads(run(programs / "recobro-sdk", "check", "--json", cwd=root).stdout)["next"] == "tests_pass"
    unwritten = run(programs / "recobro-sdk", "run", cwd=root)
    assert unwritten.returncode == 2 and "fetch_report is not written yet" in unwritten.stderr

    file = root / "src" / "recobro_bureau_acme" / "provider.py"
    body = BODY.read_text("utf-8")
    assert len(body.splitlines()) <= 30
    file.write_text(
        file.read_text("utf-8").replace('        raise NotImplementedError("fetch_report")\n', body), "utf-8"
    )
    green = run(programs / "python", "-m", "pytest", "-q", cwd=root)
    assert green.returncode == 0 and set(summary(green)) == {"passed"} and summary(green)["passed"] >= 45, green.stdout

    told: dict[str, Any] = json.loads(run(programs / "recobro-sdk", "check", "--json", cwd=root).stdout)
    assert told["tier"] == "bronze" and told["next"] == "own_tests", told
    tried = run(programs / "recobro-sdk", "run", "--json", "--document", "CC:1000000123", cwd=root)
    answer = json.loads(tried.stdout)["answer"]
    assert answer["provider"] == "bureau_acme" and isinstance(answer["obligations"][0]["balance"]["minor_units"], int)
    nobody = run(programs / "recobro-sdk", "run", "--document", "CC:1000000000", cwd=root)
    assert nobody.returncode == 1 and "SubjectNotFound" in nobody.stdout
    silent = run(programs / "recobro-sdk", "run", "--fault", "cut", "--json", cwd=root)
    assert json.loads(silent.stdout)["answer"]["outcome"] == "ProviderUnavailable"
