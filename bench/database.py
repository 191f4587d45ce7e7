"""The PostgreSQL of a run: Recobro's own schema, filled by sql/*.sql, kept between runs and copied for each.

What a run writes goes into the copy, so that every run starts from the same rows. The filled database is made anew when
anything that it is made from has changed, or the day has: days past due count from today.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import psycopg
from stdnum.co import nit

from bench.machine import Machine, pinned
from core.kit import clock, crypto, db
from core.kit.db import Database
from recobro import database as program_database
from recobro import embedded, plugin_migrations
from tenants import identity, signing_keys
from tenants.create_agency import CreateAgency, create_agency
from tenants.issue_token import IssueToken, issue_token

HERE = Path(__file__).resolve().parent
SECRET = "a secret key of the benchmark of forty letters"  # of a server that lives for one run, on this machine
ISSUER = "https://bench.example"
PEER_ROLE = "bench_peer"
AGENCIES = 3
ZONE = "America/Bogota"

# As a server of this size is set up; what makes a commit durable stays on.
SETTINGS = {
    "effective_cache_size": "8GB", "work_mem": "16MB", "maintenance_work_mem": "256MB", "random_page_cost": "1.1",
    "effective_io_concurrency": "64", "wal_buffers": "16MB", "max_wal_size": "8GB", "min_wal_size": "2GB",
    "checkpoint_timeout": "15min", "max_parallel_workers_per_gather": "0", "max_connections": "300",
    "pg_stat_statements.track": "none",
}  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """How much there is to work on. `debts` are spread over 60 creditors of three agencies."""

    name: str
    parties: int
    debts: int
    buffers: str


FULL = Scale("full", 200_000, 300_000, "2GB")
QUICK = Scale("quick", 20_000, 30_000, "512MB")


@dataclass(frozen=True)
class Stage:
    """The database that a run plays on. `tokens` are access tokens of each agency's administrator, by agency."""

    server: embedded.EmbeddedServer
    owner: str
    peer: str
    tokens: dict[UUID, str]
    seconds_to_fill: float


@contextmanager
def filled(scale: Scale, machine: Machine) -> Generator[Stage]:
    """The server, running until the block ends, with a fresh copy of the data."""
    crypto.use_keys((SECRET,))
    identity.use_issuer(ISSUER)
    folder = HERE / ".data" / scale.name / "postgres"
    key, kept = _key(scale), folder.with_name("key")
    if not kept.exists() or kept.read_text() != key:
        embedded.remove(folder)
        folder.mkdir(parents=True)
        folder.parent.chmod(0o755)
        spent = _fill(scale, folder)
        kept.write_text(key)
    else:
        spent = 0.0
    with pinned(machine.database_core):
        server = embedded.start(folder)
    try:
        yield _copied(server, spent)
    finally:
        server.stop()


def _key(scale: Scale) -> str:
    sources = sorted([*(HERE / "sql").glob("*.sql"), *program_database.VERSIONS.glob("*.py"), Path(__file__)])
    content = b"".join(path.read_bytes() for path in sources)
    return sha256(content + repr((scale, clock.today(ZONE))).encode()).hexdigest()


def _fill(scale: Scale, folder: Path) -> float:
    started = clock.now()
    server = embedded.start(folder)
    try:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            for name, value in (SETTINGS | {"shared_buffers": scale.buffers}).items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    finally:
        server.stop()
    server = embedded.start(folder)
    try:
        embedded.create_database(server.url("postgres"), "ready")
        owner = server.url("ready")
        program_database.upgrade(owner)
        plugin_migrations.upgrade_plugins(owner)
        asyncio.run(_agencies(program_database.app_url(owner, crypto.derived("database"))))
        names = {"today": clock.today(ZONE).isoformat(), "parties": str(scale.parties), "debts": str(scale.debts)}
        with psycopg.connect(owner) as connection:
            for path in sorted((HERE / "sql").glob("*.sql")):
                text = path.read_text()
                for name, value in names.items():
                    text = text.replace(f":{name}", value)
                connection.execute(text.encode())
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
    finally:
        server.stop()
    return (clock.now() - started).total_seconds()


async def _agencies(app_url: str) -> None:
    async with _opened(app_url):
        for number in range(AGENCIES):
            body = str(900_200_000 + number)
            command = CreateAgency(
                name=f"Agencia {number}", slug=f"agency-{number}", tax_id=f"{body}-{nit.calc_check_digit(body)}",
                admin_email=f"admin{number}@bench.example", admin_name="Admin",
                admin_password="correct horse battery staple",
            )  # fmt: skip
            await create_agency(identity.installation_scope("bench"), command)


def _copied(server: embedded.EmbeddedServer, spent: float) -> Stage:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        connection.execute("CREATE DATABASE bench TEMPLATE ready STRATEGY file_copy")
        connection.execute(f"DROP ROLE IF EXISTS {PEER_ROLE}")
        connection.execute(
            f"CREATE ROLE {PEER_ROLE} LOGIN INHERIT NOBYPASSRLS PASSWORD '{PEER_ROLE}' IN ROLE recobro_agency"
        )
    owner = server.url("bench")
    tokens = asyncio.run(_tokens(program_database.app_url(owner, crypto.derived("database"))))
    with psycopg.connect(owner, autocommit=True) as connection:
        for path in sorted((HERE / "peers").glob("*/*.sql")):
            connection.execute(path.read_text().encode())
        connection.execute("ANALYZE")
        connection.execute("CHECKPOINT")
    peer = f"postgresql://{PEER_ROLE}:{PEER_ROLE}@{server.host}:{server.port}/bench"
    return Stage(server, owner, peer, tokens, spent)


async def _tokens(app_url: str) -> dict[UUID, str]:
    scope, found = identity.installation_scope("bench"), dict[UUID, str]()
    async with _opened(app_url):
        async with identity.transaction("bench") as tx:
            rows = await tx.fetch("SELECT id, agency_id FROM membership WHERE kind = 'AGENCY' ORDER BY agency_id")
        for row in rows:
            command = IssueToken(membership_id=row["id"], lifetime=signing_keys.LONGEST_LIFETIME)
            found[UUID(str(row["agency_id"]))] = await issue_token(scope, command)
    return found


class _opened:  # noqa: N801 - reads as the verb it is
    """The database of this process, for Recobro's own use cases."""

    def __init__(self, app_url: str) -> None:
        self._url = app_url

    async def __aenter__(self) -> Database:
        self._database = await Database.connect(self._url)
        db.use(self._database)
        return self._database

    async def __aexit__(self, *_: object) -> None:
        db.use(None)
        await self._database.close()
