"""A real PgBouncer in transaction mode in front of a test's database, with nothing set but what it needs to run."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
import pytest

SERVERS = 3
"""How many connections PgBouncer has to PostgreSQL, for however many clients."""
_INI = """
[databases]
{name} = host={host} port={port} dbname={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
pool_mode = transaction
auth_type = trust
auth_file = {folder}/users
default_pool_size = {servers}
max_client_conn = 200
logfile = {folder}/log
"""


@contextmanager
def pooled(app_url: str) -> Iterator[str]:
    """The application's address by way of PgBouncer. Skips the test where PgBouncer is not installed."""
    executable = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if executable is None:
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    parts = urlsplit(app_url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="recobro-pgbouncer-") as name:
        folder = Path(name)
        database = parts.path.lstrip("/")
        (folder / "users").write_text(f'"{unquote(parts.username or "")}" "{unquote(parts.password or "")}"\n')
        (folder / "ini").write_text(
            _INI.format(
                name=database, host=parts.hostname, port=parts.port, listen=listen, folder=folder, servers=SERVERS
            )
        )
        user = _unprivileged(folder)
        process = subprocess.Popen(
            [executable, "-q", str(folder / "ini")], user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{listen}"))
            _wait(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _unprivileged(folder: Path) -> str | None:
    """PgBouncer refuses to run as root: then it runs, and owns its folder, as nobody."""
    if os.geteuid() != 0:
        return None
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, "nobody")
    return "nobody"


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 15
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as problem:
            if process.poll() is not None or time.monotonic() > until:
                told = log.read_text() if log.exists() else ""
                raise AssertionError(f"PgBouncer does not answer: {problem}\n{told}") from problem
            time.sleep(0.05)
