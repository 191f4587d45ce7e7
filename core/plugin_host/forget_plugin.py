"""Forget a plugin at an agency: nothing of it is called, told or kept any more. The evidence of its calls stays."""

from dataclasses import dataclass

from core.kit import db
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.settings import tell

_TABLES = (
    "plugin_subscription",
    "plugin_parked_event",
    "plugin_address",
    "plugin_callback",
    "plugin_document",
    "plugin_setting",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginForgotten:
    """`rows` were deleted, `jobs` that had not ended were ended."""

    rows: int
    jobs: int


async def forget_plugin(scope: Scope, plugin: str) -> PluginForgotten:
    """Delete what is kept of the plugin at the agency, but for its own tables, and end its jobs. Raises: Forbidden."""
    scope.require(Permission.PLUGIN_MANAGE)
    async with db.transaction(scope) as tx:
        held = await tx.fetch(
            "SELECT offer FROM plugin_setting WHERE agency_id = $1 AND plugin = $2 FOR UPDATE", scope.agency, plugin
        )
        offers = [row["offer"] for row in held]
        ended = await tx.execute(
            "UPDATE job SET state = 'FAILED', finished_at = now(), error_code = 'PLUGIN_GONE', "
            "error_message = 'The plugin was uninstalled.' WHERE agency_id = $1 AND state IN ('QUEUED', 'RUNNING') "
            "AND (name LIKE 'plugin:%' AND payload ->> 'offer' = ANY ($2) OR name = 'plugins.callback' "
            "AND subject_id IN (SELECT c.id FROM plugin_callback c WHERE c.agency_id = $1 AND c.plugin = $3))",
            scope.agency, offers, plugin,
        )  # fmt: skip
        done = [await tx.execute("DELETE FROM plugin_budget WHERE agency_id = $1 AND offer = ANY ($2)", scope.agency,
                                 offers)]  # fmt: skip
        for table in _TABLES:
            done.append(
                await tx.execute(f"DELETE FROM {table} WHERE agency_id = $1 AND plugin = $2", scope.agency, plugin)  # noqa: S608 - ours
            )
        rows, jobs = sum(_count(one) for one in done), _count(ended)
        if rows or jobs:
            await emit(tx, "plugin.uninstalled", new_id(), {"plugin": plugin, "rows": rows})
            tell(tx)
    for code in offers:
        host.runtime().retire(code, scope.agency)
    return PluginForgotten(rows=rows, jobs=jobs)


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
