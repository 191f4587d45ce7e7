"""What debts and payments had come to by the end of a day, from movements; the parts are SQL of the program."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.reports.population import MOVED_ON

_SUMS = """
  sum(v.delta_minor) FILTER (WHERE v.kind = 'PLACEMENT') AS placed,
  -sum(v.delta_minor) FILTER (WHERE v.kind = 'RECALL') AS recalled,
  sum(v.delta_minor) FILTER (WHERE v.kind NOT IN ('PLACEMENT', 'RECALL', 'PAYMENT', 'PAYMENT_REVERSAL')) AS adjusted,
  -sum(v.delta_minor) FILTER (WHERE v.kind IN ('PAYMENT', 'PAYMENT_REVERSAL')) AS recovered,
  sum(v.delta_minor) AS balance
"""
_ADDED = ", ".join(
    f"COALESCE(sum(w.{name}), 0)::bigint AS {name}"
    for name in ("placed", "recalled", "adjusted", "recovered", "balance")
)


def per_debt(where: str, starts: str | None) -> str:
    """Each debt as of $1, from its movements; with the number of its bucket, NULL where nothing is owed."""
    return f"""
    SELECT d.agency_id, d.portfolio_id, d.stage, d.currency, 1 AS debts, w.*
    FROM ({_moved(where, starts)}) AS w (of_agency, debt_id, placed, recalled, adjusted, recovered, balance, place)
    JOIN debt d ON d.agency_id = w.of_agency AND d.id = w.debt_id
    """


def _moved(where: str, starts: str | None) -> str:
    moved = (
        "FROM debt_movement v JOIN debt d ON d.agency_id = v.agency_id AND d.id = v.debt_id "
        f"WHERE {where} AND {MOVED_ON} <= $1::date"
    )
    if starts is None:
        return f"SELECT v.agency_id, v.debt_id, {_SUMS}, 0 AS place {moved} GROUP BY 1, 2"
    return f"""
    SELECT x.agency_id, x.debt_id, x.placed, x.recalled, x.adjusted, x.recovered, x.balance,
      CASE WHEN x.balance > 0 THEN COALESCE(width_bucket($1::date - x.due_on, {starts}::int[]), 0) END AS place
    FROM (
      SELECT w.agency_id, w.debt_id, {_ADDED}, min(c.due_on) FILTER (WHERE w.balance > 0) AS due_on
      FROM (SELECT v.agency_id, v.debt_id, v.component_id, {_SUMS} {moved} GROUP BY 1, 2, 3) AS w
      JOIN debt_component c ON c.agency_id = w.agency_id AND c.id = w.component_id GROUP BY 1, 2
    ) AS x
    """


def months(where: str) -> str:
    """Cash by month up to $1. `where` is a condition on payments `p`, and on their debts `d` where it names them."""
    joined = "JOIN debt d ON d.agency_id = p.agency_id AND d.id = p.debt_id " if " d." in where else ""
    paid = f"FROM payment p {joined}WHERE {where}"
    return f"""
    SELECT to_char(day, 'YYYY-MM') AS key, currency, sum(minor)::bigint AS recovered, sum(payments) AS payments,
      sum(reversals) AS reversals
    FROM (
      SELECT p.currency, p.paid_on AS day, p.amount_minor - p.unapplied_minor AS minor, 1 AS payments, 0 AS reversals
      {paid} AND p.paid_on <= $1::date
      UNION ALL
      SELECT p.currency, p.reversed_on, p.unapplied_minor - p.amount_minor, 0, 1
      {paid} AND p.status = 'REVERSED' AND p.reversed_on <= $1::date
    ) AS cash GROUP BY 1, 2
    """
