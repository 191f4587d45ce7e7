"""Does not say who it is."""

from __future__ import annotations

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest(maintainer=" ", homepage="http://recobro.example")


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
