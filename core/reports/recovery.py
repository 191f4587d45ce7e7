"""Recovery: what became of what a creditor placed, now or as of a day; by portfolio, stage, ageing bucket or month.

From the movements up to and including the day: placed, recalled (what was withdrawn), adjusted, recovered (allocated
payments, less reversals; money that found no component is not recovery), and the balance that is left:
`placed - recalled + adjusted - recovered = balance`. Portfolio and stage are today's; the bucket is as of the day.
By month it is the cash view: a payment counts in the month of `paid_on`, a reversal in its own month as a negative, and
the rate's denominator is what was placed by the day, the same for all months. Currencies never mix.

As it stands now, the same figures come from the totals that every write keeps on its debt, without reading history.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.debts.models import Stage
from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets, check_bounds
from core.kit.db import Row, Tx
from core.kit.money import Money
from core.kit.pages import Args, reading
from core.kit.scope import Scope
from core.permissions import Permission
from core.reports.population import MOVED_ON, Population, require_known
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


_SUMS = """
  sum(v.delta_minor) FILTER (WHERE v.kind = 'PLACEMENT') AS placed,
  -sum(v.delta_minor) FILTER (WHERE v.kind = 'RECALL') AS recalled,
  sum(v.delta_minor) FILTER (WHERE v.kind = 'ADJUSTMENT') AS adjusted,
  -sum(v.delta_minor) FILTER (WHERE v.kind IN ('PAYMENT', 'PAYMENT_REVERSAL')) AS recovered,
  sum(v.delta_minor) AS balance
