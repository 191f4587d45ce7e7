"""The program's database: its migrations, its login role, and the refusal to start as a role that could see too much.

Alembic and SQLAlchemy are loaded only where there is something to migrate or to compare: they take half a second.
"""

from collections.abc import Generator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from core.migrations.roles import ensure_login_role, ensure_scope_roles, login_role
from recobro.errors import DatabaseError
from recobro.settings import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

INI = ROOT / "alembic.ini"
VERSIONS = ROOT / "core/migrations/versions"
_LOCK = 7_262_003
"""Advisory lock: who holds it migrates."""

__all__ = [
    "DatabaseError",
    "alembic_config",
    "app_url",
    "check",
    "downgrade",
    "login_role",
    "model_modules",
    "newest_revision",
    "refuse_dangerous_role",
    "require_newest",
    "told",
    "upgrade",
    "write_revision",
]


def alembic_config(url: str, ini: Path = INI) -> "Config":
    from alembic.config import Config

    config = Config(ini)
    config.attributes["url"] = url
    return config


def model_modules() -> list[str]:
    """The modules of all models, as alembic.ini lists them."""
    ini = ConfigParser(interpolation=None)
    ini.read(INI)
    return ini["alembic"]["models"].split()


def upgrade(url: str) -> None:
    """Bring the database of `url` (its owner's address) to the newest schema. Does nothing where it is there.

    Several programs may call it at once; one of them migrates. Raises: DatabaseError.
    """
    with connected(url) as connection:
        ensure_scope_roles(connection)
        if _is_newest(connection):
            return
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        if not _is_newest(connection):
            with told():
                from alembic import command

                command.upgrade(alembic_config(url), "heads")


def check(url: str) -> None:
    """Raises: DatabaseError where the models and the database differ, saying how."""
    with told():
        from alembic import command

        command.check(alembic_config(url))


def downgrade(url: str, to: str) -> None:
    """Raises: DatabaseError for a revision that does not exist."""
    with told():
        from alembic import command

        command.downgrade(alembic_config(url), to)


def write_revision(url: str, message: str) -> str:
    """Write the revision that leads to the models; returns where it is."""
    with told():
        from alembic import command

        made = command.revision(alembic_config(url), message, autogenerate=True, rev_id=next_revision())
    return str(getattr(made, "path", made))


def require_newest(url: str) -> None:
    """Raises: DatabaseError where the database is not at this program's schema."""
    with connected(url) as connection:
        if not _is_newest(connection):
            raise DatabaseError(
                "The database is not at this program's version: run `db upgrade`, or start `serve` first."
            )


@contextmanager
def told() -> Generator[None]:
    """Alembic's own complaints as errors of one line."""
    from alembic.util import CommandError

    try:
        yield
    except CommandError as problem:
        raise DatabaseError(str(problem)) from problem


def _is_newest(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Raises: DatabaseError where the database is ahead of this program."""
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
        return False
    found = {str(row[0]) for row in connection.execute("SELECT version_num FROM public.alembic_version")}
    ahead = max(found, default="") > newest_revision()
    if ahead:
        raise DatabaseError(
            f"The database is at revision {max(found)}, and this program knows them up to {newest_revision()}: "
            "run the newer program, or its `db downgrade` first."
        )
    return found == {newest_revision()}


def newest_revision() -> str:
    """The number of the newest revision of the core; 0000 where there is none."""
    return max((path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py")), default="0000")


def next_revision() -> str:
    """The number of the next revision of the core: 0003 after 0002."""
    return f"{int(newest_revision()) + 1:04d}"


def app_url(url: str, password: str) -> str:
    """The login role's address in the same database; the role is made, and its password set, on the way."""
    parts = urlsplit(_plain(url))
    database = parts.path.strip("/")
    if not database:
        raise DatabaseError("RECOBRO_DATABASE_URL names no database: postgresql://owner:password@host:5432/NAME")
    with connected(url) as connection:
        role = ensure_login_role(connection, database, password)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{where}"))


def connected(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """As a driver's address or a plain one. Raises: DatabaseError where nobody answers, without the password."""
    try:
        return psycopg.connect(_plain(url), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as problem:
        raise DatabaseError(
            f"No PostgreSQL answers at {_where(url)}: {str(problem).strip().splitlines()[0]}"
        ) from problem
    except psycopg.Error:
        # What cannot be read is quoted by the driver, be it the password.
        raise DatabaseError(
            f"The address of the database, {_where(url)}, cannot be read: percent-encode what is special in it."
        ) from None


def _where(url: str) -> str:
    parts = urlsplit(url)
    who = f"{parts.username}@" if parts.username else ""
    return f"{who}{parts.netloc.rpartition('@')[2]}{parts.path}"


def _plain(url: str) -> str:
    """Without a driver's name: `postgresql+psycopg://…` is what SQLAlchemy writes."""
    return f"postgresql://{url.partition('://')[2]}"


def refuse_dangerous_role(url: str) -> None:
    """Raises: DatabaseError where the application's role could step over row-level security, itself or as another role
    that it is a member of, or where the server is too old."""
    with connected(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int, current_user, bool_or(r.rolsuper), "
            "bool_or(r.rolbypassrls), bool_or(EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid "
            "AND c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p'))) "
            "FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')"
        ).fetchone()
    assert row is not None
    version, role, superuser, bypass, owner = row
    if not isinstance(version, int) or version < 150000:
        raise DatabaseError(f"PostgreSQL 15 or later is needed; this is {version}.")
    if superuser or bypass or owner:
        what = (
            "a superuser" if superuser else "allowed to bypass row-level security" if bypass else "owner of the tables"
        )
        raise DatabaseError(
            f"The role '{role}' is {what}; the application refuses to run as it. Leave RECOBRO_APP_DATABASE_URL unset "
            "(a safe role is made), or give a role that is a member of the recobro_ roles and nothing more."
        )
