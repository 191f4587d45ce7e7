"""The database is what the models say: up, down and up again; no drift; no table that escapes the walls."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from core.kit.tables import Security
from core.migrations.bridge import build_metadata, load_models
from core.migrations.roles import ensure_login_role, ensure_scope_roles, login_role
from core.migrations.security import ROLES, expected_security, secure_statements, table_security
from recobro import database
from recobro.embedded import create_database

pytestmark = pytest.mark.both_servers

CATALOGUE = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
       || COALESCE(character_maximum_length::text, '') || ' ' || COALESCE(column_default, '') || ' ' || is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conname NOT LIKE 'alembic%'
UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || roles::text || ' ' || COALESCE(qual, '')
FROM pg_policies WHERE schemaname = 'public'
ORDER BY 1
"""
# Reachable by every transaction on purpose: the history of migrations, which the scope roles may not even read.
OUTSIDE = {"alembic_version"}


@pytest.fixture(scope="module")
def metadata() -> sa.MetaData:
    return build_metadata(load_models(database.model_modules()))


@pytest.fixture
def empty(cluster: str) -> Iterator[str]:
    name = f"recobro_empty_{secrets.token_hex(4)}"
    create_database(f"{cluster}/postgres", name)
    yield f"{cluster}/{name}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _catalogue(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [str(row[0]) for row in connection.execute(CATALOGUE)]


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)


def test_models_and_migrated_database_agree(owner_url: str) -> None:
    database.check(owner_url)


def test_up_down_and_up_again_ends_where_it_began(own_url: str) -> None:
    before = _catalogue(own_url)
    command.downgrade(database.alembic_config(own_url), "base")
    with psycopg.connect(own_url) as connection:
        left = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        functions = connection.execute(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchone()
    assert (left, functions) == ((1,), (0,))
    database.upgrade(own_url)
    assert _catalogue(own_url) == before


def test_the_migrated_catalogue_equals_one_made_from_the_models(
    owner_url: str, empty: str, metadata: sa.MetaData
) -> None:
    """Catches what autogenerate does not compare: the text of checks, of partial indexes and of policies."""
    with database.connected(empty) as connection:
        ensure_scope_roles(connection)
    with _engine(empty).begin() as connection:
        metadata.create_all(connection)
        for table in metadata.sorted_tables:
            for statement in secure_statements(table.name, metadata.info[table.name]):
                connection.execute(sa.text(statement))
    # Triggers, and the functions behind them, are the migrations' own: what they do has tests of its own.
    assert [line for line in _catalogue(owner_url) if " TRIGGER DEFERRABLE" not in line] == _catalogue(empty)


def test_no_table_escapes(owner_url: str, metadata: sa.MetaData) -> None:
    """Reads the catalogue, not the models: a table that nobody declared fails here too."""
    with _engine(owner_url).connect() as connection:
        present = table_security(connection)
    assert set(present) == set(metadata.tables) | OUTSIDE
    for name in set(present) - OUTSIDE:
        assert present[name] == expected_security(metadata.info[name]), f"{name}: run `python -m recobro db revision`"
    for name in OUTSIDE:
        assert present[name] == (False, frozenset(), frozenset()), f"{name} is open to the scope roles"


# Rows that are known by what they link.
LINKS = {"segment_member": ["agency_id", "segment_id", "debt_id"]}


def test_every_tenant_table_has_tenant_keys(metadata: sa.MetaData) -> None:
    for table in metadata.sorted_tables:
        security: Security = metadata.info[table.name]
        if not security.tenant:
            continue
        assert [c.name for c in table.primary_key.columns] == LINKS.get(table.name, ["agency_id", "id"]), table.name
        for key in table.foreign_key_constraints:
            target: Security = metadata.info[key.referred_table.name]
            assert not target.tenant or key.column_keys[0] == "agency_id", f"{table.name}.{key.name}"
        for unique in [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]:
            assert unique.columns.keys()[0] == "agency_id", (
                f"{table.name}.{unique.name} would betray other agencies' keys"
            )
        for index in table.indexes:
            lead = next(iter(index.expressions))
            allowed = ("agency_id",) if index.unique else ("agency_id", "creditor_id")
            assert getattr(lead, "name", None) in allowed, f"{table.name}.{index.name}"


def test_a_creditor_reads_only_tables_that_name_it(metadata: sa.MetaData) -> None:
    for table in metadata.sorted_tables:
        security: Security = metadata.info[table.name]
        assert not security.creditor_reads or "creditor_id" in table.c, table.name


def test_a_superuser_is_refused_as_the_applications_role(owner_url: str, app_url: str) -> None:
    database.refuse_dangerous_role(app_url)
    with pytest.raises(database.DatabaseError, match="superuser"):
        database.refuse_dangerous_role(owner_url)


def test_databases_of_one_cluster_can_be_upgraded_at_once(cluster: str, empty: str) -> None:
    name = f"recobro_raced_{secrets.token_hex(4)}"
    together = Barrier(8)

    def ensure(turn: int) -> str:
        with psycopg.connect((f"{cluster}/postgres", empty)[turn % 2], autocommit=True) as connection:
            together.wait(30)
            ensure_scope_roles(connection)
            return ensure_login_role(connection, name, "secret")

    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        for _ in range(5):
            with ThreadPoolExecutor(8) as threads:
                assert set(threads.map(ensure, range(8))) == {login_role(name)}
            connection.execute(f"DROP ROLE {login_role(name)}")


def test_a_plain_owner_can_migrate(cluster: str) -> None:
    """No superuser is needed: CREATEROLE, and the database. The scope roles of the cluster were made by somebody else."""
    owner, name = f"recobro_owner_{secrets.token_hex(4)}", f"recobro_plain_{secrets.token_hex(4)}"
    host = cluster.rsplit("@", 1)[-1].split("//")[-1]
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        ensure_scope_roles(connection)
        connection.execute(f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'secret'")
        connection.execute(f"GRANT {', '.join(ROLES)} TO {owner} WITH ADMIN OPTION")
        connection.execute(f"CREATE DATABASE {name} OWNER {owner}")
        url = f"postgresql://{owner}:secret@{host}/{name}"
        try:
            database.upgrade(url)
            database.refuse_dangerous_role(database.app_url(url, "another-secret"))
            database.check(url)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP ROLE IF EXISTS {database.login_role(name)}")
            connection.execute(f"DROP ROLE {owner}")
