"""What `serve`, `worker` and the administrative commands share: the database ready and open, keys, files, plugins."""

from recobro import lean  # noqa: F401  # isort: skip  # pyright: ignore[reportUnusedImport]
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr

from core.kit import crypto, db, files
from core.kit.db import Database, PoolOptions
from recobro.errors import DatabaseError
from recobro.logs import set_up_logs
from recobro.settings import ROOT, Settings

if TYPE_CHECKING:
    from recobro.embedded import EmbeddedServer

DATABASE = "recobro"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database is: `owner` migrates (absent where only the application's address is known), `app` serves."""

    owner: str | None
    app: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be prepared (recobro/prepare.py): the owner's address, or the application's own, or both.

    `migrate`: bring it to the newest schema; `newest`: else refuse it where it is not there. `password` is the one that
    the login role gets, where the application has no address of its own."""

    owner: str | None
    app: str | None
    password: str = field(repr=False)
    migrate: bool
    newest: bool


@contextmanager
def addresses(
    settings: Settings, *, migrate: bool = True, newest: bool = False, apart: bool = False
) -> Generator[Addresses]:
    """The database, started if it is the embedded one, and brought to the newest schema (`migrate`), or refused where
    it is not there (`newest`). `apart`: by another program, for one that lives long.

    Uses the embedded server that another command of this checkout already runs; stops only what it started itself.
    Blocking: call it before an event loop runs. Raises: DatabaseError, SettingsError, EmbeddedServerError.
    """
    set_up_logs(settings)
    crypto.use_keys(settings.keys())
    files.use_folder(settings.data_dir / "files")
    server, ours = _embedded(settings) if settings.embedded else (None, False)
    try:
        owner = server.url(DATABASE) if server else _secret(settings.database_url)
        order = Order(owner, _secret(settings.app_database_url), crypto.derived("database"), migrate, newest)
        yield Addresses(owner, _apart(order) if apart else _here(order))
    finally:
        if server and ours:
            server.stop()


def _here(order: Order) -> str:
    from recobro.prepare import prepared

    return prepared(order)


def _apart(order: Order) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "recobro.prepare"],
        cwd=ROOT, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if found.returncode != 0:
        raise DatabaseError(f"The database could not be prepared (status {found.returncode}); the lines above say why.")
    told: dict[str, str] = json.loads(found.stdout)
    if "error" in told:
        raise DatabaseError(told["error"])
    return told["app"]


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _embedded(settings: Settings) -> "tuple[EmbeddedServer, bool]":
    # Here, as an installation with a PostgreSQL of its own never needs them.
    from recobro.embedded import create_database, find, start

    folder = settings.data_dir / "postgres"
    running = find(folder)
    server = running or start(folder)
    create_database(server.url("postgres"), DATABASE)
    return server, running is None


@asynccontextmanager
async def opened(settings: Settings, app_url: str) -> AsyncGenerator[Database]:
    """The pool of this process, as the database of `core.kit.db.transaction`."""
    options = PoolOptions(max_size=settings.pool_size, pooler=settings.pooler)
    pool = await Database.connect(app_url, options)
    db.use(pool)
    try:
        yield pool
    finally:
        db.use(None)
        await pool.close()
