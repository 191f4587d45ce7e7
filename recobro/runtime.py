"""What `serve`, `worker` and the administrative commands share: the database ready and open, keys, files, plugins."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import psycopg
from pydantic import SecretStr

from core.kit import crypto, db, files
from core.kit.db import Database, PoolOptions
from recobro import database, plugin_migrations
from recobro.embedded import EmbeddedServer, create_database, find, start
from recobro.logs import set_up_logs
from recobro.settings import Settings

DATABASE = "recobro"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database is: `owner` migrates (absent where only the application's address is known), `app` serves."""

    owner: str | None
    app: str


@contextmanager
def addresses(settings: Settings, *, migrate: bool = True) -> Generator[Addresses]:
    """The database, started if it is the embedded one, and brought to the newest schema.

    Uses the embedded server that another command of this checkout already runs; stops only what it started itself.
    Blocking: call it before an event loop runs. Raises: DatabaseError, SettingsError, EmbeddedServerError.
    """
    set_up_logs(settings)
    crypto.use_keys(settings.keys())
    files.use_folder(settings.data_dir / "files")
    server, ours = _embedded(settings) if settings.embedded else (None, False)
    try:
        owner = server.url(DATABASE) if server else _secret(settings.database_url)
        if owner and migrate:
            database.upgrade(owner)
            plugin_migrations.upgrade_plugins(owner)
        app = _secret(settings.app_database_url) or database.app_url(owner or "", crypto.derived("database"))
        database.refuse_dangerous_role(app)
        yield Addresses(owner, app)
    finally:
        if server and ours:
            server.stop()


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _embedded(settings: Settings) -> tuple[EmbeddedServer, bool]:
    folder = settings.data_dir / "postgres"
    running = find(folder)
    server = running or start(folder)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
    if not known:
        create_database(server.url("postgres"), DATABASE)
    return server, running is None


@asynccontextmanager
async def opened(settings: Settings, app_url: str) -> AsyncGenerator[Database]:
    """The pool of this process, as the database of `core.kit.db.transaction`."""
    options = PoolOptions(max_size=settings.pool_size, pooler=settings.pooler)
    pool = await Database.connect(app_url, database.model_modules(), options)
    db.use(pool)
    try:
        yield pool
    finally:
        db.use(None)
        await pool.close()
