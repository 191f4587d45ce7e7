"""Rows of a NEW file that are instalments: those of one reference are one debt, placed whole or not at all.

Half a debt could not be completed later: its reference would be known. So one bad row refuses all rows of its debt,
and the creditor sends them again. What belongs to the debt and not to an instalment (other columns that are kept, the
line) is that of its first row; contact data is taken from all of them.
"""

from dataclasses import dataclass

from core.debts.add_charge import MAX_COMPONENTS
from core.kit.db import Tx
from core.placements.batch import Batch
from core.placements.layout import NewColumns, Source
from core.placements.lookup import debt_of
from core.placements.plan import Plan

_DIFFERENT = """
INSERT INTO issue
SELECT e.n, e.line, 'REJECTED', 'INSTALMENTS_DIFFER', v.label, left('line ' || f.line || ': ' || v.stated, 200),
       e.reference
FROM (SELECT reference, min(n) AS n FROM entry e WHERE {fine} GROUP BY reference HAVING count(*) > 1) h
JOIN entry f ON f.n = h.n
JOIN entry e ON e.reference = h.reference AND e.n > h.n
CROSS JOIN LATERAL (VALUES {compared}) AS v (hit, label, stated)
WHERE {fine} AND ROW({own}) IS DISTINCT FROM ROW({first}) AND v.hit
"""

_COUNTED = """
INSERT INTO issue
SELECT e.n, e.line, 'REJECTED', v.code, v.label, v.given, e.reference
FROM (SELECT n, line, reference, instalment, row_number() OVER (i ORDER BY n) AS nth, min(line) OVER i AS first_line,
             sum(total) OVER d AS owed, count(*) OVER d AS instalments
      FROM entry e WHERE {fine}
      WINDOW i AS (PARTITION BY reference, instalment), d AS (PARTITION BY reference)) e
CROSS JOIN LATERAL (VALUES
  (e.nth > 1, 'DUPLICATE_INSTALMENT', $1, 'line ' || e.first_line),
  (e.instalments * {components} > {most}, 'TOO_MANY_INSTALMENTS', $1, e.instalments::text),
  (e.owed = 0, 'NOTHING_OWED', $2, '')
) AS v (hit, code, label, given)
WHERE v.hit
"""

# Counted in a subquery of its own, which looks up the components of one debt, whatever the planner believes.
_ADDED = """
UPDATE issue i SET outcome = 'REJECTED', code = 'INSTALMENT_NOT_PLACED', label = $3, given = e.instalment::text
FROM entry e
WHERE e.n = i.n AND i.code = 'DUPLICATE_OF_DEBT' AND (
  SELECT count(*) FROM debt_component c
  WHERE c.agency_id = $1 AND c.debt_id = (SELECT k.id FROM ({debt}) k) AND c.instalment = e.instalment) = 0
"""

_INCOMPLETE = """
INSERT INTO issue
SELECT e.n, e.line, 'REJECTED', 'DEBT_INCOMPLETE', $1, 'line ' || b.line, e.reference
FROM (SELECT x.reference, min(x.line) AS line FROM issue i JOIN entry x ON x.n = i.n
      WHERE i.outcome = 'REJECTED' AND x.reference IS NOT NULL GROUP BY x.reference) b
JOIN entry e ON e.reference = b.reference
WHERE {fine} AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.n = e.n AND i.outcome <> 'WARNING')
"""


async def check_instalments(tx: Tx, plan: Plan, columns: NewColumns) -> None:
    """Into `issue`: rows that contradict the first row of their debt, instalments twice, debts of nothing."""
    assert columns.instalment is not None
    pairs = _of_the_debt(columns)
    if pairs:
        compared = ", ".join(
            f"(e.{name} IS DISTINCT FROM f.{name}, {_quoted(source)}, COALESCE(f.{name}::text, ''))"
            for name, source in pairs
        )
        own, first = (", ".join(f"{row}.{name}" for name, _ in pairs) for row in "ef")
        await tx.execute(_DIFFERENT.format(fine=plan.fine("e"), compared=compared, own=own, first=first))
    await tx.execute(
        _COUNTED.format(fine=plan.fine("e"), components=len(columns.components), most=MAX_COMPONENTS),
        _label(columns.instalment),
        _label(columns.components[0]),
    )


