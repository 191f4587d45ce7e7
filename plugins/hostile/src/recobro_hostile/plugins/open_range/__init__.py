"""Fits every SDK that will ever be."""

from __future__ import annotations

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest(sdk=">=0.1")


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
