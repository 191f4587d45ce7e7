"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_remote.bureau import BUREAU_CODE, RemoteBureau
from recobro_remote.cases import ABILITIES, CASES_CODE, RemoteCaseChannel
from recobro_remote.channel import CHANNEL_CODE, RemoteChannel
from recobro_remote.furnisher import FURNISHER_CODE, RemoteFurnisher
from recobro_remote.legal import LEGAL_CODE, RemoteLegalChannel
from recobro_remote.settings import RemoteFurnishingSettings, RemoteLegalSettings, RemoteSettings
from recobro_sdk import (
    BureauFurnisher,
    BureauProvider,
    Capability,
    Contribution,
    ContributionKind,
    LegalChannel,
    MessageChannel,
    Offer,
    PluginManifest,
    PluginScope,
    hookimpl,
)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="remote",
        version=version("recobro-remote"),
        summary="A bureau, furnisher, legal channel or message channel that an integrator serves over signed HTTP",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/remote",
        capabilities=frozenset(
            {Capability.BUREAU, Capability.BUREAU_FURNISHING, Capability.LEGAL_CHANNEL, Capability.MESSAGE_CHANNEL}
        ),
        scopes=(
            PluginScope("debtor:document:read", "Sends the debtor's document type and number to the bureau's server."),
            PluginScope(
                "debtor:identity:read",
                "Sends names, documents and addresses of cases and furnished debts to the servers.",
            ),
            PluginScope(
                "debtor:contact:read",
                "Sends the phone or address of a message, or of a furnished debt, to the servers.",
            ),
            PluginScope("debtor:message:send", "Has the channel's server write to the debtor, under a permit."),
            PluginScope(
                "debt:balance:read", "Sends the amounts of a case that is handed over, and of a furnished debt."
            ),
            PluginScope("debt:status:furnish", "Has the furnisher's server tell a bureau how each debt is paid."),
            PluginScope(
                "store:dossier:write", "Keeps digests of handovers and batches, so that one key gives one receipt."
            ),
            PluginScope("http:{base_url}", "Talks to the integrator's server at the address in the settings."),
        ),
        contributions=(
            Contribution(ContributionKind.CALLBACKS, "Lets the lawyers' server say that there is news of a case."),
        ),
    )


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The bureau."""
    summary = "A credit bureau that an integrator's server answers for, over signed HTTP"
    return [Offer(code=BUREAU_CODE, summary=summary, build=RemoteBureau, settings=RemoteSettings)]


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """The bureau that is told how debtors pay."""
    summary = "A credit bureau that is told how debtors pay, by an integrator's server over signed HTTP"
    return [Offer(code=FURNISHER_CODE, summary=summary, build=RemoteFurnisher, settings=RemoteFurnishingSettings)]


@hookimpl
def recobro_legal_channels() -> list[Offer[LegalChannel]]:
    """The legal channel, and the same where the server tells how its cases go on."""
    summary = "A legal channel that an integrator's server takes cases for, over signed HTTP"
    return [
        Offer(code=LEGAL_CODE, summary=summary, build=RemoteLegalChannel, settings=RemoteLegalSettings),
        Offer(
            code=CASES_CODE,
            summary=f"{summary}, and tells how they go on and what they cost",
            build=RemoteCaseChannel,
            settings=RemoteLegalSettings,
            abilities={*ABILITIES, "callbacks"},
        ),
    ]


@hookimpl
def recobro_message_channels() -> list[Offer[MessageChannel]]:
    """The message channel."""
    summary = "SMS, e-mail, WhatsApp or letters that an integrator's server sends, over signed HTTP"
    return [Offer(code=CHANNEL_CODE, summary=summary, build=RemoteChannel, settings=RemoteSettings)]
