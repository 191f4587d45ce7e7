"""What a hostile plugin that one agency uses does to another agency's worklist (W1).

    python -m bench.hostile [--rounds 5] [--seconds 6] [--connections 16] [--calls 10]

Two servers over a tenth of the data: `without` has no such plugin; `hostile` has plugins/hostile, of which one agency
has enabled the offers that block the loop, leak tasks and threads and do not stop when they are told to, and calls
them all the time, at --calls a second; callers apart from these wait for a provider that never answers. A third
measurement, `honest`, has the same server called as often for an offer without a defect: what is between it and
`hostile` is the defects' part, the rest is what that many inquiries cost. Rounds are taken in turns; a p99 is the
median of its rounds. Ends with 1 where the goal is missed.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from rich.console import Console

from bench.candidates import RECOBRO, Candidate
from bench.cases import Case, cases
from bench.database import QUICK, Stage, filled
from bench.load import Row, Wrk, measure, write_requests
from bench.machine import Machine, pinned, wrk
from bench.servers import Server, running
from recobro.settings import ROOT
from recobro_sdk.testing import FakeBureauServer, Fault

GOAL = 1.2
HERE = Path(__file__).resolve().parent
HONEST = ("hostile_honest",)
HANGING = ("hostile_waits_for_ever", "hostile_outlives_the_deadline")
DEFECTS = (
    "hostile_blocks_the_loop", "hostile_leaks_tasks", "hostile_leaks_threads", "hostile_swallows_cancellation",
)  # fmt: skip
CALLERS = 16
SETTLE_S = 4.0
CONSENT = {"reference": "c", "medium": "web", "grantedAt": "2026-01-05T10:00:00Z", "textVersion": "1"}
INQUIRE = "mutation($i: BureauInquireInput!) { done: bureauInquire(input: $i) { inquiry { state } errors { code } } }"
ENABLE = "mutation($i: PluginEnableInput!) { done: pluginEnable(input: $i) { errors { code message } } }"


def installed(folder: Path) -> Candidate:
    """The server where the hostile plugin is installed: it is no distribution, so `folder` names its entry point."""
    info = folder / "recobro_hostile-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: recobro-hostile\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[recobro]\nhostile = bench.hostile_plugin\n")
    before = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, (str(folder), str(ROOT / "plugins" / "hostile" / "src"), before)))

    def environment(stage: Stage, port: int) -> Mapping[str, str]:
        return {**RECOBRO.environment(stage, port), "PYTHONPATH": path}

    return replace(RECOBRO, name="hostile", environment=environment)


@dataclass(frozen=True)
class Victim:
    """The agency that uses the plugin, and what it asks about."""

    server: Server
    token: str
    debts: Sequence[UUID]

    def send(self, query: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """A payload. Raises: RuntimeError, OSError."""
        body = json.dumps({"query": query, "variables": {"i": given}}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.server.address}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.loads(answer.read())
        if found.get("errors"):
            raise RuntimeError(json.dumps(found["errors"])[:600])
        return found["data"]["done"]

    def enable(self, offer: str, base_url: str) -> None:
        settings = {"base_url": base_url, "api_key": FakeBureauServer.api_key}
        problems = self.send(ENABLE, {"code": offer, "settings": settings})["errors"]
        if problems:
            raise RuntimeError(f"{offer}: {problems}")

    def inquire(self, offer: str, number: int) -> str:
        """Ask a bureau about a debt; returns what came of it."""
        debt = RECOBRO.identity("debt", self.debts[number % len(self.debts)])
        done = self.send(INQUIRE, {
            "debtId": debt, "provider": offer, "idempotencyKey": f"{offer}-{time.time_ns()}-{number}",
            "purpose": "REVIEW_OR_COLLECTION_OF_ACCOUNT", "consent": CONSENT,
        })  # fmt: skip
        return done["errors"][0]["code"] if done["errors"] else done["inquiry"]["state"]


@contextmanager
def called(victim: Victim, offers: Sequence[str], per_second: float, outcomes: Counter[str]) -> Generator[None]:
    """The offers are called in turns until the block ends; a call that hangs holds one of the callers. Raises what went
    wrong beside what a bureau may answer."""
    stop, lock, problems = threading.Event(), threading.Lock(), list[Exception]()
    began, numbers = time.monotonic(), iter(range(10**9))

    def work() -> None:
        while not stop.is_set():
            with lock:
                number = next(numbers)
            if stop.wait(max(0.0, began + number / per_second - time.monotonic())):
                return
            try:
                outcome = victim.inquire(offers[number % len(offers)], number)
            except Exception as problem:
                problems.append(problem)
                return
            with lock:
                outcomes[outcome] += 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
    # Those that wait for a provider that never answers end with the server.
    for thread in threads:
        thread.join(1.0)
    if problems:
        raise problems[0]


def play(rounds: int, seconds: float, connections: int, per_second: float, console: Console) -> float:
    """How many times the p99 without the plugin is the p99 with it. Raises: Unfit, RuntimeError."""
    machine = Machine.here()
    console.print(machine.told())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="recobro-bench-")))
        stage = stack.enter_context(filled(QUICK, machine))
        without = replace(RECOBRO, name="without")
        logs = HERE / "results" / "logs"
        servers, failed = stack.enter_context(running([without, installed(folder)], stage, machine, logs))
        if failed:
            raise RuntimeError(str(failed))
        # Who calls, and the provider that answers, are no part of the server.
        stack.enter_context(pinned(machine.database_core))
        # The silent one ends with this program: whoever waits for it would be told.
        good, silent = stack.enter_context(FakeBureauServer()), FakeBureauServer(slow_ms=120_000).start()
        silent.always = Fault.SLOW
        asked = cases(stage)
        victim = _victim(servers[1], stage, asked["W2"])
        for offer in (*HONEST, *DEFECTS, *HANGING):
            victim.enable(offer, (silent if offer in HANGING else good).base_url)
        others = [case for case in asked["W1"] if stage.tokens[case.agency] != victim.token]
        files = [write_requests(server, stage, "W1", others, folder) for server in servers]
        generator = Wrk(wrk(), machine, Random(1))
        for server, path in zip(servers, files, strict=True):
            generator.run(server, path, 16, 1)
        found: dict[str, list[Row]] = {"without": [], "honest": [], "hostile": []}
        outcomes: dict[str, Counter[str]] = {"honest": Counter(), "hostile": Counter()}
        for number in range(rounds):
            for name in generator.lots.sample(list(found), len(found)):
                place = 0 if name == "without" else 1
                with ExitStack() as meanwhile:
                    if place:
                        offers = HONEST if name == "honest" else DEFECTS
                        meanwhile.enter_context(called(victim, offers, per_second, outcomes[name]))
                        if name == "hostile":
                            # Callers of their own, as they would soon hold all of the others.
                            meanwhile.enter_context(called(victim, HANGING, per_second, outcomes[name]))
                        time.sleep(1.0)
                    row = measure(generator, servers[place], stage, "W1", files[place], connections, number, seconds)
                found[name].append(row)
                # What the last one left hanging or blocked is not to count for the next one.
                time.sleep(SETTLE_S)
        return _told(found, outcomes, console)


def _victim(server: Server, stage: Stage, busy: Sequence[Case]) -> Victim:
    agency = next(iter(stage.tokens))
    debts = [case.variables["id"].value for case in busy if case.agency == agency]
    return Victim(server, stage.tokens[agency], debts)


def _told(found: Mapping[str, list[Row]], outcomes: Mapping[str, Counter[str]], console: Console) -> float:
    p99 = {name: statistics.median(row.p99_ms for row in rows) for name, rows in found.items()}
    for name, rows in found.items():
        p50, rps = (statistics.median(getattr(row, what) for row in rows) for what in ("p50_ms", "rps"))
        each = " ".join(f"{row.p99_ms:.1f}" for row in rows)
        failed = sum(row.failed for row in rows)
        foreign = max(row.foreign for row in rows)
        told = f"{name:8} p99 {p99[name]:6.1f} ms ({each}), p50 {p50:.1f} ms, {rps:.0f} requests/s, {failed} failed"
        console.print(f"{told}; others used {foreign:.2f} cores at most", highlight=False)
        if name in outcomes:
            console.print(f"         the other agency's inquiries: {dict(outcomes[name])}", highlight=False)
    ratio = p99["hostile"] / p99["without"]
    console.print(
        f"hostile / without: {ratio:.2f} (goal {GOAL}); honest / without: {p99['honest'] / p99['without']:.2f}; "
        f"hostile / honest: {p99['hostile'] / p99['honest']:.2f}", highlight=False,
    )  # fmt: skip
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--calls", type=float, default=10.0, help="inquiries a second")
    options = parser.parse_args()
    ratio = play(options.rounds, options.seconds, options.connections, options.calls, Console(width=160))
    sys.exit(0 if ratio <= GOAL else 1)


if __name__ == "__main__":
    main()
