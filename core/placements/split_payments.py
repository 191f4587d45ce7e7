"""How the payments of a file are split over the components of their debts: `split` from `pay`, set-based.

The components of a debt, in the order in which they are paid on a day, lie end to end on a line; so do its payments of
that day, in the order of the file; what lies over each other is the allocation. What is due, and with it the order,
changes from day to day: so the first days of all debts are split, then the second ones, on what these left; files
rarely have more than a few days for a debt. With the creditor's own split there is one such line for each kind. It
comes out as if each payment had been recorded alone (core/payments/record_payment.py), in the order of days and lines.

Where a policy is no order of a day (pro rata, evenly over all instalments, by days past due, which a payment changes),
each split depends on the one before: those are computed by the rule itself (core/payments/rules.py), some thousand
debts at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind, Stage
from core.kit.db import Row, Tx
from core.mandates.allocation import AllocationPolicy, DueDateOf, FutureRule, Grouping, Orders, policy_of
from core.payments.rules import OpenComponent, allocate
from core.placements.batch import Batch
from core.placements.layout import PaymentColumns

_CHUNK = 5_000
"""Debts whose payments are in memory at once, where the rule itself splits them."""

_TABLES = """
CREATE TEMP TABLE turn (turn int, payer int, debt_id uuid, paid_on date, stage text) ON COMMIT DROP;
CREATE TEMP TABLE room (component_id uuid, debt_id uuid, kind text, position int, due_on date, instalment int,
  ends_on date, free bigint, held bigint) ON COMMIT DROP;
CREATE TEMP TABLE open_part (component_id uuid, debt_id uuid, line text, part_from bigint, part_to bigint) ON COMMIT
  DROP;
CREATE TEMP TABLE portion (n bigint, debt_id uuid, line text, pay_from bigint, pay_to bigint) ON COMMIT DROP;
CREATE TEMP TABLE split (n bigint, payment_id uuid, debt_id uuid, component_id uuid, paid_on date, minor bigint)
  ON COMMIT DROP
"""

_TURNS = """
INSERT INTO turn
SELECT dense_rank() OVER (PARTITION BY y.debt_id ORDER BY y.paid_on), dense_rank() OVER (ORDER BY y.debt_id),
  y.debt_id, y.paid_on, d.stage
FROM (SELECT DISTINCT y.debt_id, y.paid_on FROM pay y JOIN known k ON k.debt_id = y.debt_id WHERE k.owes) y
JOIN debt d ON d.agency_id = $1 AND d.id = y.debt_id
"""

# Components without a balance are there too: they tell when their instalment is due. What is written off can be paid.
_ROOM = """
INSERT INTO room
SELECT c.id, c.debt_id, c.kind, c.position, c.due_on, c.instalment,
  CASE WHEN c.instalment IS NULL THEN c.due_on ELSE max(c.due_on) OVER (PARTITION BY c.debt_id, c.instalment) END,
  GREATEST(o.minor - c.disputed_minor, 0), LEAST(o.minor, c.disputed_minor)
FROM debt_component c CROSS JOIN LATERAL (SELECT c.balance_minor + c.written_off_minor AS minor) o
WHERE c.agency_id = $1 AND c.debt_id IN (SELECT debt_id FROM turn WHERE turn = 1)
"""

_PARTS = """
INSERT INTO open_part
SELECT component_id, debt_id, line, total - free, total FROM (
  SELECT p.component_id, p.debt_id, p.free, {line} AS line,
    sum(p.free) OVER (PARTITION BY p.debt_id, {line} ORDER BY {keys}) AS total
  FROM (
    SELECT o.*, ($2::jsonb -> {orders} -> o.undue::int ->> o.kind)::int AS place,
      CASE WHEN o.undue AND {last_first} THEN -1 ELSE 1 END AS sign
    FROM (
      SELECT r.*, t.paid_on, t.stage, COALESCE({due_on} > t.paid_on, false) AS undue, {due_on} = t.paid_on AS today
      FROM turn t JOIN room r ON r.debt_id = t.debt_id WHERE t.turn = $1
    ) o
  ) p WHERE p.free > 0
) l
"""

_PORTIONS = """
INSERT INTO portion
SELECT n, debt_id, line, total - minor, total FROM (
  SELECT y.n, y.debt_id, v.line, v.minor, sum(v.minor) OVER (PARTITION BY y.debt_id, v.line ORDER BY y.n) AS total
  FROM pay y JOIN turn t ON t.debt_id = y.debt_id AND t.paid_on = y.paid_on AND t.turn = $1
  JOIN entry e ON e.n = y.n CROSS JOIN LATERAL (VALUES {portions}) AS v (line, minor) WHERE v.minor > 0
) p
"""

_SPLIT = """
INSERT INTO split
SELECT y.n, y.payment_id, y.debt_id, c.component_id, y.paid_on,
       sum(LEAST(p.pay_to, c.part_to) - GREATEST(p.pay_from, c.part_from))
