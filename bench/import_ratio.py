"""W5: how long an import takes, as a multiple of the very same SQL in psql.

    python -m bench.import_ratio [--rows 200000] [--rounds 3] [--costs] [--keep bench/results/latest.json]

One embedded server, durable, and for each run a database of its own, copied from one template. `recobro` is the job
`placements.import` as a worker does it: the file from disk, COPY, every check, the duplicates against what is there,
parties, identifiers, phones, addresses, debts, components, movements, the report. `limit` is psql with the very same
statements, taken down from one such import (bench/import_record.py). `bare insert` is the least that can be done: the
finished rows, from tables without indexes into tables with all of theirs, through the same role, policies and keys.
`import again` is the same rows in another file, of which nothing may be taken. All are timed in the same run and in
turns; the ratio to the limit is what counts. `--costs` also replays without what guards and serves the rows.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import import_costs
from bench.import_case import Case, copy_of, drop, first_case, second_case, write_file
from bench.import_replay import bare_insert, outcome, replay
from bench.import_run import SECRET, Measured, Order, run_import
from core.kit import crypto, files
from recobro import database as program_database
from recobro import embedded

MILLION = 1_000_000
ORDER = ("recobro", "limit", "bare insert", "costs")


@dataclass(frozen=True)
class Bench:
    """A server, and a folder for everything else: stored files, the files to import, what was recorded of each case."""

    server: embedded.EmbeddedServer
    folder: Path

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def recorded(self, case: Case) -> Path:
        """Where the script of a case is."""
        place = self.folder / case.template
        place.mkdir(exist_ok=True)
        return place

    def order(self, case: Case, url: str, record: Path | None = None) -> Order:
        return Order(url, str(self.files), self.server.watchdog.pid, case.job, str(record) if record else None)


@contextmanager
def _bench() -> Generator[Bench]:
    crypto.use_keys((SECRET,))
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = embedded.start(folder / "postgres", durable=True)
        bench = Bench(server, folder)
        files.use_folder(bench.files)
        try:
            yield bench
        finally:
            server.stop()
            embedded.remove(folder / "postgres")


def run(rows: int, rounds: int, *, costs: bool = False) -> list[Measured]:
    with _bench() as bench:
        first, second, dry = _cases(bench, rows)
        found = [dry]
        for number in range(rounds):
            found += _round(bench, first, number)
            found += _round(bench, second, number)
        if costs:
            found += import_costs.costs(bench.server, first, bench.recorded(first), rounds)
    return found


def _cases(bench: Bench, rows: int) -> tuple[Case, Case, Measured]:
    """Both cases, each with its script. What the first one's recorded import leaves is where the second begins."""
    path, server = bench.folder / "placement.csv", bench.server
    write_file(path, rows)
    embedded.create_database(server.url("postgres"), "first")
    program_database.upgrade(server.url("first"))
    first, dry = asyncio.run(first_case(server, "first", path, rows))
    url = copy_of(server, "first", "second")
    run_import(bench.order(first, url, bench.recorded(first)), bench.folder, first.name, 0)
    second = asyncio.run(second_case(server, "second", first, path, rows))
    url = copy_of(server, "second", "scratch")
    run_import(bench.order(second, url, bench.recorded(second)), bench.folder, second.name, 0)
    drop(server, "scratch")
    return first, second, dry


def _round(bench: Bench, case: Case, number: int) -> list[Measured]:
    """The import and its replay, who is first taking turns; the rows of a first import, inserted."""
    server = bench.server

    def ours() -> Measured:
        url = copy_of(server, case.template, "ours")
        return run_import(bench.order(case, url), bench.folder, case.name, number)

    def theirs() -> Measured:
        copy_of(server, case.template, "theirs")
        return replay(server, "theirs", bench.recorded(case), case.name, number)

    turns: list[Callable[[], Measured]] = [ours, theirs] if number % 2 == 0 else [theirs, ours]
    found = [turn() for turn in turns]
    _same(server, case)
    if case.accepted:
        found.append(bare_insert(server, "ours", "bare", bench.folder, number))
        drop(server, "bare")
    drop(server, "ours")
    drop(server, "theirs")
    return found


