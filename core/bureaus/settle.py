"""Settle an inquiry that has no answer: after a crash between question and answer, or after an unknown outcome."""

from uuid import UUID

from core.bureaus.answer import OPEN, SETTLE_AFTER, SETTLE_JOB, InquiryResult, ask, read_inquiry, result_of
from core.bureaus.kinds import InquiryState
from core.kit import db
from core.kit.errors import not_found
from core.kit.jobs import Run, handler
from core.kit.scope import Scope
from core.plugin_host.follow_up import look_again


async def settle_inquiry(scope: Scope, inquiry_id: UUID) -> InquiryResult:
    """Ask again with the same key, which is the same inquiry for the bureau. An inquiry that is settled stays as it is.

    One that was just requested is left to whoever is asking. Raises: NotFound.
    """
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT *, state = 'REQUESTED' AND requested_at > $3 AS under_way FROM bureau_inquiry "
            "WHERE agency_id = $1 AND id = $2",
            scope.agency, inquiry_id, tx.now - SETTLE_AFTER,
        )  # fmt: skip
        if row is None:
            raise not_found("inquiry", "inquiry_id")
        if InquiryState(row["state"]) not in OPEN or row["under_way"]:
            return result_of(row, replayed=True)
        inquiry = await read_inquiry(tx, inquiry_id)
    return await ask(scope, inquiry)


@handler(SETTLE_JOB)
async def settle(run: Run) -> None:
    """The job: settle, or look again later, each time after a longer while."""
    inquiry_id = UUID(run.payload["inquiry_id"])
    found = await settle_inquiry(run.scope, inquiry_id)
    async with db.transaction(run.scope) as tx:
        if found.state in OPEN:
            data = {"error_code": found.error_code}
            await look_again(tx, SETTLE_JOB, inquiry_id, run.payload, given_up="bureau.unsettled", data=data)
        await run.finish(tx, {"state": found.state.value, "error_code": found.error_code})
