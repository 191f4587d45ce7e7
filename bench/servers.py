"""Starts the servers of a run, all at once, and stops them."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.candidates import Candidate, environment
from bench.database import Stage
from bench.machine import Machine, Unfit, on_core

READY_S = 90.0


@dataclass(frozen=True)
class Server:
    candidate: Candidate
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@contextmanager
def running(
    candidates: Sequence[Candidate], stage: Stage, machine: Machine, logs: Path
) -> Generator[tuple[list[Server], dict[str, str]]]:
    """The servers that answer, and why the others do not."""
    logs.mkdir(parents=True, exist_ok=True)
    started = [_started(one, stage, machine, logs) for one in candidates]
    try:
        failed = {server.candidate.name: why for server in started if (why := _wait(server))}
        yield [server for server in started if server.candidate.name not in failed], failed
    finally:
        for server in started:
            server.process.terminate()
        for server in started:
            try:
                server.process.wait(20)
            except subprocess.TimeoutExpired:
                server.process.kill()


def _started(candidate: Candidate, stage: Stage, machine: Machine, logs: Path) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    log = logs / f"{candidate.name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            candidate.command(port),
            cwd=candidate.folder,
            env=environment(candidate, stage, port),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=on_core(machine.server_core),
        )
    return Server(candidate, port, process, log)


def _wait(server: Server) -> str:
    """Nothing once the server answers anything at all; otherwise why it does not."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            return f"it ended with {server.process.returncode}: {server.tail()}"
        try:
            urllib.request.urlopen(f"{server.address}/graphql", timeout=5).close()
        except urllib.error.HTTPError:
            return ""
        except OSError:
            time.sleep(0.1)
        else:
            return ""
    return f"it did not answer within {READY_S:.0f} s: {server.tail()}"


def require(servers: Sequence[Server], failed: dict[str, str], names: Sequence[str]) -> None:
    """Raises: Unfit where one that the ratios are made of is not among the servers."""
    for name in names:
        if name in failed:
            raise Unfit(f"{name} does not serve: {failed[name]}")
    if not servers:
        raise Unfit("No candidate serves.")
