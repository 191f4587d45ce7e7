"""What an agency has enabled, with which settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kit.db import Row, Tx
from core.kit.errors import DomainError
from core.kit.pages import reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.settings import check_settings, masked, unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSettings:
    """An offer as this agency has it. `settings` is None where it was never enabled; secrets in it are masked.

    `problem` says why stored settings cannot be used any more (another key, a newer plugin that asks for more).
    """

    code: str
    plugin: str
    enabled: bool
    version: int | None
    settings: dict[str, Any] | None
    settings_schema: dict[str, Any]
    problem: str | None
    updated_by: str | None
    updated_at: datetime | None


async def offer_settings(scope: Scope, code: str, *, tx: Tx | None = None) -> OfferSettings:
    """The settings of an offer at this agency, secrets masked. Raises: Forbidden; NotFound (code)."""
    scope.require(Permission.PLUGIN_READ)
    loaded = host.offer(None, code)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(f"{_SELECT} AND offer = $2", scope.agency, code)
    return _shown(loaded, row)


async def all_offer_settings(scope: Scope, *, tx: Tx | None = None) -> list[OfferSettings]:
    """Every offer of this installation as this agency has it, by code. Raises: Forbidden."""
    scope.require(Permission.PLUGIN_READ)
    async with reading(scope, tx) as reader:
        rows = {row["offer"]: row for row in await reader.fetch(_SELECT, scope.agency)}
    return [_shown(loaded, rows.get(loaded.code)) for loaded in host.offers()]


_SELECT = (
    "SELECT plugin, offer, enabled, version, sealed, updated_by, updated_at FROM plugin_setting WHERE agency_id = $1"
)


def _shown(loaded: LoadedOffer, row: Row | None) -> OfferSettings:
    ours = row if row is not None and row["plugin"] == loaded.plugin else None
    settings, problem = _readable(loaded, ours["sealed"]) if ours is not None else (None, None)
    return OfferSettings(
        code=loaded.code,
        plugin=loaded.plugin,
        enabled=ours is not None and ours["enabled"],
        version=ours["version"] if ours is not None else None,
        settings=settings,
        settings_schema=loaded.settings_schema,
        problem=problem,
        updated_by=ours["updated_by"] if ours is not None else None,
        updated_at=ours["updated_at"] if ours is not None else None,
    )


def _readable(loaded: LoadedOffer, sealed: bytes) -> tuple[dict[str, Any] | None, str | None]:
    try:
        return masked(check_settings(loaded, unseal(sealed))), None
    except DomainError as problem:
        return None, problem.message
