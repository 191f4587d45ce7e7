"""What a creditor's first screen shows, in one statement that costs the same however many payments there are."""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from core.debts.kinds import Stage
from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets, check_bounds
from core.kit import clock
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.pages import fetch_once
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from core.reports.recovery import NO_BALANCE
from core.reports.totals import MEASURES, changes, folded_by_place, place_sql

MAX_MONTHS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardQuery:
    """`months` is how many months of cash to show, up to the present one in UTC; `bounds` make the ageing buckets."""

    creditor_id: UUID
    months: int = 12
    mandate_id: UUID | None = None
    bounds: Sequence[int] = DEFAULT_BOUNDS


class Figures(NamedTuple):
    """Of the debts in one currency: of a stage, of a bucket (`key` is its label, "settled" where nothing is owed), or
    of all (""). Minor units."""

    key: str
    currency: str
    debts: int
    placed_minor: int
    recalled_minor: int
    recovered_minor: int
    balance_minor: int

    @property
    def net_placed_minor(self) -> int:
        """What a liquidation rate divides by (`core.reports.rates`)."""
        return self.placed_minor - self.recalled_minor

    @property
    def adjusted_minor(self) -> int:
        return self.balance_minor + self.recalled_minor + self.recovered_minor - self.placed_minor


class MonthCash(NamedTuple):
    """A month ("2026-01") with cash in one currency: payments less reversals, each in its own month. Minor units."""

    key: str
    currency: str
    recovered_minor: int
    payments: int
    reversals: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """As of the instant `as_of`. Rows by currency, then in the order of the stages, buckets or months; those without
    anything in them are left out."""

    as_of: datetime
    stages: tuple[Figures, ...]
    buckets: tuple[Figures, ...]
    months: tuple[MonthCash, ...]

    @property
    def totals(self) -> tuple[Figures, ...]:
        """A row for each currency: each debt is in one stage, so that the sums over them are those over all."""
        found: dict[str, tuple[int, ...]] = {}
        for row in self.stages:
            before = found.get(row.currency, (0,) * 5)
            found[row.currency] = tuple(map(int.__add__, before, row[2:]))
        return tuple(Figures._make(("", currency, *sums)) for currency, sums in found.items())


async def dashboard(scope: Scope, query: DashboardQuery, *, tx: Tx | None = None) -> Dashboard:
    """The dashboard of a creditor's debts as they stand now. Agency and creditor scope.

    Raises: Forbidden; NotFound (creditor, mandate); InvalidInput (INVALID_AGEING_BOUNDS, DASHBOARD_MONTHS).
    """
    scope.require(Permission.RECOVERY_READ)
    bounds = check_bounds(query.bounds)
    if not 1 <= query.months <= MAX_MONTHS:
        raise InvalidInput(
            f"A dashboard shows 1 to {MAX_MONTHS} months.", code="DASHBOARD_MONTHS", field="months",
            remedy="Give a number in that range; older months are in the recovery by month.",
        )  # fmt: skip
    usual, by_agency = bounds == DEFAULT_BOUNDS, scope.audience is Audience.AGENCY
    now = clock.now() if tx is None else tx.now
    args: list[Any] = [query.creditor_id, now, _first_month(now, query.months)]
    if by_agency:
        args.append(scope.agency)
    if query.mandate_id is not None:
        args.append(query.mandate_id)
    if not usual:
        args.append(bucket_starts(bounds))
    found = await fetch_once(scope, tx, _statement(by_agency, query.mandate_id is not None, usual), *args)
    return _dashboard(now, bounds, found, query.mandate_id)


def _first_month(now: datetime, months: int) -> date:
    year, month = divmod(now.year * 12 + now.month - months, 12)
    return date(year, month + 1, 1)


_CREDITOR, _MANDATE, _STAGE, _BUCKET, _MONTH = range(5)
_STAGES = {stage.value: place for place, stage in enumerate(Stage)}
_SUMS = ", ".join(f"sum(w.{name})::bigint" for name in ("debts", *MEASURES))
_NAMED = ", ".join(f"t.{name}_minor AS {name}" for name in MEASURES)
_NONE = "NULL::text, NULL::int, NULL::date"


