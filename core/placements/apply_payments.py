"""The payments of a FINANCIAL file and what they change: the money, allocations, movements, balances, closed debts.
`$1` to `$3` are agency, batch and creditor throughout."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.agreements.pay_promises import PROMISED, pay_promises
from core.debts.reprocessing import ask_to_reprocess_each
from core.kit.db import Tx
from core.mandates.allocation import policy_of
from core.placements.batch import Batch
from core.placements.ids import EACH, numbered, series

# What the creditor got itself has cleared; what the agency got may bounce as long as the mandate says of its method.
_PAYMENTS = """
INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on, received_by,
                     method, reference, idempotency_key, fingerprint, recorded_by, source_id, source_line, status,
                     clears_on, cleared_on, after_write_off)
SELECT $1, y.payment_id, $3, y.debt_id, $4, y.amount, y.amount - COALESCE(s.minor, 0), y.paid_on,
       w.received_by, w.method, COALESCE(e.payment_reference, ''), y.key, substr(y.key, 6), $5, $2, e.line,
       CASE WHEN c.day > $6 THEN 'PENDING' ELSE 'CLEARED' END, c.day, CASE WHEN c.day <= $6 THEN c.day END,
       d.closed_reason IS NOT DISTINCT FROM 'WRITTEN_OFF'
FROM pay y JOIN debt d ON d.agency_id = $1 AND d.id = y.debt_id JOIN entry e ON e.n = y.n
LEFT JOIN (SELECT n, sum(minor) AS minor FROM split GROUP BY n) s ON s.n = y.n
CROSS JOIN LATERAL (SELECT COALESCE(e.received_by, 'CREDITOR') AS received_by, COALESCE(e.method, 'OTHER') AS method) w
CROSS JOIN LATERAL (SELECT y.paid_on + CASE WHEN w.received_by = 'AGENCY'
                                            THEN COALESCE(($7::jsonb ->> w.method)::int, 0) ELSE 0 END AS day) c
"""

_POSTINGS = f"""
INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
                            effective_on, source_id, actor)
SELECT $1, {numbered("$6", EACH)}, $3, p.debt_id, 'RECEIPT', v.debit, v.credit, $4, v.minor, p.paid_on, p.id, $5
FROM payment p JOIN pay y ON y.payment_id = p.id
CROSS JOIN LATERAL (VALUES
  (CASE p.status WHEN 'CLEARED' THEN 'TRUST_BANK' ELSE 'TRUST_CLEARING' END,
   CASE p.status WHEN 'CLEARED' THEN 'CLIENT' ELSE 'CLIENT_UNCLEARED' END, p.amount_minor - p.unapplied_minor),
  (CASE p.status WHEN 'CLEARED' THEN 'TRUST_BANK' ELSE 'TRUST_CLEARING' END, 'UNAPPLIED', p.unapplied_minor)
) AS v (debit, credit, minor)
WHERE p.agency_id = $1 AND p.source_id = $2 AND p.received_by = 'AGENCY' AND v.minor > 0
"""

_ALLOCATIONS = f"""
INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
SELECT $1, {numbered("$3", EACH)}, $2, payment_id, component_id, minor FROM split
"""

_MOVEMENTS = f"""
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
                           source_id, actor)
SELECT $1, {numbered("$4", EACH)}, $2, debt_id, component_id, 'PAYMENT', paid_on, -minor, payment_id, $3 FROM split
"""

# What is recovered of a debt that is written off is no longer written off, and paid at once: payments/write_payment.py.
_REINSTATED = f"""
INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor,
                           source_id, actor)
SELECT $1, {numbered("$4", EACH)}, $2, s.debt_id, s.component_id, 'WRITE_OFF', GREATEST(s.paid_on, d.closed_on),
       s.minor, s.payment_id, $3
FROM split s JOIN debt d ON d.agency_id = $1 AND d.id = s.debt_id AND d.closed_reason = 'WRITTEN_OFF'
"""

# Of a component one of both is 0: a debt that is written off has no balance, and others nothing that is written off.
_COMPONENTS = """
UPDATE debt_component c SET balance_minor = c.balance_minor - CASE WHEN c.balance_minor > 0 THEN s.minor ELSE 0 END,
  written_off_minor = c.written_off_minor - CASE WHEN c.balance_minor > 0 THEN 0 ELSE s.minor END
