"""Payments go towards what was promised: each to the oldest open promise first, in the order of days.

What goes where is stored once, when a payment is recorded, and neither later promises nor later payments move it. A
payment that is reversed counts no more, whatever it was stored for: so a reversal takes back exactly its own money.
"""

from collections.abc import Sequence
from uuid import UUID

from core.agreements.judge import judge
from core.kit.db import Tx

PROMISED = """
EXISTS (SELECT FROM agreement a WHERE a.agency_id = $1 AND a.debt_id = d.id AND a.status IN ('ACTIVE', 'BROKEN'))
"""
"""As SQL, with the debt `d` and `$1` the agency: whether the debt may have promises that a payment goes to."""

# The promises of an agreement lie end to end on a line, and so do the payments; what lies over each other is stored. A
# payment counts for the newest agreement in whose days it was made.
_PAY = """
INSERT INTO promise_payment (agency_id, id, creditor_id, payment_id, promise_id, amount_minor)
WITH paid AS (
  SELECT p.id, a.id AS agreement_id, a.creditor_id, p.amount_minor,
    sum(p.amount_minor) OVER (PARTITION BY a.id ORDER BY p.paid_on, p.id) AS upto
  FROM payment p CROSS JOIN LATERAL (
    SELECT a.id, a.creditor_id FROM agreement a WHERE a.agency_id = $1 AND a.debt_id = p.debt_id
      AND a.status IN ('ACTIVE', 'BROKEN') AND p.paid_on >= a.made_on
      AND (a.ended_on IS NULL OR p.paid_on <= a.ended_on)
    ORDER BY a.id DESC LIMIT 1
  ) a
  WHERE p.agency_id = $1 AND p.id = ANY($2::uuid[]) AND p.status <> 'REVERSED'
)
SELECT $1, recobro_uuid7(), p.creditor_id, p.id, r.id,
  LEAST(r.upto, p.upto) - GREATEST(r.upto - r.free, p.upto - p.amount_minor)
FROM paid p CROSS JOIN LATERAL (
  SELECT i.id, i.amount_minor - i.paid_minor AS free,
    sum(i.amount_minor - i.paid_minor) OVER (ORDER BY i.number) AS upto
  FROM promise i WHERE i.agency_id = $1 AND i.agreement_id = p.agreement_id AND i.amount_minor > i.paid_minor
) r WHERE r.upto - r.free < p.upto AND p.upto - p.amount_minor < r.upto
RETURNING payment_id
"""


async def pay_promises(tx: Tx, payments: Sequence[tuple[UUID, UUID]]) -> None:
    """Store what of payments that were just recorded goes to promises; their debts are held. Each with its debt's
    id. They are as if each had been recorded alone, in the order of days and ids: one that mends an
    agreement lets others count that were made after it had been broken."""
    left = dict(payments)
    await judge(tx, [*left.values()])
    while left:
        stored = {row["payment_id"] for row in await tx.fetch(_PAY, tx.scope.agency, list(left), timeout_s=300)}
        changed = {left[payment_id] for payment_id in stored}
        await judge(tx, [*changed])
        # Only where something went to a promise may an agreement now take what it did not take before.
        left = {one: debt_id for one, debt_id in left.items() if debt_id in changed and one not in stored}


async def carry_over(tx: Tx, replaced: Sequence[tuple[UUID, UUID]]) -> None:
    """Payments were split anew, each pair the old and the new one: it is the same money, for the same promises."""
    await tx.execute(
        "INSERT INTO promise_payment (agency_id, id, creditor_id, payment_id, promise_id, amount_minor) "
        "SELECT $1, recobro_uuid7(), r.creditor_id, n.after, r.promise_id, r.amount_minor "
        "FROM unnest($2::uuid[], $3::uuid[]) AS n (before, after) "
        "JOIN promise_payment r ON r.agency_id = $1 AND r.payment_id = n.before",
        tx.scope.agency, [old for old, _ in replaced], [new for _, new in replaced],
    )  # fmt: skip
