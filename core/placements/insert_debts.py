"""The accepted rows of a NEW file become parties, debts, components and the first movement of each. One pass a table.

Ids are made before, in narrow temporary tables and in the order of the file, so that no row is touched again after it
was written, and keys lie where their neighbours do. `$1` to `$3` are
agency, batch and creditor throughout.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.interest.start_interest import start_with_placement
from core.kit.db import Tx
from core.mandates.terms import Stage
from core.placements.batch import Batch
from core.placements.contacts import store_contacts
from core.placements.ids import EACH, numbered, series
from core.placements.instalments import ROW_BY_ROW, gather, give_rows_to_owners
from core.placements.layout import NewColumns
from core.placements.plan import Plan

# A party for each identifier: the one that has it already, or a new one made of the first row that names it. A row
# without an identifier makes a party of its own.
_PEOPLE = """
INSERT INTO people (id_type, id_issuer, id_number, n, party_id, is_new)
SELECT g.id_type, g.id_issuer, g.id_number, g.n, COALESCE(i.party_id, {id_g}), i.party_id IS NULL
FROM (SELECT id_type, id_issuer, id_number, min(n) AS n FROM entry e WHERE id_number IS NOT NULL AND {good}
      GROUP BY id_type, id_issuer, id_number ORDER BY min(n)) g
LEFT JOIN LATERAL (SELECT party_id FROM party_identifier i WHERE i.agency_id = $1 AND i.type = g.id_type
                   AND i.issuer = g.id_issuer AND i.number = g.id_number LIMIT 1) i ON true
UNION ALL
SELECT NULL, NULL, NULL, e.n, {id_e}, true FROM entry e WHERE id_number IS NULL AND {good}
"""

_OWNERS = """
INSERT INTO owner (n, party_id, first, debt_id)
SELECT n, party_id, first, {id_n} FROM (
  SELECT e.n, p.party_id, p.is_new AND p.n = e.n AS first FROM entry e
  JOIN people p ON p.id_number = e.id_number AND p.id_type = e.id_type AND p.id_issuer = e.id_issuer WHERE {good}
  UNION ALL
  SELECT p.n, p.party_id, true FROM people p WHERE p.id_number IS NULL
  ORDER BY n
) o
"""

_PARTIES = """
INSERT INTO party (agency_id, id, kind, name, birth_date, country)
SELECT $1, p.party_id, e.party_kind, e.debtor_name, e.birth_date, $2
FROM people p JOIN entry e ON e.n = p.n WHERE p.is_new
"""

_IDENTIFIERS = f"""
INSERT INTO party_identifier (agency_id, id, party_id, type, issuer, number, verified)
SELECT $1, {numbered("$2", "p.n")}, p.party_id, p.id_type, p.id_issuer, p.id_number, e.id_verified
FROM people p JOIN entry e ON e.n = p.n WHERE p.is_new AND p.id_number IS NOT NULL
"""

_DEBTS = """
INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, currency, stage,
                  debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor, disputed,
                  attributes, source_id, source_line)
SELECT $1, o.debt_id, $3, $4, e.portfolio_id, o.party_id, e.reference, COALESCE(e.product, ''), $5, {stage},
       e.debtor_name, left(COALESCE(e.document, ''), 60), e.opened_on, e.placed_on, {due_on}, {total}, {total},
       COALESCE(e.disputed, false), e.attributes, $2, e.line
FROM owner o JOIN entry e ON e.n = o.n{heads}
"""

# A component of 0 is kept; a movement of 0 is none.
_PARTS = """
INSERT INTO part
SELECT {id}, o.debt_id, {position}, c.kind, c.due_on, c.minor, e.opened_on{instalment}
FROM owner o JOIN entry e ON e.n = o.n{rows}
CROSS JOIN LATERAL (VALUES {components}) AS c (position, kind, due_on, minor)
WHERE c.minor IS NOT NULL
"""

_COMPONENTS = """
INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, placed_minor,
                            balance_minor{instalment})
