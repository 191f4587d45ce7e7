"""The tables: one per workload, as medians over the rounds and as multiples of the limit."""

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Row
from bench.workloads import NAMES

BASE = "limit"
QUIET = 0.25
"""A run during which others used more of a core than this counts only where there is no quieter one."""


def tables(console: Console, rows: Sequence[Row], order: Sequence[str]) -> None:
    for workload in dict.fromkeys(row.workload for row in rows):
        for concurrency in sorted({row.concurrency for row in rows if row.workload == workload}):
            these = [row for row in rows if (row.workload, row.concurrency) == (workload, concurrency)]
            console.print(_table(workload, concurrency, these, order))


def _table(workload: str, concurrency: int, rows: Sequence[Row], order: Sequence[str]) -> Table:
    shown = Table(
        "", "req/s", "× limit", "p50 ms", "p99 ms", "server CPU µs", "× limit", "PostgreSQL µs", "× limit", "RSS MB",
        "kB",
        title=f"{workload} {NAMES[workload]} – {concurrency} at once", title_justify="left",
    )  # fmt: skip
    for column in shown.columns[1:]:
        column.justify = "right"
    base = _medians([row for row in rows if row.candidate == BASE])
    for name in order:
        mine = [row for row in rows if row.candidate == name]
        if not mine:
            continue
        found = _medians(mine)
        failed = sum(row.failed for row in mine)
        shown.add_row(
            f"{name}{f' ({failed} failed)' if failed else ''}",
            f"{found['rps']:,.0f}", _ratio(found, base, "rps"), f"{found['p50_ms']:.2f}", f"{found['p99_ms']:.1f}",
            f"{found['cpu_ms'] * 1e3:,.0f}", _ratio(found, base, "cpu_ms"), f"{found['database_ms'] * 1e3:,.0f}",
            _ratio(found, base, "database_ms"), f"{found['rss_mb']:.0f}", f"{found['kilobytes']:.1f}",
        )  # fmt: skip
    return shown


def _medians(rows: Iterable[Row]) -> dict[str, float]:
    every = list(rows)
    chosen = [row for row in every if row.foreign <= QUIET] or sorted(every, key=lambda row: row.foreign)[:1]
    names = ("rps", "p50_ms", "p99_ms", "cpu_ms", "database_ms", "rss_mb", "kilobytes")
    return {name: statistics.median(getattr(row, name) for row in chosen) for name in names} if chosen else {}


def _ratio(found: dict[str, float], base: dict[str, float], name: str) -> str:
    return f"{found[name] / base[name]:.2f}" if base.get(name) else ""


def ratios(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    """For what is not asked over HTTP: medians of each variant, and how many times the limit they take."""
    shown = Table("", "recobro ms", "limit ms", "× limit", "RSS MB", title=title, title_justify="left")
    for column in shown.columns[1:]:
        column.justify = "right"
    for variant in dict.fromkeys(row.get("variant", "") for row in rows):
        mine = [row for row in rows if row.get("variant", "") == variant]
        ours, theirs = (
            statistics.median(row["p50_ms"] for row in mine if row["candidate"] == name) for name in ("recobro", BASE)
        )
        rss = max(row["rss_mb"] for row in mine if row["candidate"] == "recobro")
        shown.add_row(variant, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.2f}", f"{rss:.0f}")
    return shown


def keep(path: Path, rows: Sequence[dict[str, Any]], workloads: Iterable[str]) -> None:
    """Put the runs among the results, in place of earlier ones of the same workloads."""
    measured = set(workloads)
    before: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    kept = [one for one in before if one.get("workload") not in measured]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *rows], indent=1))
