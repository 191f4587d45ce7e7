"""The house on a real PostgreSQL. Each test that takes `database` gets a migrated database without a row in it.

The suite runs on the embedded PostgreSQL 18, and again on the PostgreSQL of this machine where one answers
(RECOBRO_TEST_POSTGRES, or postgresql://postgres@127.0.0.1:5432/postgres).
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from core.kit import crypto, db, files
from core.kit.db import Database
from recobro import database as program_database
from recobro.embedded import EmbeddedServer, create_database, remove, start

SECRET_KEY = "a secret key of the test suite, forty letters"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def _own_server() -> str | None:
    url = os.environ.get("RECOBRO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return None
    return url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames:
        servers = ["embedded"] + (["own"] if _own_server() else [])
        metafunc.parametrize("cluster", servers, indirect=True, scope="session")


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
    _drop(cluster, name)


@pytest.fixture(scope="session")
def reused(cluster: str, template: str) -> Iterator[str]:
    """The name of a database that the tests of this process use one after the other, emptied in between."""
    name = f"recobro_test_{secrets.token_hex(6)}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield name
    _drop(cluster, name)


@pytest.fixture
def owner_url(cluster: str, reused: str, tmp_path: Path) -> str:
    """The owner's address of a migrated database without a row."""
    crypto.use_keys((SECRET_KEY,))
    files.use_folder(tmp_path / "files")
    _empty(f"{cluster}/{reused}")
    return f"{cluster}/{reused}"


@pytest.fixture
def own_url(cluster: str, template: str) -> Iterator[str]:
    """The owner's address of a database for one test alone, which may change its schema."""
    name = f"recobro_own_{secrets.token_hex(6)}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{cluster}/{name}"
    _drop(cluster, name)


@pytest.fixture
def app_url(owner_url: str) -> str:
    """The application's address of a fresh database."""
    return program_database.app_url(owner_url, crypto.derived("database"))


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


def _empty(url: str) -> None:
    """Delete every row, in no order of keys, and whatever an earlier test has left running."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND relname NOT LIKE 'alembic_version%'"
        ).fetchall()
        # Keys and triggers off: a hundredth of what a new database costs.
        deletes = ";".join(f'DELETE FROM "{name}"' for (name,) in tables)
        connection.execute(f"SET session_replication_role = replica;{deletes}")


def _drop(cluster: str, name: str) -> None:
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        role = program_database.login_role(name)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            connection.execute(f"DROP ROLE {role}")
