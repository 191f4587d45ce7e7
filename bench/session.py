"""A whole run over HTTP: everybody up, checked, warmed up, then measured in turns."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.candidates import Candidate
from bench.cases import Case, cases
from bench.check import check
from bench.database import FULL, Scale, Stage, filled
from bench.load import Row, Wrk, measure, payments_meanwhile, write_requests
from bench.machine import Machine, wrk
from bench.peers.prepare import CannotInstall
from bench.servers import Server, require, running

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Plan:
    """What to measure. Each combination is run once a round, for `seconds`."""

    candidates: tuple[Candidate, ...]
    workloads: tuple[str, ...]
    concurrency: tuple[int, ...]
    rounds: int
    seconds: float
    scale: Scale


def play(plan: Plan, console: Console) -> list[Row]:
    """Raises: Unfit, Differs."""
    machine, program = Machine.here(), wrk()
    console.print(machine.told())
    present, missing = _installed(plan.candidates, console)
    with ExitStack() as stack:
        with console.status("Preparing the database …"):
            stage = stack.enter_context(filled(plan.scale, machine))
        size = "" if plan.scale is FULL else "A tenth of the data of `make bench`: "
        made = f", filled in {stage.seconds_to_fill:.0f} s" if stage.seconds_to_fill else ", as the last run left it"
        console.print(f"{size}{plan.scale.parties:,} parties, {plan.scale.debts:,} debts{made}.")
        with console.status("Starting the servers …"):
            servers, failed = stack.enter_context(running(present, stage, machine, HERE / "results" / "logs"))
        for name, why in {**missing, **failed}.items():
            console.print(f"[yellow]{name} is left out:[/] {why}", highlight=False)
        require(servers, failed, ["limit", "recobro"])
        asked = cases(stage)
        with console.status("Checking that all answer the same …"):
            compared = check(servers, stage, asked, plan.workloads)
        console.print(f"{compared} answers of {len(servers)} servers are the same; none crosses agencies.")
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="recobro-bench-")))
        generator = Wrk(program, machine, Random(1))
        return _measured(plan, generator, servers, stage, asked, folder, console)


def _installed(candidates: Sequence[Candidate], console: Console) -> tuple[list[Candidate], dict[str, str]]:
    """Who can be started, and why the others cannot."""
    present: list[Candidate] = []
    missing: dict[str, str] = {}
    for candidate in candidates:
        try:
            with console.status(f"Installing {candidate.name} …"):
                candidate.prepare()
        except CannotInstall as problem:
            missing[candidate.name] = str(problem)
        else:
            present.append(candidate)
    return present, missing


def _measured(
    plan: Plan, generator: Wrk, servers: Sequence[Server], stage: Stage, asked: dict[str, list[Case]], folder: Path,
    console: Console,
) -> list[Row]:  # fmt: skip
    files = {
        (server.candidate.name, workload): write_requests(server, stage, workload, asked[workload], folder)
        for server in servers
        for workload in plan.workloads
    }
    found: list[Row] = []
    total = len(servers) * len(plan.workloads) * len(plan.concurrency) * plan.rounds
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("warming up", total=total)
        for (name, workload), path in files.items():
            server = next(one for one in servers if one.candidate.name == name)
            if workload != "W4":
                generator.run(server, path, 16, 1)
        for number in range(plan.rounds):
            for workload in plan.workloads:
                for connections in plan.concurrency:
                    for server in generator.lots.sample(list(servers), len(servers)):
                        progress.update(task, description=f"{workload} {server.candidate.name}")
                        path = files[server.candidate.name, workload]
                        with ExitStack() as meanwhile:
                            if workload == "W3W":
                                meanwhile.enter_context(payments_meanwhile(server, stage, asked["W4"]))
                            found.append(
                                measure(generator, server, stage, workload, path, connections, number, plan.seconds)
                            )
                        progress.advance(task)
    return found
