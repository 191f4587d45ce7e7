"""The hooks: plain functions that say what a plugin offers.

Hooks are synchronous, take nothing, know no agency and do no work: the work is in the contracts. Their order means
nothing. A plugin implements them in the module that its entry point (group `recobro`) names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pluggy

from recobro_sdk.bureau import BureauProvider
from recobro_sdk.extensions import Extension
from recobro_sdk.files import FileLayout
from recobro_sdk.furnishing import BureauFurnisher
from recobro_sdk.gateways import PaymentGateway
from recobro_sdk.identifiers import IdentifierValidator
from recobro_sdk.jurisdiction import JurisdictionPack
from recobro_sdk.legal import LegalChannel
from recobro_sdk.manifest import Capability, PluginManifest
from recobro_sdk.messages import MessageChannel
from recobro_sdk.offers import Offer
from recobro_sdk.reports import ClientReport
from recobro_sdk.scoring import Scorer
from recobro_sdk.subscribers import EventSubscriber

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
        """Credit bureaus that are asked about debtors."""
        raise NotImplementedError

    @hookspec
    def recobro_bureau_furnishers(self) -> Iterable[Offer[BureauFurnisher]]:
        """Credit bureaus that are told how debtors pay."""
        raise NotImplementedError

    @hookspec
    def recobro_legal_channels(self) -> Iterable[Offer[LegalChannel]]:
        """Ways to hand a case to lawyers or a court."""
        raise NotImplementedError

    @hookspec
    def recobro_client_reports(self) -> Iterable[Offer[ClientReport]]:
        """Reports for one creditor."""
        raise NotImplementedError

    @hookspec
    def recobro_message_channels(self) -> Iterable[Offer[MessageChannel]]:
        """Ways to write to somebody: SMS, e-mail, WhatsApp, letters."""
        raise NotImplementedError

    @hookspec
    def recobro_payment_gateways(self) -> Iterable[Offer[PaymentGateway]]:
        """Payment gateways."""
        raise NotImplementedError

    @hookspec
    def recobro_jurisdictions(self) -> Iterable[Offer[JurisdictionPack]]:
        """Rule packs of a place; their settings are what the law leaves open."""
        raise NotImplementedError

    @hookspec
    def recobro_scorers(self) -> Iterable[Offer[Scorer]]:
        """Scores for debts."""
        raise NotImplementedError

    @hookspec
    def recobro_file_layouts(self) -> Iterable[FileLayout]:
        """Layouts of files, each one schema inside the plugin's package."""
        raise NotImplementedError

    @hookspec
    def recobro_identifier_validators(self) -> Iterable[Offer[IdentifierValidator]]:
        """Validators of a country's documents."""
        raise NotImplementedError

    @hookspec
    def recobro_event_subscribers(self) -> Iterable[Offer[EventSubscriber]]:
        """Those who hear of what happens at the agency."""
        raise NotImplementedError

    @hookspec
    def recobro_extensions(self) -> Iterable[Extension]:
        """What is added to the host itself: fields, queries and mutations of the API, and jobs."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Contract:
    """A capability, the hook that returns its offers, and the protocol that they build (None for plain data)."""

    capability: Capability
    hook: str
    protocol: Any


CONTRACTS: Final[tuple[Contract, ...]] = (
    Contract(Capability.BUREAU, "recobro_bureaus", BureauProvider),
    Contract(Capability.BUREAU_FURNISHING, "recobro_bureau_furnishers", BureauFurnisher),
    Contract(Capability.LEGAL_CHANNEL, "recobro_legal_channels", LegalChannel),
    Contract(Capability.CLIENT_REPORT, "recobro_client_reports", ClientReport),
    Contract(Capability.MESSAGE_CHANNEL, "recobro_message_channels", MessageChannel),
    Contract(Capability.PAYMENT_GATEWAY, "recobro_payment_gateways", PaymentGateway),
    Contract(Capability.JURISDICTION, "recobro_jurisdictions", JurisdictionPack),
    Contract(Capability.SCORER, "recobro_scorers", Scorer),
    Contract(Capability.FILE_LAYOUT, "recobro_file_layouts", None),
    Contract(Capability.IDENTIFIER_VALIDATOR, "recobro_identifier_validators", IdentifierValidator),
    Contract(Capability.EVENT_SUBSCRIBER, "recobro_event_subscribers", EventSubscriber),
    Contract(Capability.EXTENSION, "recobro_extensions", None),
)
"""Every contract, once."""
