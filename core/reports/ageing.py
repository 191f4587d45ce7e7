"""Ageing: what was open at the end of a day, by days past due; computed from movements, for any day.

A debt is open at D when it was opened on or before D, was not closed by then, and the movements up to and including D
leave a balance: paid on D is settled at D. Its age at D counts from the oldest due date of the components that still
have a balance: due on D (or later, or never) is "current", a bound belongs to its bucket (30 days are "1-30").
Settled in the month of D: the debts that came to 0 in that month, up to D, and were at 0 at D; the sum is what was
placed of them. A recalled debt is not settled, nor one that is written off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets, check_bounds
from core.kit.db import Row, Tx
from core.kit.errors import LimitExceeded
from core.kit.money import Money
from core.kit.pages import Args, reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.reports.population import MOVED_ON, Population, require_known

MAX_DAYS = 120
_SETTLED, _NOTHING = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingQuery:
    """`bounds` are the upper days of all buckets but the last."""

    creditor_id: UUID
    as_of: date
    mandate_id: UUID | None = None
    bounds: Sequence[int] = DEFAULT_BOUNDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingSeriesQuery:
    """As `AgeingQuery`, for up to 120 days at once."""

    creditor_id: UUID
    days: Sequence[date]
    mandate_id: UUID | None = None
    bounds: Sequence[int] = DEFAULT_BOUNDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingBucket:
    """`label` as in `core.debts.rules.buckets`: "current", "1-30", …, "180+"."""

    label: str
    debts: int
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingRow:
    """One day in one currency. `settled_debts` and `settled` are of the month of `as_of`, up to it."""

    as_of: date
    currency: str
    open_debts: int
    open_balance: Money
    buckets: tuple[AgeingBucket, ...]
    settled_debts: int
    settled: Money


async def ageing(scope: Scope, query: AgeingQuery, *, tx: Tx | None = None) -> tuple[AgeingRow, ...]:
    """The ageing of a creditor's debts at the end of one day, a row per currency of them. Agency and creditor scope.

    Raises: Forbidden; NotFound (creditor, mandate); InvalidInput (INVALID_AGEING_BOUNDS).
    """
    series = AgeingSeriesQuery(
        creditor_id=query.creditor_id, mandate_id=query.mandate_id, days=(query.as_of,), bounds=query.bounds
    )
    return await ageing_series(scope, series, tx=tx)


async def ageing_series(scope: Scope, query: AgeingSeriesQuery, *, tx: Tx | None = None) -> tuple[AgeingRow, ...]:
    """The same for many days in one statement: a row per day and currency, by day, then currency.

    Raises: as `ageing`; LimitExceeded (TOO_MANY_DAYS).
    """
    scope.require(Permission.RECOVERY_READ)
    days, bounds = sorted(set(query.days)), check_bounds(query.bounds)
    if len(days) > MAX_DAYS:
        raise LimitExceeded(
            f"At most {MAX_DAYS} days at once.", code="TOO_MANY_DAYS", field="days", remedy="Ask in parts."
        )
    population = Population(creditor_id=query.creditor_id, mandate_id=query.mandate_id)
    args = Args(days, bucket_starts(bounds))
    sql = _SERIES.format(
        where=population.where(scope, args, "v"),
        known=population.known(scope, args),
    )
    async with reading(scope, tx) as open_tx:
        rows = await open_tx.fetch(sql, *args.values)
    require_known(rows[0])
    return _rows(days, bounds, [row for row in rows if row["day"] is not None])


# `step`: what changed on a day in the parts of a debt that are due on one date. `stand`: from when until when such a
# part had which balance. Most debts have one due date only (`sole`); the others are put together per day, to age by the
# oldest. `level`: the whole debts likewise. No two of these are joined: PostgreSQL cannot know how many rows they have.
_SERIES = f"""
WITH days AS (
  SELECT day FROM unnest($1::date[]) AS asked (day)
), step AS (
  SELECT v.agency_id, v.debt_id, c.due_on, {MOVED_ON} AS on_day, sum(v.delta_minor)::bigint AS delta,
    COALESCE(sum(v.delta_minor) FILTER (WHERE v.kind = 'PLACEMENT'), 0)::bigint AS placed,
    bool_or(v.kind = 'RECALL') AS recalled,
    COALESCE(sum(v.delta_minor) FILTER (WHERE v.kind = 'WRITE_OFF'), 0)::bigint AS written_off,
    min(d.currency) AS currency, min(d.closed_on) AS closed_on
  FROM debt_movement v JOIN debt d ON d.agency_id = v.agency_id AND d.id = v.debt_id
  JOIN debt_component c ON c.agency_id = v.agency_id AND c.id = v.component_id
  WHERE {{where}} GROUP BY 1, 2, 3, 4
), stand AS (
  SELECT agency_id, debt_id, due_on, currency, on_day, LEAST(lead(on_day) OVER in_time, closed_on) AS until,
    (sum(delta) OVER in_time)::bigint AS balance,
    COALESCE(min(due_on) OVER whole = max(due_on) OVER whole AND count(*) OVER whole = count(due_on) OVER whole,
             count(due_on) OVER whole = 0) AS sole
  FROM step
  WINDOW in_time AS (PARTITION BY agency_id, debt_id, due_on ORDER BY on_day),
    whole AS (PARTITION BY agency_id, debt_id)
), level AS (
  SELECT on_day, lead(on_day) OVER in_time AS until, min(currency) AS currency,
    (sum(sum(delta)) OVER in_time)::bigint AS balance, (sum(sum(placed)) OVER in_time)::bigint AS placed,
    bool_or(bool_or(recalled)) OVER in_time OR sum(sum(written_off)) OVER in_time < 0 AS withdrawn
  FROM step GROUP BY agency_id, debt_id, on_day WINDOW in_time AS (PARTITION BY agency_id, debt_id ORDER BY on_day)
), still_open AS (
  SELECT days.day, s.currency, s.due_on, s.balance
  FROM stand s JOIN days ON days.day >= s.on_day AND (s.until IS NULL OR days.day < s.until)
  WHERE s.sole AND s.balance > 0
  UNION ALL
  SELECT days.day, min(s.currency), min(s.due_on), sum(s.balance)::bigint
  FROM stand s JOIN days ON days.day >= s.on_day AND (s.until IS NULL OR days.day < s.until)
  WHERE NOT s.sole AND s.balance > 0 GROUP BY days.day, s.agency_id, s.debt_id
), counted AS (
  SELECT day, currency, COALESCE(width_bucket(day - due_on, $2::int[]), 0) AS place, balance AS minor FROM still_open
  UNION ALL
  SELECT days.day, l.currency, {_SETTLED}, l.placed
  FROM level l JOIN days ON l.on_day BETWEEN date_trunc('month', days.day)::date AND days.day
    AND (l.until IS NULL OR l.until > days.day)
  WHERE l.balance = 0 AND NOT l.withdrawn
  UNION ALL
  SELECT DISTINCT $1[1], l.currency, {_NOTHING}, 0::bigint FROM level l
)
SELECT known.*, found.* FROM (SELECT {{known}}) AS known LEFT JOIN (
  SELECT day, currency, place, count(*) AS debts, sum(minor)::bigint AS minor FROM counted GROUP BY 1, 2, 3
) AS found ON true
"""  # noqa: S608 - the program's own text; values are bound


def _rows(days: Sequence[date], bounds: Sequence[int], rows: Sequence[Row]) -> tuple[AgeingRow, ...]:
    found = {(row["day"], row["currency"], row["place"]): (row["debts"], row["minor"]) for row in rows}
    currencies = sorted({row["currency"] for row in rows})
    labels = [bucket.label for bucket in buckets(bounds)]

    def one(day: date, currency: str) -> AgeingRow:
        cells = [found.get((day, currency, place), (0, 0)) for place in range(len(labels))]
        settled = found.get((day, currency, _SETTLED), (0, 0))
        return AgeingRow(
            as_of=day,
            currency=currency,
            open_debts=sum(debts for debts, _ in cells),
            open_balance=Money(sum(minor for _, minor in cells), currency),
            buckets=tuple(
                AgeingBucket(label=label, debts=debts, balance=Money(minor, currency))
                for label, (debts, minor) in zip(labels, cells, strict=True)
            ),
            settled_debts=settled[0],
            settled=Money(settled[1], currency),
        )

    return tuple(one(day, currency) for day in days for currency in currencies)
