"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_bureau_sandbox.furnisher import FURNISHER_CODE, SandboxFurnisher
from recobro_bureau_sandbox.provider import PROVIDER_CODE, SandboxBureau
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import BureauFurnisher, BureauProvider, Capability, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="bureau_sandbox",
        version=version("recobro-bureau-sandbox"),
        summary="A deterministic credit bureau for demonstrations and tests: no real person's data, no charge",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/bureau-sandbox",
        capabilities=frozenset({Capability.BUREAU, Capability.BUREAU_FURNISHING}),
        scopes=(
            PluginScope("debtor:document:read", "Sends the debtor's document type and number to the sandbox bureau."),
            PluginScope(
                "debtor:identity:read", "Sees whose debt it tells of, and whether the bureau knows them; sends no name."
            ),
            PluginScope(
                "debt:balance:read", "Sends the balance and the days in arrears of each debt that it tells of."
            ),
            PluginScope("debt:status:furnish", "Tells the sandbox bureau how debts are paid; no real one hears of it."),
            PluginScope("store:dossier:write", "Keeps what it told, to tell it again to a sandbox that has forgotten."),
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


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """The same bureau, told how debtors pay."""
    return [
        Offer(
            code=FURNISHER_CODE,
            summary="Sandbox bureau that is told how debtors pay, and refuses records by the ends of their references",
            build=SandboxFurnisher,
            settings=SandboxBureauSettings,
        )
    ]
