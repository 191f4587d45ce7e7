"""What a FINANCIAL file says: payments. How each is split over the components of its debt: split_payments.py."""

from core.kit.db import Tx
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.placements.batch import Batch
from core.placements.ids import numbered, series
from core.placements.layout import PaymentColumns
from core.placements.lookup import REFERENCES, debt_of
from core.placements.plan import Plan, collect_issues, read_entries
from core.placements.split_payments import split_payments
from core.placements.staging import Staged
from core.placements.targets import add_amount, add_choice, add_currency, add_date, add_text

_TABLES = """
CREATE TEMP TABLE known (debt_id uuid, reference text, owes boolean, takes_money boolean, opened_on date)
  ON COMMIT DROP;
CREATE TEMP TABLE pay (n bigint, debt_id uuid, payment_id uuid, paid_on date, amount bigint, key text) ON COMMIT DROP
"""

_KNOWN = """
INSERT INTO known
SELECT d.id, d.reference, d.status = 'ACTIVE' OR d.closed_reason = 'WRITTEN_OFF',
  d.status = 'ACTIVE' OR d.closed_reason IN ('PAID', 'SETTLED', 'WRITTEN_OFF'), d.opened_on
FROM ({references}) r CROSS JOIN LATERAL ({debt}) d
"""

_LATE = """
INSERT INTO issue
SELECT e.n, e.line, 'REJECTED', v.code, v.label, left(v.given, 200), e.reference
FROM entry e LEFT JOIN known k ON k.reference = e.reference
CROSS JOIN LATERAL (VALUES {rules}) AS v (hit, code, label, given)
WHERE {fine} AND v.hit
"""

# The same payment in the same file twice is two payments, the first and the second; in another file it is the same one.
_PAY = """
INSERT INTO pay
SELECT n, debt_id, {id}, paid_on, total, 'file:' || encode(sha256(convert_to(concat_ws(E'\\x1f', $1::text,
         reference, paid_on, total, COALESCE(payment_reference, ''),
         row_number() OVER (PARTITION BY reference, paid_on, total, payment_reference ORDER BY n)), 'UTF8')), 'hex')
FROM (SELECT e.*, k.debt_id FROM entry e JOIN known k ON k.reference = e.reference WHERE {fine}
        AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.n = e.n AND i.outcome = 'REJECTED')) e
"""

_REPEATED = """
INSERT INTO issue
SELECT e.n, e.line, 'DUPLICATE', 'DUPLICATE_OF_PAYMENT', $2,
       'recorded on ' || p.recorded_at::date || COALESCE(', line ' || p.source_line, ''), e.reference
FROM pay y CROSS JOIN LATERAL (
  SELECT p.recorded_at, p.source_line FROM payment p WHERE p.agency_id = $1 AND p.idempotency_key = y.key LIMIT 1) p
JOIN entry e ON e.n = y.n
"""

_FORGET = "DELETE FROM pay WHERE n IN (SELECT n FROM issue WHERE outcome <> 'WARNING')"

# More than its debt (or its part of it) could take: the money did arrive, what is too much stays unapplied.
_TOO_MUCH = """
INSERT INTO issue
SELECT e.n, e.line, 'WARNING', 'OVERPAYMENT', $1, '', e.reference
FROM pay y JOIN entry e ON e.n = y.n LEFT JOIN (SELECT n, sum(minor) AS minor FROM split GROUP BY n) s ON s.n = y.n
WHERE COALESCE(s.minor, 0) < y.amount
"""


def payment_plan(batch: Batch, staged: Staged, columns: PaymentColumns) -> Plan:
    """How a row of the file becomes a payment."""
    plan = Plan(staged, batch.layout)
    add_text(plan, "reference", columns.reference, longest=80, required=True)
    add_date(plan, "paid_on", columns.paid_on, today=batch.today, required=True)
    add_choice(plan, "method", columns.method, PaymentMethod)
    add_choice(plan, "received_by", columns.received_by, ReceivedBy)
    add_text(plan, "payment_reference", columns.payment_reference, longest=120)
    add_currency(plan, columns.currency, batch.currency)
    for number, component in enumerate(columns.components):
        add_amount(plan, f"amount{number}", component, batch.digits)
    if columns.amount is not None:
        add_amount(plan, "stated", columns.amount, batch.digits, required=not columns.components)
        plan.hidden.add("stated")
    parts = " + ".join(f"COALESCE(amount{number}, 0)" for number in range(len(columns.components)))
    plan.derived["total"] = ("bigint", parts or "stated")
    readable = " AND ".join(f"(t_amount{n} IS NULL) = (amount{n} IS NULL)" for n in range(len(columns.components)))
    money = columns.amount or columns.components[0]
    plan.check(money, "ZERO_AMOUNT", f"total = 0 AND {readable or 'true'}")
    if columns.amount is not None and columns.components:
        plan.check(columns.amount, "SPLIT_MISMATCH", f"stated <> total AND {readable}")
    return plan


async def read_payments(tx: Tx, batch: Batch, staged: Staged, *, lock: bool) -> Plan:
    """Make `entry`, `issue`, `pay` and `split` of a FINANCIAL file. `lock` holds the debts until the transaction
    ends."""
    columns = batch.layout.columns
    assert isinstance(columns, PaymentColumns)
    plan = payment_plan(batch, staged, columns)
    await read_entries(tx, plan)
    await collect_issues(tx, plan)
    await tx.execute(_TABLES)
    await tx.execute(
        _KNOWN.format(references=REFERENCES, debt=debt_of("r.reference", lock=lock)), batch.agency_id, batch.creditor_id
    )
    await tx.execute("ANALYZE known")
    rules = (
        "(k.debt_id IS NULL, 'UNKNOWN_REFERENCE', $1, e.reference), "
        "(NOT k.takes_money, 'DEBT_CLOSED', $1, e.reference), "
        "(e.paid_on < k.opened_on, 'PAID_BEFORE_OPENING', $2, 'opened on ' || k.opened_on)"
    )
    label, day, money = (
        (one.column or "")[:120]
        for one in (columns.reference, columns.paid_on, columns.amount or columns.components[0])
    )
    await tx.execute(_LATE.format(rules=rules, fine=plan.fine("e")), label, day)
    await tx.execute(_PAY.format(fine=plan.fine("e"), id=numbered("$2", "n")), str(batch.creditor_id), series())
    await tx.execute("ANALYZE pay")
    await tx.execute(_REPEATED, batch.agency_id, label)
    await tx.execute(_FORGET)
    await split_payments(tx, batch, columns)
    await tx.execute(_TOO_MUCH, money)
    return plan
