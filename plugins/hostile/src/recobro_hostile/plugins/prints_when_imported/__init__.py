"""Greets when it is imported."""

from __future__ import annotations

import sys

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl

sys.stdout.write("hello\n")


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
