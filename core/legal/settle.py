"""Settle a handoff that has no receipt: after a crash on the way, or after a submission that nobody knows of."""

from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.jobs import Run, handler
from core.kit.scope import Scope
from core.legal.kinds import HandoffState
from core.legal.submit import OPEN, SETTLE_AFTER, SETTLE_JOB, Handoff, HandoffResult, result_of, submit
from core.plugin_host.follow_up import look_again


async def settle_handoff(scope: Scope, handoff_id: UUID) -> HandoffResult:
    """Submit the stored dossier again with the same key, which is the same case for the channel.

    One that was just packaged is left to whoever is submitting it. Raises: NotFound.
    """
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT *, state = 'PACKAGED' AND requested_at > $3 AS under_way FROM legal_handoff "
            "WHERE agency_id = $1 AND id = $2",
            scope.agency, handoff_id, tx.now - SETTLE_AFTER,
        )  # fmt: skip
    if row is None:
        raise not_found("handoff", "handoff_id")
    if HandoffState(row["state"]) not in OPEN or row["under_way"]:
        return result_of(row, replayed=True)
    return await submit(scope, Handoff.of(row), first=False)


@handler(SETTLE_JOB)
async def settle(run: Run) -> None:
    """The job: settle, or look again later, each time after a longer while."""
    handoff_id = UUID(run.payload["handoff_id"])
    found = await settle_handoff(run.scope, handoff_id)
    async with db.transaction(run.scope) as tx:
        if found.state in OPEN:
            data = {"code": found.refusal_code}
            await look_again(tx, SETTLE_JOB, handoff_id, run.payload, given_up="legal.unsettled", data=data)
        await run.finish(tx, {"state": found.state.value, "code": found.refusal_code})