FROM portion p JOIN open_part c ON c.debt_id = p.debt_id AND c.line = p.line
                               AND c.part_from < p.pay_to AND p.pay_from < c.part_to
JOIN pay y ON y.n = p.n
GROUP BY y.n, y.payment_id, y.debt_id, c.component_id, y.paid_on
"""

_TAKEN = """
UPDATE room r SET free = r.free - s.minor
FROM (SELECT s.component_id, sum(s.minor) AS minor FROM split s
      JOIN turn t ON t.debt_id = s.debt_id AND t.paid_on = s.paid_on AND t.turn = $1 GROUP BY s.component_id) s
WHERE r.component_id = s.component_id
"""


async def split_payments(tx: Tx, batch: Batch, columns: PaymentColumns) -> None:
    """Make `split` of `pay`."""
    policy = policy_of(batch.allocation_order, batch.allocation_policy, batch.rounding_unit_minor)
    if columns.components:
        line = "p.kind"
        portions = ", ".join(f"('{one.kind.value}', e.amount{number})" for number, one in enumerate(columns.components))
    else:
        line, portions = "''", "('', e.total)"
    await tx.execute(_TABLES)
    await tx.execute(_TURNS, batch.agency_id)
    await tx.execute("ANALYZE turn")
    await tx.execute(_ROOM, batch.agency_id)
    if _is_order(policy):
        await _by_order(tx, policy, line, portions)
    else:
        await tx.execute("ANALYZE room")
        await _by_rule(tx, policy, portions)
    await tx.execute("ANALYZE split")


def _is_order(policy: AllocationPolicy) -> bool:
    """Whether the components of a debt have one order for all payments of a day."""
    spreads = policy.grouping is Grouping.PRO_RATA or policy.future is FutureRule.REAMORTIZE
    return not spreads and not any(orders.min_days_past_due for orders in policy.orders)


async def _by_order(tx: Tx, policy: AllocationPolicy, line: str, portions: str) -> None:
    turns: int = await tx.fetchval("SELECT COALESCE(max(turn), 0) FROM turn")
    if turns > 1:
        await tx.execute("CREATE INDEX ON turn (turn); CREATE INDEX ON room (debt_id); CREATE INDEX ON pay (debt_id)")
        await tx.execute("CREATE INDEX ON room (component_id); CREATE INDEX ON split (debt_id); ANALYZE pay")
    await tx.execute("ANALYZE room")
    parts, places = _parts_sql(policy, line), _places(policy)
    for turn in range(1, turns + 1):
        if turn > 1:
            await tx.execute(_TAKEN, turn - 1)
            await tx.execute("TRUNCATE open_part, portion")
        await tx.execute(parts, turn, places)
        await tx.execute(_PORTIONS.format(portions=portions), turn)
        await tx.execute("ANALYZE open_part; ANALYZE portion")
        await tx.execute(_SPLIT)


def _places(policy: AllocationPolicy) -> list[list[dict[str, int]]]:
    """For each of the policy's orders the places of the kinds, when due and in advance."""
    return [
        [{kind.value: place for place, kind in enumerate(order)} for order in (orders.due, orders.in_advance)]
        for orders in policy.orders
    ]


