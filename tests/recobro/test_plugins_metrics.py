"""What a monitoring system reads of plugins."""

from uuid import UUID

from core.plugin_host.health_reads import Budget, OfferHealth
from core.plugin_host.kinds import BudgetPeriod, CallOutcome
from recobro.cli.plugins_metrics import exposition

BUDGET = Budget(
    budget_id=UUID(int=7), creditor_id=None, period=BudgetPeriod.DAY, max_calls=8, max_minor=0, currency="COP",
    used_calls=2, used_minor=0,
)  # fmt: skip
ASKED = OfferHealth(
    code="acme_bureau", outcomes={CallOutcome.SETTLED: 3, CallOutcome.FAILED: 1}, p50_ms=20, p99_ms=1500,
    cost_minor=450_000, currency="COP", paused=False, budgets=[BUDGET],
)  # fmt: skip
RESTS = OfferHealth(
    code="rests", outcomes={}, p50_ms=None, p99_ms=None, cost_minor=0, currency=None, paused=False, budgets=[]
)


def test_every_figure_has_its_agency_offer_and_unit() -> None:
    lines = exposition([("north", ASKED), ('so"uth\\', RESTS)]).splitlines()
    north, south = 'agency="north",offer="acme_bureau"', 'agency="so\\"uth\\\\",offer="rests"'
    counts = {"settled": 3, "pending": 0, "unknown": 0, "failed": 1, "cached": 0}
    assert [line for line in lines if not line.startswith("#")] == [
        *(f'recobro_plugin_calls{{{north},outcome="{name}"}} {count}' for name, count in counts.items()),
        *(f'recobro_plugin_calls{{{south},outcome="{name}"}} 0' for name in counts),
        f'recobro_plugin_call_duration_seconds{{{north},quantile="0.5"}} 0.02',
        f'recobro_plugin_call_duration_seconds{{{north},quantile="0.99"}} 1.5',
        f'recobro_plugin_cost_minor_units{{{north},currency="COP"}} 450000',
        f'recobro_plugin_budget_used_ratio{{{north},budget="{BUDGET.budget_id}",period="day",limit="calls"}} 0.25',
        f'recobro_plugin_budget_used_ratio{{{north},budget="{BUDGET.budget_id}",period="day",limit="money"}} 1',
    ]
    assert lines[-1] == "# EOF"


def test_each_family_is_told_once_even_without_figures() -> None:
    families = [line for line in exposition([]).splitlines() if line.startswith("# TYPE")]
    assert len(families) == len(set(families)) == 4