FROM (SELECT component_id, sum(minor) AS minor FROM split GROUP BY component_id) s
WHERE c.agency_id = $1 AND c.id = s.component_id
"""

# Before `last_payment_on` follows the file.
_BEFORE_OTHERS = """
SELECT y.debt_id, min(y.paid_on) AS first_day FROM pay y JOIN debt d ON d.agency_id = $1 AND d.id = y.debt_id
WHERE y.paid_on < d.last_payment_on OR EXISTS (
  SELECT 1 FROM debt_movement m
  WHERE m.agency_id = $1 AND m.debt_id = d.id AND m.effective_on > y.paid_on AND m.kind = 'CHARGE'
) GROUP BY y.debt_id
"""

_DEBTS = """
UPDATE debt d SET recovered_minor = d.recovered_minor + s.minor,
  balance_minor = d.balance_minor - CASE WHEN d.closed_reason = 'WRITTEN_OFF' THEN 0 ELSE s.minor END,
  written_off_minor = d.written_off_minor - CASE WHEN d.closed_reason = 'WRITTEN_OFF' THEN s.minor ELSE 0 END,
  last_payment_on = GREATEST(d.last_payment_on, s.last_on), updated_at = now(),
  due_on = (SELECT min(c.due_on) FROM debt_component c
            WHERE c.agency_id = $1 AND c.debt_id = d.id AND c.balance_minor > 0),
  status = CASE WHEN d.balance_minor = s.minor THEN 'CLOSED' ELSE d.status END,
  closed_reason = CASE WHEN d.balance_minor = s.minor AND d.status = 'ACTIVE' THEN 'PAID' ELSE d.closed_reason END,
  closed_on = CASE WHEN d.balance_minor = s.minor AND d.status = 'ACTIVE' THEN GREATEST(d.last_payment_on, s.settled_on)
                   ELSE d.closed_on END
FROM (
  SELECT y.debt_id, COALESCE(sum(a.minor), 0) AS minor, max(y.paid_on) AS last_on,
         COALESCE(max(y.paid_on) FILTER (WHERE a.minor > 0), min(y.paid_on)) AS settled_on
  FROM pay y LEFT JOIN (SELECT n, sum(minor) AS minor FROM split GROUP BY n) a ON a.n = y.n
  GROUP BY y.debt_id
) s
WHERE d.agency_id = $1 AND d.id = s.debt_id
"""

_PROMISED = (
    f"SELECT y.payment_id, d.id FROM pay y JOIN debt d ON d.agency_id = $1 AND d.id = y.debt_id WHERE {PROMISED}"
)

_CLOSED = """
SELECT count(*) FROM debt d WHERE d.agency_id = $1 AND d.status = 'CLOSED' AND d.id IN (SELECT debt_id FROM pay)
"""


async def apply_payments(tx: Tx, batch: Batch, actor: str) -> dict[str, int]:
    """Write what `read_payments` found good; returns how many debts it closed."""
    await tx.execute(
        _PAYMENTS,
        batch.agency_id,
        batch.id,
        batch.creditor_id,
        batch.currency,
        actor,
        batch.today,
        batch.clearance_days,
    )
    await tx.execute(_POSTINGS, batch.agency_id, batch.id, batch.creditor_id, batch.currency, actor, series())
    await tx.execute(_ALLOCATIONS, batch.agency_id, batch.creditor_id, series())
    await tx.execute(_MOVEMENTS, batch.agency_id, batch.creditor_id, actor, series())
    await tx.execute(_REINSTATED, batch.agency_id, batch.creditor_id, actor, series())
    await tx.execute(_COMPONENTS, batch.agency_id)
    if policy_of(batch.allocation_order, batch.allocation_policy).reprocess:
        await ask_to_reprocess_each(tx, _BEFORE_OTHERS, "earlier payments of a file")
    await tx.execute(_DEBTS, batch.agency_id)
    promised = await tx.fetch(_PROMISED, batch.agency_id)
    await pay_promises(tx, [(row["payment_id"], row["id"]) for row in promised])
    return {"closed": await tx.fetchval(_CLOSED, batch.agency_id)}
