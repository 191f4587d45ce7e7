"""The health of plugins in OpenMetrics text, for a monitoring system."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from core.plugin_host.health_reads import Budget, OfferHealth
from core.plugin_host.kinds import CallOutcome

Sample = tuple[dict[str, str], int | float]
_QUANTILES: Final = (("0.5", "p50_ms"), ("0.99", "p99_ms"))


def exposition(found: Sequence[tuple[str, OfferHealth]]) -> str:
    """Gauges of each agency's offers over the last 24 hours; money in minor units, times in seconds. Outcomes that did
    not happen are 0, so that an alarm on them has something to compare; times without calls are left out."""
    families: tuple[tuple[str, str, Iterable[Sample]], ...] = (
        ("calls", "Calls of the last 24 hours, by how they ended.", _each(found, _calls)),
        ("call_duration_seconds", "How long calls of the last 24 hours took.", _each(found, _times)),
        ("cost_minor_units", "What calls of the last 24 hours cost.", _each(found, _cost)),
        ("budget_used_ratio", "What is used of a budget in its running period, 1 is all of it.", _each(found, _used)),
    )
    lines = [line for name, told, samples in families for line in _family(f"recobro_plugin_{name}", told, samples)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _each(found: Sequence[tuple[str, OfferHealth]], of: Callable[[OfferHealth], Iterable[Sample]]) -> Iterable[Sample]:
    for agency, health in found:
        for labels, value in of(health):
            yield {"agency": agency, "offer": health.code, **labels}, value


def _family(name: str, told: str, samples: Iterable[Sample]) -> Iterable[str]:
    yield f"# TYPE {name} gauge"
    yield f"# HELP {name} {told}"
    for labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{shown}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _calls(health: OfferHealth) -> Iterable[Sample]:
    return [({"outcome": outcome.value.lower()}, health.outcomes.get(outcome, 0)) for outcome in CallOutcome]


def _times(health: OfferHealth) -> Iterable[Sample]:
    for quantile, field in _QUANTILES:
        took: int | None = getattr(health, field)
        if took is not None:
            yield {"quantile": quantile}, took / 1000


def _cost(health: OfferHealth) -> Iterable[Sample]:
    if health.currency is not None:
        yield {"currency": health.currency}, health.cost_minor


def _used(health: OfferHealth) -> Iterable[Sample]:
    for budget in health.budgets:
        for limit, used, most in _limits(budget):
            labels = {"budget": str(budget.budget_id), "period": budget.period.value.lower(), "limit": limit}
            yield labels, round(used / most, 4) if most else 1


def _limits(budget: Budget) -> Iterable[tuple[str, int, int]]:
    if budget.max_calls is not None:
        yield "calls", budget.used_calls, budget.max_calls
    if budget.max_minor is not None:
        yield "money", budget.used_minor, budget.max_minor
