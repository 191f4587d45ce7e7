"""A MAINTENANCE file: what its creditor says is different now. A blank means no change.

New balances become ADJUSTMENT movements of the difference, so that the history stays whole. A new due date holds for
all open components. A row that changes nothing is a duplicate, so that the same file twice does nothing.
"""

from core.kit.db import Tx
from core.placements.batch import Batch
from core.placements.contacts import NEW_CONTACT, read_contacts, store_contacts
from core.placements.insert_debts import good
from core.placements.layout import ChangeColumns
from core.placements.lookup import REFERENCES, debt_of
from core.placements.plan import Plan, collect_issues, read_entries
from core.placements.staging import Staged
from core.placements.targets import add_amount, add_boolean, add_currency, add_date, add_text

_TABLES = """
CREATE TEMP TABLE known (debt_id uuid, reference text, status text, party_id uuid, due_on date, product text,
                         disputed boolean, balance bigint) ON COMMIT DROP;
CREATE TEMP TABLE stated (n bigint, debt_id uuid, kind text, minor bigint, component_id uuid, balance bigint,
                          parts bigint) ON COMMIT DROP;
CREATE TEMP TABLE owner (n bigint, party_id uuid, first boolean) ON COMMIT DROP
"""

_KNOWN = """
INSERT INTO known
SELECT d.id, d.reference, d.status, d.party_id, d.due_on, d.product, d.disputed, d.balance_minor
FROM ({references}) r CROSS JOIN LATERAL ({debt}) d
"""

_STATED = """
INSERT INTO stated
SELECT e.n, k.debt_id, v.kind, v.minor, (array_agg(c.id))[1], COALESCE(sum(c.balance_minor), 0), count(c.id)
FROM entry e JOIN known k ON k.reference = e.reference
CROSS JOIN LATERAL (VALUES {balances}) AS v (kind, minor)
LEFT JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = k.debt_id AND c.kind = v.kind
WHERE v.minor IS NOT NULL GROUP BY e.n, k.debt_id, v.kind, v.minor
"""

_LATE = """
INSERT INTO issue
SELECT e.n, e.line, v.outcome, v.code, $1, left(v.given, 200), e.reference
FROM (SELECT e.*, min(n) OVER w AS first, min(line) OVER w AS first_line FROM entry e WHERE {fine}
      WINDOW w AS (PARTITION BY reference)) e
LEFT JOIN known k ON k.reference = e.reference
CROSS JOIN LATERAL (VALUES
  ('REJECTED', k.debt_id IS NULL, 'UNKNOWN_REFERENCE', e.reference),
  ('REJECTED', k.status = 'CLOSED', 'DEBT_CLOSED', e.reference),
  ('REJECTED', EXISTS (SELECT 1 FROM stated s WHERE s.n = e.n AND s.parts > 1), 'AMBIGUOUS_COMPONENT', e.reference),
  ('REJECTED', e.due_on IS NOT NULL AND EXISTS (SELECT 1 FROM debt_component c WHERE c.agency_id = $2
     AND c.debt_id = k.debt_id AND c.instalment IS NOT NULL AND c.balance_minor > 0), 'DUE_BY_INSTALMENT', e.reference),
  ('DUPLICATE', e.n > e.first, 'DUPLICATE_IN_FILE', 'line ' || e.first_line)
) AS v (outcome, hit, code, given)
WHERE v.hit
"""

_UNCHANGED = """
INSERT INTO issue
SELECT e.n, e.line, 'DUPLICATE', 'NOTHING_CHANGES', $2, '', e.reference
FROM entry e JOIN known k ON k.reference = e.reference
WHERE {good}
  AND (e.due_on IS NULL OR e.due_on = k.due_on) AND (e.product IS NULL OR e.product = k.product)
  AND (e.disputed IS NULL OR e.disputed = k.disputed)
  AND NOT EXISTS (SELECT 1 FROM stated s WHERE s.n = e.n AND s.minor <> s.balance)
  AND NOT ({new_contact})
"""

_OWNERS = """
INSERT INTO owner SELECT e.n, k.party_id, false FROM entry e JOIN known k ON k.reference = e.reference WHERE {good}
"""

_NEW_COMPONENTS = """
INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, placed_minor, balance_minor)
SELECT $1, s.component_id, $2, s.debt_id, (SELECT COALESCE(max(c.position), 0) FROM debt_component c
         WHERE c.agency_id = $1 AND c.debt_id = s.debt_id) + row_number() OVER (PARTITION BY s.debt_id ORDER BY s.kind),
       s.kind, k.due_on, 0, s.minor
FROM stated s JOIN owner o ON o.n = s.n JOIN known k ON k.debt_id = s.debt_id WHERE s.parts = 0 AND s.minor > 0
"""

