"""How the offers of plugins fare at an agency: what its calls came to, how long they took, what is left of budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.kit.db import Tx
from core.kit.pages import reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.kinds import BudgetPeriod, CallOutcome
from core.plugin_host.spend import PERIOD_START

MOST_BUDGETS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget, with what is used of it in the running period. Amounts in minor units of `currency`."""

    budget_id: UUID
    creditor_id: UUID | None
    period: BudgetPeriod
    max_calls: int | None
    max_minor: int | None
    currency: str | None
    used_calls: int
    used_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHealth:
    """The calls of one offer at one agency since a moment: how many ended how, and how long they took, in milliseconds
    (what was answered from earlier answers is not among the times). `paused`: the breaker is open in this process."""

    code: str
    outcomes: dict[CallOutcome, int]
    p50_ms: int | None
    p99_ms: int | None
    cost_minor: int
    currency: str | None
    paused: bool
    budgets: list[Budget]


_CALLS = """
SELECT offer, outcome, count(*) AS calls, sum(cost_minor)::bigint AS cost, max(currency) AS currency
FROM plugin_call WHERE agency_id = $1 AND called_at > $2 AND offer = ANY($3::text[]) GROUP BY offer, outcome
"""
_TIMES = """
SELECT offer, percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS times
FROM plugin_call WHERE agency_id = $1 AND called_at > $2 AND offer = ANY($3::text[]) AND outcome <> 'CACHED'
GROUP BY offer
"""
_BUDGETS = f"""
SELECT b.*, b.period_start = {PERIOD_START.format(now="$2")} AS running
FROM plugin_budget b, agency a WHERE b.agency_id = $1 AND a.id = $1 AND b.offer = ANY($3::text[])
ORDER BY b.offer, b.id LIMIT {MOST_BUDGETS}
"""  # noqa: S608 our own text


async def offers_health(
    scope: Scope, codes: Sequence[str], *, within: timedelta = timedelta(days=1), tx: Tx | None = None
) -> list[OfferHealth]:
    """One for each code, in their order. Raises: Forbidden."""
    scope.require(Permission.PLUGIN_READ)
    paused = host.runtime().paused(scope.agency)
    async with reading(scope, tx) as reader:
        since, asked = reader.now - within, list(codes)
        calls = await reader.fetch(_CALLS, scope.agency, since, asked)
        times = {row["offer"]: row["times"] for row in await reader.fetch(_TIMES, scope.agency, since, asked)}
        budgets = await reader.fetch(_BUDGETS, scope.agency, reader.now, asked)
    return [
        OfferHealth(
            code=code,
            outcomes={CallOutcome(row["outcome"]): row["calls"] for row in calls if row["offer"] == code},
            p50_ms=times[code][0] if code in times else None,
            p99_ms=times[code][1] if code in times else None,
            cost_minor=sum(row["cost"] for row in calls if row["offer"] == code),
            currency=next((row["currency"] for row in calls if row["offer"] == code and row["currency"]), None),
            paused=code in paused,
            budgets=[
                Budget(
                    budget_id=row["id"],
                    creditor_id=row["creditor_id"],
                    period=BudgetPeriod(row["period"]),
                    max_calls=row["max_calls"],
                    max_minor=row["max_minor"],
                    currency=row["currency"],
                    used_calls=row["used_calls"] if row["running"] else 0,
                    used_minor=row["used_minor"] if row["running"] else 0,
                )
                for row in budgets
                if row["offer"] == code
            ],
        )
        for code in codes
    ]
