"""Plugins of the installation, and what an agency has enabled of them."""

from datetime import datetime

import strawberry

from core.kit import ids
from core.plugin_host import health_reads, reads
from core.plugin_host.kinds import BudgetPeriod, CallOutcome
from core.plugin_host.offers import PluginState, PluginStatus, ScopeAsked
from schema.kit.money import Money
from schema.kit.scalars import JSON

strawberry.enum(PluginState, description="Whether a plugin works.")
strawberry.enum(BudgetPeriod, name="PluginBudgetPeriod", description="Calendar days or months, in the agency's zone.")
strawberry.enum(
    CallOutcome,
    name="PluginCallOutcome",
    description="How a call ended. UNKNOWN: it may have had an effect; CACHED: an earlier answer was used again.",
)


@strawberry.type(description="What the agency may spend on an offer, and has spent in the running period.")
class PluginBudget:
    creditor_id: strawberry.ID | None = strawberry.field(description="For calls about this creditor's debts only.")
    period: BudgetPeriod = strawberry.field(description="What it is for.")
    max_calls: int | None = strawberry.field(description="The most calls.")
    max_amount: Money | None = strawberry.field(description="The most money.")
    used_calls: int = strawberry.field(description="The calls that count so far.")
    used_amount: Money | None = strawberry.field(description="What they cost.")

    @classmethod
    def of(cls, budget: health_reads.Budget) -> "PluginBudget":
        currency = budget.currency
        return cls(
            creditor_id=strawberry.ID(ids.encode("creditor", budget.creditor_id)) if budget.creditor_id else None,
            period=budget.period,
            max_calls=budget.max_calls,
            max_amount=Money.of(budget.max_minor or 0, currency) if currency else None,
            used_calls=budget.used_calls,
            used_amount=Money.of(budget.used_minor, currency) if currency else None,
        )


@strawberry.type(description="How many calls ended so.")
class PluginCallCount:
    outcome: CallOutcome = strawberry.field(description="How they ended.")
    calls: int = strawberry.field(description="How many.")


@strawberry.type(description="How an offer fared at the agency in the last 24 hours, and what is left of its budgets.")
class PluginHealth:
    code: str = strawberry.field(description="The offer's code.")
    calls: list[PluginCallCount] = strawberry.field(description="Calls by how they ended.")
    p50_ms: int | None = strawberry.field(description="Half of them took at most so many milliseconds.")
    p99_ms: int | None = strawberry.field(description="99 of 100 took at most so many milliseconds.")
    cost: Money | None = strawberry.field(description="What they cost, by the offer's price.")
    paused: bool = strawberry.field(
        description="Whether the provider is not asked for a while, as it failed too often."
    )
    budgets: list[PluginBudget] = strawberry.field(description="What the agency may spend.")

    @classmethod
    def of(cls, health: health_reads.OfferHealth) -> "PluginHealth":
        return cls(
            code=health.code,
            calls=[PluginCallCount(outcome=outcome, calls=calls) for outcome, calls in sorted(health.outcomes.items())],
            p50_ms=health.p50_ms,
            p99_ms=health.p99_ms,
            cost=Money.of(health.cost_minor, health.currency) if health.currency else None,
            paused=health.paused,
            budgets=[PluginBudget.of(budget) for budget in health.budgets],
        )


@strawberry.type(description="What a plugin offers, as the agency has it.")
class PluginOffer:
    code: str = strawberry.field(description="Give it as `provider`, `channel` or `report`.")
    plugin: str = strawberry.field(description="The plugin.")
    kind: str = strawberry.field(description="Which of the plugin's `capabilities` it is: `bureau`, `client_report`.")
    summary: str = strawberry.field(description="What it does, in the plugin's words.")
    enabled: bool = strawberry.field(description="Whether the agency has enabled it.")
    settings: JSON | None = strawberry.field(description="The agency's settings, secrets masked.")
    settings_schema: JSON = strawberry.field(description="JSON Schema of the settings: a form can be drawn from it.")
    callback_path: str | None = strawberry.field(
        description="Where its provider calls us for this agency, below the installation's address: to be given to it."
    )
    jobs: list[str] = strawberry.field(description="The names of its jobs, for `pluginJobRun`.")
    problem: str | None = strawberry.field(description="Why stored settings cannot be used any more.")
    updated_by: str | None = strawberry.field(description="Who changed it last.")
    updated_at: datetime | None = strawberry.field(description="When.")
    price: Money | None = strawberry.field(description="What one call costs the agency.")
    reuse_days: int = strawberry.field(description="For how many days an answer is used again; 0: never.")

    @classmethod
    def of(cls, offer: reads.OfferSettings) -> "PluginOffer":
        return cls(
            code=offer.code,
            plugin=offer.plugin,
            kind=offer.kind,
            summary=offer.summary,
            enabled=offer.enabled,
            settings=offer.settings,
            settings_schema=offer.settings_schema,
            callback_path=offer.callback_path,
            jobs=list(offer.jobs),
            problem=offer.problem,
            updated_by=offer.updated_by,
            updated_at=offer.updated_at,
            price=Money.of(offer.price_minor, offer.currency) if offer.currency else None,
            reuse_days=offer.reuse_days,
        )


@strawberry.type(description="What a scope allows, in words that the host vouches for.")
class PluginScopeMeaning:
    en: str = strawberry.field(description="In English.")
    es: str = strawberry.field(description="In Spanish.")


@strawberry.type(description="What a plugin asks for; granted by enabling one of its offers.")
class PluginScope:
    code: str = strawberry.field(description="Such as `http:bureau.example`.")
    reason: str = strawberry.field(description="Why it asks, in the plugin's own words.")
    meaning: PluginScopeMeaning | None = strawberry.field(
        description="What it allows; null for a scope that this host does not know, which allows nothing."
    )

    @classmethod
    def of(cls, scope: ScopeAsked) -> "PluginScope":
        meaning = PluginScopeMeaning(en=scope.meaning.en, es=scope.meaning.es) if scope.meaning else None
        return cls(code=scope.code, reason=scope.reason, meaning=meaning)


@strawberry.type(description="A plugin of this installation.")
class Plugin:
    name: str = strawberry.field(description="Its name.")
    version: str = strawberry.field(description="Its version.")
    summary: str = strawberry.field(description="What it does.")
    state: PluginState = strawberry.field(description="Whether it works.")
    reason: str | None = strawberry.field(description="Why it does not.")
    capabilities: list[str] = strawberry.field(description="What kinds of offers it has.")
    scopes: list[PluginScope] = strawberry.field(description="What it asks for.")
    offers: list[PluginOffer] = strawberry.field(description="Its offers, as the agency has them.")

    @classmethod
    def of(cls, status: PluginStatus, offers: list[reads.OfferSettings]) -> "Plugin":
        return cls(
            name=status.name,
            version=status.version,
            summary=status.summary,
            state=status.state,
            reason=status.reason,
            capabilities=list(status.capabilities),
            scopes=[PluginScope.of(scope) for scope in status.scopes],
            offers=[PluginOffer.of(offer) for offer in offers if offer.plugin == status.name],
        )
