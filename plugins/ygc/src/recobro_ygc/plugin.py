"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_sdk import (
    Capability,
    EventSubscriber,
    LegalChannel,
    Offer,
    PluginManifest,
    PluginScope,
    Text,
    hookimpl,
)
from recobro_sdk.files import FileLayout, LayoutKind
from recobro_ygc.channel import HTTP_CODE, SFTP_CODE, over_http, over_sftp
from recobro_ygc.direct import PAYMENTS_CODE, DirectPayments, YgcPaymentsSettings
from recobro_ygc.records import PACKAGE, RESOURCE
from recobro_ygc.settings import YgcHttpSettings, YgcSftpSettings


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="ygc",
        version=version("recobro-ygc"),
        summary="Forwards accounts to law firms in the United States in YGC files, and reads what they send back",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/ygc",
        capabilities=frozenset({Capability.EVENT_SUBSCRIBER, Capability.FILE_LAYOUT, Capability.LEGAL_CHANNEL}),
        scopes=(
            PluginScope("debtor:identity:read", "Sends names, documents and addresses of the parties to the law firm."),
            PluginScope("debtor:contact:read", "Sends the debtors' phones and addresses to the law firm."),
            PluginScope("debt:balance:read", "Sends the amounts of the claim to the law firm."),
            PluginScope("store:dossier:write", "Keeps each file that is sent, and the firm's records of each account."),
            PluginScope("event:list:read", "Hears of payments to the creditor, so that the law firm is told of them."),
            PluginScope("sftp:{address}", "Leaves and fetches files at the law firm's SFTP server in the settings."),
            PluginScope("http:{base_url}", "Leaves and fetches files at the network's gateway in the settings."),
        ),
    )


@hookimpl
def recobro_legal_channels() -> list[Offer[LegalChannel]]:
    """The same channel by both ways."""
    return [
        Offer(
            code=SFTP_CODE,
            summary="Forwarding to a law firm in YGC files over SFTP",
            build=over_sftp,
            settings=YgcSftpSettings,
            abilities={"case_news"},
            countries={"US"},
        ),
        Offer(
            code=HTTP_CODE,
            summary="Forwarding to a law firm in YGC files over HTTP",
            build=over_http,
            settings=YgcHttpSettings,
            abilities={"case_news"},
            countries={"US"},
        ),
    ]


@hookimpl
def recobro_event_subscribers() -> list[Offer[EventSubscriber]]:
    """Who tells the firm of payments to the creditor."""
    summary = "Tells the law firm of payments that the creditor got for its accounts, in YGC records 12"
    return [Offer(code=PAYMENTS_CODE, summary=summary, build=DirectPayments, settings=YgcPaymentsSettings)]


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """The layout of both directions."""
    return [
        FileLayout(
            code="ygc",
            version=1,
            kind=LayoutKind.LEGAL,
            title=Text("Remisión a firmas de abogados YGC", "YGC forwarding to law firms"),
            package=PACKAGE,
            resource=RESOURCE,
        )
    ]
