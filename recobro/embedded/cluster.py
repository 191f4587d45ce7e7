"""The data of one server: made by initdb, described by settings, freed from what a killed server left behind."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import psutil

from recobro.embedded.errors import EmbeddedServerError, failure
from recobro.embedded.place import Place, write

HOST = "127.0.0.1"
SUPERUSER = "recobro"
# Below the ranges from which Linux (32768+) and macOS (49152+) give ports to outgoing connections, so that a port kept
# in a file is rarely taken when the server comes back.
PORTS = range(20000, 32000)

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path must be short, and a checkout's need not be
    "max_connections": "100",
    "shared_buffers": "128MB",
    "shared_preload_libraries": "pg_stat_statements",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# A database that may be lost with the machine: for tests.
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def environment() -> dict[str, str]:
    """What the server needs of ours: neither our secrets nor PGDATA, PGPORT and the like, meant for another server."""
    return {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}


def make(place: Place, *, durable: bool, lock: int) -> None:
    """Run initdb unless it once came to its end. The last thing it does is the marker, so a cluster without one is
    what a kill has left, and is made anew. initdb holds the lock too: nobody begins anew while an orphan still writes.
    """
    marker = place.home / "initialised"
    if marker.exists() and (place.cluster / "PG_VERSION").exists():
        if not place.password.exists():
            raise EmbeddedServerError(f"{place.password} is missing: without it nobody can log in to {place.cluster}")
        return
    marker.unlink(missing_ok=True)
    if place.cluster.exists():
        shutil.rmtree(place.cluster)
    place.cluster.mkdir(mode=0o700)
    place.give(place.cluster)
    write(place.password, secrets.token_urlsafe(24), mode=0o600)
    place.give(place.password)
    with place.log.open("ab") as log:
        done = subprocess.run(
            _initdb(place, durable=durable),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place.home,
            env=environment(),
            pass_fds=[lock],
            user=None if place.account is None else place.account.uid,
            group=None if place.account is None else place.account.gid,
            extra_groups=None if place.account is None else [],
        )
    if done.returncode != 0:
        raise failure("initdb failed", place.log)
    with (place.cluster / "postgresql.conf").open("a") as conf:
        conf.write("\n# Written anew at every start. What stands below this line, and ALTER SYSTEM, wins.\n")
        conf.write("include = '../recobro.conf'\n")
    write(marker, "")


def _initdb(place: Place, *, durable: bool) -> list[str]:
    command = [
        place.program("initdb"),
        f"--pgdata={place.cluster}",
        f"--username={SUPERUSER}",
        f"--pwfile={place.password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]
    return command if durable else [*command, "--no-sync"]


def write_settings(place: Place, port: int, *, durable: bool) -> None:
    values = SETTINGS | {"port": str(port)} | ({} if durable else HASTY)
    write(place.home / "recobro.conf", "".join(f"{name} = '{value}'\n" for name, value in values.items()))


def choose_port(home: Path) -> int:
    """The port of last time if it is still free, else another one, which is kept."""
    file = home / "port"
    kept = file.read_text().strip() if file.exists() else ""
    if kept.isdigit() and _free(int(kept)):
        return int(kept)
    for _ in range(100):
        port = PORTS[secrets.randbelow(len(PORTS))]
        if _free(port):
            write(file, f"{port}\n")
            return port
    raise EmbeddedServerError(f"no free port between {PORTS.start} and {PORTS.stop} on {HOST}")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL itself does: connections of the last server in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def end_leftovers(cluster: Path) -> None:
    """End what a killed server or watchdog left running on these data, then remove its pid file.

    Call with the lock held. Processes are known by their current directory, which is the cluster for every PostgreSQL
    process, so neither a reused process id nor a lost pid file can mislead us. Only when none is left is the pid file
    removed, which is what otherwise guards the shared memory of a dead server's last sessions.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    first = pid_file.read_text().split("\n", 1)[0].strip()
    left = [process for process in psutil.process_iter(["name"]) if _works_in(process, cluster)]
    for process in left:
        if str(process.pid) == first:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
            _, left = psutil.wait_procs(left, timeout=20)
            break
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _, alive = psutil.wait_procs(left, timeout=10)
    if alive:
        raise EmbeddedServerError(f"cannot end the PostgreSQL processes {[p.pid for p in alive]} that use {cluster}")
    pid_file.unlink(missing_ok=True)


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    try:
        return process.info["name"].startswith("postgres") and Path(process.cwd()).samefile(cluster)
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        # Gone meanwhile, or somebody else's: then it does not work on our data.
        return False
