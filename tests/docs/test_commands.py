"""The documents are true: their commands run as they stand, against the demo, and print what they say they print.

A block of `sh` is run; a block of `text` behind it holds lines that its output must contain. The blocks of one document
run in one shell, in their order.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import SHARED_DATA

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "docs/agency.md",
    "docs/creditor.md",
    "docs/integrator.md",
    "docs/operator.md",
    "docs/walks.md",
)
# Done by the fixture, or by whoever runs this test.
DONE_ELSEWHERE = {"make run", "make test"}
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== block {} ==="


@dataclass(frozen=True)
class Demo:
    address: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """`make run`, on a port and in a folder of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="recobro-docs-") as folder:
        Path(folder).chmod(0o711)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RECOBRO_")} | {
            "RECOBRO_DATA_DIR": f"{folder}/data",
            "RECOBRO_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        log = Path(folder, "serve.log")
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "recobro", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(server, address, log)
            yield Demo(address, environment | {"RECOBRO_URL": address, "DATA": str(SHARED_DATA)})
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{address}/ready", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"the demo does not answer:\n{log.read_text()}")


def _blocks(document: str) -> list[tuple[str, list[str]]]:
    """The commands of a document, each with the lines that it must print."""
    found: list[tuple[str, list[str]]] = []
    for kind, body in BLOCK.findall((ROOT / document).read_text()):
        if kind == "sh" and body.strip() not in DONE_ELSEWHERE:
            found.append((body, []))
        elif kind == "text" and found:
            found[-1][1].extend(line for line in body.splitlines() if line.strip())
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_a_document_run(demo: Demo, document: str) -> None:
    blocks = _blocks(document)
    assert blocks, f"{document} has no commands"
    if any("$DATA" in body for body, _ in blocks) and not SHARED_DATA.is_dir():
        pytest.skip("the folder of real files is not beside the checkout")
    script = "set -euo pipefail\n" + "\n".join(f"echo '{MARK.format(n)}'\n{body}" for n, (body, _) in enumerate(blocks))
    script = script.replace(".venv/bin/python", sys.executable).replace("http://127.0.0.1:8000", demo.address)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=demo.environment, capture_output=True, text=True, timeout=300, check=False
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    assert '"errors":[{' not in done.stdout, printed
    for number, (body, expected) in enumerate(blocks):
        part = done.stdout.split(MARK.format(number))[1].split(MARK.format(number + 1))[0]
        for line in expected:
            assert line in part, f"{body}\nprints not\n{line}\nbut\n{part}"
