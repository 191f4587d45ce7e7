"""The database is migrated when there is something to migrate, by one program at a time, and served as a harmless role."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from psycopg import sql

from core.kit import crypto
from recobro import database
from recobro.database import DatabaseError
from recobro.embedded import create_database

pytestmark = pytest.mark.both_servers

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "alembic",
    "sqlalchemy",
    "strawberry",
    "tortoise",
    "pydantic",
    "structlog",
    "psycopg",
    "redis",
    "authlib.oauth2",
)


def _loaded_by(code: str, *arguments: str) -> set[str]:
    """Which of the heavy modules a program has loaded at its end."""
    told = f"{code}\nimport sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told, *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    )
    return set(done.stdout.splitlines()[-1].split())


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))  # pyright: ignore[reportArgumentType]


def test_help_loads_next_to_nothing() -> None:
    assert (
        _loaded_by(
            "from recobro import cli\nimport sys; sys.argv = ['recobro', '--help']\ntry: cli.main()\nexcept SystemExit: 0"
        )
        == set()
    )


def test_a_database_that_is_up_to_date_is_left_alone(own_url: str) -> None:
    code = "import sys\nfrom recobro import database\ndatabase.upgrade(sys.argv[1])"
    assert _loaded_by(code, own_url) == {"pydantic", "psycopg"}
    _execute(own_url, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(DatabaseError, match="not at this program's version"):
        database.require_newest(own_url)


def test_an_older_database_is_migrated(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(command, "upgrade", lambda _config, to: asked.append(to))
    database.upgrade(own_url)
    assert asked == []
    _execute(own_url, "UPDATE alembic_version SET version_num = '0000'")
    database.upgrade(own_url)
    assert asked == ["heads"]


def test_a_newer_database_is_refused(own_url: str) -> None:
    _execute(own_url, "UPDATE alembic_version SET version_num = '9000'")
    with pytest.raises(DatabaseError, match="at revision 9000, and this program knows them up to"):
        database.upgrade(own_url)


@pytest.fixture
def empty_url(cluster: str) -> Iterator[str]:
    name = f"recobro_test_{secrets.token_hex(6)}"
    create_database(f"{cluster}/postgres", name)
    yield f"{cluster}/{name}"
    _execute(f"{cluster}/postgres", f"DROP DATABASE {name} WITH (FORCE)")


def test_several_programs_at_once_migrate_once(empty_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(database.upgrade, [empty_url] * 3))
    database.require_newest(empty_url)
    database.check(empty_url)


def test_a_difference_is_told(own_url: str) -> None:
    database.check(own_url)
    _execute(own_url, "ALTER TABLE job ADD COLUMN surprise text")
    with pytest.raises(DatabaseError, match="surprise"):
        database.check(own_url)


def test_an_unknown_revision_is_told(owner_url: str) -> None:
    with pytest.raises(DatabaseError, match="7777"):
        database.downgrade(owner_url, "7777")


def test_nobody_answers(owner_url: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        database.upgrade("postgresql://owner:SECRET@127.0.0.1:1/recobro")
    text = str(refused.value)
    assert text.startswith("No PostgreSQL answers at owner@127.0.0.1:1/recobro: ")
    assert "SECRET" not in text and "\n" not in text
    with pytest.raises(
        DatabaseError, match="^The address of the database, owner@host/recobro, cannot be read"
    ) as refused:
        database.upgrade("postgresql://owner:a SECRET@host/recobro")
    assert "SECRET" not in str(refused.value)
    with pytest.raises(DatabaseError, match="names no database"):
        database.app_url(owner_url.rsplit("/", 1)[0] + "/", crypto.derived("database"))


def test_an_address_may_name_a_driver_and_options(owner_url: str) -> None:
    given = owner_url.replace("postgresql://", "postgresql+psycopg://") + "?connect_timeout=5"
    made = urlsplit(database.app_url(given, "a pass/word@with:signs"))
    assert made.scheme == "postgresql" and made.query == "connect_timeout=5"
    assert made.username == database.login_role(made.path.strip("/"))
    database.refuse_dangerous_role(made.geturl())


@pytest.mark.parametrize(
    ("gets", "what"),
    [
        ("ALTER ROLE {role} BYPASSRLS", "allowed to bypass row-level security"),
        ("ALTER ROLE {role} SUPERUSER", "a superuser"),
        ("ALTER TABLE job OWNER TO {role}", "owner of the tables"),
        ("GRANT {owner} TO {role}", "a superuser"),
    ],
)
def test_a_dangerous_role_is_refused(own_url: str, gets: str, what: str) -> None:
    url = database.app_url(own_url, crypto.derived("database"))
    database.refuse_dangerous_role(url)
    role, owner = urlsplit(url).username or "", urlsplit(own_url).username or ""
    _execute(own_url, gets.format(role=role, owner=owner))
    with pytest.raises(DatabaseError, match=f"The role '{role}' is {what}; the application refuses"):
        database.refuse_dangerous_role(url)


def test_the_models_are_those_of_alembic_ini() -> None:
    modules = database.model_modules()
    assert "core.kit.models" in modules and "tenants.models" in modules and len(modules) == len(set(modules))


def test_revisions_are_numbered() -> None:
    assert int(database.next_revision()) == int(database.newest_revision()) + 1 > 1
