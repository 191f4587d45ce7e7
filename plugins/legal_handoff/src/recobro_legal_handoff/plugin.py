"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_legal_handoff.channel import LegalHandoff
from recobro_legal_handoff.receipts import CHANNEL_CODE
from recobro_legal_handoff.settings import LegalHandoffSettings
from recobro_sdk import Capability, LegalChannel, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="legal_handoff",
        version=version("recobro-legal-handoff"),
        summary="Checks a case before it is filed in Colombia and packs it for a law firm, as PDF and JSON",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/legal-handoff",
        capabilities=frozenset({Capability.LEGAL_CHANNEL}),
        scopes=(
            PluginScope("debtor:identity:read", "Puts names and documents of the parties into the dossier."),
            PluginScope("debtor:contact:read", "Puts the parties' addresses into the dossier, for serving papers."),
            PluginScope("debt:balance:read", "Puts the parts of the claim into the dossier."),
            PluginScope("store:dossier:write", "Keeps each dossier with its acknowledgement inside this installation."),
        ),
    )


@hookimpl
def recobro_legal_channels() -> list[Offer[LegalChannel]]:
    """The one channel."""
    return [
        Offer(
            code=CHANNEL_CODE,
            summary="Hand-off to a law firm with the Colombian pre-filing checklist",
            build=LegalHandoff,
            settings=LegalHandoffSettings,
            countries={"CO"},
        )
    ]
