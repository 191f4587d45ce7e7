"""Connections and transactions. Every statement runs in a transaction that a scope opened; there is no other way in.

The login role of the pool owns nothing and may do nothing. `transaction(scope)` switches to the role of the scope's
audience and sets the tenant with SET LOCAL, in the same round trip as BEGIN, so that both end with the transaction
whatever happens to it (also behind a pooler in transaction mode).
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import asyncpg
import orjson
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.context import TortoiseContext

from core.kit import clock
from core.kit.errors import ScopeMissing
from core.kit.scope import Audience, Scope

CONNECTION = "default"
STATEMENT_TIMEOUT_MS = 30_000

Row: TypeAlias = asyncpg.Record
if TYPE_CHECKING:  # generic for the checker only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection, Pool = asyncpg.Connection, asyncpg.Pool


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """Sizes of the pool. `prepared=False` for a pooler in transaction mode, which cannot keep prepared statements."""

    min_size: int = 1
    max_size: int = 10
    prepared: bool = True
    acquire_timeout_s: float = 10.0


async def _keep(_: Connection) -> None:
    """Nothing to reset: SET LOCAL ended with the transaction, and nobody may set anything for the session."""


async def _prepare(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value, default=_plain).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )


def _plain(value: object) -> str:
    """The driver's UUIDs are of a class of their own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _options(query: str) -> dict[str, Any]:
    """The options of an address that the driver is given. Raises: ValueError for one that would be ignored."""
    options = dict(parse_qsl(query))
    found = {"ssl": options.pop("sslmode")} if "sslmode" in options else {}
    if options:
        raise ValueError(f"the database's address has options that are not supported: {', '.join(sorted(options))}")
    return found


def tortoise_config(url: str, modules: Sequence[str], options: PoolOptions | None = None) -> dict[str, Any]:
    """Tortoise's configuration for a database, with the pool as `transaction` needs it."""
    options, parts = options or PoolOptions(), urlsplit(url)
    credentials: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "") or None,
        "database": parts.path.lstrip("/"),
        **_options(parts.query),
        "minsize": options.min_size,
        "maxsize": options.max_size,
        "init": _prepare,
        "reset": _keep,
        "server_settings": {
            "application_name": "recobro",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "timezone": "UTC",
            "jit": "off",
        },
    }
    if not options.prepared:
        credentials["statement_cache_size"] = 0
    return {
        "connections": {CONNECTION: {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"recobro": {"models": list(modules), "default_connection": CONNECTION}},
        "use_tz": True,
        "timezone": "UTC",
    }


class Database:
    """One pool of connections to one database, and Tortoise's models bound to it."""

    def __init__(self, context: TortoiseContext, client: AsyncpgDBClient, options: PoolOptions) -> None:
        self._context = context
        self._client = client
        self._options = options

    @classmethod
    async def connect(cls, url: str, modules: Sequence[str], options: PoolOptions | None = None) -> "Database":
        options = options or PoolOptions()
        context = TortoiseContext()
        with context:
            await context.init(config=tortoise_config(url, modules, options), _enable_global_fallback=True)
            client = cast(AsyncpgDBClient, context.connections.get(CONNECTION))
            await client.create_connection(with_db=True)
        return cls(context, client, options)

    @property
    def pool(self) -> Pool:
        pool = self._client._pool  # pyright: ignore[reportPrivateUsage]
        if pool is None:
            raise ScopeMissing("the database is closed")
        return pool

    async def close(self) -> None:
        await self._context.close_connections()

    @asynccontextmanager
    async def transaction(self, scope: Scope, *, read_only: bool = False) -> AsyncGenerator["Tx"]:
        """One transaction in one scope: commits when the block ends, rolls back when it raises or is cancelled."""
        async with self.pool.acquire(timeout=self._options.acquire_timeout_s) as connection:
            raw = cast(Connection, connection)
            await raw.execute(_begin(scope, read_only))
            tx = Tx(raw, scope)
            wrapper = TransactionWrapper(self._client)
            wrapper._connection = raw  # pyright: ignore[reportPrivateUsage]
            token = self._context.connections.set(CONNECTION, wrapper)
            try:
                yield tx
                await tx.flush()
            except BaseException:
                # Cancelled again while it rolls back, the pool finishes the rollback as it takes the connection.
                if not raw.is_closed():
                    await raw.execute("ROLLBACK")
                raise
            else:
                await raw.execute("COMMIT")
            finally:
                self._context.connections.reset(token)


def _begin(scope: Scope, read_only: bool) -> str:
    """BEGIN with role and tenant in one simple-protocol message. Only UUIDs and enum values are written into it."""
    settings = {"app.agency_id": scope.agency_id, "app.creditor_id": scope.creditor_id}
    local = "".join(f"SET LOCAL {name} = '{UUID(str(value))}';" for name, value in settings.items() if value)
    mode = " READ ONLY" if read_only else ""
    return f"BEGIN{mode};SET LOCAL ROLE {Audience(scope.audience).value};{local}"


@dataclass(slots=True)
class Tx:
    """An open transaction: SQL in the scope, and what it will tell the rest of the system when it commits."""

    connection: Connection
    scope: Scope
    now: datetime = field(default_factory=clock.now)
    _pending: list[tuple[str, Sequence[Any]]] = field(default_factory=list[tuple[str, Sequence[Any]]])

    async def fetch(self, sql: str, *args: Any, timeout_s: float | None = None) -> list[Row]:
        return await self.connection.fetch(sql, *args, timeout=timeout_s)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        return await self.connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any, timeout_s: float | None = None) -> str:
        return await self.connection.execute(sql, *args, timeout=timeout_s)

    def at_commit(self, sql: str, *args: Any) -> None:
        """Run a statement as the last thing before COMMIT (events and jobs gather here)."""
        self._pending.append((sql, args))

    async def flush(self) -> None:
        pending, self._pending = self._pending, []
        for sql, args in pending:
            await self.connection.execute(sql, *args)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """A part that may fail alone: its rows and events are undone, the transaction goes on."""
        before = list(self._pending)
        await self.connection.execute("SAVEPOINT part")
        try:
            yield
        except Exception:
            await self.connection.execute("ROLLBACK TO SAVEPOINT part")
            self._pending = before
            raise
        await self.connection.execute("RELEASE SAVEPOINT part")


_database: Database | None = None


def use(database: Database | None) -> None:
    """Make a database the one of this process. Called by the program at its start and end, and by tests."""
    global _database
    _database = database


def current() -> Database:
    if _database is None:
        raise ScopeMissing("no database is open in this process")
    return _database


@asynccontextmanager
async def transaction(scope: Scope, *, read_only: bool = False) -> AsyncGenerator[Tx]:
    """One transaction in one scope, on the database of this process."""
    async with current().transaction(scope, read_only=read_only) as tx:
        yield tx