# One aggregation over everything, with the same columns for all kinds of rows: of a month, `debts` are its payments and
# `placed` its reversals. It takes half the time of one aggregation for each.
@lru_cache
def _statement(by_agency: bool, by_mandate: bool, usual: bool) -> str:
    """$1 creditor, $2 now, $3 first month, then as far as asked for: the agency, a mandate, bounds."""
    agency, mandate = "$4", "$5" if by_agency else "$4"
    of = f"{{0}}.creditor_id = $1{f' AND {{0}}.agency_id = {agency}' if by_agency else ''}"
    where = f"{of.format('t')}{f' AND t.mandate_id = {mandate}' if by_mandate else ''}"
    starts = None if usual else f"${4 + by_agency + by_mandate}::int[]"
    asked = f"SELECT {_CREDITOR}, '', {_NONE}, 1, 0, 0, 0, 0 FROM creditor x WHERE x.id = $1 AND {of.format('x')}"
    if by_mandate:
        asked += (
            f" UNION ALL SELECT {_MANDATE}, '', {_NONE}, 1, 0, 0, 0, 0 FROM mandate x "
            f"WHERE x.id = {mandate} AND {of.format('x')}"
        )
    measures, places = ", ".join(f"t.{name}" for name in MEASURES), folded_by_place(where, starts)
    return f"""
    WITH {changes(where, of.format("y"), "$2::timestamptz")}
    SELECT w.kind, w.currency, w.stage, w.place, w.month, {_SUMS}
    FROM (
      SELECT {_STAGE} AS kind, t.currency, t.stage, NULL::int AS place, NULL::date AS month, t.debts, {_NAMED}
      FROM recovery_standing t WHERE {where}
      UNION ALL
      SELECT {_BUCKET}, t.currency, NULL, t.place, NULL, t.debts, {measures} FROM ({places}) AS t
      UNION ALL
      SELECT {_MONTH}, t.currency, NULL, NULL, t.month, t.payments, t.reversals, 0, t.recovered_minor, 0
      FROM recovery_month t WHERE {where} AND t.month >= $3::date
      UNION ALL
      SELECT v.* FROM delta t JOIN zone z ON z.agency_id = t.agency_id AND z.mandate_id = t.mandate_id
      CROSS JOIN LATERAL (VALUES
        ({_STAGE}, t.currency, t.stage, NULL::int, NULL::date, t.debts, {measures}),
        ({_BUCKET}, t.currency, NULL, {place_sql(starts)}, NULL, t.debts, {measures})
      ) AS v WHERE t.month IS NULL
      UNION ALL
      SELECT {_MONTH}, t.currency, NULL, NULL, t.month, t.payments, t.reversals, 0, t.recovered, 0
      FROM delta t WHERE t.month >= $3::date
      UNION ALL {asked}
    ) AS w GROUP BY 1, 2, 3, 4, 5 HAVING sum(w.debts) <> 0 OR sum(w.placed) <> 0
    """


def _dashboard(now: datetime, bounds: Sequence[int], found: list[Row], mandate_id: UUID | None) -> Dashboard:
    asked: set[int] = set()
    labels = [*(bucket.label for bucket in buckets(bounds)), NO_BALANCE]
    stages: list[tuple[str, int, Figures]] = []
    places: list[tuple[str, int, Figures]] = []
    months: list[MonthCash] = []
    for kind, currency, stage, place, month, debts, placed, recalled, recovered, balance in found:
        if kind == _STAGE:
            figures = Figures(stage, currency, debts, placed, recalled, recovered, balance)
            stages.append((currency, _STAGES[stage], figures))
        elif kind == _BUCKET:
            number = len(labels) - 1 if place is None else place
            figures = Figures(labels[number], currency, debts, placed, recalled, recovered, balance)
            places.append((currency, number, figures))
        elif kind == _MONTH:
            months.append(MonthCash(month.isoformat()[:7], currency, recovered, debts, placed))
        else:
            asked.add(kind)
    if _CREDITOR not in asked:
        raise not_found("creditor", "creditor_id")
    if mandate_id is not None and _MANDATE not in asked:
        raise not_found("mandate", "mandate_id")
    by_stage = tuple([row for _, _, row in sorted(stages)])
    months.sort(key=itemgetter(1, 0))
    return Dashboard(now, by_stage, tuple([row for _, _, row in sorted(places)]), tuple(months))
