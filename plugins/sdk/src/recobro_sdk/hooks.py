"""The hooks: plain functions that say what a plugin offers.

Hooks are synchronous, take nothing, know no agency and do no work: the work is in the contracts. Their order means
nothing. A plugin implements them in the module that its entry point (group `recobro`) names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pluggy

from recobro_sdk.bureau import BureauProvider
from recobro_sdk.legal import LegalChannel
from recobro_sdk.manifest import PluginManifest
from recobro_sdk.offers import Offer
from recobro_sdk.reports import ClientReport

ENTRY_POINT_GROUP: Final = "recobro"
"""Entry-point group in which the host looks for plugins."""

hookspec: Final = pluggy.HookspecMarker("recobro")
hookimpl: Final = pluggy.HookimplMarker("recobro")
"""Marks a plugin's implementation of a hook."""


class HookSpecs:
    """Every hook. Only `recobro_manifest` is required."""

    @hookspec
    def recobro_manifest(self) -> PluginManifest:
        """Who the plugin is and what it asks for; called first, and nothing else is if it does not fit."""
        raise NotImplementedError

    @hookspec
    def recobro_bureaus(self) -> Iterable[Offer[BureauProvider]]:
        """Credit bureaus."""
        raise NotImplementedError

    @hookspec
    def recobro_legal_channels(self) -> Iterable[Offer[LegalChannel]]:
        """Ways to hand a case to lawyers or a court."""
        raise NotImplementedError

    @hookspec
    def recobro_client_reports(self) -> Iterable[Offer[ClientReport]]:
        """Reports for one creditor."""
        raise NotImplementedError