def _of_the_debt(columns: NewColumns) -> list[tuple[str, Source]]:
    """The values of `entry` that all rows of a debt have in common, as far as columns of the file say them."""
    stated = {
        "debtor_name": columns.debtor_name, "party_kind": columns.debtor_kind, "id_type": columns.identifier_type,
        "id_number": columns.identifier_number, "birth_date": columns.birth_date, "opened_on": columns.opened_on,
        "placed_on": columns.placed_on, "product": columns.product, "disputed": columns.disputed,
        "portfolio_id": columns.portfolio,
    }  # fmt: skip
    return [(name, source) for name, source in stated.items() if source is not None and source.column]


def _label(source: Source) -> str:
    return (source.column or "")[:120]


def _quoted(source: Source) -> str:
    return "'" + _label(source).replace("'", "''") + "'"


async def refuse_incomplete(tx: Tx, batch: Batch, plan: Plan, columns: NewColumns) -> None:
    """Into `issue`, once debts that are there were found: instalments that these do not have, and the other rows of
    debts of which a row is rejected."""
    assert columns.instalment is not None
    await tx.execute(
        _ADDED.format(debt=debt_of("e.reference", lock=False)),
        batch.agency_id, batch.creditor_id, _label(columns.instalment),
    )  # fmt: skip
    await tx.execute(_INCOMPLETE.format(fine=plan.fine("e")), _label(columns.reference))


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows make debts, as SQL: `heads` joins the row that stands for a debt, with its sum and oldest due date;
    `rows` every row, with its place. `first` is the condition that a row `e` stands for a debt."""

    first: str = ""
    due_on: str = "e.due_on"
    total: str = "e.total"
    heads: str = ""
    position: str = "c.position"
    instalment: str = ""
    rows: str = ""
    column: str = ""


ROW_BY_ROW = Shape()

_TABLES = """
CREATE TEMP TABLE piece (n bigint, head bigint, place bigint, total bigint, due_on date) ON COMMIT DROP;
ALTER TABLE part ADD COLUMN instalment smallint
"""

_GATHER = """
INSERT INTO piece
SELECT n, min(n) OVER d, row_number() OVER (d ORDER BY instalment) - 1, sum(total) OVER d, min(due_on) OVER d
FROM entry e WHERE {good} WINDOW d AS (PARTITION BY reference)
"""

_MEMBERS = """
INSERT INTO owner (n, party_id, first, debt_id)
SELECT p.n, o.party_id, false, o.debt_id FROM piece p JOIN owner o ON o.n = p.head WHERE p.n <> p.head
"""


async def gather(tx: Tx, good: str, components: int) -> Shape:
    """Make `piece`: the rows that fulfil `good`, each with the first row of its debt. Components stand by
    instalment."""
    await tx.execute(_TABLES)
    await tx.execute(_GATHER.format(good=good))
    await tx.execute("ANALYZE piece")
    return Shape(
        first="e.n IN (SELECT head FROM piece)",
        due_on="w.due_on",
        total="w.total",
        heads=" JOIN piece w ON w.n = e.n AND w.head = w.n",
        position=f"w.place * {components} + c.position",
        instalment=", e.instalment",
        rows=" JOIN piece w ON w.n = e.n",
        column=", instalment",
    )


async def give_rows_to_owners(tx: Tx) -> int:
    """Add to `owner` the rows that do not stand for their debts; returns how many debts there are."""
    debts: int = await tx.fetchval("SELECT count(*) FROM owner")
    await tx.execute(_MEMBERS)
    return debts
