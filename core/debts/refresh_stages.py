"""Days pass, and debts come into the stage that their days past due lead to. Run once a day for every agency."""

from collections import Counter
from uuid import UUID

from core.debts.kinds import Stage
from core.kit import db, jobs
from core.kit.db import Tx
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "debts.refresh_stages"

# Forwards only: the way back, and every way to or from JUDICIAL, is somebody's decision. Locked in the order of ids, so
# that two who change many debts at once wait for each other rather than crosswise.
_REFRESH = """
WITH lined_up AS (
  SELECT d.id, d.stage, array_position($2::text[], CASE
      WHEN reached.days >= (m.stage_days ->> 'PRE_LEGAL')::int THEN 'PRE_LEGAL'
      WHEN reached.days >= (m.stage_days ->> 'INTERMEDIATE')::int THEN 'INTERMEDIATE'
      WHEN reached.days >= (m.stage_days ->> 'EARLY')::int THEN 'EARLY' ELSE 'PREVENTION' END) AS place
  FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  CROSS JOIN LATERAL (SELECT ($3::timestamptz AT TIME ZONE m.timezone)::date - d.due_on AS days) AS reached
  WHERE d.agency_id = $1 AND d.status = 'ACTIVE' AND d.stage <> 'JUDICIAL' AND reached.days > 0
  ORDER BY d.id FOR NO KEY UPDATE OF d
), moved AS (
  UPDATE debt d SET stage = ($2::text[])[lined_up.place], updated_at = $3 FROM lined_up
  WHERE d.agency_id = $1 AND d.id = lined_up.id AND lined_up.place > array_position($2::text[], lined_up.stage::text)
  RETURNING lined_up.stage AS previous, d.stage
)
SELECT previous, stage, count(*) AS debts FROM moved GROUP BY previous, stage
"""


async def request_stage_refresh(scope: Scope) -> UUID:
    """Ask for a refresh of the agency's stages now. Returns the job's id. Raises: Forbidden."""
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        return await jobs.enqueue(tx, JOB, {})


@jobs.handler(JOB)
async def refresh_stages(run: jobs.Run) -> None:
    """Move the active debts of the agency forwards to the stage of their days past due; one event tells how many.

    The job's result: `{"moved": 3, "moves": {"PREVENTION>EARLY": 3}}`.
    """
    async with db.transaction(run.scope) as tx:
        moves = await _refresh(tx)
        result = {"moved": moves.total(), "moves": dict(sorted(moves.items()))}
        if moves:
            await emit(tx, "debt.stages_refreshed", run.job_id, result)
        await run.finish(tx, result)


async def _refresh(tx: Tx) -> Counter[str]:
    stages = [stage.value for stage in Stage if stage is not Stage.JUDICIAL]
    rows = await tx.fetch(_REFRESH, tx.scope.agency, stages, tx.now, timeout_s=300)
    return Counter({f"{row['previous']}>{row['stage']}": row["debts"] for row in rows})