"""
_ADDED = ", ".join(
    f"COALESCE(sum(w.{name}), 0)::bigint AS {name}"
    for name in ("placed", "recalled", "adjusted", "recovered", "balance")
)
# Of a group: its key, what people call it, and where it stands among the others.
_GROUPS = {
    RecoveryGroup.PORTFOLIO: ("d.portfolio_id::text", "f.name", "0"),
    RecoveryGroup.STAGE: ("d.stage::text", "d.stage::text", "array_position($stages, d.stage::text)"),
    RecoveryGroup.BUCKET: ("w.place::text", "''", "COALESCE(w.place, 999)"),
}


def _statement(scope: Scope, query: RecoveryQuery, bounds: tuple[int, ...], population: Population, args: Args) -> str:
    starts = args.add(bucket_starts(bounds)) if query.group_by is RecoveryGroup.BUCKET else None
    if query.as_of is None:
        per_debt = _standing(population.where(scope, args, "d"), starts)
    else:
        per_debt = _history(population.where(scope, args, "v"), starts)
    if query.group_by is RecoveryGroup.MONTH:
        until = "($1::timestamptz + interval '1 day')::date" if query.as_of is None else "$1::date"
        body = _by_month(per_debt, population.where(scope, args, "p"), until)
    else:
        body = _by_group(query.group_by, per_debt, args)
    return (
        f"WITH {body}, found AS ("  # noqa: S608 - the program's own text; values are bound
        "SELECT true AS is_total, 0 AS place, '' AS key, '' AS label, totals.* FROM totals UNION ALL "
        "(SELECT false, place, key, label, currency, debts, placed, recalled, adjusted, recovered, balance, payments, "
        f"reversals FROM groups ORDER BY place, label, key, currency LIMIT {MAX_ROWS + 1})) "
        f"SELECT known.*, found.* FROM (SELECT {population.known(scope, args)}) AS known LEFT JOIN found ON true "
        "ORDER BY is_total DESC, place, label, key, currency"
    )


def _standing(where: str, starts: str | None) -> str:
    """Each debt as it stands, from its own row. Only a recalled one is asked how much of it was withdrawn."""
    place = f"CASE WHEN x.balance > 0 THEN COALESCE(width_bucket(x.days, {starts}::int[]), 0) END" if starts else "0"
    today = "($1::timestamptz AT TIME ZONE m.timezone)::date"
    return f"""
    SELECT x.*, x.balance + x.recalled + x.recovered - x.placed AS adjusted, {place} AS place
    FROM (
      SELECT d.agency_id, d.id AS debt_id, d.placed_minor AS placed, d.recovered_minor AS recovered,
        d.balance_minor AS balance, {today} - d.due_on AS days,
        CASE WHEN d.closed_reason = 'RECALLED' THEN COALESCE((SELECT -sum(v.delta_minor) FROM debt_movement v
          WHERE v.agency_id = d.agency_id AND v.debt_id = d.id AND v.kind = 'RECALL'), 0) ELSE 0 END AS recalled
      FROM debt d JOIN mandate m ON m.agency_id = d.agency_id AND m.id = d.mandate_id WHERE {where}
    ) AS x
    """  # noqa: S608 - as above


def _history(where: str, starts: str | None) -> str:
    """Each debt as of $1, from its movements; with the number of its bucket, NULL where nothing is owed."""
    moved = (
        "FROM debt_movement v JOIN debt d ON d.agency_id = v.agency_id AND d.id = v.debt_id "
        f"WHERE {where} AND {MOVED_ON} <= $1::date"
    )
    if starts is None:
        return f"SELECT v.agency_id, v.debt_id, {_SUMS} {moved} GROUP BY 1, 2"
    return f"""
    SELECT x.*,
      CASE WHEN x.balance > 0 THEN COALESCE(width_bucket($1::date - x.due_on, {starts}::int[]), 0) END AS place
    FROM (
      SELECT w.agency_id, w.debt_id, {_ADDED}, min(c.due_on) FILTER (WHERE w.balance > 0) AS due_on
      FROM (SELECT v.agency_id, v.debt_id, v.component_id, {_SUMS} {moved} GROUP BY 1, 2, 3) AS w
      JOIN debt_component c ON c.agency_id = w.agency_id AND c.id = w.component_id GROUP BY 1, 2
    ) AS x
    """  # noqa: S608 - as above


def _by_group(group: RecoveryGroup, per_debt: str, args: Args) -> str:
    key, label, place = _GROUPS[group]
    if "$stages" in place:
        place = place.replace("$stages", f"{args.add([stage.value for stage in Stage])}::text[]")
    return f"""
    groups AS (
      SELECT COALESCE({key}, '') AS key, {label} AS label, {place} AS place, d.currency, count(*) AS debts, {_ADDED},
        NULL::bigint AS payments, NULL::bigint AS reversals
      FROM ({per_debt}) AS w JOIN debt d ON d.agency_id = w.agency_id AND d.id = w.debt_id
      JOIN portfolio f ON f.agency_id = d.agency_id AND f.id = d.portfolio_id GROUP BY 1, 2, 3, 4
    ), totals AS (
      SELECT w.currency, sum(w.debts)::bigint AS debts, {_ADDED}, NULL::bigint AS payments, NULL::bigint AS reversals
      FROM groups w GROUP BY w.currency
    )
    """  # noqa: S608 - as above


def _by_month(per_debt: str, where: str, until: str) -> str:
    joined = "JOIN debt d ON d.agency_id = p.agency_id AND d.id = p.debt_id " if " d." in where else ""
    paid = f"FROM payment p {joined}WHERE {where}"
    return f"""
    base AS (
      SELECT d.currency, count(*) AS debts, {_ADDED}
      FROM ({per_debt}) AS w JOIN debt d ON d.agency_id = w.agency_id AND d.id = w.debt_id GROUP BY d.currency
    ), cash AS (
      SELECT p.currency, p.paid_on AS day, p.amount_minor - p.unapplied_minor AS minor, 1 AS payments, 0 AS reversals
      {paid} AND p.paid_on <= {until}
      UNION ALL
      SELECT p.currency, p.reversed_on, p.unapplied_minor - p.amount_minor, 0, 1
      {paid} AND p.status = 'REVERSED' AND p.reversed_on <= {until}
    ), months AS (
      SELECT to_char(day, 'YYYY-MM') AS key, currency, sum(minor)::bigint AS recovered, sum(payments) AS payments,
        sum(reversals) AS reversals
      FROM cash GROUP BY 1, 2
    ), groups AS (
      SELECT m.key, m.key AS label, 0 AS place, b.currency, b.debts, b.placed, b.recalled, b.adjusted, m.recovered,
        b.balance, m.payments, m.reversals
      FROM months m JOIN base b ON b.currency = m.currency
    ), totals AS (
      SELECT b.currency, b.debts, b.placed, b.recalled, b.adjusted, b.recovered, b.balance,
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
