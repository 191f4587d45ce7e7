"""Makes the hooks of a hostile plugin, honest where nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recobro_hostile.honest import HonestBureau, HonestSettings
from recobro_sdk import BureauProvider, Capability, Offer, PluginManifest, PluginScope

DOCUMENT = PluginScope("debtor:document:read", "Sends the debtor's document type and number to the bureau.")
ADDRESS = PluginScope("http:{base_url}", "Talks to the bureau at the address in the settings.")


def manifest(**changes: Any) -> PluginManifest:
    """A manifest without a fault, or with the changed fields."""
    values: dict[str, Any] = {
        "name": "hostile",
        "version": "0.1.0",
        "summary": "Does everything wrong, one thing at a time",
        "maintainer": "Recobro",
        "homepage": "https://recobro.example/plugins/hostile",
        "capabilities": frozenset({Capability.BUREAU}),
        "scopes": (DOCUMENT, ADDRESS),
    }
    return PluginManifest(**{**values, **changes})


def offers(kinds: Sequence[type[HonestBureau]] = (HonestBureau,)) -> list[Offer[BureauProvider]]:
    """An offer for each kind of bureau."""
    return [
        Offer(code=kind.code, summary=(kind.__doc__ or kind.code), build=kind, settings=HonestSettings)
        for kind in kinds
    ]
