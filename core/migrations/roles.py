"""The PostgreSQL roles: one per audience without login, and one login role per database that is a member of them.

Two more, of which nobody who logs in is a member, own functions: those that keep the recovery totals, and those that
search.
"""

import hashlib
from collections.abc import Callable

import psycopg
from psycopg import errors, sql

from core.kit.scope import Audience

SCOPE_ROLES = tuple(audience.value for audience in Audience)
TOTALS, SEARCH = "recobro_totals", "recobro_search"
ROLES = (*SCOPE_ROLES, TOTALS, SEARCH)
TRIES = 20
_RACED = (errors.UniqueViolation, errors.DuplicateObject, errors.InternalError_)
"""What is said of a role that another session makes, or gives, at the same time; the last is "tuple concurrently
updated"."""


def login_role(database: str) -> str:
    """The name of the login role of a database."""
    plain = "".join(c if c.isalnum() else "_" for c in database.lower())
    return f"recobro_app_{plain[:30]}_{hashlib.sha256(database.encode()).hexdigest()[:6]}"


def ensure_scope_roles(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Make the roles without login where they are missing. Needs CREATEROLE."""

    def make() -> None:
        for role in ROLES:
            _create(connection, role, "NOLOGIN")
            # Only who may become a role may give it something to own, as the migrations do. Since PostgreSQL 16 that is
            # a right of its own, which the maker of a role does not get by itself.
            right = "SET" if connection.info.server_version >= 160000 else "MEMBER"
            if connection.execute("SELECT pg_has_role(current_user, %s, %s)", (role, right)).fetchone() != (True,):
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))

    _repeat(connection, make)


def ensure_login_role(connection: "psycopg.Connection[tuple[object, ...]]", database: str, password: str) -> str:
    """Make the login role of `database`, or set its password; returns its name.

    It owns nothing, inherits nothing and bypasses nothing: a transaction must take a scope's role to do anything.
    """
    role = login_role(database)

    def make() -> None:
        _create(connection, role, "LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        for granted in SCOPE_ROLES:
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(granted), sql.Identifier(role)))

    _repeat(connection, make)
    return role


def _repeat(connection: "psycopg.Connection[tuple[object, ...]]", make: Callable[[], None]) -> None:
    """Roles belong to the cluster, several databases of which may be upgraded at once, and no lock spans databases:
    who comes second finds, the next time, what the first has made."""
    for left in reversed(range(TRIES)):
        try:
            with connection.transaction():
                return make()
        except _RACED:
            if not left:
                raise
    return None


def _create(connection: "psycopg.Connection[tuple[object, ...]]", role: str, options: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))  # pyright: ignore[reportArgumentType]
