"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_bureau_sandbox.provider import PROVIDER_CODE, SandboxBureau
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import BureauProvider, Capability, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="bureau_sandbox",
        version=version("recobro-bureau-sandbox"),
        summary="A deterministic credit bureau for demonstrations and tests: no real person's data, no charge",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/bureau-sandbox",
        capabilities=frozenset({Capability.BUREAU}),
        scopes=(
            PluginScope("debtor:document:read", "Sends the debtor's document type and number to the sandbox bureau."),
            PluginScope("http:127.0.0.1", "Talks to the sandbox bureau that runs inside this installation."),
            PluginScope(
                "http:{base_url}", "Talks to the sandbox bureau at the address in the settings, if there is one."
            ),
        ),
    )


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The one bureau."""
    return [
        Offer(
            code=PROVIDER_CODE,
            summary="Sandbox bureau: invented scores and obligations, always the same for the same document",
            build=SandboxBureau,
            settings=SandboxBureauSettings,
        )
    ]
