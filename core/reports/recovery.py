"""Recovery: what became of what a creditor placed, now or as of a day; by portfolio, stage, ageing bucket or month.

From the movements up to and including the day: placed, recalled (what was withdrawn), adjusted, recovered (allocated
payments, less reversals; money that found no component is not recovery), and the balance that is left:
`placed - recalled + adjusted - recovered = balance`. Portfolio and stage are today's; the bucket is as of the day.
By month it is the cash view: a payment counts in the month of `paid_on`, a reversal in its own month as a negative, and
the rate's denominator is what was placed by the day, the same for all months. Currencies never mix.

As it stands now, the same figures come from totals that the database keeps (core/reports/totals.py), without reading
debts, payments or history; no day of payment is in the future.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.debts.kinds import Stage
from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets, check_bounds
from core.kit.db import Row, Tx
from core.kit.money import Money
from core.kit.pages import Args, reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.reports import history, totals
from core.reports.population import Population, require_known
from core.reports.rates import Rate, RateBasis

MAX_ROWS = 500
NO_BALANCE = "settled"


class RecoveryGroup(StrEnum):
    PORTFOLIO = "PORTFOLIO"
    STAGE = "STAGE"
    BUCKET = "BUCKET"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryQuery:
    """`as_of` None is as it stands now, in each mandate's zone. `bounds` make the buckets; other groups ignore them."""

    creditor_id: UUID
    group_by: RecoveryGroup
    as_of: date | None = None
    mandate_id: UUID | None = None
    portfolio_id: UUID | None = None
    bounds: tuple[int, ...] = DEFAULT_BOUNDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRow:
    """`key` is a portfolio's UUID, a stage, a bucket's label ("settled" where nothing is owed any more) or a month
    ("2026-01"). In a month's row `recovered`, `payments` and `reversals` are the month's, and all else is the whole's.
    """

    key: str
    label: str
    currency: str
    debts: int
    placed: Money
    recalled: Money
    net_placed: Money
    adjusted: Money
    recovered: Money
    balance: Money
    payments: int | None
    reversals: int | None
    liquidation: Rate
    liquidation_of_placed: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryReport:
    """`totals` has a row per currency over everything, also over rows beyond the first 500 (`truncated`)."""

    as_of: date | None
    group_by: RecoveryGroup
    totals: tuple[RecoveryRow, ...]
    rows: tuple[RecoveryRow, ...]
    truncated: bool


async def recovery(scope: Scope, query: RecoveryQuery, *, tx: Tx | None = None) -> RecoveryReport:
    """The recovery of a creditor's debts, in one statement. Agency and creditor scope.

    Raises: Forbidden; NotFound (creditor, mandate, portfolio); InvalidInput (INVALID_AGEING_BOUNDS).
    """
    scope.require(Permission.RECOVERY_READ)
    bounds = check_bounds(query.bounds)
    population = Population(creditor_id=query.creditor_id, mandate_id=query.mandate_id, portfolio_id=query.portfolio_id)
    async with reading(scope, tx) as open_tx:
        args = Args(query.as_of or open_tx.now)
        sql = _statement(scope, query, bounds, population, args)
        found = await open_tx.fetch(sql, *args.values)
    require_known(found[0])
    rows = [row for row in found if row["currency"] is not None]
    labels = [bucket.label for bucket in buckets(bounds)]
    groups = [_row(query.group_by, row, labels) for row in rows if not row["is_total"]]
    return RecoveryReport(
        as_of=query.as_of,
        group_by=query.group_by,
        totals=tuple(_row(query.group_by, row, labels) for row in rows if row["is_total"]),
        rows=tuple(groups[:MAX_ROWS]),
        truncated=len(groups) > MAX_ROWS,
    )


_ADDED = ", ".join(
    f"COALESCE(sum(w.{name}), 0)::bigint AS {name}"
    for name in ("placed", "recalled", "adjusted", "recovered", "balance")
)
_WITH_DEBTS = f"sum(w.debts)::bigint AS debts, {_ADDED}"
# Of a group: its key, what people call it, and where it stands among the others.
_GROUPS = {
    RecoveryGroup.PORTFOLIO: ("w.portfolio_id::text", "f.name", "0"),
    RecoveryGroup.STAGE: ("w.stage::text", "w.stage::text", "array_position($stages, w.stage::text)"),
    RecoveryGroup.BUCKET: ("w.place::text", "''", "COALESCE(w.place, 999)"),
}


