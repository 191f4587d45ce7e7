"""The demo at the start of the program: loaded once, in full or not at all, by one process at a time."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

import psycopg
import structlog
from argon2 import PasswordHasher
from psycopg import sql
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from structlog.typing import EventDict, WrappedLogger

from core.kit import crypto
from core.kit.errors import Conflict
from core.plugin_host import host
from recobro import database, jobs_registry
from recobro.demo import address
from recobro.demo.debtors import tax_id
from recobro.demo.load import Found, Size, found, load
from recobro.demo.plan import BANK, COUNTRY, CREDITORS
from recobro.embedded import EmbeddedServer, create_database, find
from recobro.runtime import DATABASE, opened
from recobro.settings import Settings
from tenants import identity, passwords

T = TypeVar("T")
_LOCK = 7_262_001
"""Advisory lock: who holds it loads the demo."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the banner tells of a demo that is there."""

    bank_id: UUID


_loaded: Loaded | None = None


def loaded() -> Loaded | None:
    """The demo of this process's installation, as `load_if_new` found or made it."""
    return _loaded


def load_if_new(settings: Settings, app_url: str, size: Size | None = None) -> None:
    """Load the demo where no agency exists yet; an installation with agencies of its own is left alone.

    A demo that was not loaded to its end (somebody pressed Ctrl-C) is thrown away and loaded anew, but only in the
    embedded database and only where nothing but the demo's agencies is in it. Blocking.

    Raises: Conflict (DEMO_BUSY, DEMO_HALF_LOADED, DEMO_NOT_HERE).
    """
    global _loaded
    _loaded = None
    if settings.environment != "development":
        raise Conflict(
            "The demo has passwords that everybody knows.", code="DEMO_NOT_HERE",
            remedy="It is only loaded with RECOBRO_ENVIRONMENT=development.",
        )  # fmt: skip
    address.remember(settings)
    server = find(settings.data_dir / "postgres") if settings.embedded else None
    with _alone(server.url("postgres") if server else app_url):
        state, bank_id = _with_database(settings, app_url, _look)
        if state is Found.HALF:
            app_url, state = _begin_anew(settings, server), Found.NOTHING
        if state is Found.NOTHING:
            _load(settings, app_url, replace(size or Size(), address=settings.issuer))
            state, bank_id = _with_database(settings, app_url, _look)
        if state is Found.DEMO and bank_id is not None:
            _loaded = Loaded(bank_id)


async def _look() -> tuple[Found, UUID | None]:
    """What is there, and the demo's bank if it is."""
    base = next(creditor.tax_base for creditor in CREDITORS if creditor.key == BANK)
    async with identity.transaction("demo", read_only=True) as tx:
        bank_id: UUID | None = await tx.fetchval(
            "SELECT id FROM creditor_organisation WHERE country = $1 AND tax_id = $2", COUNTRY, tax_id(base)
        )
    return await found(), bank_id


def _with_database(settings: Settings, app_url: str, work: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened(settings, app_url):
            return await work()

    return asyncio.run(run())


@contextmanager
def _alone(url: str) -> Generator[None]:
    """Raises: Conflict (DEMO_BUSY) where another process loads the demo of this installation."""
    with database.connected(url) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row != (True,):
            raise Conflict("Another process is loading the demo.", code="DEMO_BUSY", remedy="Wait until it is done.")
        yield


def _begin_anew(settings: Settings, server: EmbeddedServer | None) -> str:
    if server is None:
        raise Conflict(
            "The demo in this database was not loaded to its end.", code="DEMO_HALF_LOADED",
            remedy="Drop and create the database, then load it again.",
        )  # fmt: skip
    Console(stderr=True).print("The demo was not loaded to its end last time; loading it anew.")
    wipe(settings, server)
    owner = server.url(DATABASE)
    create_database(server.url("postgres"), DATABASE)
    database.upgrade(owner)
    return database.app_url(owner, crypto.derived("database"))


def wipe(settings: Settings, server: EmbeddedServer) -> None:
    """Delete the embedded database's content and the files: everything that agencies and users brought."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    folder = settings.data_dir / "files"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)


def _load(settings: Settings, app_url: str, size: Size) -> None:
    """With a bar that shows how far it is."""
    jobs_registry.load()
    host.load(allowed=settings.plugins, strict=settings.plugins_strict)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    # What is printed meanwhile must not be caught: loggers would keep the bar's stream for good.
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task("Loading the demo, once: two agencies, a year", total=None)

        async def work() -> None:
            try:
                await load(size, lambda done, total: progress.update(task, completed=done, total=total))
            finally:
                await host.close(end=False)

        with _quiet(), _cheap_passwords():
            _with_database(settings, app_url, work)


@contextmanager
def _quiet() -> Generator[None]:
    """No log lines below a warning, from loggers old and new."""
    processors = structlog.get_config()["processors"]
    processors.insert(0, _drop_small_talk)
    try:
        yield
    finally:
        processors.remove(_drop_small_talk)


def _drop_small_talk(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if method in ("debug", "info"):
        raise structlog.DropEvent
    return event


@contextmanager
def _cheap_passwords() -> Generator[None]:
    """One known word for twenty people needs no twenty slow hashes; each is renewed when its owner signs in."""
    passwords.use_parameters(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1))
    try:
        yield
    finally:
        passwords.use_parameters(PasswordHasher())
