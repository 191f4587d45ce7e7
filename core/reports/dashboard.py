"""What a creditor's first screen shows, in one statement that costs the same however many payments there are."""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from core.debts.models import Stage
from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets, check_bounds
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.pages import reading
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from core.reports.recovery import NO_BALANCE
from core.reports.totals import MEASURES, by_month, by_place, by_standing, changes

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
    totals: tuple[Figures, ...]
    stages: tuple[Figures, ...]
    buckets: tuple[Figures, ...]
    months: tuple[MonthCash, ...]


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
    async with reading(scope, tx) as open_tx:
        args: list[Any] = [query.creditor_id, open_tx.now, _first_month(open_tx.now, query.months), query.mandate_id]
        if by_agency:
            args.append(scope.agency)
        if not usual:
            args.append(bucket_starts(bounds))
        found = await open_tx.fetch(_statement(by_agency, usual), *args)
        return _dashboard(open_tx.now, bounds, found)


def _first_month(now: datetime, months: int) -> date:
    year, month = divmod(now.year * 12 + now.month - months, 12)
    return date(year, month + 1, 1)


_KNOWN, _STAGE, _BUCKET, _MONTH = range(4)
_SUMS = ", ".join(f"sum(w.{name})::bigint" for name in ("debts", *MEASURES))
_STAGES = ", ".join(f"'{stage.value}'" for stage in Stage)


@lru_cache
def _statement(by_agency: bool, usual: bool) -> str:
    """$1 creditor, $2 now, $3 first month, $4 mandate or NULL; the agency of an agency's scope, bounds unless usual."""
    of = f"{{0}}.creditor_id = $1{' AND {0}.agency_id = $5' if by_agency else ''}"
    where = f"{of.format('t')} AND ($4::uuid IS NULL OR t.mandate_id = $4)"
    starts = None if usual else f"${6 if by_agency else 5}::int[]"
    return f"""
    WITH {changes(where, of.format("y"), "$2::timestamptz")}
    SELECT {_KNOWN} AS kind, '' AS currency, 0 AS place, '' AS key,
      EXISTS (SELECT FROM creditor x WHERE x.id = $1 AND {of.format("x")})::int::bigint AS debts,
      ($4::uuid IS NULL OR EXISTS (SELECT FROM mandate x WHERE x.id = $4 AND {of.format("x")}))::int::bigint AS placed,
      0::bigint AS recalled, 0::bigint AS recovered, 0::bigint AS balance, 0::bigint AS payments, 0::bigint AS reversals
    UNION ALL
    SELECT {_STAGE}, w.currency, array_position(ARRAY[{_STAGES}], w.stage::text), w.stage, {_SUMS}, 0, 0
    FROM ({by_standing(where)}) AS w GROUP BY w.currency, w.stage HAVING sum(w.debts) <> 0
    UNION ALL
    SELECT {_BUCKET}, w.currency, COALESCE(w.place, 999), '', {_SUMS}, 0, 0
    FROM ({by_place(where, starts)}) AS w GROUP BY w.currency, w.place HAVING sum(w.debts) <> 0
    UNION ALL
    SELECT {_MONTH}, w.currency, 0, to_char(w.month, 'YYYY-MM'), 0, 0, 0, w.recovered, 0, w.payments, w.reversals
    FROM ({by_month(where, "$3::date")}) AS w
    ORDER BY 1, 2, 3, 4
    """


def _dashboard(now: datetime, bounds: Sequence[int], found: list[Row]) -> Dashboard:
    known = found[0]
    if not known["debts"]:
        raise not_found("creditor", "creditor_id")
    if not known["placed"]:
        raise not_found("mandate", "mandate_id")
    labels = [bucket.label for bucket in buckets(bounds)]
    stages: list[Figures] = []
    places: list[Figures] = []
    months: list[MonthCash] = []
    for row in found:
        kind, currency, place, key = row[:4]
        if kind == _STAGE:
            stages.append(Figures._make((key, currency, *row[4:9])))
        elif kind == _BUCKET:
            label = labels[place] if place < len(labels) else NO_BALANCE
            places.append(Figures._make((label, currency, *row[4:9])))
        elif kind == _MONTH:
            months.append(MonthCash._make((key, currency, row[7], *row[9:])))
    return Dashboard(now, _totals(stages), tuple(stages), tuple(places), tuple(months))


def _totals(stages: list[Figures]) -> tuple[Figures, ...]:
    """Each debt is in one stage: the sums over them are those over all."""
    found: dict[str, tuple[int, ...]] = {}
    for row in stages:
        before = found.get(row.currency, (0,) * 5)
        found[row.currency] = tuple(map(int.__add__, before, row[2:]))
    return tuple(Figures._make(("", currency, *sums)) for currency, sums in found.items())
