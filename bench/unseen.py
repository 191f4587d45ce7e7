"""What the first request of a document costs over HTTP, against its second: `python -m bench.unseen [--documents 200]`.

Each document is one of the workloads' reads under an operation name of its own, so that its text was never seen; it is
asked twice in a row on one connection, on a tenth of the data of `make bench`.
"""

import argparse
import http.client
import json
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.candidates import known
from bench.cases import Case, cases
from bench.database import QUICK, Stage, filled
from bench.machine import Machine, Unfit
from bench.servers import Server, require, running
from bench.workloads import OPERATIONS

HERE = Path(__file__).resolve().parent
READS = ("W1", "W2", "W3")
WARM_UP = 20
"""Documents that are asked before any is counted: connections, statements and the process's own first times."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds from request to answer, of the first and of the second request of each document."""

    workload: str
    first: list[float]
    second: list[float]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.unseen", description=__doc__)
    options.add_argument("--documents", type=int, default=200, help="of each workload")
    documents: int = options.parse_args().documents
    console, machine = Console(), Machine.here()
    candidate = known()["recobro"]
    try:
        with ExitStack() as stack:
            stage = stack.enter_context(filled(QUICK, machine))
            servers, failed = stack.enter_context(running([candidate], stage, machine, HERE / "results" / "logs"))
            require(servers, failed, ["recobro"])
            asked = cases(stage)
            found = [_measured(servers[0], stage, workload, asked[workload], documents) for workload in READS]
    except Unfit as problem:
        console.print(f"[red]{problem}[/]", highlight=False)
        return 1
    _show(found, console)
    return 0


def _measured(server: Server, stage: Stage, workload: str, asked: list[Case], documents: int) -> Figures:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + documents):
        case = asked[number % len(asked)]
        name, value = server.candidate.headers(stage, case.agency)
        request = json.loads(server.candidate.body(workload, case.agency, case.for_(server.candidate)))
        request["query"] = OPERATIONS[workload].replace("query ", f"query Unseen{number}", 1)
        request.pop("operationName", None)
        body, headers = json.dumps(request), {"content-type": "application/json", name: value}
        for times in took:
            started = time.perf_counter()
            connection.request("POST", "/graphql", body, headers)
            answer = json.loads(connection.getresponse().read())
            times.append((time.perf_counter() - started) * 1000)
            if "errors" in answer:
                raise Unfit(f"{workload}: {answer['errors']}")
    connection.close()
    return Figures(workload, took[0][WARM_UP:], took[1][WARM_UP:])


def _show(found: list[Figures], console: Console) -> None:
    table = Table("", "p50 ms, first", "p99", "p50 ms, again", "the document's own", title_justify="left")
    table.title = "The first request of a document"
    for one in found:
        first, again = statistics.median(one.first), statistics.median(one.second)
        late = sorted(one.first)[len(one.first) * 99 // 100]
        table.add_row(one.workload, f"{first:.2f}", f"{late:.2f}", f"{again:.2f}", f"{first - again:.2f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
