"""Ask for a statement: a period of many payments takes longer than a person waits for."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.kit import clock, db, jobs
from core.kit.errors import InvalidInput, not_found
from core.kit.ids import new_id
from core.kit.money import exponent
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "remittance.issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStatement:
    """As `IssueStatement` (issue_statement.py), which the job does."""

    creditor_id: UUID
    currency: str
    last_on: date
    first_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRequested:
    """`statement_id` is the id that the statement has once the job is done."""

    statement_id: UUID
    job_id: UUID


async def request_statement(scope: Scope, command: RequestStatement) -> StatementRequested:
    """Ask for a job that issues a statement. What can be said at once is refused at once; the rest fails the job, with
    the codes of `issue_statement`.

    Raises: Forbidden; NotFound (creditor); InvalidInput (UNKNOWN_CURRENCY, PERIOD).
    """
    scope.require(Permission.REMITTANCE_ISSUE)
    exponent(command.currency)
    statement_id = new_id()
    async with db.transaction(scope) as tx:
        timezone: str | None = await tx.fetchval(
            "SELECT a.timezone FROM creditor c JOIN agency a ON a.id = $1 WHERE c.agency_id = $1 AND c.id = $2",
            scope.agency, command.creditor_id,
        )  # fmt: skip
        if timezone is None:
            raise not_found("creditor", "creditor_id")
        today = clock.today(timezone)
        if command.last_on > today or (command.first_on is not None and command.first_on > command.last_on):
            raise InvalidInput(
                "A period ends today at the latest, and not before it begins.", code="PERIOD", field="last_on",
                remedy=f"Give a last day up to {today}, and no first day after it.",
            )  # fmt: skip
        payload = {
            "statement_id": str(statement_id), "creditor_id": str(command.creditor_id), "currency": command.currency,
            "last_on": command.last_on.isoformat(),
            "first_on": command.first_on.isoformat() if command.first_on else None,
        }  # fmt: skip
        job_id = await jobs.enqueue(tx, JOB, payload, subject_id=statement_id)
    return StatementRequested(statement_id=statement_id, job_id=job_id)
