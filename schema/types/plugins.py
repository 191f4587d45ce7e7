"""Plugins of the installation, and what an agency has enabled of them."""

from datetime import datetime

import strawberry

from core.plugin_host import reads
from core.plugin_host.offers import PluginState, PluginStatus
from schema.kit.scalars import JSON

strawberry.enum(PluginState, description="Whether a plugin works.")


@strawberry.type(description="What a plugin offers, as the agency has it.")
class PluginOffer:
    code: str = strawberry.field(description="Give it as `provider`, `channel` or `report`.")
    plugin: str = strawberry.field(description="The plugin.")
    enabled: bool = strawberry.field(description="Whether the agency has enabled it.")
    settings: JSON | None = strawberry.field(description="The agency's settings, secrets masked.")
    settings_schema: JSON = strawberry.field(description="JSON Schema of the settings: a form can be drawn from it.")
    problem: str | None = strawberry.field(description="Why stored settings cannot be used any more.")
    updated_by: str | None = strawberry.field(description="Who changed it last.")
    updated_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, offer: reads.OfferSettings) -> "PluginOffer":
        return cls(
            code=offer.code,
            plugin=offer.plugin,
            enabled=offer.enabled,
            settings=offer.settings,
            settings_schema=offer.settings_schema,
            problem=offer.problem,
            updated_by=offer.updated_by,
            updated_at=offer.updated_at,
        )


@strawberry.type(description="What a plugin asks for; granted by enabling one of its offers.")
class PluginScope:
    code: str = strawberry.field(description="Such as `http:bureau.example`.")
    reason: str = strawberry.field(description="Why it asks.")


@strawberry.type(description="A plugin of this installation.")
class Plugin:
    name: str = strawberry.field(description="Its name.")
    version: str = strawberry.field(description="Its version.")
    summary: str = strawberry.field(description="What it does.")
    state: PluginState = strawberry.field(description="Whether it works.")
    reason: str | None = strawberry.field(description="Why it does not.")
    capabilities: list[str] = strawberry.field(description="What kinds of offers it has.")
    scopes: list[PluginScope] = strawberry.field(description="What it asks for.")
    offers: list[PluginOffer] = strawberry.field(description="Its offers, as the agency has them.")

    @classmethod
    def of(cls, status: PluginStatus, offers: list[reads.OfferSettings]) -> "Plugin":
        return cls(
            name=status.name,
            version=status.version,
            summary=status.summary,
            state=status.state,
            reason=status.reason,
            capabilities=list(status.capabilities),
            scopes=[PluginScope(code=scope.code, reason=scope.reason) for scope in status.scopes],
            offers=[PluginOffer.of(offer) for offer in offers if offer.plugin == status.name],
        )
