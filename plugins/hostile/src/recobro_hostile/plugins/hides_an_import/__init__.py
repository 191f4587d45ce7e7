"""Reaches into the host under a name that cannot be read from the source."""

from __future__ import annotations

from importlib import import_module

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl

_HOST = import_module("".join(("co", "re")))


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
