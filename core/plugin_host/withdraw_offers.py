"""Switch off what asks for more than an agency granted: an upgraded plugin gets nothing that nobody approved."""

from typing import Final

from core.kit import db
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.settings import tell

REASON: Final = "ASKS_FOR_MORE"
_ASKED: Final = "jsonb_to_recordset($2) AS t (plugin text, offer text, asked jsonb)"
_OURS: Final = "s.agency_id = $1 AND s.plugin = t.plugin AND s.offer = t.offer AND s.enabled"
_ANY: Final = f"""
SELECT EXISTS (SELECT 1 FROM plugin_setting s, {_ASKED}
               WHERE {_OURS} AND (s.granted IS NULL OR NOT s.granted @> t.asked)) AS found
"""  # noqa: S608 our own text
# What was enabled before grants were written down was enabled for what the plugin asked for then, which nobody knows.
_WRITE_DOWN: Final = f"UPDATE plugin_setting s SET granted = t.asked FROM {_ASKED} WHERE {_OURS} AND s.granted IS NULL"  # noqa: S608 our own text
_WITHDRAW: Final = f"""
UPDATE plugin_setting s SET enabled = false, updated_by = $3, updated_at = $4
FROM {_ASKED} WHERE {_OURS} AND NOT s.granted @> t.asked RETURNING s.id, s.plugin, s.offer, t.asked, s.granted
"""  # noqa: S608 our own text


async def withdraw_offers(scope: Scope) -> list[str]:
    """Disable the agency's offers of plugins whose manifest asks for a scope that was not granted with `enable_offer`;
    settings stay. Gives their codes. What the program has loaded does not change while it lives: once, before it calls
    any plugin, is enough.

    Raises: Forbidden.
    """
    scope.require(Permission.PLUGIN_MANAGE)
    asked = [{"plugin": one.plugin, "offer": one.code, "asked": one.scopes} for one in host.offers()]
    async with db.single(scope) as reader:
        (looked,) = await reader.fetch(_ANY, scope.agency, asked)
    if not looked["found"]:
        return []
    async with db.transaction(scope) as tx:
        await tx.execute(_WRITE_DOWN, scope.agency, asked)
        rows = await tx.fetch(_WITHDRAW, scope.agency, asked, str(scope.actor), tx.now)
        for row in rows:
            more = sorted(set(row["asked"]) - set(row["granted"]))
            data = {"plugin": row["plugin"], "offer": row["offer"], "reason": REASON, "scopes": more}
            await emit(tx, "plugin.disabled", row["id"], data)
        tell(tx)
    for row in rows:
        host.runtime().retire(row["offer"], scope.agency)
    return sorted(row["offer"] for row in rows)
