"""What plugins offer: the kinds, one loaded offer, and what an administrator sees of a plugin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.plugin_host.additions import Additions
from core.plugin_host.codec import Operation, operations
from core.plugin_host.extension_calls import ExtensionCalls
from core.plugin_host.report_calls import ReportCalls
from recobro_sdk import (
    AcknowledgementReader,
    BureauFurnisher,
    BureauProvider,
    CallbackReceiver,
    Capability,
    CaseFollower,
    ChargingGateway,
    ClientReport,
    CostAnswerReceiver,
    EventSubscriber,
    Extension,
    IdentifierValidator,
    JurisdictionPack,
    LegalChannel,
    MessageChannel,
    PaymentGateway,
    PluginManifest,
    Scorer,
    Text,
)

if TYPE_CHECKING:
    from core.plugin_host.peer import Link

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class OfferKind(Generic[P]):
    """A kind of offer: the hook that returns it, the contract of what it builds, its word in sentences and inputs.

    `needs` are the scopes that a plugin must ask for because every call of this kind hands it that. `crossing` is the
    contract as it goes to the plugin's process, where it is not the same (P is the one that the host calls). `parts`
    are optional parts of the contract, each with the ability of an offer whose provider has it.
    """

    capability: Capability
    hook: str
    contract: Any
    noun: str
    field: str
    needs: frozenset[str] = frozenset()
    crossing: Any = None
    parts: tuple[tuple[str, Any], ...] = ()

    @property
    def wire(self) -> Any:
        return self.crossing or self.contract

    def adapted(self, provider: Any, extension: Extension | None) -> object:
        """What serves the contract as it crosses, in the plugin's process."""
        if extension is not None:
            from core.plugin_host.inside.extensions import InsideExtension

            return InsideExtension(provider, extension)
        if self.crossing is not ReportCalls:
            return provider
        from core.plugin_host.inside.reports import InsideReport

        return InsideReport(provider)


BUREAU: OfferKind[BureauProvider] = OfferKind(
    Capability.BUREAU,
    "recobro_bureaus",
    BureauProvider,
    "credit bureau",
    "provider",
    frozenset({"debtor:document:read"}),
)
LEGAL_CHANNEL: OfferKind[LegalChannel] = OfferKind(
    Capability.LEGAL_CHANNEL,
    "recobro_legal_channels",
    LegalChannel,
    "legal channel",
    "channel",
    frozenset({"debtor:identity:read", "debt:balance:read"}),
    parts=(("case_news", CaseFollower), ("cost_answers", CostAnswerReceiver)),
)
CLIENT_REPORT: OfferKind[ReportCalls] = OfferKind(
    Capability.CLIENT_REPORT, "recobro_client_reports", ClientReport, "report", "report", crossing=ReportCalls
)
BUREAU_FURNISHING: OfferKind[BureauFurnisher] = OfferKind(
    Capability.BUREAU_FURNISHING,
    "recobro_bureau_furnishers",
    BureauFurnisher,
    "bureau furnisher",
    "furnisher",
    frozenset({"debtor:identity:read", "debt:balance:read", "debt:status:furnish"}),
    parts=(("acknowledgement_files", AcknowledgementReader),),
)
MESSAGE_CHANNEL: OfferKind[MessageChannel] = OfferKind(
    Capability.MESSAGE_CHANNEL,
    "recobro_message_channels",
    MessageChannel,
    "message channel",
    "channel",
    frozenset({"debtor:contact:read", "debtor:message:send"}),
)
PAYMENT_GATEWAY: OfferKind[PaymentGateway] = OfferKind(
    Capability.PAYMENT_GATEWAY,
    "recobro_payment_gateways",
    PaymentGateway,
    "payment gateway",
    "gateway",
    frozenset({"payment:link:create", "payment:refund:create"}),
    parts=(("charge", ChargingGateway),),
)
JURISDICTION: OfferKind[JurisdictionPack] = OfferKind(
    Capability.JURISDICTION,
    "recobro_jurisdictions",
    JurisdictionPack,
    "rule pack",
    "pack",
    frozenset({"debt:facts:read"}),
)
SCORER: OfferKind[Scorer] = OfferKind(
    Capability.SCORER, "recobro_scorers", Scorer, "scorer", "scorer", frozenset({"debt:facts:read"})
)
IDENTIFIER_VALIDATOR: OfferKind[IdentifierValidator] = OfferKind(
    Capability.IDENTIFIER_VALIDATOR,
    "recobro_identifier_validators",
    IdentifierValidator,
    "identifier validator",
    "validator",
    frozenset({"debtor:document:read"}),
)
EVENT_SUBSCRIBER: OfferKind[EventSubscriber] = OfferKind(
    Capability.EVENT_SUBSCRIBER,
    "recobro_event_subscribers",
    EventSubscriber,
    "event subscriber",
    "subscriber",
    frozenset({"event:list:read"}),
)
EXTENSION: OfferKind[ExtensionCalls] = OfferKind(
    Capability.EXTENSION, "recobro_extensions", object, "extension", "extension", crossing=ExtensionCalls
)
KINDS: tuple[OfferKind[Any], ...] = (
    BUREAU, BUREAU_FURNISHING, LEGAL_CHANNEL, CLIENT_REPORT, MESSAGE_CHANNEL, PAYMENT_GATEWAY, JURISDICTION, SCORER,
    IDENTIFIER_VALIDATOR, EVENT_SUBSCRIBER, EXTENSION,
)  # fmt: skip
CALLBACKS = "callbacks"
"""The ability of an offer whose provider is a `CallbackReceiver`."""


