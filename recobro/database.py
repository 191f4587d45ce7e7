"""The program's database: its migrations, its login role, and the refusal to start as a role that could see too much."""

from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from core.migrations.roles import ensure_login_role, ensure_scope_roles, login_role
from recobro.settings import ROOT

MODELS = "models"

__all__ = ["DatabaseError", "alembic_config", "app_url", "check", "login_role", "model_modules", "upgrade"]


class DatabaseError(RuntimeError):
    """The database is not fit for use; the message says why and what to do."""


def alembic_config(url: str, ini: Path = ROOT / "alembic.ini") -> Config:
    config = Config(ini)
    config.attributes["url"] = url
    return config


def model_modules() -> list[str]:
    """The modules of all models, as alembic.ini lists them."""
    return (Config(ROOT / "alembic.ini").get_main_option(MODELS) or "").split()


def upgrade(url: str) -> None:
    """Bring the database of `url` (its owner's address) to the newest schema. Does nothing where it is there."""
    with connected(url) as connection:
        ensure_scope_roles(connection)
    command.upgrade(alembic_config(url), "heads")


def check(url: str) -> None:
    """Raises: DatabaseError where the models and the database differ, saying how."""
    try:
        command.check(alembic_config(url))
    except CommandError as problem:
        raise DatabaseError(str(problem)) from problem


def app_url(url: str, password: str) -> str:
    """The login role's address in the same database; the role is made, and its password set, on the way."""
    address = sa.make_url(url)
    if not address.database:
        raise DatabaseError("RECOBRO_DATABASE_URL names no database: postgresql://owner:password@host:5432/NAME")
    with connected(url) as connection:
        role = ensure_login_role(connection, address.database, password)
    return address.set(username=role, password=password).render_as_string(hide_password=False)


def connected(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(plain, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as problem:
        where = sa.make_url(url).render_as_string(hide_password=True)
        raise DatabaseError(f"No PostgreSQL answers at {where}: {str(problem).strip().splitlines()[0]}") from problem


def refuse_dangerous_role(url: str) -> None:
    """Raises: DatabaseError where the application's role could step over row-level security, or the server is too old."""
    with connected(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int, r.rolname, r.rolsuper, r.rolbypassrls, "
            "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "        WHERE c.relowner = r.oid AND n.nspname = 'public' AND c.relkind IN ('r', 'p')) "
            "FROM pg_roles r WHERE r.rolname = current_user"
        ).fetchone()
    assert row is not None
    version, role, superuser, bypass, owner = row
    if not isinstance(version, int) or version < 150000:
        raise DatabaseError(f"PostgreSQL 15 or later is needed; this is {version}.")
    if superuser or bypass or owner:
        what = "a superuser" if superuser else "allowed to bypass row-level security" if bypass else "owner of the tables"
        raise DatabaseError(
            f"The role '{role}' is {what}; the application refuses to run as it. Leave RECOBRO_APP_DATABASE_URL unset "
            "(a safe role is made), or give a role that is a member of the recobro_ roles and nothing more."
        )


def next_revision() -> str:
    """The number of the next revision of the core: 0003 after 0002."""
    present = [path.name[:4] for path in (ROOT / "core/migrations/versions").glob("[0-9]*.py")]
    return f"{max((int(number) for number in present), default=0) + 1:04d}"
