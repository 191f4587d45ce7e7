"""The house on a real PostgreSQL. Each test that takes `database` gets a migrated database without a row in it.

There is the embedded PostgreSQL 18, and the PostgreSQL of this machine where one answers (RECOBRO_TEST_POSTGRES, or
postgresql://postgres@127.0.0.1:5432/postgres). What is about the server itself runs on both (`both_servers`); every
other test on one of them, always the same, so that the suite as a whole does. RECOBRO_TEST_SERVERS=both runs all tests on
both; `embedded` or `own`, all on that one.
"""

import asyncio
import inspect
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import httpx._transports.default as httpx_transports
import psycopg
import pytest

from core.kit import crypto, db, files
from core.kit.db import Database
from recobro import database as program_database
from recobro.embedded import EmbeddedServer, create_database, remove, start
from tests.kept import Kept, create, drop
from tests.warm import Reserve, end_tasks

SERVERS = ("embedded", "own")
SECRET_KEY = "a secret key of the test suite, forty letters"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def one_tls_context() -> Iterator[None]:
    """The authorities are the same for all clients, and each would read them anew for a tenth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx_transports, "create_ssl_context", cache(httpx_transports.create_ssl_context))
        yield


@cache
def _own_server() -> str | None:
    url = os.environ.get("RECOBRO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return None
    return url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames:
        metafunc.parametrize("cluster", _servers(metafunc.definition), indirect=True, scope="session")


def _servers(test: pytest.Item) -> list[str]:
    asked = os.environ.get("RECOBRO_TEST_SERVERS", "")
    if asked in SERVERS:
        return [asked]
    if not _own_server():
        return ["embedded"]
    if asked == "both" or test.get_closest_marker("both_servers"):
        return [*SERVERS]
    return [SERVERS[crc32(test.nodeid.encode()) % 2]]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL as superuser, without a database name."""
    if request.param == "own":
        url = _own_server()
        assert url is not None
        yield url.rsplit("/", 1)[0]
        return
    folder = tmp_path_factory.mktemp("postgres")
    server: EmbeddedServer = start(folder, durable=False)
    yield server.url("x").rsplit("/", 1)[0]
    server.stop()
    remove(folder)


@pytest.fixture(scope="session")
def template(cluster: str) -> Iterator[str]:
    """The name of a migrated, empty database to clone."""
    name = f"recobro_template_{secrets.token_hex(4)}"
    create_database(f"{cluster}/postgres", name)
    crypto.use_keys((SECRET_KEY,))
    program_database.upgrade(f"{cluster}/{name}")
    yield name
    drop(cluster, name)


@pytest.fixture(scope="session")
def kept_database(cluster: str, template: str) -> Iterator[Kept]:
    """A database that the tests of this process use one after the other, emptied in between."""
    name = create(cluster, template, "recobro_test")
    made = Kept(cluster, name)
    yield made
    made.close()
    drop(cluster, name)


@pytest.fixture(scope="session")
async def reserve(kept_database: Kept) -> AsyncIterator[Reserve]:
    """Connections to it that outlive a test."""
    crypto.use_keys((SECRET_KEY,))
    with Reserve(kept_database.app_url(), asyncio.get_running_loop()).used() as made:
        yield made
    await asyncio.sleep(0)  # connections that were cut off are over a moment later


@pytest.fixture
def owner_url(kept_database: Kept, reserve: Reserve, tmp_path: Path) -> str:
    """The owner's address of a migrated database without a row."""
    crypto.use_keys((SECRET_KEY,))
    files.use_folder(tmp_path / "files")
    kept_database.empty(spared=reserve.processes())
    return kept_database.url


@pytest.fixture
async def tasks_end() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await end_tasks(before)


@pytest.fixture(autouse=True)
def apart(request: pytest.FixtureRequest) -> None:
    """All tests of a process have one loop, and none has the tasks of another."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("tasks_end")


@pytest.fixture
def own_url(cluster: str, template: str) -> Iterator[str]:
    """The owner's address of a database for one test alone, which may change its schema."""
    name = create(cluster, template, "recobro_own")
    yield f"{cluster}/{name}"
    drop(cluster, name)


@pytest.fixture
def app_url(kept_database: Kept, owner_url: str) -> str:
    """The application's address of a fresh database."""
    assert owner_url == kept_database.url
    return kept_database.app_url()


@pytest.fixture
async def database(app_url: str) -> AsyncIterator[Database]:
    """A fresh database, open as the one of this process."""
    opened = await Database.connect(app_url)
    db.use(opened)
    yield opened
    db.use(None)
    await opened.close()


@pytest.fixture
def shared_data() -> Path:
    """Real files that nobody of this project wrote; they lie beside the checkout, not in it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(
            f"the folder of real files is not here: {SHARED_DATA.parent.name}/{SHARED_DATA.name} beside the checkout"
        )
    return SHARED_DATA
