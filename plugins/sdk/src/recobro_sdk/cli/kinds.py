"""The kinds of plugin that can be begun with a command, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recobro_sdk.manifest import Capability

_ADDRESS: Final = ("http:{base_url}", "Talks to {title} at the address in the settings.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between the templates of two kinds. `method` is the one that is left to write."""

    code: str
    capability: Capability
    contract: str
    module: str
    method: str
    suffix: str
    what: str
    kit: str
    server: str
    scopes: tuple[tuple[str, str], ...]
    signs: bool = False


KINDS: Final = (
    Kind(
        "bureau",
        Capability.BUREAU,
        "BureauProvider",
        "provider",
        "fetch_report",
        "Bureau",
        "a credit bureau",
        "BureauConformance",
        "FakeBureauServer",
        (("debtor:document:read", "Sends the debtor's document type and number to {title}."), _ADDRESS),
    ),
    Kind(
        "legal",
        Capability.LEGAL_CHANNEL,
        "LegalChannel",
        "channel",
        "submit",
        "Channel",
        "a way to hand cases to lawyers",
        "LegalConformance",
        "FakeLawFirmServer",
        (
            ("debtor:identity:read", "Sends the parties of a case to {title}."),
            ("debt:balance:read", "Sends what is claimed, and for what."),
            ("store:dossier:write", "Keeps which cases were handed over."),
            _ADDRESS,
        ),
    ),
    Kind(
        "report",
        Capability.CLIENT_REPORT,
        "ClientReport",
        "report",
        "build",
        "Report",
        "a report for one creditor",
        "ReportConformance",
        "",
        (("debt:list:read", "Reads the creditor's debts, to list them."),),
    ),
    Kind(
        "channel",
        Capability.MESSAGE_CHANNEL,
        "MessageChannel",
        "channel",
        "send",
        "Channel",
        "a way to write to debtors",
        "MessageConformance",
        "FakeMessageServer",
        (
            ("debtor:contact:read", "Sends the debtor's address and the message to {title}."),
            ("debtor:message:send", "Writes to debtors for the agency."),
            _ADDRESS,
        ),
        signs=True,
    ),
    Kind(
        "gateway",
        Capability.PAYMENT_GATEWAY,
        "PaymentGateway",
        "gateway",
        "create_link",
        "Gateway",
        "a payment gateway",
        "GatewayConformance",
        "FakeGatewayServer",
        (
            ("payment:link:create", "Asks debtors for payments through {title}."),
            ("payment:refund:create", "Gives payments back through {title}."),
            _ADDRESS,
        ),
        signs=True,
    ),
)


def kind_of(code: str) -> Kind:
    """The kind of that name."""
    return next(kind for kind in KINDS if kind.code == code)
