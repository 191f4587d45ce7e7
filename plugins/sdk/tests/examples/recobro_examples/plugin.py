"""The hooks of the examples."""

from __future__ import annotations

from recobro_examples.batches import Listener, Points
from recobro_examples.furnisher import FileFurnisher, NoSettings
from recobro_examples.law import Hours, Nit
from recobro_sdk import (
    BureauFurnisher,
    Capability,
    EventSubscriber,
    IdentifierValidator,
    JurisdictionPack,
    Offer,
    PluginManifest,
    PluginScope,
    Scorer,
    hookimpl,
)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who it is."""
    return PluginManifest(
        name="examples",
        version="1",
        summary="Examples",
        maintainer="Recobro",
        homepage="https://recobro.example",
        capabilities=frozenset(
            {
                Capability.BUREAU_FURNISHING,
                Capability.JURISDICTION,
                Capability.SCORER,
                Capability.IDENTIFIER_VALIDATOR,
                Capability.EVENT_SUBSCRIBER,
            }
        ),
        scopes=(PluginScope("debt:status:furnish", "Makes the file for the bureau."),),
    )


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """One."""
    return [
        Offer(
            code="examples_furnisher",
            summary="A file",
            build=FileFurnisher,
            settings=NoSettings,
            abilities={"file_only"},
        )
    ]


@hookimpl
def recobro_jurisdictions() -> list[Offer[JurisdictionPack]]:
    """One."""
    return [Offer(code="examples_hours", summary="Hours", build=Hours, settings=NoSettings)]


@hookimpl
def recobro_scorers() -> list[Offer[Scorer]]:
    """One."""
    return [Offer(code="examples_points", summary="Points", build=Points, settings=NoSettings)]


@hookimpl
def recobro_identifier_validators() -> list[Offer[IdentifierValidator]]:
    """One."""
    return [Offer(code="examples_nit", summary="NIT", build=Nit, settings=NoSettings)]


@hookimpl
def recobro_event_subscribers() -> list[Offer[EventSubscriber]]:
    """One."""
    return [Offer(code="examples_listener", summary="A listener", build=Listener, settings=NoSettings)]
