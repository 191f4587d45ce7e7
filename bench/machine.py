"""The machine: which core does what, the load generator, and how much CPU a set of processes has used."""

import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil


class Unfit(RuntimeError):
    """Something that a run needs is not here; the message says how to get it."""


@dataclass(frozen=True)
class Machine:
    """Servers have one core to themselves; PostgreSQL and the load generator share another. None: nothing is pinned."""

    server_core: int | None
    database_core: int | None

    @classmethod
    def here(cls) -> "Machine":
        if not hasattr(os, "sched_getaffinity"):
            return cls(None, None)
        cores = sorted(os.sched_getaffinity(0))
        return cls(cores[0], cores[1]) if len(cores) > 1 else cls(None, None)

    def told(self) -> str:
        if self.server_core is None:
            return "Nothing is pinned to a core: there is one, or this system cannot."
        return f"Servers on core {self.server_core}; PostgreSQL and wrk on core {self.database_core}."


def on_core(core: int | None) -> Callable[[], None]:
    """For `preexec_fn`: what starts, and all that it starts, stays on the core."""

    def stay() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    return stay


@contextmanager
def pinned(core: int | None) -> Generator[None]:
    """What is started in the block stays on the core."""
    before = os.sched_getaffinity(0) if core is not None else set[int]()
    on_core(core)()
    try:
        yield
    finally:
        if core is not None:
            os.sched_setaffinity(0, before)


def wrk() -> str:
    """The load generator's path; installed by root where there is apt-get. Raises: Unfit."""
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "wrk"]
        if not _done(install) and _done(["apt-get", "update"]):
            _done(install)
        found = shutil.which("wrk")
    if found is None:
        raise Unfit("The load generator wrk is not installed: `apt install wrk`, or `brew install wrk`.")
    return found


def _done(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """What they have used, with that of their children that are gone."""
    total = 0.0
    for process in processes:
        try:
            spent = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
        total += getattr(spent, "children_user", 0.0) + getattr(spent, "children_system", 0.0)
    return total


def rss_mb(processes: list[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def busy_seconds() -> float:
    """CPU time that this machine has spent on anything at all."""
    spent = psutil.cpu_times()
    return spent.user + spent.nice + spent.system + getattr(spent, "irq", 0.0) + getattr(spent, "softirq", 0.0)
