"""What an agency has enabled, with which settings."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kit.db import Row, Tx
from core.kit.errors import DomainError
from core.kit.pages import reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.contribute import callback_path
from core.plugin_host.offers import CALLBACKS, LoadedOffer
from core.plugin_host.settings import check_settings, masked, unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSettings:
    """An offer as this agency has it. `kind` is its capability, `summary` the plugin's words for it. `settings` is
    None where it was never enabled; secrets in it are masked.

    `callback_path` is where its provider calls, below the address of the installation; None for an offer that takes no
    calls; `jobs` are the names of those that it has. `problem` says why stored settings cannot be used any more
    (another key, a newer plugin with other settings, or one that asks for scopes that nobody granted).
    """

    code: str
    plugin: str
    kind: str
    summary: str
    enabled: bool
    version: int | None
    settings: dict[str, Any] | None
    settings_schema: dict[str, Any]
    problem: str | None
    updated_by: str | None
    updated_at: datetime | None
    price_minor: int
    currency: str | None
    reuse_days: int
    callback_path: str | None
    jobs: tuple[str, ...]


async def offer_settings(scope: Scope, code: str, *, tx: Tx | None = None) -> OfferSettings:
    """The settings of an offer at this agency, secrets masked. Raises: Forbidden; NotFound (code)."""
    scope.require(Permission.PLUGIN_READ)
    loaded = host.offer(None, code)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(f"{_SELECT} AND s.offer = $2", scope.agency, code)
    return await _shown(scope, loaded, row)


async def all_offer_settings(scope: Scope, *, tx: Tx | None = None) -> list[OfferSettings]:
    """Every offer of this installation as this agency has it, by code. Raises: Forbidden."""
    scope.require(Permission.PLUGIN_READ)
    async with reading(scope, tx) as reader:
        rows = {row["offer"]: row for row in await reader.fetch(_SELECT, scope.agency)}
    return list(await asyncio.gather(*(_shown(scope, loaded, rows.get(loaded.code)) for loaded in host.offers())))


_SELECT = (
    "SELECT s.plugin, s.offer, s.enabled, s.version, s.sealed, s.granted, s.updated_by, s.updated_at, s.price_minor, "
    "s.currency, s.reuse_days, a.secret FROM plugin_setting s LEFT JOIN plugin_address a ON a.agency_id = s.agency_id "
    "AND a.offer = s.offer AND a.plugin = s.plugin WHERE s.agency_id = $1"
)


async def _shown(scope: Scope, loaded: LoadedOffer, row: Row | None) -> OfferSettings:
    ours = row if row is not None and row["plugin"] == loaded.plugin else None
    secret = ours["secret"] if ours is not None and CALLBACKS in loaded.abilities else None
    settings, problem = await _readable(loaded, ours["sealed"]) if ours is not None else (None, None)
    return OfferSettings(
        code=loaded.code,
        plugin=loaded.plugin,
        kind=loaded.kind.capability.value,
        summary=loaded.summary,
        enabled=ours is not None and ours["enabled"],
        version=ours["version"] if ours is not None else None,
        settings=settings,
        settings_schema=loaded.settings_schema,
        problem=problem or (_ungranted(loaded, ours["granted"]) if ours is not None else None),
        updated_by=ours["updated_by"] if ours is not None else None,
        updated_at=ours["updated_at"] if ours is not None else None,
        price_minor=ours["price_minor"] if ours is not None else 0,
        currency=ours["currency"] if ours is not None else None,
        reuse_days=ours["reuse_days"] if ours is not None else 0,
        callback_path=callback_path(loaded.code, scope.agency, secret) if secret else None,
        jobs=tuple(job.name for job in loaded.additions.jobs) if loaded.additions else (),
    )


def _ungranted(loaded: LoadedOffer, granted: list[str] | None) -> str | None:
    more = sorted(set(loaded.scopes) - set(granted)) if granted is not None else []
    return (
        f"The plugin asks for more than was granted: {', '.join(more)}. To grant it, enable the offer again."
        if more
        else None
    )


async def _readable(loaded: LoadedOffer, sealed: bytes) -> tuple[dict[str, Any] | None, str | None]:
    try:
        values = unseal(sealed)
    except DomainError as problem:
        return None, problem.message
    try:
        await check_settings(loaded, values)
    except DomainError as problem:
        return masked(loaded, values), problem.message
    return masked(loaded, values), None