_MOVEMENTS = """
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
                           source_id, actor, reason)
SELECT $1, recobro_uuid7(), $3, s.debt_id, s.component_id, 'ADJUSTMENT', COALESCE(e.effective_on, $4::date),
       s.minor - s.balance, $2, $5, 'balance as the creditor states it'
FROM stated s JOIN owner o ON o.n = s.n JOIN entry e ON e.n = s.n WHERE s.minor <> s.balance
"""

_BALANCES = """
UPDATE debt_component c SET balance_minor = s.minor FROM stated s JOIN owner o ON o.n = s.n
WHERE c.agency_id = $1 AND c.id = s.component_id AND s.parts = 1 AND s.minor <> s.balance
"""

_DUE_DATES = """
UPDATE debt_component c SET due_on = e.due_on
FROM owner o JOIN entry e ON e.n = o.n JOIN known k ON k.reference = e.reference
WHERE c.agency_id = $1 AND c.debt_id = k.debt_id AND c.balance_minor > 0 AND e.due_on IS NOT NULL
  AND c.due_on IS DISTINCT FROM e.due_on
"""

_DISPUTES = """
UPDATE debt_component c SET disputed_minor = 0
FROM owner o JOIN entry e ON e.n = o.n JOIN known k ON k.reference = e.reference
WHERE c.agency_id = $1 AND c.debt_id = k.debt_id AND c.disputed_minor > 0 AND NOT e.disputed
"""

_DEBTS = """
UPDATE debt d SET product = COALESCE(e.product, d.product), disputed = COALESCE(e.disputed, d.disputed),
  due_on = CASE WHEN b.balance = 0 THEN COALESCE(e.due_on, d.due_on) ELSE b.due_on END, balance_minor = b.balance,
  updated_at = now()
FROM owner o JOIN entry e ON e.n = o.n JOIN known k ON k.reference = e.reference
CROSS JOIN LATERAL (SELECT COALESCE(sum(c.balance_minor), 0) AS balance,
                           min(c.due_on) FILTER (WHERE c.balance_minor > 0) AS due_on
                    FROM debt_component c WHERE c.agency_id = $1 AND c.debt_id = k.debt_id) b
WHERE d.agency_id = $1 AND d.id = k.debt_id
"""


def change_plan(batch: Batch, staged: Staged, columns: ChangeColumns) -> Plan:
    """How a row of the file says what changed."""
    plan = Plan(staged, batch.layout)
    add_text(plan, "reference", columns.reference, longest=80, required=True)
    add_date(plan, "due_on", columns.due_on, today=batch.today, future=True)
    add_date(plan, "effective_on", columns.effective_on, today=batch.today)
    add_text(plan, "product", columns.product, longest=80)
    add_boolean(plan, "disputed", columns.disputed)
    add_currency(plan, columns.currency, batch.currency)
    for number, component in enumerate(columns.components):
        add_amount(plan, f"amount{number}", component, batch.digits)
    return plan


async def read_changes(tx: Tx, batch: Batch, staged: Staged, *, lock: bool) -> Plan:
    """Make `entry`, `issue`, `stated` and `owner` of a MAINTENANCE file. `lock` holds the debts."""
    columns = batch.layout.columns
    assert isinstance(columns, ChangeColumns)
    plan = change_plan(batch, staged, columns)
    await read_entries(tx, plan)
    await collect_issues(tx, plan)
    await tx.execute(_TABLES)
    await tx.execute(
        _KNOWN.format(references=REFERENCES, debt=debt_of("r.reference", lock=lock)), batch.agency_id, batch.creditor_id
    )
    balances = ", ".join(f"('{one.kind.value}', e.amount{number})" for number, one in enumerate(columns.components))
    if balances:
        await tx.execute(_STATED.format(balances=balances), batch.agency_id)
    await tx.execute("ANALYZE known; ANALYZE stated")
    label = (columns.reference.column or "")[:120]
    await tx.execute(_LATE.format(fine=plan.fine("e")), label, batch.agency_id)
    await read_contacts(tx, batch, staged, columns)
    await tx.execute(_UNCHANGED.format(good=good(plan), new_contact=NEW_CONTACT), batch.agency_id, label)
    await tx.execute(_OWNERS.format(good=good(plan)))
    await tx.execute("ANALYZE owner")
    return plan


async def apply_changes(tx: Tx, batch: Batch, actor: str) -> None:
    """Write what `read_changes` found good."""
    base = (batch.agency_id, batch.creditor_id)
    await tx.execute("UPDATE stated SET component_id = recobro_uuid7() WHERE parts = 0 AND minor > 0")
    await tx.execute(_NEW_COMPONENTS, *base)
    await tx.execute(_MOVEMENTS, batch.agency_id, batch.id, batch.creditor_id, batch.today, actor)
    await tx.execute(_BALANCES, batch.agency_id)
    await tx.execute(_DUE_DATES, batch.agency_id)
    await tx.execute(_DISPUTES, batch.agency_id)
    await tx.execute(_DEBTS, batch.agency_id)
    await store_contacts(tx, batch)
