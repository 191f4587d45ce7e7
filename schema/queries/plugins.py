"""Plugins and legal requirements."""

import strawberry

from core.kit import ids
from core.legal.requirements import handoff_requirements
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.health_reads import offers_health
from core.plugin_host.reads import all_offer_settings
from schema.kit.access import query
from schema.kit.context import Info
from schema.mutations.legal_hand_over import CaseFactsInput
from schema.types.legal import Requirement
from schema.types.plugins import Plugin, PluginHealth


@query(Permission.PLUGIN_READ)
async def plugins(info: Info) -> list[Plugin]:
    """The plugins of this installation, with what the agency has enabled of them."""
    offers = await all_offer_settings(info.context.scope)
    return [Plugin.of(status, offers) for status in host.plugins(info.context.scope.agency)]


@query(Permission.PLUGIN_READ, cost=20)
async def plugin_health(info: Info) -> list[PluginHealth]:
    """How each offer of the installation fared at the agency in the last 24 hours, and what is left of its budgets."""
    codes = [offer.code for offer in host.offers()]
    return [PluginHealth.of(found) for found in await offers_health(info.context.scope, codes)]


@query(Permission.LEGAL_READ, cost=20)
async def legal_requirements(
    info: Info, debt_id: strawberry.ID, channel: str, facts: CaseFactsInput | None = None
) -> list[Requirement]:
    """What a legal channel would ask for before a debt is handed over; nothing is sent or stored."""
    lines = await handoff_requirements(
        info.context.scope,
        ids.decode("debt", debt_id, field="debtId"),
        channel,
        facts.to_core() if facts else None,
    )
    return [Requirement.of(line) for line in lines]
