"""The job that issues a statement."""

from datetime import date
from uuid import UUID

from core.kit import db, jobs
from core.remittance.issue_statement import IssueStatement, issue
from core.remittance.request_statement import JOB


@jobs.handler(JOB)
async def issue_requested(run: jobs.Run) -> None:
    """Issue the statement that was asked for, and end the job, in one transaction: a job that died on the way has done
    nothing, and one that is done is not done again. The job's result:
    `{"statement_id": "…", "number": 3, "sha256": "…"}`."""
    asked, first_on = run.payload, run.payload["first_on"]
    command = IssueStatement(
        creditor_id=UUID(asked["creditor_id"]),
        currency=asked["currency"],
        last_on=date.fromisoformat(asked["last_on"]),
        first_on=date.fromisoformat(first_on) if first_on else None,
    )
    async with db.transaction(run.scope) as tx:
        issued = await issue(tx, command, UUID(asked["statement_id"]))
        result = {"statement_id": asked["statement_id"], "number": issued.number, "sha256": issued.sha256}
        await run.finish(tx, result)
