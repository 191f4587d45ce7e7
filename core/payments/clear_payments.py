"""Days pass, and money that did not bounce has cleared. Run once a day for every agency."""

from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Tx
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "payments.clear"
PART = 5_000
"""How many payments are cleared in one transaction."""

# In the order of ids, and not those that somebody else is about to reverse or to clear: they come the next time.
_CLEAR = """
WITH due AS (
  SELECT p.id FROM payment p JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
  JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  WHERE p.agency_id = $1 AND p.status = 'PENDING' AND p.clears_on <= ($2::timestamptz AT TIME ZONE m.timezone)::date
  ORDER BY p.id LIMIT $3 FOR NO KEY UPDATE OF p SKIP LOCKED
), cleared AS (
  UPDATE payment p SET status = 'CLEARED', cleared_on = p.clears_on FROM due WHERE p.agency_id = $1 AND p.id = due.id
  RETURNING p.*
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, recorded_at, source_id, actor)
  SELECT $1, recobro_uuid7(), c.creditor_id, c.debt_id, 'CLEARING', leg.debit, leg.credit, c.currency, leg.minor,
    c.cleared_on, $2, c.id, $4
  FROM cleared c CROSS JOIN LATERAL (VALUES
    ('TRUST_BANK', 'TRUST_CLEARING', c.amount_minor),
    ('CLIENT_UNCLEARED', 'CLIENT', c.amount_minor - c.unapplied_minor)
  ) AS leg (debit, credit, minor) WHERE leg.minor > 0
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, recobro_uuid7(), c.creditor_id, 'payment.cleared', c.id, $4, jsonb_build_object(
    'debt_id', c.debt_id, 'amount_minor', c.amount_minor, 'currency', c.currency, 'cleared_on', c.cleared_on), $2
  FROM cleared c
)
SELECT count(*) FROM cleared
"""


async def request_clearing(scope: Scope) -> UUID:
    """Ask for a clearing of the agency's payments now. Returns the job's id. Raises: Forbidden."""
    scope.require(Permission.PAYMENT_RECORD)
    async with db.transaction(scope) as tx:
        return await jobs.enqueue(tx, JOB, {})


@jobs.handler(JOB)
async def clear_payments(run: jobs.Run) -> None:
    """Clear the agency's pending payments whose day has come in their mandate's zone; an event tells of each.

    From then on the money is the creditor's, may be remitted, and earns its commission. The job's result:
    `{"cleared": 3}`. Killed in the middle, it goes on where it was.
    """
    cleared = 0
    while True:
        async with db.transaction(run.scope) as tx:
            part = await _clear(tx)
            cleared += part
            if part < PART:
                await run.finish(tx, {"cleared": cleared})
                return
        await run.progress(cleared, cleared + PART, "payments cleared")


async def _clear(tx: Tx) -> int:
    return await tx.fetchval(_CLEAR, tx.scope.agency, tx.now, PART, str(tx.scope.actor))
