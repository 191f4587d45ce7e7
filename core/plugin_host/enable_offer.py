"""Enable an offer of a plugin for an agency, or give it other settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kit import db
from core.kit.errors import DomainError, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.contribute import contribute
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.runtime import Built
from core.plugin_host.settings import build, check_settings, seal, tell, unseal, with_kept_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnabled:
    setting_id: UUID
    plugin: str
    code: str
    version: int


async def enable_offer(scope: Scope, code: str, settings: Mapping[str, Any]) -> OfferEnabled:
    """Enable an offer with these settings, which replace the earlier ones; a secret that is left out stays as it was.

    With it, the agency grants what the plugin asks for (`PluginStatus.scopes`), and no more: see `withdraw_offers`. The
    plugin is built once to see that it can work with them, and tries them where it can (`check`, for five seconds at
    most).

    Raises: Forbidden; NotFound (code); InvalidInput (SETTINGS_INVALID, by its field); ProviderProblem.
    """
    scope.require(Permission.PLUGIN_MANAGE)
    agency_id = scope.agency
    loaded = host.offer(None, code)
    values = with_kept_secrets(loaded, settings, await _stored(scope, loaded))
    await check_settings(loaded, values)
    await _tried(loaded, agency_id, values)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "INSERT INTO plugin_setting (agency_id, id, plugin, offer, enabled, version, sealed, updated_by, "
            "updated_at, granted) VALUES ($1, $2, $3, $4, true, 1, $5, $6, $7, $8) "
            "ON CONFLICT (agency_id, offer) DO UPDATE SET plugin = $3, enabled = true, "
            "version = plugin_setting.version + 1, sealed = $5, updated_by = $6, updated_at = $7, granted = $8 "
            "RETURNING id, version",
            agency_id, new_id(), loaded.plugin, code, seal(values), str(scope.actor), tx.now, loaded.scopes,
        )  # fmt: skip
        assert row is not None
        await contribute(tx, loaded)
        data = {"plugin": loaded.plugin, "offer": code, "version": row["version"], "scopes": loaded.scopes}
        await emit(tx, "plugin.enabled", row["id"], data)
        tell(tx)
    host.runtime().retire(code, agency_id)
    return OfferEnabled(setting_id=row["id"], plugin=loaded.plugin, code=code, version=row["version"])


async def _tried(loaded: LoadedOffer, agency_id: UUID, values: Mapping[str, Any]) -> None:
    """Raises: InvalidInput (SETTINGS_INVALID); ProviderProblem where that cannot be told now."""
    trial: Built | None = None
    try:
        trial = await build(loaded, agency_id, 0, values)
        await trial.instance.check()
    except ProviderProblem as problem:
        if problem.code != "PROVIDER_MISCONFIGURED":
            raise
        raise InvalidInput(
            problem.message, code="SETTINGS_INVALID", field="settings", remedy="Correct the settings."
        ) from problem
    finally:
        if trial is not None:
            await trial.close()


async def _stored(scope: Scope, loaded: LoadedOffer) -> dict[str, Any]:
    """The settings of this very plugin's offer: another plugin that took over a code gets no secret of the former."""
    async with db.transaction(scope, read_only=True) as tx:
        sealed = await tx.fetchval(
            "SELECT sealed FROM plugin_setting WHERE agency_id = $1 AND offer = $2 AND plugin = $3",
            scope.agency, loaded.code, loaded.plugin,
        )  # fmt: skip
    try:
        return unseal(sealed) if sealed is not None else {}
    except DomainError:
        return {}  # sealed with a key that is gone: everything is to be given again
