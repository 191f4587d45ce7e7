"""The demo at the start of the program: whole or not at all, and never over somebody's data."""

import asyncio
import io
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from rich.console import Console

from core.kit import crypto, db, files
from core.kit.db import Database
from core.kit.errors import Conflict
from core.plugin_host import host
from recobro import database as program_database
from recobro import demo
from recobro.demo import start
from recobro.demo.load import Found, Size, found
from recobro.demo.persons import PASSWORD
from recobro.demo.setup import set_up
from recobro.embedded import create_database
from recobro.embedded import start as start_server
from recobro.settings import Settings
from tenants import identity, passwords
from tenants.create_agency import CreateAgency, create_agency
from tests.conftest import SECRET_KEY

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _settings(folder: Path, **given: object) -> Settings:
    return Settings(data_dir=folder, secret_keys=(SecretStr(SECRET_KEY),), **given)  # pyright: ignore


def test_a_half_loaded_demo_is_not_taken_for_a_whole_one(owner_url: str, app_url: str, tmp_path: Path) -> None:
    async def begin() -> None:
        host.load()
        opened = await Database.connect(app_url)
        db.use(opened)
        passwords.use_parameters(CHEAP)
        await set_up("http://127.0.0.1:8000")
        assert await found() is Found.HALF
        assert await demo.people() == []
        db.use(None)
        await host.close()
        await opened.close()

    asyncio.run(begin())
    with pytest.raises(Conflict, match="not loaded to its end"):
        start.load_if_new(_settings(tmp_path, database_url=SecretStr(owner_url)), app_url)
    assert start.loaded() is None


def test_an_installation_with_agencies_is_left_alone(owner_url: str, app_url: str, tmp_path: Path) -> None:
    async def begin() -> Found:
        opened = await Database.connect(app_url)
        db.use(opened)
        command = CreateAgency(
            name="Otra", slug="otra", tax_id="860034313-7", admin_email="a@otra.example", admin_name="Ana"
        )
        await create_agency(identity.installation_scope(), command)
        state = await found()
        db.use(None)
        await opened.close()
        return state

    assert asyncio.run(begin()) is Found.OTHERS
    chosen = _settings(tmp_path, database_url=SecretStr(owner_url))
    start.load_if_new(chosen, app_url)
    assert start.loaded() is None
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(demo.announcement(chosen))
    assert PASSWORD not in console.export_text()


def test_it_is_never_loaded_in_production(app_url: str, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="everybody knows"):
        start.load_if_new(_settings(tmp_path, environment="production"), app_url)


def test_only_one_process_loads_it(owner_url: str, app_url: str, tmp_path: Path) -> None:
    chosen = _settings(tmp_path, database_url=SecretStr(owner_url))
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (start._LOCK,))  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(Conflict, match="Another process"):
            start.load_if_new(chosen, app_url)


def test_the_embedded_database_begins_anew_after_a_half_loaded_demo(tmp_path: Path) -> None:
    """As after Ctrl-C in the middle of the first `make run`."""
    crypto.use_keys((SECRET_KEY,))
    files.use_folder(tmp_path / "files")
    server = start_server(tmp_path / "postgres", durable=False)
    try:
        create_database(server.url("postgres"), "recobro")
        program_database.upgrade(server.url("recobro"))
        app_url = program_database.app_url(server.url("recobro"), crypto.derived("database"))

        async def begin() -> None:
            host.load()
            opened = await Database.connect(app_url)
            db.use(opened)
            passwords.use_parameters(CHEAP)
            await set_up("http://127.0.0.1:8000")
            db.use(None)
            await host.close()
            await opened.close()

        asyncio.run(begin())
        start.load_if_new(_settings(tmp_path), app_url, Size(debts=40))
        assert start.loaded() is not None
    finally:
        server.stop()
