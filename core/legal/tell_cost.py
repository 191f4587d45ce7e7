"""Tell the lawyers what was decided on a cost, through a channel that takes answers."""

from typing import cast
from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, NotFound
from core.kit.jobs import Run, enqueue, handler
from core.legal.case import Case
from core.legal.kinds import CostState
from core.plugin_host.call import call
from core.plugin_host.follow_up import look_again
from core.plugin_host.host import has_ability
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.problems import ProviderProblem
from recobro_sdk import CostAnswer, CostAnswerReceiver, HandoffRef, LegalChannel

JOB = "legal.cost_answer.settle"
ABILITY = "cost_answers"
TIMEOUT_S = 30.0
_READ = """
SELECT c.*, h.channel, h.receipt FROM legal_cost c JOIN legal_handoff h ON h.agency_id = $1 AND h.id = c.handoff_id
WHERE c.agency_id = $1 AND c.id = $2
"""


async def tell_later(tx: Tx, case: Case, cost_id: UUID) -> None:
    """Ask for the job, in the transaction of the decision, where the channel has the ability."""
    if has_ability(LEGAL_CHANNEL, case.handoff["channel"], ABILITY):
        await enqueue(tx, JOB, {"cost_id": str(cost_id), "attempt": 1}, subject_id=cost_id)


@handler(JOB)
async def tell_cost(run: Run) -> None:
    """The job: tell, or look again later, each time after a longer while; then `legal.cost_untold` says that people
    have to. The channel takes the same answer twice."""
    cost_id = UUID(run.payload["cost_id"])
    async with db.transaction(run.scope, read_only=True) as tx:
        row = await tx.fetchrow(_READ, run.agency_id, cost_id)
    if row is None or row["state"] == CostState.ASKED:
        async with db.transaction(run.scope) as tx:
            return await run.finish(tx, {"told": False})
    code = await _tell(run, row)
    async with db.transaction(run.scope) as tx:
        if code is not None:
            await look_again(
                tx, JOB, cost_id, run.payload, given_up="legal.cost_untold",
                data={"handoff_id": str(row["handoff_id"]), "code": code}, creditor_id=row["creditor_id"],
            )  # fmt: skip
        await run.finish(tx, {"told": code is None, "code": code})
    return None


async def _tell(run: Run, row: Row) -> str | None:
    """None where the lawyers know it, otherwise why they do not."""
    answer = CostAnswer(
        reference=row["reference"], approved=row["state"] != CostState.REFUSED, reason=row["decision_reason"]
    )

    async def told(channel: LegalChannel) -> None:
        handoff = HandoffRef(str(row["handoff_id"]), row["receipt"])
        await cast(CostAnswerReceiver, channel).answer_cost(handoff, answer)

    try:
        await call(
            run.scope, LEGAL_CHANNEL, row["channel"], "answer_cost", told, answer=type(None),
            creditor_id=row["creditor_id"], subject_id=row["id"], timeout_s=TIMEOUT_S,
        )  # fmt: skip
    except (ProviderProblem, NotFound, Conflict) as problem:
        return problem.code
    return None
