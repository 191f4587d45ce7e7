"""Asks for what nobody can approve."""

from __future__ import annotations

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest(scopes=(made.ADDRESS, PluginScope("debtor:soul:read", "Because.")))


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
