"""Before a process calls any plugin: what asks for more than an agency granted is switched off there."""

import asyncio
from uuid import UUID

import structlog

from core.kit.scope import Actor, agency_scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.withdraw_offers import withdraw_offers
from tenants import identity

log = structlog.get_logger("recobro.plugins")
ACTOR = Actor("system", "program")
_AT_ONCE = 4


async def withdraw_everywhere() -> None:
    """`withdraw_offers` at every agency: one read each, unless something is to be done there."""
    if not host.offers():
        return
    async with identity.transaction("program", read_only=True) as tx:
        agencies: list[UUID] = [row["id"] for row in await tx.fetch("SELECT id FROM agency ORDER BY id")]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def at(agency_id: UUID) -> None:
        async with turns:
            codes = await withdraw_offers(agency_scope(agency_id, ACTOR, (Permission.PLUGIN_MANAGE,)))
        if codes:
            log.warning("plugins ask for more than was granted", agency=str(agency_id), offers=codes)

    await asyncio.gather(*map(at, agencies))
