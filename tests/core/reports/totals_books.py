"""What the totals must say, counted anew: from the journal (`as_of`), and from debts and payments by plain SQL."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from core.debts.rules import DEFAULT_BOUNDS, bucket_starts, buckets
from core.kit import clock, db
from core.kit.db import Tx
from core.kit.scope import Audience, Scope, system_scope
from core.reports.dashboard import Dashboard, DashboardQuery, dashboard
from core.reports.fold_totals import Folded, fold_totals
from core.reports.recovery import RecoveryGroup, RecoveryQuery, recovery

RELAY = system_scope(Audience.RELAY, "test")
BOUNDS = (1, 30, 45)
TABLES = (
    "recovery_bucket", "recovery_day", "recovery_delta", "recovery_due", "recovery_month", "recovery_standing",
)  # fmt: skip
_DEBT = """
SELECT {key} AS key, d.currency, count(*) AS debts, sum(d.placed_minor)::bigint AS placed,
  sum(COALESCE((SELECT -sum(v.delta_minor) FROM debt_movement v WHERE v.agency_id = d.agency_id AND v.debt_id = d.id
                AND v.kind = 'RECALL'), 0))::bigint AS recalled,
  sum(d.recovered_minor)::bigint AS recovered, sum(d.balance_minor)::bigint AS balance
FROM debt d WHERE {where} GROUP BY 1, 2
"""
_CASH = """
SELECT to_char(day, 'YYYY-MM') AS key, currency, sum(minor)::bigint AS recovered, sum(n) AS payments, sum(r) AS reversals
FROM (
  SELECT currency, paid_on AS day, amount_minor - unapplied_minor AS minor, 1 AS n, 0 AS r FROM payment d WHERE {where}
  UNION ALL
  SELECT currency, reversed_on, unapplied_minor - amount_minor, 0, 1 FROM payment d
  WHERE {where} AND status = 'REVERSED'
) x GROUP BY 1, 2
"""


async def fold(*, days: bool = True, limit: int = 10_000) -> Folded:
    return await fold_totals(RELAY, days=days, limit=limit)


async def counted(tx: Tx, creditor_id: UUID, today: date) -> dict[str, set[tuple[Any, ...]]]:
    """The dashboard's rows as debts and payments themselves give them, in the snapshot of `tx`."""
    where = "d.creditor_id = $1" + ("" if tx.scope.agency_id is None else " AND d.agency_id = $2")
    args = [creditor_id, *([tx.scope.agency_id] if tx.scope.agency_id else [])]
    labels = [bucket.label for bucket in buckets(DEFAULT_BOUNDS)]
    starts = ",".join(map(str, bucket_starts(DEFAULT_BOUNDS)))
    place = (
        f"CASE WHEN d.balance_minor > 0 THEN COALESCE(width_bucket('{today}'::date - d.due_on, '{{{starts}}}'::int[]), 0) "
        "ELSE -1 END"
    )
    found = {
        name: {tuple(row.values()) for row in await tx.fetch(sql, *args)}
        for name, sql in (
            ("totals", _DEBT.format(key="''", where=where)),
            ("stages", _DEBT.format(key="d.stage", where=where)),
            ("buckets", _DEBT.format(key=place, where=where)),
            ("months", _CASH.format(where=where)),
        )
    }
    found["buckets"] = {(labels[key] if key >= 0 else "settled", *rest) for key, *rest in found["buckets"]}
    return found


def shown(board: Dashboard) -> dict[str, set[tuple[Any, ...]]]:
    parts = {"totals": board.totals, "stages": board.stages, "buckets": board.buckets, "months": board.months}
    assert all(len(rows) == len(set(rows)) for rows in parts.values())
    return {name: set(map(tuple, rows)) for name, rows in parts.items()}


async def assert_board(scope: Scope, creditor_id: UUID) -> None:
    """The dashboard, in one snapshot with what is counted anew."""
    async with db.transaction(scope, read_only=True) as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        board = await dashboard(scope, DashboardQuery(creditor_id=creditor_id, months=120), tx=tx)
        assert shown(board) == await counted(tx, creditor_id, clock.today("America/Bogota"))


async def assert_recovery(scope: Scope, creditor_id: UUID, **where: Any) -> None:
    """Every report as it stands equals the one from the journal as of today."""
    today = clock.today("America/Bogota")
    for group in RecoveryGroup:
        for bounds in (DEFAULT_BOUNDS, BOUNDS) if group is RecoveryGroup.BUCKET else (DEFAULT_BOUNDS,):
            query = RecoveryQuery(creditor_id=creditor_id, group_by=group, bounds=bounds, **where)
            then = await recovery(scope, replace(query, as_of=today))
            assert await recovery(scope, query) == replace(then, as_of=None), (group, bounds, where)


def contents(owner_url: str) -> dict[str, list[Any]]:
    """All totals but their ids."""
    with psycopg.connect(owner_url) as connection:
        return {
            table: connection.execute(f"SELECT (to_jsonb(t) - 'id')::text FROM {table} t ORDER BY 1").fetchall()
            for table in TABLES
        }