def _parts_sql(policy: AllocationPolicy, line: str) -> str:
    """`_PARTS` in the order of core.payments.rules."""
    group = "p.sign * COALESCE(p.ends_on - DATE '0001-01-01', 4000000), p.sign * COALESCE(p.instalment, 32768)"
    by_group = f"{group}, p.place" if policy.grouping is Grouping.HORIZONTAL else f"p.place, {group}"
    today = "p.today IS TRUE, " if policy.past_due_first else ""
    return _PARTS.format(
        line=line,
        keys=f"p.undue, {today}{by_group}, p.due_on NULLS LAST, p.position, p.component_id",
        orders=_chosen(policy.orders),
        last_first=str(policy.future is FutureRule.LAST).lower(),
        due_on="r.ends_on" if policy.due_date_of is DueDateOf.INSTALMENT else "r.due_on",
    )


def _chosen(orders: Sequence[Orders]) -> str:
    """The number of the first of the orders that holds, as SQL."""
    if orders[0].stage is None:
        return "0"
    cases = "".join(f" WHEN {_in_stage(one)} THEN {number}" for number, one in enumerate(orders))
    return f"CASE{cases} END"


def _in_stage(orders: Orders) -> str:
    return f"o.stage = '{orders.stage.value}'" if orders.stage else "true"


_ROOM_OF = """
SELECT r.*, t.stage FROM turn t JOIN room r ON r.debt_id = t.debt_id
WHERE t.turn = 1 AND t.payer > $1 AND t.payer <= $1 + $2 ORDER BY t.payer
"""
_PAY_OF = """
SELECT y.n, y.payment_id, y.debt_id, y.paid_on, array_agg(v.line) AS lines, array_agg(v.minor) AS minors
FROM turn t JOIN pay y ON y.debt_id = t.debt_id AND y.paid_on = t.paid_on JOIN entry e ON e.n = y.n
CROSS JOIN LATERAL (VALUES {portions}) AS v (line, minor)
WHERE t.payer > $1 AND t.payer <= $1 + $2 AND v.minor > 0
GROUP BY y.n, y.payment_id, y.debt_id, y.paid_on, t.payer ORDER BY t.payer, y.paid_on, y.n
"""


async def _by_rule(tx: Tx, policy: AllocationPolicy, portions: str) -> None:
    payers: int = await tx.fetchval("SELECT COALESCE(max(payer), 0) FROM turn")
    for before in range(0, payers, _CHUNK):
        rooms = {
            debt_id: list(rows)
            for debt_id, rows in groupby(await tx.fetch(_ROOM_OF, before, _CHUNK), key=lambda row: row["debt_id"])
        }
        paid = await tx.fetch(_PAY_OF.format(portions=portions), before, _CHUNK)
        records = [
            record
            for debt_id, rows in groupby(paid, key=lambda row: row["debt_id"])
            for record in _split_debt(policy, rooms[debt_id], list(rows))
        ]
        await tx.connection.copy_records_to_table("split", records=records)


def _split_debt(policy: AllocationPolicy, rooms: Sequence[Row], paid: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """The rows of `split` for one debt."""
    held: Mapping[UUID, int] = {row["component_id"]: row["held"] for row in rooms}
    left = {row["component_id"]: row["free"] for row in rooms}
    components = [
        OpenComponent(
            row["component_id"], ComponentKind(row["kind"]), row["position"], row["due_on"], 0, row["instalment"]
        )
        for row in rooms
    ]
    for payment in paid:
        taken = dict[UUID, int]()
        for line, minor in zip(payment["lines"], payment["minors"], strict=True):
            # Another kind than the creditor names is as if all of it were disputed: it is there, and takes nothing.
            seen = [
                replace(
                    one,
                    balance_minor=left[one.id] + held[one.id],
                    disputed_minor=held[one.id] + (left[one.id] if line and one.kind != line else 0),
                )
                for one in components
            ]
            for part in allocate(policy, seen, minor, on=payment["paid_on"], stage=Stage(rooms[0]["stage"])).parts:
                taken[part.component_id] = part.minor
                left[part.component_id] -= part.minor
        for component_id, minor in taken.items():
            yield payment["n"], payment["payment_id"], payment["debt_id"], component_id, payment["paid_on"], minor