SELECT $1, id, $2, debt_id, position, kind, due_on, minor, minor{instalment} FROM part
"""

_MOVEMENTS = f"""
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
                           source_id, actor)
SELECT $1, {numbered("$5", EACH)}, $3, debt_id, id, 'PLACEMENT', opened_on, minor, $2, $4 FROM part WHERE minor > 0
"""

_TABLES = """
CREATE TEMP TABLE people (id_type text, id_issuer text, id_number text, n bigint, party_id uuid, is_new boolean)
  ON COMMIT DROP;
CREATE TEMP TABLE owner (n bigint, party_id uuid, first boolean, debt_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE part (id uuid, debt_id uuid, position smallint, kind text, due_on date, minor bigint, opened_on date)
  ON COMMIT DROP
"""


def stage_sql(due_on: str, today: str, stage_days: dict[str, int]) -> str:
    """The stage that days past due lead to, as `core.debts.rules.stage_for` says it."""
    cases = [
        f"WHEN {today} - {due_on} >= {int(stage_days[stage])} THEN '{stage.value}'"
        for stage in (Stage.PRE_LEGAL, Stage.INTERMEDIATE, Stage.EARLY)
        if stage in stage_days
    ]
    return f"CASE {' '.join(cases)} ELSE '{Stage.PREVENTION.value}' END"


def good(plan: Plan) -> str:
    """The condition that a row `e` is accepted."""
    return f"{plan.fine('e')} AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.n = e.n AND i.outcome <> 'WARNING')"


async def insert_debts(tx: Tx, batch: Batch, plan: Plan, actor: str) -> dict[str, int]:
    """Write what `read_debts` found good; returns how many debts that are, where they are fewer than rows."""
    columns = batch.layout.columns
    assert isinstance(columns, NewColumns)
    fine = good(plan)
    await tx.execute(_TABLES)
    await tx.execute("ANALYZE issue (n)")
    shape = ROW_BY_ROW
    if columns.instalment is not None:
        shape = await gather(tx, fine, len(columns.components))
        fine = shape.first
    party_ids = {"id_g": numbered("$2", "g.n"), "id_e": numbered("$2", "e.n")}
    await tx.execute(_PEOPLE.format(good=fine, **party_ids), batch.agency_id, series())
    await tx.execute("ANALYZE people (id_number, n)")
    await tx.execute(_OWNERS.format(good=fine, id_n=numbered("$1", "n")), series())
    debts = await give_rows_to_owners(tx) if columns.instalment is not None else None
    await tx.execute("ANALYZE owner (n)")
    await tx.execute(_PARTIES, batch.agency_id, batch.country)
    await tx.execute(_IDENTIFIERS, batch.agency_id, series())
    await store_contacts(tx, batch)
    base = (batch.agency_id, batch.id, batch.creditor_id)
    stage = stage_sql(shape.due_on, "$6::date", batch.stage_days)
    debt_sql = _DEBTS.format(stage=stage, due_on=shape.due_on, total=shape.total, heads=shape.heads)
    await tx.execute(debt_sql, *base, batch.mandate_id, batch.currency, batch.today)
    parts = ", ".join(
        f"({number + 1}::smallint, '{component.kind.value}', e.due{number}, e.amount{number})"
        for number, component in enumerate(columns.components)
    )
    part_id = numbered("$1", "e.n * 16 + c.position")
    await tx.execute(
        _PARTS.format(
            components=parts, id=part_id, position=shape.position, instalment=shape.instalment, rows=shape.rows
        ),
        series(),
    )
    await tx.execute(_COMPONENTS.format(instalment=shape.column), batch.agency_id, batch.creditor_id)
    await tx.execute(_MOVEMENTS, *base, actor, series())
    await start_with_placement(tx, batch.mandate_id, "SELECT debt_id FROM owner")
    return {} if debts is None else {"debts": debts}
