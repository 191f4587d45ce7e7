"""`serve` and `worker` as processes: they begin from nothing, begin again, end in good order, and say what is wrong."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from recobro import embedded
from recobro.cli.serve import server_config
from recobro.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
KEY = "a secret key of these tests without a comma"
PATIENCE_S = 180


@contextlib.contextmanager
def installation() -> Iterator[Path]:
    """A data folder that a system user can reach too: pytest's own temporary folders are closed to others."""
    with tempfile.TemporaryDirectory(prefix="recobro-serve-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder, "data")
        if Path(folder, "data/postgres").exists():
            embedded.remove(Path(folder, "data/postgres"))


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """An installation with a history: each test finds it as the one before left it."""
    with installation() as folder:
        yield folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Program:
    """One run of the program, with what it has said."""

    def __init__(self, *arguments: str, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RECOBRO_")}
        kept.pop("PYTHONUNBUFFERED", None)
        self._folder = Path(tempfile.mkdtemp(prefix="recobro-said-"))
        with Path(self._folder, "out").open("w") as out, Path(self._folder, "err").open("w") as err:
            self.process = psutil.Popen(
                [sys.executable, "-m", "recobro", *arguments],
                cwd=ROOT, env=kept | settings, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip

    @property
    def out(self) -> str:
        return Path(self._folder, "out").read_text()

    @property
    def err(self) -> str:
        return Path(self._folder, "err").read_text()

    @property
    def error(self) -> str:
        """The one line of an expected failure."""
        assert self.process.wait(PATIENCE_S) == 1, self.out + self.err
        lines = self.err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("error: "), self.err
        return lines[0]

    def until(self, text: str) -> str:
        """Wait until it has said something on stdout; returns all of that."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.out:
            assert self.process.poll() is None, self.out + self.err
            assert time.monotonic() < deadline, self.out + self.err
            time.sleep(0.05)
        return self.out

    def told(self, number: signal.Signals) -> int:
        """End it by a signal, and wait until everything that it has started is gone; returns its status."""
        begun = self.process.children(recursive=True)
        self.process.send_signal(number)
        status = self.process.wait(60)
        _, left = psutil.wait_procs(begun, timeout=60)
        assert left == []
        return int(status)

    def end(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.kill()
        self.process.wait(60)
        shutil.rmtree(self._folder)


@contextlib.contextmanager
def running(*arguments: str, **settings: str) -> Iterator[Program]:
    program = Program(*arguments, **settings)
    try:
        yield program
    finally:
        program.end()


@contextlib.contextmanager
def serving(data: Path, *arguments: str, **settings: str) -> Iterator[tuple[Program, str]]:
    """A server that serves, and its address."""
    given = {"RECOBRO_DATA_DIR": str(data), "RECOBRO_PORT": "0"} | settings
    with running("serve", "--no-demo", *arguments, **given) as program:
        program.until("Ctrl-C ends it.")
        found = re.search(r"Explorer\s+(http://\S+)/explorer", program.out)
        assert found, program.out
        yield program, found[1]


def test_from_nothing_to_the_first_answer_and_ctrl_c(data: Path) -> None:
    assert not data.exists()
    with serving(data) as (program, address):
        ready = httpx.get(f"{address}/ready", timeout=30)
        assert ready.status_code == 200 and ready.json()["status"] == "ok"
        asked = httpx.post(f"{address}/graphql", json={"query": "{ __typename }"}, timeout=30)
        assert asked.json() == {"data": {"__typename": "Query"}}
        assert "x-forwarded" not in str(asked.headers) and "server" not in asked.headers
        assert len(program.process.children(recursive=True)) > 1, "the watchdog and PostgreSQL"
        assert program.told(signal.SIGINT) == 0
        assert "Traceback" not in program.err and "warning" not in program.err.lower()


def test_again_it_serves_soon_and_ends_at_sigterm(data: Path) -> None:
    with serving(data) as (program, address):
        assert httpx.get(f"{address}/ready", timeout=30).status_code == 200
        spent = program.process.cpu_times()
        # 2 s on a quiet machine, and 5 s where no bytecode is kept; alone with others it is told by the processor's time.
        assert spent.user + spent.system < 15
        assert program.told(signal.SIGTERM) == 0
        assert "Traceback" not in program.err


def test_a_signal_while_it_begins_ends_it_too(data: Path) -> None:
    given = {"RECOBRO_DATA_DIR": str(data), "RECOBRO_PORT": "0"}
    for number in (signal.SIGTERM, signal.SIGINT):
        with running("serve", "--no-demo", **given) as program:
            deadline = time.monotonic() + PATIENCE_S
            while not program.process.children(recursive=True) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert program.told(number) == 0, program.err
            assert "Traceback" not in program.err
            assert embedded.find(data / "postgres") is None


def test_killed_it_leaves_nothing_and_begins_again(data: Path) -> None:
    with serving(data) as (program, _):
        assert program.told(signal.SIGKILL) == -signal.SIGKILL
    with serving(data) as (program, address):
        assert httpx.get(f"{address}/ready", timeout=30).status_code == 200
        assert program.told(signal.SIGINT) == 0


def test_a_port_that_is_taken_is_told_before_anything_is_begun() -> None:
    with installation() as nowhere, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running("serve", "--port", port, RECOBRO_DATA_DIR=str(nowhere)) as program:
            assert f"Port {port} of 127.0.0.1 is taken" in program.error
        assert not nowhere.exists()


def test_who_listens_first_has_the_port(data: Path) -> None:
    """Two programs that begin at the same time both get the address; only one can listen."""
    with socket.socket() as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind(("127.0.0.1", 0))
        port = str(rival.getsockname()[1])
        with running("serve", "--no-demo", "--port", port, RECOBRO_DATA_DIR=str(data)) as program:
            deadline = time.monotonic() + PATIENCE_S
            while not program.process.children() and time.monotonic() < deadline:
                time.sleep(0.01)
            rival.listen()
            assert f"Port {port} of 127.0.0.1 is taken" in program.error
    assert embedded.find(data / "postgres") is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"RECOBRO_PORT": "eighty"}, "RECOBRO_PORT: "),
        ({"RECOBRO_HOST": "0.0.0.0"}, "RECOBRO_HOST is 0.0.0.0, "),
        ({"RECOBRO_HOST": "no.such.host.invalid", "RECOBRO_PUBLIC_URL": "https://x.example"}, "RECOBRO_HOST, RECOBRO_PORT: "),
        ({"RECOBRO_ENVIRONMENT": "production", "RECOBRO_PUBLIC_URL": "http://127.0.0.1"}, "RECOBRO_PUBLIC_URL must be an https"),
        ({"RECOBRO_ENVIRONMENT": "production", "RECOBRO_PUBLIC_URL": "https://x.example"}, "RECOBRO_SECRET_KEYS is not set"),
        ({"RECOBRO_DATABASE_URL": "postgresql://owner:SECRET@127.0.0.1:1/recobro"}, "No PostgreSQL answers at owner@127.0.0.1:1/"),
        ({"RECOBRO_PLUGINS": "nobody", "RECOBRO_PLUGINS_STRICT": "true"}, "the plugin 'nobody' cannot be used"),
    ],
)  # fmt: skip
def test_what_is_set_wrong_is_told_in_one_line(data: Path, settings: dict[str, str], said: str) -> None:
    given = {"RECOBRO_DATA_DIR": str(data), "RECOBRO_PORT": str(free_port())} | settings
    with running("serve", "--no-demo", **given) as program:
        assert said in program.error and "SECRET@" not in program.err


def test_a_server_of_one_s_own_in_production(own_url: str) -> None:
    with installation() as data:
        given = {
            "RECOBRO_DATA_DIR": str(data),
            "RECOBRO_DATABASE_URL": own_url,
            "RECOBRO_ENVIRONMENT": "production",
            "RECOBRO_SECRET_KEYS": KEY,
            "RECOBRO_PUBLIC_URL": "https://recobro.example",
            "RECOBRO_PORT": str(free_port()),
        }
        with running("serve", **given) as program:
            assert program.until("https://recobro.example").strip() == "Recobro serves https://recobro.example"
            address = f"http://127.0.0.1:{given['RECOBRO_PORT']}"
            assert httpx.get(f"{address}/ready", timeout=30).status_code == 200
            assert httpx.get(f"{address}/explorer", timeout=30).status_code == 404
            known = httpx.get(f"{address}/.well-known/oauth-authorization-server", timeout=30).json()
            assert known["issuer"] == "https://recobro.example"
            assert program.told(signal.SIGTERM) == 0
            assert all(json.loads(line) for line in program.err.splitlines())


def test_a_worker_needs_a_redis_and_a_database_that_is_up_to_date(own_url: str, tmp_path: Path) -> None:
    given = {"RECOBRO_DATA_DIR": str(tmp_path / "data"), "RECOBRO_DATABASE_URL": own_url}
    with running("worker", **given) as program:
        assert "RECOBRO_REDIS_URL is not set" in program.error
    empty = own_url.rsplit("/", 1)[0] + "/template1"
    given |= {"RECOBRO_REDIS_URL": "redis://127.0.0.1:1", "RECOBRO_DATABASE_URL": empty}
    with running("worker", **given) as program:
        assert "not at this program's version" in program.error


def test_a_worker_works_until_it_is_told(own_url: str, tmp_path: Path) -> None:
    url = os.environ.get("RECOBRO_TEST_REDIS", "redis://127.0.0.1:6379")
    with contextlib.closing(redis.Redis.from_url(url, socket_connect_timeout=2)) as client:
        try:
            client.ping()
        except redis.RedisError:
            pytest.skip("no Redis answers on this machine (RECOBRO_TEST_REDIS)")
    given = {"RECOBRO_DATABASE_URL": own_url, "RECOBRO_REDIS_URL": url, "RECOBRO_DATA_DIR": str(tmp_path / "data")}
    for number in (signal.SIGINT, signal.SIGTERM):
        with running("worker", **given) as program:
            program.until("working; Ctrl-C ends it")
            assert program.told(number) == 0
            assert "Traceback" not in program.err


async def _who(request: Request) -> JSONResponse:
    return JSONResponse([request.client.host if request.client else None, request.url.scheme])


@pytest.mark.parametrize(
    ("trusted", "asks", "told"),
    [
        ("", "10.0.0.1", ["10.0.0.1", "http"]),
        ("10.0.0.0/8", "10.0.0.1", ["203.0.113.9", "https"]),
        ("10.0.0.0/8", "127.0.0.1", ["127.0.0.1", "http"]),
        ("192.0.2.1, 127.0.0.1", "127.0.0.1", ["203.0.113.9", "https"]),
    ],
)
async def test_forwarded_headers_are_believed_where_the_proxy_is_trusted(
    monkeypatch: pytest.MonkeyPatch, trusted: str, asks: str, told: list[str]
) -> None:
    monkeypatch.setenv("RECOBRO_TRUSTED_PROXIES", trusted)
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    config = server_config(Settings.read(), Starlette(routes=[Route("/", _who)]))
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(asks, 4711))
    headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    async with httpx.AsyncClient(transport=transport, base_url="http://recobro.test") as client:
        assert (await client.get("/", headers=headers)).json() == told