def _same(server: embedded.EmbeddedServer, case: Case) -> None:
    """Raises: RuntimeError where the import and psql have not come to the same, or not to what the file is."""
    ours, theirs = outcome(server, "ours"), outcome(server, "theirs")
    if different := {what: (ours[what], theirs[what]) for what in ours if ours[what] != theirs[what]}:
        raise RuntimeError(f"the import and its replay differ: {different}")
    state, _, accepted, *_ = ours["batches"][-1]
    if (state, accepted) != ("ACTIVE", case.accepted):
        raise RuntimeError(f"the import took {accepted} rows, not {case.accepted}, and left the batch {state}")


def table(found: list[Measured], rows: int) -> str:
    """Medians over the rounds, and each as a multiple of psql with the same statements."""
    lines = [
        f"| {rows} rows | | seconds | rows/s | × limit | CPU of all, s | × limit "
        "| of it client, s | RSS, MB: most, before, grown by |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for variant in dict.fromkeys(one.variant for one in found):
        for candidate in ORDER:
            mine = _of(found, candidate, variant)
            if not mine:
                continue
            limit = _of(found, "limit", variant)
            most, before = max((one.rss_mb, one.before_mb) for one in mine)
            seconds = statistics.median(one.seconds for one in mine)
            lines.append(
                f"| {variant} | {candidate} | {seconds:.2f} | {rows / seconds:,.0f} "
                f"| {_ratio(mine, limit, lambda one: one.seconds)} "
                f"| {statistics.median(one.cpu_ms for one in mine) / 1000:.2f} "
                f"| {_ratio(mine, limit, lambda one: one.cpu_ms)} "
                f"| {statistics.median(one.client_ms for one in mine) / 1000:.2f} "
                f"| {f'{most:.0f}, {before:.0f}, {most - before:.1f}' if most else ''} |"
            )
    return "\n".join(lines)


def _of(found: list[Measured], candidate: str, variant: str) -> list[Measured]:
    return [one for one in found if (one.candidate, one.variant) == (candidate, variant)]


def _ratio(mine: list[Measured], limit: list[Measured], figure: Callable[[Measured], float]) -> str:
    """Of the medians."""
    if not limit:
        return ""
    return f"{statistics.median(map(figure, mine)) / statistics.median(map(figure, limit)):.2f}"


def keep(path: Path, found: list[Measured], rows: int) -> None:
    """Put the runs among the results, in place of earlier ones of as many rows. `variant` tells what was done; the
    figure of W5 is `recobro` to `limit` where it is `import`."""
    results: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    workload = "W5" if rows < MILLION else "W5M"
    results = [one for one in results if one.get("workload") != workload]
    results += [
        {
            "candidate": one.candidate, "workload": workload, "variant": one.variant, "concurrency": 1,
            "round": one.round, "rps": rows / one.seconds, "p50_ms": one.seconds * 1000, "p99_ms": one.seconds * 1000,
            "cpu_ms": one.cpu_ms, "client_cpu_ms": one.client_ms, "rss_mb": one.rss_mb, "rss_before_mb": one.before_mb,
        }
        for one in found
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--costs", action="store_true", help="also what keys, indexes, search and totals cost")
    options.add_argument("--keep", type=Path, default=Path(__file__).parent / "results" / "latest.json")
    chosen = options.parse_args()
    found = run(chosen.rows, chosen.rounds, costs=chosen.costs)
    keep(chosen.keep, found, chosen.rows)
    measured = [one for one in found if one.candidate != "costs"]
    print(table(measured, chosen.rows))
    if chosen.costs:
        print(import_costs.table([one for one in found if one.candidate == "costs"]))


if __name__ == "__main__":
    main()
