"""Connections and transactions. Every statement runs in a transaction that a scope opened; there is no other way in.

The login role of the pool owns nothing and may do nothing. `transaction(scope)` switches to the role of the scope's
audience and sets the tenant with SET LOCAL, in the same round trip as BEGIN, so that both end with the transaction
whatever happens to it (also behind a pooler in transaction mode).

`single(scope)` is for statements that are each a transaction of their own: the session of its connection is set to the
scope, which costs a round trip only where the connection served another tenant last (core/kit/pool.py). Behind a pooler
in transaction mode no session is ever set, and each is a transaction as any other.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import asyncpg
import orjson

from core.kit import clock
from core.kit.columns import Column, Columns, read_columns
from core.kit.errors import DomainError, ScopeMissing
from core.kit.pool import Binding, Pool
from core.kit.scope import Audience, Scope

STATEMENT_TIMEOUT_MS = 30_000

Row: TypeAlias = asyncpg.Record
if TYPE_CHECKING:  # generic for the checker only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """`pooler`: the database is behind a pooler in transaction mode, which keeps neither sessions nor prepared
    statements."""

    max_size: int = 10
    pooler: bool = False
    acquire_timeout_s: float = 10.0


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


def _connector(url: str, options: PoolOptions) -> Callable[[], Awaitable[Connection]]:
    parts = urlsplit(url)
    given = _options(parts.query)

    async def connect() -> Connection:
        connection = await asyncpg.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 5432,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or "") or None,
            database=parts.path.lstrip("/"),
            timeout=options.acquire_timeout_s,
            statement_cache_size=0 if options.pooler else _STATEMENTS,
            server_settings=_TRACKED if options.pooler else _TRACKED | _OTHERS,
            **given,
        )
        try:
            await _prepare(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    return connect


_STATEMENTS = 256
_TRACKED = {"application_name": "recobro", "timezone": "UTC", "datestyle": "ISO"}
"""Settings of a session that a pooler keeps for each of its clients. It refuses others: a transaction sets them."""
_OTHERS = {"statement_timeout": str(STATEMENT_TIMEOUT_MS), "jit": "off"}


class Database:
    """One pool of connections to one database."""

    def __init__(self, pool: "Pool[Connection]", pooler: bool, columns: Columns) -> None:
        self._pooler = pooler
        self.pool = pool
        self.columns = columns

    @classmethod
    async def connect(cls, url: str, options: PoolOptions | None = None) -> "Database":
        """Raises: what the driver raises where the database cannot be reached."""
        options = options or PoolOptions()
        pool = Pool(_connector(url, options), options.max_size, options.acquire_timeout_s)
        held, clean = await pool.take(), False
        try:
            columns = await read_columns(held.connection)
            clean = True
        finally:
            pool.give(held, clean=clean)
        return cls(pool, options.pooler, columns)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(
        self, scope: Scope, *, read_only: bool = False, snapshot: bool = False
    ) -> AsyncGenerator["Tx"]:
        """One transaction in one scope: commits when the block ends, rolls back when it raises or is cancelled.

        `snapshot`: all of its statements see the database of one moment.
        """
        held = await self.pool.take()
        raw, clean = held.connection, False
        try:
            await raw.execute(_begin(scope, read_only, snapshot, self._local(bound=held.binding is not None)))
            tx = Tx(raw, scope)
            try:
                yield tx
                await tx.flush()
            except Exception:
                if not raw.is_closed():
                    await raw.execute("ROLLBACK")
                    clean = True
                raise
            await raw.execute("COMMIT")
            clean = True
        finally:
            # Whoever is cancelled does not wait for a rollback: closing the connection is one.
            self.pool.give(held, clean=clean)

    def _local(self, *, bound: bool) -> str:
        """What a transaction sets beside its scope: what else the session may be set to, or cannot be."""
        settings = _OTHERS if self._pooler else {"plan_cache_mode": "auto"} if bound else {}
        return "".join(f";SET LOCAL {name} = {value}" for name, value in settings.items())

    @asynccontextmanager
    async def unscoped(self) -> AsyncGenerator[Connection]:
        """One connection that may do nothing: to see whether the database answers."""
        held, clean = await self.pool.take(), False
        try:
            if held.binding is not None:
                held.binding = None
                await held.connection.execute(
                    "RESET ROLE;RESET app.agency_id;RESET app.creditor_id;RESET plan_cache_mode"
                )
            yield held.connection
            clean = True
        finally:
            self.pool.give(held, clean=clean)

    def single(self, scope: Scope) -> AbstractAsyncContextManager["Single"]:
        """One connection in one scope, for statements that are each a transaction of their own."""
        return _Pooled(self, scope) if self._pooler else _Bound(self.pool, _binding(scope))


class _Bound:
    """A connection whose session is set to the binding. A class, as a generator costs more than all else in here."""

    __slots__ = ("_binding", "_held", "_pool")

    def __init__(self, pool: "Pool[Connection]", binding: Binding) -> None:
        self._pool, self._binding = pool, binding

    async def __aenter__(self) -> "Single":
        binding = self._binding
        self._held = held = await self._pool.take(binding)
        if held.binding != binding:
            known, held.binding = held.binding, None
            try:
                await held.connection.execute(_bind(binding, known))
            except BaseException:
                self._pool.give(held, clean=False)
                raise
            held.binding = binding
        return held.connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What a statement of its own has refused is over; after anything else nobody knows.
        self._pool.give(self._held, clean=kind is None or issubclass(kind, asyncpg.PostgresError | DomainError))


class _Pooled:
    """Behind a pooler: each statement in a transaction that says for whom it is."""

    __slots__ = ("_database", "_scope")

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database, self._scope = database, scope

    async def __aenter__(self) -> "Single":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def fetch(self, query: str, /, *args: Any) -> list[Row]:
        async with self._database.transaction(self._scope) as tx:
            return await tx.fetch(query, *args)


def _binding(scope: Scope) -> Binding:
    return _bindings(scope.audience, scope.agency_id, scope.creditor_id)


@lru_cache(maxsize=4096)
def _bindings(audience: Audience, agency_id: UUID | None, creditor_id: UUID | None) -> Binding:
    """Text of UUIDs and of an enumeration, whatever was given for them."""
    return (
        Audience(audience).value,
        str(UUID(str(agency_id))) if agency_id else "",
        str(UUID(str(creditor_id))) if creditor_id else "",
    )


def _bind(binding: Binding, known: Binding | None) -> str:
    """One message, and so one implicit transaction: all of it is set, or nothing. Of a session that is `known` to have
    the role already, only what differs is set."""
    (role, *tenant), names = binding, ("app.agency_id", "app.creditor_id")
    if known is not None and known[0] == role:
        settings = zip(names, tenant, known[1:], strict=True)
        return ";".join([f"SET {name} = '{value}'" for name, value, before in settings if value != before])
    settings = ";".join([f"SET {name} = '{value}'" for name, value in zip(names, tenant, strict=True)])
    # Planning anew costs as much as such a statement itself, and PostgreSQL would do it for most of them.
    return f"SET ROLE {role};{settings};SET plan_cache_mode = force_generic_plan"


def _begin(scope: Scope, read_only: bool, snapshot: bool, local: str) -> str:
    """BEGIN with role and tenant in one simple-protocol message. Only UUIDs and enum values are written into it.

    Everything is set, also to nothing: the session may still have the tenant of a read.
    """
    role, agency, creditor = _binding(scope)
    isolation = " ISOLATION LEVEL REPEATABLE READ" if snapshot else ""
    return (
        f"BEGIN{isolation} READ {'ONLY' if read_only else 'WRITE'};SET LOCAL ROLE {role};"
        f"SET LOCAL app.agency_id = '{agency}';SET LOCAL app.creditor_id = '{creditor}'{local}"
    )


class Single(Protocol):
    """Runs statements, each for itself."""

    async def fetch(self, query: str, /, *args: Any) -> list[Row]: ...


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


def table_columns(table: str) -> Mapping[str, Column]:
    """The columns of a table of this process's database, by name."""
    return current().columns[table]


@asynccontextmanager
async def transaction(scope: Scope, *, read_only: bool = False, snapshot: bool = False) -> AsyncGenerator[Tx]:
    """One transaction in one scope, on the database of this process."""
    async with current().transaction(scope, read_only=read_only, snapshot=snapshot) as tx:
        yield tx


def single(scope: Scope) -> AbstractAsyncContextManager[Single]:
    """One connection in one scope for statements that are each a transaction of their own."""
    return current().single(scope)
