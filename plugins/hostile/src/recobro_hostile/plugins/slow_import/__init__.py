"""Takes its time to be imported."""

from __future__ import annotations

import time

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl

time.sleep(0.35)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
