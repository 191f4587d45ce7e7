"""What plugins offer: the kinds, one loaded offer, and what an administrator sees of a plugin."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from recobro_sdk import BureauProvider, Capability, ClientReport, LegalChannel, Offer, PluginManifest

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class OfferKind(Generic[P]):
    """A kind of offer: the hook that returns it, the contract of what it builds, its word in sentences and inputs.

    `needs` are the scopes that a plugin must ask for because every call of this kind hands it that.
    """

    capability: Capability
    hook: str
    contract: Any
    noun: str
    field: str
    needs: frozenset[str] = frozenset()


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
)
CLIENT_REPORT: OfferKind[ClientReport] = OfferKind(
    Capability.CLIENT_REPORT, "recobro_client_reports", ClientReport, "report", "report"
)
KINDS: tuple[OfferKind[Any], ...] = (BUREAU, LEGAL_CHANNEL, CLIENT_REPORT)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedOffer:
    """An offer of an active plugin. `settings_schema` is the JSON Schema of the form that an administrator fills in."""

    kind: OfferKind[Any]
    manifest: PluginManifest
    offer: Offer[Any]
    settings_schema: dict[str, Any] = field(repr=False)

    @property
    def code(self) -> str:
        return self.offer.code

    @property
    def plugin(self) -> str:
        return self.manifest.name

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
    """A permission that the plugin asks for, and why, in the words shown before it is enabled."""

    code: str
    reason: str


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
