"""Read all that an agency has of a plugin, before it is forgotten: as lines that a program can read again."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from core.kit import db, ids
from core.kit.errors import DomainError
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.settings import MASK, masked, unseal
from core.plugin_host.table_statements import quoted

_PAGE = 500

_KEPT: tuple[tuple[str, str], ...] = (
    ("document", "SELECT key, document, updated_at FROM plugin_document t WHERE agency_id = $1 AND plugin = $2"),
    ("setting", "SELECT offer, enabled, version, sealed, price_minor, currency, reuse_days, updated_by, updated_at "
                "FROM plugin_setting t WHERE agency_id = $1 AND plugin = $2"),
    ("subscription", "SELECT offer, active, xid || '.' || position AS cursor FROM plugin_subscription t "
                     "WHERE agency_id = $1 AND plugin = $2"),
    ("parked_event", "SELECT offer, event_id, error_code, tries, parked_at FROM plugin_parked_event t "
                     "WHERE agency_id = $1 AND plugin = $2"),
    ("callback", "SELECT offer, message_id, sha256, state, error_code, repetitions, received_at, finished_at "
                 "FROM plugin_callback t WHERE agency_id = $1 AND plugin = $2"),
)  # fmt: skip


async def export_plugin(scope: Scope, plugin: str) -> AsyncIterator[dict[str, Any]]:
    """What is kept of the plugin at the agency, a JSON object each: `agency`, `kind` and its fields.

    Documents, settings (every secret masked), places in the events, parked events, callbacks (not their bodies), and
    the rows of its tables (`kind` is the table's name, `row` has the columns). Evidence of its calls and its events
    stay where they are. Raises: Forbidden.
    """
    scope.require(Permission.PLUGIN_MANAGE)
    agency = ids.encode("agency", scope.agency)
    offers = {loaded.code: loaded for loaded in host.offers() if loaded.plugin == plugin}
    for kind, sql in _KEPT:
        async for row in _rows(scope, f"kept_{kind}", f"{sql} ORDER BY t.id", scope.agency, plugin):
            yield {"agency": agency, "kind": kind, **_shown(row, offers.get)}
    for table in await tables_of(scope, plugin):
        sql = f"SELECT to_jsonb(t) AS row FROM {quoted(table)} t WHERE agency_id = $1"  # noqa: S608 - of the catalogue
        async for row in _rows(scope, "kept_row", sql, scope.agency):
            yield {"agency": agency, "kind": table, "row": row["row"]}


async def tables_of(scope: Scope, plugin: str) -> list[str]:
    """The tables of a plugin that the agency may read, by name."""
    async with db.transaction(scope, read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
            "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND starts_with(c.relname, $1) "
            "AND has_table_privilege(c.oid, 'SELECT') "
            "ORDER BY 1 LIMIT 1000",
            f"{plugin}__",
        )  # fmt: skip
    return [row["relname"] for row in rows]


def _shown(row: dict[str, Any], offer: Callable[[str], LoadedOffer | None]) -> dict[str, Any]:
    if "sealed" not in row:
        return row
    sealed, loaded = row.pop("sealed"), offer(row["offer"])
    try:
        values = unseal(sealed)
    except DomainError:
        return {**row, "settings": None}
    # Of a plugin that is gone nobody can tell which are secrets.
    return {**row, "settings": masked(loaded, values) if loaded is not None else dict.fromkeys(values, MASK)}


async def _rows(scope: Scope, name: str, sql: str, *args: object) -> AsyncIterator[dict[str, Any]]:
    """Of whatever size: a page of them in memory at a time. One `name` is of one shape: statements are remembered."""
    async with db.transaction(scope, read_only=True) as tx:
        await tx.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", *args)
        while rows := await tx.fetch(f"FETCH {_PAGE} FROM {name}"):
            for row in rows:
                yield dict(row)