@lru_cache(maxsize=32)
def operations_of(kind: OfferKind[Any]) -> Mapping[str, Operation]:
    """The functions of a kind's contract as it crosses with its optional parts, and those of who receives callbacks."""
    parts = {name: found for _, part in kind.parts for name, found in operations(part).items()}
    return {**operations(CallbackReceiver), **parts, **operations(kind.wire)}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadedOffer:
    """An offer of an active plugin. `settings_schema` is the JSON Schema of the form that an administrator fills in;
    `link` leads to the plugin's process."""

    kind: OfferKind[Any]
    manifest: PluginManifest
    code: str
    summary: str
    abilities: tuple[str, ...]
    countries: tuple[str, ...]
    settings_schema: dict[str, Any] = field(repr=False)
    additions: Additions | None = field(default=None, repr=False)
    link: "Link" = field(repr=False)

    @property
    def plugin(self) -> str:
        return self.manifest.name

    @property
    def scopes(self) -> list[str]:
        """The codes of what its plugin asks for, sorted."""
        return sorted({asked.code for asked in self.manifest.scopes})

    def asks_for(self, scope: str) -> bool:
        """Whether the manifest asks for a scope, which the agency granted by enabling the offer."""
        return any(asked.code == scope for asked in self.manifest.scopes)


class PluginState(StrEnum):
    """DEGRADED: active, and paused at some agency because its provider fails. BLOCKED: not used, see `reason`."""

    ACTIVE = "ACTIVE"
    DEGRADED = "DEGRADED"
    BLOCKED = "BLOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferStatus:
    """`countries` are ISO 3166 alpha-2 codes, empty for everywhere; `settings_schema` is JSON Schema."""

    code: str
    kind: Capability
    summary: str
    abilities: tuple[str, ...]
    countries: tuple[str, ...]
    settings_schema: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeAsked:
    """A permission that the plugin asks for, and why, in the words shown before it is enabled. `meaning` is what it
    allows, in the SDK's words; None for a scope that the SDK does not know."""

    code: str
    reason: str
    meaning: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginStatus:
    """A plugin of this installation. A blocked one may have nothing but its name and the reason."""

    name: str
    version: str
    summary: str
    state: PluginState
    reason: str | None
    offers: tuple[OfferStatus, ...]
    scopes: tuple[ScopeAsked, ...]
    capabilities: tuple[str, ...]
