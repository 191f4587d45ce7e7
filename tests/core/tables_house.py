"""A database with the tables of the plugin of the tests, and of another plugin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.kit import db
from core.kit.db import Database
from core.kit.ids import encode
from core.kit.scope import Scope
from core.plugin_host.inside.context import InsideContext
from core.plugin_host.plugin_log import LogLine, write_line
from core.plugin_host.tables import Tables, asked_of
from recobro import database as program
from recobro.plugin_migrations import upgrade_plugins
from recobro_sdk import Column, ColumnType, PluginManifest, PluginTables, TableShape
from tests.core import tables_revisions
from tests.core.plugin_house import HostileSettings
from tests.recobro.test_plugin_migrations import _plugin

KEEPER = Path(tables_revisions.__file__).parent
VISIT = TableShape(
    name="keeper__visit",
    columns={
        "id": Column(type=ColumnType.UUID, filled=True),
        "code": Column(type=ColumnType.TEXT, most=20),
        "note": Column(type=ColumnType.TEXT, nullable=True),
        "amount_minor": Column(type=ColumnType.INTEGER, nullable=True, most=2**63 - 1),
        "currency": Column(type=ColumnType.TEXT, nullable=True, most=3),
        "tries": Column(type=ColumnType.INTEGER, filled=True, most=2**31 - 1),
        "rank": Column(type=ColumnType.INTEGER, nullable=True, most=2**15 - 1),
        "due_on": Column(type=ColumnType.DATE, nullable=True),
        "seen_at": Column(type=ColumnType.MOMENT, nullable=True),
        "done": Column(type=ColumnType.BOOLEAN, filled=True),
        "route": Column(type=ColumnType.UUID, nullable=True),
        "doc": Column(type=ColumnType.JSON, nullable=True),
        'Odd "name"; --': Column(type=ColumnType.TEXT, nullable=True),
    },
    keys=(frozenset({"id"}), frozenset({"code"})),
)
LINE = TableShape(
    name="keeper__line",
    columns={
        "visit_code": Column(type=ColumnType.TEXT, most=20),
        "number": Column(type=ColumnType.INTEGER, most=2**31 - 1),
        "kind": Column(type=ColumnType.TEXT),
    },
    keys=(frozenset({"visit_code", "number"}),),
)


@asynccontextmanager
async def with_tables(own_url: str, folder: Path) -> AsyncIterator[Database]:
    upgrade_plugins(own_url, {"keeper": KEEPER, **_plugin(folder / "acme")})
    opened = await Database.connect(program.app_url(own_url, "a password of the test"))
    db.use(opened)
    try:
        yield opened
    finally:
        db.use(None)
        await opened.close()


def tables_of(scope: Scope, plugin: str = "keeper", *, asked_for: bool = True) -> PluginTables:
    """As a plugin's process has them, without the wire in between."""
    agency = encode("agency", scope.agency)
    line = LogLine(plugin, "offer", agency)
    tables = Tables.of(plugin, scope.agency, asked_for=asked_for)

    async def ask(what: str, head: object, body: bytes = b"") -> tuple[dict[str, object], bytes]:
        return await asked_of(tables, what, body)

    manifest = PluginManifest(
        name=plugin, version="1", summary="of a test", maintainer="tests", homepage="https://example.test",
        capabilities=frozenset(),
    )  # fmt: skip
    given = InsideContext(
        manifest, agency, HostileSettings(), ask, lambda level, event, fields: write_line(line, {}, b"{}")
    )
    return given.tables
