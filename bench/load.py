"""One run of the load generator against one server, with what it cost the server and PostgreSQL."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.ask import ask, cursor
from bench.cases import Case, payment
from bench.database import Stage
from bench.machine import Machine, busy_seconds, cpu_seconds, on_core, rss_mb, tree
from bench.servers import Server

SCRIPT = Path(__file__).with_name("wrk.lua")
WRITES_PER_S = 20


@dataclass(frozen=True)
class Row:
    """One line of bench/results/latest.json. `cpu_ms` and `database_ms` are CPU per request of the server's processes
    and of PostgreSQL's; `foreign` is how many cores others were using meanwhile."""

    candidate: str
    workload: str
    concurrency: int
    round: int
    rps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    rss_mb: float
    database_ms: float
    foreign: float
    failed: int
    kilobytes: float

    def json(self) -> dict[str, Any]:
        return asdict(self)


def write_requests(server: Server, stage: Stage, workload: str, cases: list[Case], folder: Path) -> Path:
    """The requests of a workload as wrk.lua reads them; of a worklist also the second page, by the server's cursor."""
    lines: list[str] = []
    for case in cases:
        asked = [case]
        if workload == "W1" and (after := cursor(server, ask(server, stage, workload, case))):
            asked.append(Case(case.agency, {**case.variables, "after": after}))
        for one in asked:
            header, value = server.candidate.headers(stage, one.agency)
            lines.append(
                f"{header}\t{value}\t{server.candidate.body(workload, one.agency, one.for_(server.candidate))}"
            )
    path = folder / f"{server.candidate.name}-{workload}.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@dataclass(frozen=True)
class Wrk:
    """wrk, and where it runs."""

    program: str
    machine: Machine
    lots: Random

    def run(self, server: Server, requests: Path, connections: int, seconds: float) -> dict[str, int]:
        """Raises: RuntimeError where wrk itself fails."""
        start = str(self.lots.randrange(10**5))
        done = subprocess.run(
            [
                self.program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s",
                "--latency", "-s", str(SCRIPT), server.address,
            ],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "REQUESTS": str(requests), "SEED": str(time.time_ns()), "START": start},
            preexec_fn=on_core(self.machine.database_core),
        )  # fmt: skip
        last = done.stdout.strip().rpartition("\n")[2]
        if done.returncode != 0 or not last.startswith("{"):
            raise RuntimeError(f"wrk against {server.candidate.name}: {done.stdout[-500:]} {done.stderr[-500:]}")
        found: dict[str, int] = json.loads(last)
        return found


def measure(
    generator: Wrk, server: Server, stage: Stage, workload: str, requests: Path, connections: int, number: int,
    seconds: float,
) -> Row:  # fmt: skip
    """One run, with the CPU that it took. PostgreSQL's part counts backends that came and went."""
    ours, database = tree(server.process.pid), tree(stage.server.watchdog.pid)
    before = (cpu_seconds(ours), cpu_seconds(database), busy_seconds(), time.perf_counter(), sum(os.times()[2:4]))
    told = generator.run(server, requests, connections, seconds)
    rss = rss_mb(tree(server.process.pid))
    after = (
        cpu_seconds(tree(server.process.pid)), cpu_seconds(tree(stage.server.watchdog.pid)), busy_seconds(),
        time.perf_counter(), sum(os.times()[2:4]),
    )  # fmt: skip
    own, base, all_, wall, wrk = (late - early for late, early in zip(after, before, strict=True))
    requests_done = max(1, told["requests"])
    return Row(
        candidate=server.candidate.name,
        workload=workload,
        concurrency=connections,
        round=number,
        rps=told["requests"] / (told["us"] / 1e6),
        p50_ms=told["p50"] / 1e3,
        p99_ms=told["p99"] / 1e3,
        cpu_ms=own / requests_done * 1e3,
        rss_mb=rss,
        database_ms=base / requests_done * 1e3,
        foreign=max(0.0, (all_ - own - base - wrk) / wall),
        failed=told["failed"],
        kilobytes=told["bytes"] / requests_done / 1024,
    )


@contextmanager
def payments_meanwhile(server: Server, stage: Stage, cases: list[Case]) -> Generator[None]:
    """Payments come in through the same server, a few a second, until the block ends. Raises what went wrong."""
    stop, problems = threading.Event(), list[Exception]()

    def keep_paying() -> None:
        for number, case in enumerate(cases):
            if stop.wait(1 / WRITES_PER_S):
                return
            key = f"meanwhile-{server.candidate.name}-{time.time_ns()}-{number}"
            try:
                answer = ask(server, stage, "W4", payment(case.agency, case.variables["input"]["debtId"].value, key))
                if answer.get("errors"):
                    raise RuntimeError(f"{server.candidate.name}: {answer['errors']}")
            except Exception as problem:
                problems.append(problem)
                return

    thread = threading.Thread(target=keep_paying, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if problems:
        raise problems[0]
