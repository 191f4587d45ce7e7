"""Does its work in a hook."""

from __future__ import annotations

import itertools

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl

_CALLS = itertools.count()


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest(version=f"0.1.{next(_CALLS)}")


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
