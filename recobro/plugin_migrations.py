"""Tables of plugins: each plugin has a history of its own and a version table of its own (`alembic_version_<plugin>`).

A plugin names the folder of its revisions by an entry point in the group `recobro.migrations`, under its own name:

    [project.entry-points."recobro.migrations"]
    bureau_acme = "recobro_bureau_acme.migrations"

Its tables are called `<plugin>__<noun>`, have an `agency_id`, and get their security by `op.secure_table`, which every
revision finds in Alembic's `op`. The core's history knows nothing of them: a plugin that is gone breaks no command.
While it is there, it reads and writes them through the host (core/plugin_host/tables.py), which tells whose a table is
by its name.
"""

import re
from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recobro.database import DatabaseError, alembic_config, connected, told

if TYPE_CHECKING:
    import psycopg
    from alembic.config import Config

GROUP = "recobro.migrations"
_NOUN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""Without `__`: the first one in the name of a table is the end of the plugin's."""


def sources() -> dict[str, Path]:
    """The folders of revisions of the installed plugins, by plugin. Raises: DatabaseError for one that is not there."""
    found: dict[str, Path] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        spec = find_spec(point.value)
        if spec is None or not spec.submodule_search_locations:
            raise DatabaseError(
                f"The plugin '{point.name}' names '{point.value}' for its revisions, which is no package."
            )
        found[point.name] = Path(next(iter(spec.submodule_search_locations)))
    return found


def upgrade_plugins(url: str, found: Mapping[str, Path] | None = None) -> list[str]:
    """Bring the tables of every plugin to its newest revision; returns the plugins that have any. After the core.

    Raises: DatabaseError where a plugin's table would escape the walls; its revisions are then taken back.
    """
    plugins = sources() if found is None else found
    for name, folder in plugins.items():
        if not _NOUN.fullmatch(name):
            raise DatabaseError(
                f"'{name}' cannot be the name of a plugin with tables: give small letters, digits and single _ between."
            )
        with told():
            from alembic import command

            command.upgrade(_config(url, name, folder), "heads")
        problem = _escaping(url, name)
        if problem:
            purge_plugin(url, name, folder)
            raise DatabaseError(f"The tables of the plugin '{name}' were taken back: {problem}.")
    return list(plugins)


def purge_plugin(url: str, name: str, folder: Path) -> None:
    """Take a plugin's tables away, with its history. What they hold is lost."""
    with told():
        from alembic import command

        command.downgrade(_config(url, name, folder), "base")
    with connected(url) as connection:
        connection.execute(f'DROP TABLE IF EXISTS "{_version_table(name)}"'.encode())


def drop_plugin(url: str, name: str, folder: Path | None) -> list[str]:
    """Take away all that a plugin has in the database of its own, by its history where that is still there (`folder`),
    and whatever is left of it then; returns the tables that it had."""
    with connected(url) as connection:
        had = _tables(connection, name)
    if folder is not None:
        purge_plugin(url, name, folder)
    with connected(url) as connection:
        for table in [*_tables(connection, name), _version_table(name)]:
            connection.execute(f'DROP TABLE IF EXISTS "{table}" CASCADE'.encode())
    return had


def _tables(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> list[str]:
    rows = connection.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
        "AND starts_with(c.relname, %s) ORDER BY 1",
        (f"{name}__",),
    ).fetchall()
    return [str(row[0]) for row in rows]


def _config(url: str, name: str, folder: Path) -> "Config":
    config = alembic_config(url)
    config.set_main_option("models", "")
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))
    config.set_main_option("version_table", _version_table(name))
    return config


def _version_table(name: str) -> str:
    if not name.isidentifier() or len(name) > 40:
        raise DatabaseError(f"'{name}' cannot be the name of a plugin with tables: give 1 to 40 letters, digits and _.")
    return f"alembic_version_{name}"


_WALLS = """
SELECT c.relname,
       c.relrowsecurity AND c.relforcerowsecurity,
       ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid),
       ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
             AND p.polname NOT LIKE 'agency\\_wall\\_%%'
             AND (p.polroles @> ARRAY[0::oid] OR p.polroles @> ARRAY['recobro_agency'::regrole::oid])),
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'agency_id' AND a.attnotnull),
       ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = c.oid
             AND (i.indisunique OR i.indisexclusion) AND NOT EXISTS (
                SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'agency_id'
                AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
             UNION ALL
             SELECT k.conname FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND NOT EXISTS (
                SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'agency_id'
                AND a.attnum = ANY (k.conkey)))
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND starts_with(c.relname, %s)
ORDER BY 1
"""


def _escaping(url: str, name: str) -> str:
    """Why a table of the plugin is not behind the walls; empty where all are."""
    with connected(url) as connection:
        rows: list[Any] = connection.execute(_WALLS, (f"{name}__",)).fetchall()
    for table, forced, policies, others, tenant, loose in rows:
        if not _NOUN.fullmatch(table.removeprefix(f"{name}__")):
            return f"{table} is no <plugin>__<noun> of small letters, digits and single _ between"
        if not tenant:
            return f"{table} has no agency_id"
        if not (forced and policies):
            return f"{table} has no row-level security; its revision needs op.secure_table('{table}', 'agency')"
        if others:
            return f"{table} has the policy {others[0]}, which lets more in; leave policies to op.secure_table"
        if loose:
            return f"{table}: {loose[0]} is without agency_id, and agencies would feel each other's rows; put it first"
    return ""
