"""How the recovery totals are read: what is folded, and the changes that are not yet, in one statement and so exact.

The parts put together here are SQL of the program. `delta` and `zone` are the common table expressions of `changes`;
`where` is a condition on `t`, which every table of totals has the columns for.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from collections.abc import Sequence

from core.debts.rules import DEFAULT_BOUNDS, bucket_starts

MEASURES = ("placed", "recalled", "recovered", "balance")
NOTHING_OWED = "0001-01-01"
"""The `due_on` of what owes nothing."""
_MINOR = ", ".join(f"t.{name}_minor AS {name}" for name in MEASURES)
_PLAIN = ", ".join(f"t.{name}" for name in MEASURES)


def starts_sql(bounds: Sequence[int]) -> str:
    """The first days of the buckets, as width_bucket() takes them."""
    return f"'{{{','.join(str(int(start)) for start in bucket_starts(bounds))}}}'::int[]"


DEFAULT_STARTS = starts_sql(DEFAULT_BOUNDS)


def changes(where: str, zones: str, now: str) -> str:
    """`delta`, what is not folded yet, and `zone`, each mandate's day at the instant `now`. `zones` is a condition on
    `y`: agency_id, creditor_id."""
    return f"""
    delta AS MATERIALIZED (
      SELECT t.agency_id, t.mandate_id, t.portfolio_id, t.currency, t.stage, t.due_on, t.month, t.debts, {_MINOR},
        t.payments, t.reversals
      FROM recovery_delta t WHERE {where}
    ), zone AS MATERIALIZED (
      SELECT y.agency_id, y.mandate_id, y.as_of, ({now} AT TIME ZONE y.timezone)::date AS today
      FROM recovery_day y WHERE {zones}
    )"""


def by_standing(where: str) -> str:
    """Rows by portfolio and stage."""
    return f"""
    SELECT t.agency_id, t.portfolio_id, t.stage, t.currency, t.debts, {_MINOR} FROM recovery_standing t WHERE {where}
    UNION ALL
    SELECT t.agency_id, t.portfolio_id, t.stage, t.currency, t.debts, {_PLAIN} FROM delta t WHERE t.month IS NULL"""


def by_place(where: str, starts: str | None = None) -> str:
    """Rows by portfolio and `place`: the number of the ageing bucket today, NULL where nothing is owed."""
    return f"""
    {folded_by_place(where, starts)}
    UNION ALL
    SELECT t.agency_id, t.portfolio_id, t.currency, {place_sql(starts)} AS place, t.debts, {_PLAIN}
    FROM delta t JOIN zone z ON z.agency_id = t.agency_id AND z.mandate_id = t.mandate_id WHERE t.month IS NULL"""


def place_sql(starts: str | None) -> str:
    """The place of `t.due_on` on the day of `z`."""
    return (
        f"CASE WHEN t.due_on > DATE '{NOTHING_OWED}' "
        f"THEN width_bucket(z.today - t.due_on, {starts or DEFAULT_STARTS}) END"
    )


def folded_by_place(where: str, starts: str | None) -> str:
    """The same of what is folded. Without `starts` by the default bounds: those buckets are kept, and only made of due
    dates where they are not of today. Sub-selects for each mandate, so that no plan reads due dates in vain.
    """
    own = f"{where} AND t.agency_id = z.agency_id AND t.mandate_id = z.mandate_id OFFSET 0"
    due = f"""
    SELECT t.agency_id, t.portfolio_id, t.currency, {place_sql(starts)} AS place, t.debts, {_MINOR}
    FROM zone z CROSS JOIN LATERAL (SELECT * FROM recovery_due t WHERE {own}) t"""
    if starts is not None:
        return due
    return f"""
    SELECT t.agency_id, t.portfolio_id, t.currency, NULLIF(t.place, -1)::int AS place, t.debts, {_MINOR}
    FROM zone z CROSS JOIN LATERAL (SELECT * FROM recovery_bucket t WHERE {own}) t WHERE z.as_of = z.today
    UNION ALL
    {due} WHERE z.as_of IS DISTINCT FROM z.today"""


def by_month(where: str, since: str | None = None) -> str:
    """Cash by month, a row for each month and currency that has any; from the month of the day `since` on."""
    late = f" AND t.month >= {since}" if since else ""
    return f"""
    SELECT c.month, c.currency, sum(c.recovered)::bigint AS recovered, sum(c.payments)::bigint AS payments,
      sum(c.reversals)::bigint AS reversals
    FROM (
      SELECT t.month, t.currency, t.recovered_minor AS recovered, t.payments, t.reversals
      FROM recovery_month t WHERE {where}{late}
      UNION ALL
      SELECT t.month, t.currency, t.recovered, t.payments, t.reversals FROM delta t WHERE t.month IS NOT NULL{late}
    ) AS c GROUP BY 1, 2 HAVING sum(c.payments) <> 0 OR sum(c.reversals) <> 0"""
