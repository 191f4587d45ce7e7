"""Disable an offer of a plugin for an agency."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.settings import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDisabled:
    setting_id: UUID
    code: str


async def disable_offer(scope: Scope, code: str) -> OfferDisabled:
    """Disable an offer; its settings stay, so that it can be enabled again. Works for plugins that are gone, too.

    Raises: Forbidden; NotFound (never enabled here).
    """
    scope.require(Permission.PLUGIN_MANAGE)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT id, plugin, enabled FROM plugin_setting WHERE agency_id = $1 AND offer = $2 FOR UPDATE",
            scope.agency, code,
        )  # fmt: skip
        if row is None:
            raise not_found("offer of a plugin", "code")
        if row["enabled"]:
            await tx.execute(
                "UPDATE plugin_setting SET enabled = false, updated_by = $3, updated_at = $4 "
                "WHERE agency_id = $1 AND id = $2",
                scope.agency, row["id"], str(scope.actor), tx.now,
            )  # fmt: skip
            data = {"plugin": row["plugin"], "offer": code, "reason": "ADMINISTRATOR"}
            await emit(tx, "plugin.disabled", row["id"], data)
            tell(tx)
    host.runtime().retire(code, scope.agency)
    return OfferDisabled(setting_id=row["id"], code=code)
