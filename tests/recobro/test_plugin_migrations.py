"""A plugin's tables: a history and a version table of its own, behind the same walls, and gone without a trace."""

from pathlib import Path

import psycopg
import pytest

from recobro import database
from recobro.plugin_migrations import purge_plugin, upgrade_plugins

pytestmark = pytest.mark.both_servers

REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "acme_0001", None, None, None


def upgrade() -> None:
    op.create_table(
        "acme__note",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "id"),
    )
    {secure}


def downgrade() -> None:
    op.drop_table("acme__note")
"""


def _plugin(folder: Path, secure: str = 'op.secure_table("acme__note", "agency")') -> dict[str, Path]:
    folder.mkdir()
    (folder / "acme_0001_notes.py").write_text(REVISION.format(secure=secure))
    return {"acme": folder}


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {str(row[0]) for row in rows if "acme" in row[0]}


def test_a_plugin_has_its_own_history_and_the_core_does_not_know_it(own_url: str, tmp_path: Path) -> None:
    plugins = _plugin(tmp_path / "acme")
    assert upgrade_plugins(own_url, plugins) == ["acme"]
    assert upgrade_plugins(own_url, plugins) == ["acme"]  # again changes nothing
    assert _tables(own_url) == {"acme__note", "alembic_version_acme"}
    with psycopg.connect(own_url) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version_acme").fetchall()
        walls = connection.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'acme__note'").fetchone()
    assert (found, walls) == ([("acme_0001",)], (True,))
    # The package is gone: every command of the core works on.
    database.check(own_url)
    database.upgrade(own_url)
    database.downgrade(own_url, "-1")
    database.upgrade(own_url)


def test_a_plugin_goes_without_a_trace(own_url: str, tmp_path: Path) -> None:
    plugins = _plugin(tmp_path / "acme")
    upgrade_plugins(own_url, plugins)
    purge_plugin(own_url, "acme", plugins["acme"])
    assert _tables(own_url) == set()
    database.check(own_url)


def test_a_table_that_would_escape_the_walls_is_taken_back(own_url: str, tmp_path: Path) -> None:
    with pytest.raises(database.DatabaseError, match="acme__note has no row-level security"):
        upgrade_plugins(own_url, _plugin(tmp_path / "acme", secure="pass"))
    assert _tables(own_url) == set()
