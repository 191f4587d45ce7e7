"""What `plugins health` and `plugins rotate-secrets` do, agency by agency."""

from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.scope import Actor, Scope, agency_scope
from core.permissions import Permission
from core.plugin_host.health_reads import Budget, OfferHealth, offers_health
from core.plugin_host.rotate_secrets import SecretsRotated, rotate_secrets
from tenants import identity

ACTOR = Actor("system", "command line")


async def all_health(slug: str | None) -> list[tuple[str, OfferHealth]]:
    """How each offer that is enabled fared in the last 24 hours, with its agency's short name, of one agency or of all.
    Raises: NotFound (agency)."""
    found: list[tuple[str, OfferHealth]] = []
    for agency_id, name in await _agencies(slug):
        scope = _scope(agency_id)
        async with db.transaction(scope, read_only=True) as tx:
            enabled = await tx.fetch(
                "SELECT offer FROM plugin_setting WHERE agency_id = $1 AND enabled ORDER BY offer LIMIT 1000", agency_id
            )
            health = await offers_health(scope, [row["offer"] for row in enabled], tx=tx)
        found += [(name, one) for one in health]
    return found


def rows(found: list[tuple[str, OfferHealth]]) -> list[tuple[object, ...]]:
    """The table of `health`."""
    return [(name, *_told(one)) for name, one in found]


async def rotated() -> list[tuple[str, SecretsRotated]]:
    return [(name, await rotate_secrets(_scope(agency_id))) for agency_id, name in await _agencies(None)]


def _told(health: OfferHealth) -> tuple[object, ...]:
    calls = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(health.outcomes.items()))
    cost = Money(health.cost_minor, health.currency).formatted() if health.currency else ""
    return health.code, calls, health.p50_ms, health.p99_ms, cost, "; ".join(map(_budget, health.budgets))


def _budget(budget: Budget) -> str:
    parts = [f"{budget.used_calls} of {budget.max_calls} calls"] if budget.max_calls is not None else []
    if budget.max_minor is not None and budget.currency is not None:
        used, most = (Money(minor, budget.currency).formatted() for minor in (budget.used_minor, budget.max_minor))
        parts.append(f"{used} of {most}")
    whose = " for one creditor" if budget.creditor_id is not None else ""
    return f"{' and '.join(parts)} a {budget.period.value.lower()}{whose}"


def _scope(agency_id: UUID) -> Scope:
    return agency_scope(agency_id, ACTOR, (Permission.PLUGIN_READ, Permission.PLUGIN_MANAGE))


async def _agencies(slug: str | None) -> list[tuple[UUID, str]]:
    async with identity.transaction("command line", read_only=True) as tx:
        found = await tx.fetch(
            "SELECT id, slug FROM agency WHERE $1::text IS NULL OR slug = $1 ORDER BY slug LIMIT 1000", slug
        )
    if slug is not None and not found:
        raise not_found("agency", "--agency")
    return [(row["id"], row["slug"]) for row in found]
