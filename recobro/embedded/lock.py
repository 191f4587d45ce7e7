"""Who uses a data directory: an flock that the watchdog holds while the server runs, with a note of whose it is."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from recobro.embedded.errors import EmbeddedServerBusy, EmbeddedServerError

# How long a live holder may take to show that it is on its way out, and a dead program's server to shut down.
LIVE_PATIENCE, DEAD_PATIENCE = 0.25, 75.0


@dataclass(frozen=True)
class Holder:
    """The program that started the server, its watchdog, and the port once it answers. 0: not yet, or not any more."""

    owner: int = 0
    watchdog: int = 0
    port: int = 0


def acquire(path: Path, data_dir: Path) -> int:
    """The lock as a file descriptor, to be handed to the watchdog.

    Raises EmbeddedServerBusy when a live program holds it; waits while the server of a dead one shuts down.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    begun = time.monotonic()
    try:
        while not _take(lock):
            waited = time.monotonic() - begun
            holder = read(path)
            pid = holder.owner or holder.watchdog
            if waited > LIVE_PATIENCE and alive(pid):
                raise EmbeddedServerBusy(data_dir, pid)
            if waited > DEAD_PATIENCE:
                raise EmbeddedServerError(f"{path} is still locked after {waited:.0f} s by a process that is not ours")
            time.sleep(0.02)
    except BaseException:
        os.close(lock)
        raise
    note(lock, Holder(owner=os.getpid()))
    return lock


def note(lock: int, holder: Holder) -> None:
    """Write down who holds the lock (in place: replacing the file would leave the lock on the old one)."""
    text = json.dumps(asdict(holder)).encode()
    os.pwrite(lock, text, 0)
    os.ftruncate(lock, len(text))


def read(path: Path) -> Holder:
    """What is written down; an empty note when somebody is just writing it."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        return Holder()


def held(path: Path) -> Holder | None:
    """The note, if anybody holds the lock."""
    if not path.exists():
        return None
    lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return None if _take(lock) else read(path)
    finally:
        os.close(lock)


def alive(pid: int) -> bool:
    """A killed program that nobody has waited for yet (a zombie) is dead."""
    try:
        return pid != 0 and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
