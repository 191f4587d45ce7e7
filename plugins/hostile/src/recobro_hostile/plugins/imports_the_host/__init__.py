"""Reaches into the host."""

from __future__ import annotations

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()


def connection() -> object:
    """The host's own database."""
    from core.kit import db

    return db
