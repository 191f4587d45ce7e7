"""Days pass, and deadlines come near or are missed. Run once a day for every agency."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Row, Tx
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "legal.deadlines.watch"
WARN_BEFORE = timedelta(days=7)
"""How long before its last day an event tells of a deadline."""
PART = 1_000

# The day is that of the mandate's zone: a deadline is missed when its last day is over there.
_DUE = """
WITH due AS (
  SELECT l.id, l.due_on < ($2::timestamptz AT TIME ZONE m.timezone)::date AS missed
  FROM legal_deadline l
  JOIN legal_handoff h ON h.agency_id = $1 AND h.id = l.handoff_id
  JOIN debt d ON d.agency_id = $1 AND d.id = h.debt_id
  JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  WHERE l.agency_id = $1 AND l.state = 'OPEN' AND l.missed_at IS NULL
    AND (l.due_on < ($2::timestamptz AT TIME ZONE m.timezone)::date
         OR (l.warned_at IS NULL AND l.due_on - $3::interval <= ($2::timestamptz AT TIME ZONE m.timezone)::date))
  ORDER BY l.due_on, l.id LIMIT $4 FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE legal_deadline l SET warned_at = COALESCE(l.warned_at, $2), missed_at = CASE WHEN due.missed THEN $2 END
FROM due WHERE l.agency_id = $1 AND l.id = due.id
RETURNING l.id, l.handoff_id, l.creditor_id, l.code, l.party, l.due_on, due.missed
"""


async def request_watch(scope: Scope) -> UUID:
    """Ask for a look at the agency's deadlines now. Returns the job's id. Raises: Forbidden."""
    scope.require(Permission.LEGAL_HANDOFF)
    async with db.transaction(scope) as tx:
        return await jobs.enqueue(tx, JOB, {})


@jobs.handler(JOB)
async def watch_deadlines(run: jobs.Run) -> None:
    """Tell once of every open deadline that comes near (`legal.deadline_due`), and once of every one whose last day is
    over (`legal.deadline_missed`). The job's result: `{"due": 3, "missed": 1}`. Killed in the middle, it goes on where
    it was."""
    told = Counter[str]()
    while True:
        async with db.transaction(run.scope) as tx:
            rows = await tx.fetch(_DUE, tx.scope.agency, tx.now, WARN_BEFORE, PART, timeout_s=300)
            for row in rows:
                told[await _tell(tx, row)] += 1
            if len(rows) < PART:
                await run.finish(tx, dict(sorted(told.items())))
                return
        await run.progress(told.total(), told.total() + PART, "deadlines told of")


async def _tell(tx: Tx, row: Row) -> str:
    word = "missed" if row["missed"] else "due"
    data = {
        "deadline_id": str(row["id"]), "code": row["code"], "party": row["party"], "due_on": row["due_on"].isoformat()
    }  # fmt: skip
    await emit(tx, f"legal.deadline_{word}", row["handoff_id"], data, creditor_id=row["creditor_id"])
    return word
