"""Days pass, and promises that nobody kept are broken. Run once a day for every agency."""

from collections import Counter
from uuid import UUID

from core.agreements.judge import judge
from core.kit import db, jobs
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "agreements.promises_due"
PART = 2_000
"""How many debts are looked at in one transaction."""

# In the order of ids, and not those that somebody else is about to change: they come the next time.
_DUE = """
SELECT d.id FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN agreement a ON a.agency_id = $1 AND a.debt_id = d.id AND a.status = 'ACTIVE'
WHERE d.agency_id = $1 AND (d.status = 'CLOSED' OR EXISTS (
  SELECT FROM promise p WHERE p.agency_id = $1 AND p.agreement_id = a.id AND p.status = 'PENDING'
    AND p.last_on < ($2::timestamptz AT TIME ZONE m.timezone)::date))
ORDER BY d.id LIMIT $3 FOR NO KEY UPDATE OF d SKIP LOCKED
"""


async def request_judgement(scope: Scope) -> UUID:
    """Ask for a look at the agency's overdue promises now. Returns the job's id. Raises: Forbidden."""
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        return await jobs.enqueue(tx, JOB, {})


@jobs.handler(JOB)
async def judge_due(run: jobs.Run) -> None:
    """Bring the agency's promises whose last day is over, in their mandate's zone, to what was paid of them, and cancel
    what closed debts had agreed; an event tells of each. The job's result is how many came to which status:
    `{"BROKEN": 3, "PARTIALLY_KEPT": 1}`. Killed in the middle, it goes on where it was.
    """
    counts = Counter[str]()
    while True:
        async with db.transaction(run.scope) as tx:
            rows = await tx.fetch(_DUE, tx.scope.agency, tx.now, PART, timeout_s=300)
            counts.update(await judge(tx, [row["id"] for row in rows], end_closed=True))
            if len(rows) < PART:
                await run.finish(tx, dict(sorted(counts.items())))
                return
        await run.progress(counts.total(), counts.total() + PART, "promises looked at")
