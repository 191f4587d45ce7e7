"""What a call costs and whether the agency may still spend it: looked up, and taken, in one statement.

Budgets are of an offer, for all of its calls or for one creditor's, in a calendar day or month of the agency's zone.
Two calls at once cannot both take the last of one: its row is locked for as long as the statement lasts.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.kit import clock, db
from core.kit.db import Row
from core.kit.errors import Conflict
from core.kit.money import Money
from core.kit.scope import Scope
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.runtime import Enabled
from core.plugin_host.settings import not_enabled
from core.plugin_host.turns import turn

PERIOD_START = (
    "date_trunc(CASE b.period WHEN 'DAY' THEN 'day' ELSE 'month' END, {now}::timestamptz AT TIME ZONE a.timezone)::date"
)
TAKING = f"""
budget AS (
  SELECT b.id, b.creditor_id, b.period, b.max_calls, b.max_minor, b.currency,
    {PERIOD_START.format(now="{now}")} AS start, b.period_start, b.used_calls, b.used_minor
  FROM plugin_budget b, agency a WHERE b.agency_id = $1 AND b.offer = {{offer}} AND a.id = $1
    AND (b.creditor_id IS NULL OR b.creditor_id = {{creditor}}) AND {{where}} ORDER BY b.id FOR UPDATE OF b
), used AS (
  SELECT id, creditor_id, period, max_calls, max_minor, currency, start,
    CASE WHEN period_start = start THEN used_calls ELSE 0 END AS calls,
    CASE WHEN period_start = start THEN used_minor ELSE 0 END AS minor
  FROM budget
), refused AS (
  SELECT u.* FROM used u, setting s WHERE u.calls >= u.max_calls OR u.minor + s.price_minor > u.max_minor
    OR (u.currency <> s.currency AND s.price_minor > 0) ORDER BY u.id LIMIT 1
), taken AS (
  UPDATE plugin_budget b SET used_calls = u.calls + 1, used_minor = u.minor + s.price_minor, period_start = u.start
  FROM used u, setting s WHERE b.agency_id = $1 AND b.id = u.id AND NOT EXISTS (SELECT 1 FROM refused)
  RETURNING b.id, u.start
)
"""  # noqa: S608 our own text
"""The parts of a statement that take a call from the budgets, after `SETTING`, which has no row where the offer is not
enabled. `where` says whether anything is taken; `offer`, `creditor` and `now` are what is bound for them."""
SETTING = """
setting AS (
  SELECT version, sealed, price_minor, currency, reuse_days FROM plugin_setting
  WHERE agency_id = $1 AND offer = {offer} AND plugin = {plugin} AND enabled
)
"""
TAKEN = """
s.version, s.sealed, s.price_minor, s.currency, r.id AS refused, r.creditor_id AS budget_creditor_id, r.period,
  r.max_calls, r.max_minor, r.currency AS limit_currency, r.start,
  (SELECT array_agg(id ORDER BY id) FROM taken) AS budgets, (SELECT array_agg(start ORDER BY id) FROM taken) AS periods
"""
"""What such a statement selects of `setting s LEFT JOIN refused r ON true`, for `permit_of`."""
_TAKE = f"""
WITH {SETTING.format(offer="$2", plugin="$3")}, {TAKING.format(offer="$2", creditor="$4", now="$5", where="true")}
SELECT {TAKEN} FROM setting s LEFT JOIN refused r ON true
"""  # noqa: S608 our own text
GIVE_BACK = (
    "UPDATE plugin_budget b SET used_calls = greatest(0, b.used_calls - 1), "
    "used_minor = greatest(0, b.used_minor - $15::bigint) "
    "FROM unnest($16::uuid[], $17::date[]) AS t (id, start) "
    "WHERE b.agency_id = $1 AND b.id = t.id AND b.period_start = t.start RETURNING b.id"
)
"""What a call that had no effect had taken; nothing where a new period has begun since."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call took: its price in minor units, from which budgets in which of their periods."""

    minor: int
    currency: str | None
    budgets: list[UUID]
    periods: list[date]


@dataclass(frozen=True, slots=True)
class Permit:
    """That an offer may be called now: its settings at the agency, and what was taken for the call where it is paid."""

    enabled: Enabled
    spent: Spent | None = None


async def enabled_and_paid(scope: Scope, loaded: LoadedOffer, creditor_id: UUID | None) -> Permit:
    """The agency's settings of an offer, with one call taken from its budgets.

    Raises: Conflict (OFFER_NOT_ENABLED; BUDGET_EXCEEDED, and then nothing is taken from any).
    """
    async with turn(), db.single(scope) as writer:
        rows = await writer.fetch(_TAKE, scope.agency, loaded.code, loaded.plugin, creditor_id, clock.now())
    if not rows:
        raise not_enabled(loaded)
    return permit_of(loaded, rows[0])


def permit_of(loaded: LoadedOffer, row: Row) -> Permit:
    """What a row with `TAKEN` permits. Raises: Conflict (BUDGET_EXCEEDED)."""
    if row["refused"] is not None:
        raise _exceeded(
            loaded,
            row["period"],
            row["budget_creditor_id"],
            row["start"],
            _limit(row["max_calls"], row["max_minor"], row["limit_currency"]),
        )
    spent = Spent(row["price_minor"], row["currency"], row["budgets"] or [], row["periods"] or [])
    return Permit(Enabled(row["version"], row["sealed"]), spent)


def _limit(max_calls: int | None, max_minor: int | None, currency: str | None) -> str:
    parts = [f"{max_calls} calls"] if max_calls is not None else []
    if max_minor is not None and currency is not None:
        parts.append(Money(max_minor, currency).formatted())
    return " and ".join(parts)


def _exceeded(loaded: LoadedOffer, period: str, creditor_id: UUID | None, start: date, limit: str) -> Conflict:
    whose = "for this creditor " if creditor_id is not None else ""
    when = f"for the day {start}" if period == BudgetPeriod.DAY else f"for the month of {start:%Y-%m}"
    return Conflict(
        f"The agency's budget {whose}at the {loaded.kind.noun} '{loaded.code}' ({limit}) is used up {when}.",
        code="BUDGET_EXCEEDED", field=loaded.kind.field,
        remedy="An administrator of the agency (permission plugin:manage) can raise it with `pluginBudgetSet`; "
        "it counts anew with the next period.",
    )  # fmt: skip
