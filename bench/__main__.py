"""Recobro against the limit, and against the field: `make bench`, or in two minutes `make bench-quick`.

    make bench ARGS="--only W1,W4 --candidates limit,recobro,postgraphile --rounds 3 --seconds 3 --concurrency 1,16,64"

W1 to W4 go over HTTP (bench/workloads.py says what they are), W5 imports a file (bench/import_ratio.py), W6 evaluates
segments (bench/segments.py). Everything is measured in turns in one run; ratios to the limit are what counts, because
absolute figures move with the machine. Every run is kept in bench/results/latest.json.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from bench import segments
from bench.candidates import Candidate, known
from bench.check import Differs
from bench.database import FULL, QUICK
from bench.machine import Unfit
from bench.report import keep, ratios, tables
from bench.session import Plan, play

HERE = Path(__file__).resolve().parent
OVER_HTTP = ("W1", "W2", "W3", "W3W", "W4")
ALL = (*OVER_HTTP, "W5", "W6")


def main() -> int:
    chosen, console = _options(), Console()
    if not console.is_terminal:
        console = Console(width=140)
    wanted = tuple(chosen.only.split(",")) if chosen.only else ALL
    try:
        candidates = _candidates(chosen.candidates, quick=chosen.quick)
        over_http = tuple(one for one in OVER_HTTP if one in wanted)
        if over_http:
            plan = Plan(
                candidates, over_http, tuple(int(one) for one in chosen.concurrency.split(",")), chosen.rounds,
                chosen.seconds, QUICK if chosen.quick else FULL,
            )  # fmt: skip
            rows = play(plan, console)
            keep(chosen.keep, [row.json() for row in rows], over_http)
            tables(console, rows, [one.name for one in candidates])
    except (Unfit, Differs) as problem:
        console.print(f"[red]{type(problem).__name__}:[/] {problem}", highlight=False, soft_wrap=True)
        return 1
    return _others(wanted, chosen.keep, console, quick=chosen.quick)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="a tenth of the data, Recobro against the limit")
    options.add_argument("--only", help=f"workloads, of {', '.join(OVER_HTTP)}, W5, W6")
    options.add_argument("--candidates", help=f"of {', '.join(known())}")
    options.add_argument("--rounds", type=int)
    options.add_argument("--seconds", type=float, help="of each run")
    options.add_argument("--concurrency", help="connections at once, such as 1,16,64")
    options.add_argument("--keep", type=Path, default=HERE / "results" / "latest.json", help="where the results go")
    chosen = options.parse_args()
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 3)
    chosen.seconds = chosen.seconds or 2
    chosen.concurrency = chosen.concurrency or ("16" if chosen.quick else "1,16,64")
    return chosen


def _candidates(names: str | None, *, quick: bool) -> tuple[Candidate, ...]:
    """Those that were named, or everybody; the limit and Recobro are always there, for what a ratio is made of."""
    everybody = known()
    asked = names.split(",") if names else ["limit", "recobro"] if quick else list(everybody)
    unknown = [name for name in asked if name not in everybody]
    if unknown:
        raise Unfit(f"There is no candidate {', '.join(unknown)}; known are {', '.join(everybody)}.")
    return tuple(everybody[name] for name in dict.fromkeys(["limit", "recobro", *asked]))


def _others(wanted: tuple[str, ...], results: Path, console: Console, *, quick: bool) -> int:
    """W5 in processes of its own, because what it needs of memory is measured; W6."""
    ended = 0
    if "W5" in wanted:
        sizes = [("20000", "1")] if quick else [("200000", "3"), ("1000000", "1")]
        for rows, rounds in sizes:
            command = [sys.executable, "-m", "bench.import_ratio", "--rows", rows, "--rounds", rounds]
            command += ["--costs"] if rounds == "3" else []
            ended = max(ended, subprocess.call([*command, "--keep", str(results)], cwd=HERE.parent))
    if "W6" in wanted:
        found = segments.rows(debts=30_000, rounds=1) if quick else segments.rows()
        keep(results, found, ["W6"])
        console.print(ratios("W6 evaluate a segment and store who is in it; the limit is psql", found))
    return ended


if __name__ == "__main__":
    sys.exit(main())