def _statement(scope: Scope, query: RecoveryQuery, bounds: tuple[int, ...], population: Population, args: Args) -> str:
    if query.as_of is None:
        body = _standing(scope, query, bounds, population, args)
    else:
        starts = args.add(bucket_starts(bounds)) if query.group_by is RecoveryGroup.BUCKET else None
        per_debt = history.per_debt(population.where(scope, args, "v"), starts)
        months = history.months(population.where(scope, args, "p")) if query.group_by is RecoveryGroup.MONTH else ""
        body = _grouped(query.group_by, per_debt, months, args)
    return (
        f"WITH {body}, found AS ("  # noqa: S608 - the program's own text; values are bound
        "SELECT true AS is_total, 0 AS place, '' AS key, '' AS label, totals.* FROM totals UNION ALL "
        "(SELECT false, place, key, label, currency, debts, placed, recalled, adjusted, recovered, balance, payments, "
        f"reversals FROM groups ORDER BY place, label, key, currency LIMIT {MAX_ROWS + 1})) "
        f"SELECT known.*, found.* FROM (SELECT {population.known(scope, args)}) AS known LEFT JOIN found ON true "
        "ORDER BY is_total DESC, place, label, key, currency"
    )


def _standing(scope: Scope, query: RecoveryQuery, bounds: tuple[int, ...], population: Population, args: Args) -> str:
    """The figures as they stand, from the totals at the instant $1."""
    where = population.where(scope, args, "t", "t")
    if query.group_by is RecoveryGroup.BUCKET:
        usual = bounds == DEFAULT_BOUNDS
        source = totals.by_place(where, None if usual else f"{args.add(bucket_starts(bounds))}::int[]")
    else:
        source = totals.by_standing(where)
    months = totals.by_month(where) if query.group_by is RecoveryGroup.MONTH else ""
    if months:
        months = f"SELECT to_char(c.month, 'YYYY-MM') AS key, c.* FROM ({months}) AS c"  # noqa: S608 - as above
    standing = f"SELECT w.*, w.balance + w.recalled + w.recovered - w.placed AS adjusted FROM ({source}) AS w"  # noqa: S608
    changes = totals.changes(where, population.whose(scope, args, "y"), "$1::timestamptz")
    return f"{changes}, {_grouped(query.group_by, standing, months, args)}"


def _grouped(group: RecoveryGroup, source: str, months: str, args: Args) -> str:
    """`groups` and `totals` of rows that say how many `debts` they are about, and of months by `key` where given."""
    if months:
        return _by_month(source, months)
    key, label, place = _GROUPS[group]
    if "$stages" in place:
        place = place.replace("$stages", f"{args.add([stage.value for stage in Stage])}::text[]")
    named = "JOIN portfolio f ON f.agency_id = w.agency_id AND f.id = w.portfolio_id" if "f." in label else ""
    return f"""
    groups AS (
      SELECT COALESCE({key}, '') AS key, {label} AS label, {place} AS place, w.currency, {_WITH_DEBTS},
        NULL::bigint AS payments, NULL::bigint AS reversals
      FROM ({source}) AS w {named} GROUP BY 1, 2, 3, 4 HAVING sum(w.debts) <> 0
    ), totals AS (
      SELECT w.currency, {_WITH_DEBTS}, NULL::bigint AS payments, NULL::bigint AS reversals
      FROM groups w GROUP BY w.currency
    )
    """  # noqa: S608 - as above


def _by_month(source: str, months: str) -> str:
    return f"""
    base AS (
      SELECT w.currency, {_WITH_DEBTS} FROM ({source}) AS w GROUP BY w.currency HAVING sum(w.debts) <> 0
    ), months AS ({months}), groups AS (
      SELECT m.key, m.key AS label, 0 AS place, b.currency, b.debts, b.placed, b.recalled, b.adjusted, m.recovered,
        b.balance, m.payments, m.reversals
      FROM months m JOIN base b ON b.currency = m.currency
    ), totals AS (
      SELECT b.*,
        COALESCE((SELECT sum(m.payments) FROM months m WHERE m.currency = b.currency), 0)::bigint AS payments,
        COALESCE((SELECT sum(m.reversals) FROM months m WHERE m.currency = b.currency), 0)::bigint AS reversals
      FROM base b
    )
    """  # noqa: S608 - as above


def _row(group: RecoveryGroup, row: Row, labels: list[str]) -> RecoveryRow:
    currency: str = row["currency"]
    key, label = row["key"], row["label"]
    if group is RecoveryGroup.BUCKET and not row["is_total"]:
        key = label = labels[int(key)] if key else NO_BALANCE
    placed, recalled, recovered = row["placed"], row["recalled"], row["recovered"]
    return RecoveryRow(
        key=key,
        label=label,
        currency=currency,
        debts=row["debts"],
        placed=Money(placed, currency),
        recalled=Money(recalled, currency),
        net_placed=Money(placed - recalled, currency),
        adjusted=Money(row["adjusted"], currency),
        recovered=Money(recovered, currency),
        balance=Money(row["balance"], currency),
        payments=row["payments"],
        reversals=row["reversals"],
        liquidation=Rate(RateBasis.NET_PLACED, recovered, placed - recalled),
        liquidation_of_placed=Rate(RateBasis.PLACED, recovered, placed),
    )
