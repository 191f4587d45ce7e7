"""A RECALL file: debts that their creditor takes back. Each is closed, and a movement takes every balance to zero."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.kit.db import Tx
from core.placements.batch import Batch
from core.placements.ids import EACH, numbered, series
from core.placements.layout import RecallColumns
from core.placements.lookup import REFERENCES, debt_of
from core.placements.plan import Plan, collect_issues, read_entries
from core.placements.staging import Staged
from core.placements.targets import add_date, add_text

_TABLES = """
CREATE TEMP TABLE known (debt_id uuid, reference text, status text, closed_reason text, placed_on date) ON COMMIT DROP;
CREATE TEMP TABLE recall (n bigint, debt_id uuid) ON COMMIT DROP
"""

_KNOWN = """
INSERT INTO known
SELECT d.id, d.reference, d.status, d.closed_reason, d.placed_on
FROM ({references}) r CROSS JOIN LATERAL ({debt}) d
"""

_LATE = """
INSERT INTO issue
SELECT e.n, e.line, v.outcome, v.code, $1, left(v.given, 200), e.reference
FROM (SELECT e.*, min(n) OVER w AS first, min(line) OVER w AS first_line FROM entry e WHERE {fine}
      WINDOW w AS (PARTITION BY reference)) e
LEFT JOIN known k ON k.reference = e.reference
CROSS JOIN LATERAL (VALUES
  ('REJECTED', k.debt_id IS NULL, 'UNKNOWN_REFERENCE', e.reference),
  ('REJECTED', k.closed_reason <> 'RECALLED', 'DEBT_CLOSED', k.closed_reason),
  ('REJECTED', e.closed_on < k.placed_on, 'RECALLED_BEFORE_PLACING', 'placed on ' || k.placed_on),
  ('DUPLICATE', k.closed_reason = 'RECALLED', 'ALREADY_RECALLED', e.reference),
  ('DUPLICATE', e.n > e.first, 'DUPLICATE_IN_FILE', 'line ' || e.first_line)
) AS v (outcome, hit, code, given)
WHERE v.hit
"""

_RECALL = """
INSERT INTO recall SELECT e.n, k.debt_id FROM entry e JOIN known k ON k.reference = e.reference
WHERE {fine} AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.n = e.n AND i.outcome <> 'WARNING')
"""

_MOVEMENTS = f"""
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
                           source_id, actor, reason)
SELECT $1, {numbered("$6", EACH)}, $3, c.debt_id, c.id, 'RECALL', COALESCE(e.closed_on, $4::date), -c.balance_minor,
       $2, $5, left(COALESCE(e.reason, ''), 200)
FROM recall r JOIN entry e ON e.n = r.n
JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = r.debt_id AND c.balance_minor > 0
"""

_COMPONENTS = """
UPDATE debt_component c SET balance_minor = 0 FROM recall r
WHERE c.agency_id = $1 AND c.debt_id = r.debt_id AND c.balance_minor > 0
"""

_DEBTS = """
UPDATE debt d SET recalled_minor = d.recalled_minor + d.balance_minor, balance_minor = 0, due_on = NULL,
  status = 'CLOSED', closed_reason = 'RECALLED', closed_on = COALESCE(e.closed_on, $2::date), updated_at = now()
FROM recall r JOIN entry e ON e.n = r.n WHERE d.agency_id = $1 AND d.id = r.debt_id
"""

# A batch of which every debt was taken back.
_BATCHES = """
UPDATE placement_batch b SET state = 'RECALLED'
WHERE b.agency_id = $1 AND b.kind = 'NEW' AND b.state = 'ACTIVE'
  AND b.id IN (SELECT d.source_id FROM debt d JOIN recall r ON r.debt_id = d.id WHERE d.agency_id = $1)
  AND NOT EXISTS (SELECT 1 FROM debt d WHERE d.agency_id = $1 AND d.mandate_id = b.mandate_id AND d.source_id = b.id
                  AND d.closed_reason IS DISTINCT FROM 'RECALLED')
"""


async def read_recalls(tx: Tx, batch: Batch, staged: Staged, *, lock: bool) -> Plan:
    """Make `entry`, `issue` and `recall` of a RECALL file. `lock` holds the debts."""
    columns = batch.layout.columns
    assert isinstance(columns, RecallColumns)
    plan = Plan(staged, batch.layout)
    add_text(plan, "reference", columns.reference, longest=80, required=True)
    add_text(plan, "reason", columns.reason, longest=200)
    add_date(plan, "closed_on", columns.closed_on, today=batch.today)
    await read_entries(tx, plan)
    await collect_issues(tx, plan)
    await tx.execute(_TABLES)
    await tx.execute(
        _KNOWN.format(references=REFERENCES, debt=debt_of("r.reference", lock=lock)), batch.agency_id, batch.creditor_id
    )
    await tx.execute("ANALYZE known")
    await tx.execute(_LATE.format(fine=plan.fine("e")), (columns.reference.column or "")[:120])
    await tx.execute(_RECALL.format(fine=plan.fine("e")))
    await tx.execute("ANALYZE recall")
    return plan


async def apply_recalls(tx: Tx, batch: Batch, actor: str) -> None:
    """Write what `read_recalls` found good."""
    await tx.execute(_MOVEMENTS, batch.agency_id, batch.id, batch.creditor_id, batch.today, actor, series())
    await tx.execute(_COMPONENTS, batch.agency_id)
    await tx.execute(_DEBTS, batch.agency_id, batch.today)
    await tx.execute(_BATCHES, batch.agency_id)
