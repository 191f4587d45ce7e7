"""One import in a process of its own, as a worker does it, and what it took: time, CPU, memory.

    python -m bench.import_run ORDER.json

A process of its own, because what the measuring needs of memory is not the program's, and because what one import has
freed the next would use again. Prints a line of JSON. The order is an `Order`.
"""

import asyncio
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

from core.kit import crypto, db, files
from core.kit.db import Database
from core.kit.jobs import Run, handler_of
from core.kit.scope import Scope
from core.placements import import_batch, validate_batch

JOBS = (import_batch, validate_batch)  # imported, they have registered their jobs
SECRET = "a secret key of the benchmark, forty letters"


@dataclass(frozen=True)
class Claimed:
    """A job that is RUNNING, as plain values."""

    name: str
    job_id: str
    agency_id: str
    attempt: int
    scope: dict[str, Any]
    payload: dict[str, Any]


@dataclass(frozen=True)
class Order:
    """`server` is the process id of the database's watchdog; `record` a folder to write the statements to, or None."""

    url: str
    files: str
    server: int
    job: Claimed
    record: str | None = None


@dataclass(frozen=True)
class Measured:
    """`cpu_ms` is all CPU time, `client_ms` what of it PostgreSQL did not use; `rss_mb` the most memory that our
    process had, `before_mb` what it had when the job began."""

    candidate: str
    variant: str
    round: int
    seconds: float
    cpu_ms: float = 0.0
    client_ms: float = 0.0
    rss_mb: float = 0.0
    before_mb: float = 0.0


@dataclass(frozen=True)
class Effort:
    """CPU time, in seconds, of a server and all of its backends, also of those that are gone; of this process, and of
    those that it started and saw end.

    On a machine that others use at the same time, the ratio of these says more than that of the times.
    """

    server: int

    def client(self) -> float:
        """Without the server's."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime

    def now(self) -> tuple[float, float]:
        """All, and the client's part of it."""
        total = client = self.client()
        for process in psutil.Process(self.server).children(recursive=True):
            try:
                spent = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += (
                spent.user + spent.system + getattr(spent, "children_user", 0) + getattr(spent, "children_system", 0)
            )
        return total, client

    def since(self, before: tuple[float, float]) -> dict[str, float]:
        """In milliseconds, as `Measured` has them."""
        total, client = self.now()
        return {"cpu_ms": (total - before[0]) * 1000, "client_ms": (client - before[1]) * 1000}


@dataclass
class Peak:
    """What memory this process had when a block began, and the most while it ran."""

    before_mb: float = 0.0
    rss_mb: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Generator[None]:
        me = psutil.Process()
        self.before_mb = self.rss_mb = me.memory_info().rss / 2**20
        thread = threading.Thread(target=self._watch, args=(me,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self, me: psutil.Process) -> None:
        while not self._stop.wait(0.02):
            self.rss_mb = max(self.rss_mb, me.memory_info().rss / 2**20)


async def work(job: Claimed) -> None:
    """What a worker does with a job that it has claimed."""
    handler = handler_of(job.name)
    assert handler is not None
    scope = Scope.from_json(job.scope)
    await handler(Run(UUID(job.job_id), UUID(job.agency_id), job.attempt, scope, job.payload))


async def carry_out(order: Order) -> dict[str, float]:
    crypto.use_keys((SECRET,))
    files.use_folder(Path(order.files))
    database = await Database.connect(order.url)
    db.use(database)
    effort, peak = Effort(order.server), Peak()
    with _recorded(order.record), peak.watching():
        started, before = time.perf_counter(), effort.now()
        await work(order.job)
        seconds, spent = time.perf_counter() - started, effort.since(before)
    db.use(None)
    await database.close()
    return {"seconds": seconds, **spent, "rss_mb": peak.rss_mb, "before_mb": peak.before_mb}


def _recorded(folder: str | None) -> AbstractContextManager[None]:
    """Loaded only where it is used: what it needs of memory is not the import's."""
    if folder is None:
        return nullcontext()
    from bench.import_record import recorded

    return recorded(Path(folder))


def run_import(order: Order, folder: Path, variant: str, number: int) -> Measured:
    """Carry out an order in a process of its own. Raises: CalledProcessError."""
    written = folder / "order.json"
    written.write_text(json.dumps(asdict(order)))
    command = [sys.executable, "-m", "bench.import_run", str(written)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parent.parent)
    return Measured("recobro", variant, number, **json.loads(told.stdout.splitlines()[-1]))


def main() -> None:
    given: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    job = Claimed(**given.pop("job"))
    print(json.dumps(asyncio.run(carry_out(Order(job=job, **given)))))


if __name__ == "__main__":
    main()
