"""The databases of the tests: one that a process keeps and empties for each test, others for one test alone."""

import secrets
from typing import LiteralString

import psycopg

from core.kit import crypto
from recobro import database as program_database

# Keys and triggers are off in this session. A table without a page has never had a row.
_END: LiteralString = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (%s)
"""
_DELETE: LiteralString = """
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'alembic_version%'
      AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format('DELETE FROM %s', found.name);
  END LOOP;
END $$
"""
# Every later test would look through the pages that one large test has left.
_SWOLLEN: LiteralString = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 40 * 8192
"""
_LOGIN: LiteralString = """
SELECT r::text, (SELECT array_agg(m.roleid ORDER BY m.roleid) FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_authid r WHERE r.rolname = %s
"""


def create(cluster: str, template: str, prefix: str) -> str:
    """Clone the template; returns the name. Nothing that is committed waits for the disk: it may be lost with it."""
    name = f"{prefix}_{secrets.token_hex(6)}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return name


def drop(cluster: str, name: str) -> None:
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        role = program_database.login_role(name)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            connection.execute(f"DROP ROLE {role}")


class Kept:
    """A migrated database, and a session in it that stays, as a new one first learns what the tables are: that costs
    more than to empty them."""

    def __init__(self, cluster: str, name: str) -> None:
        self.url, self._name = f"{cluster}/{name}", name
        self._session = self._open()
        self._login: tuple[str, object, str] | None = None

    def _open(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url, autocommit=True, options="-c session_replication_role=replica")

    def empty(self, spared: list[int]) -> None:
        """Delete every row, in no order of keys, and end whatever an earlier test has left running: all server
        processes but those given."""
        if self._session.closed:
            self._session = self._open()
        self._session.execute(_END, (spared,))
        self._session.execute(_DELETE)
        for (name,) in self._session.execute(_SWOLLEN).fetchall():
            self._session.execute(f'VACUUM "{name}"')  # pyright: ignore[reportArgumentType, reportCallIssue]

    def app_url(self) -> str:
        """The application's address. Its role is made anew where a test has changed anything about it."""
        password = crypto.derived("database")
        if self._login is None or self._login[:2] != (password, self._role()):
            url = program_database.app_url(self.url, password)
            self._login = (password, self._role(), url)
        return self._login[2]

    def _role(self) -> object:
        return self._session.execute(_LOGIN, (program_database.login_role(self._name),)).fetchone()

    def close(self) -> None:
        self._session.close()
