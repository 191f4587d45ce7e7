"""Fees by jobs: what is due of one creditor or of all, and what would be charged otherwise today."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.commissions.assess_fees import FeesAssessed, FeeTotal, assess
from core.commissions.recalculate_fees import RecalculateFees, recalculate
from core.kit import clock, db, jobs
from core.kit.db import Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "commissions.assess"
RECALCULATE = "commissions.recalculate"


async def request_assessment(scope: Scope, *, creditor_id: UUID | None, until: date | None) -> UUID:
    """Ask for the fees of what was there by `until`, a legal day in the agency's zone (today where not given), of one
    creditor or of all; returns the job's id. Raises: Forbidden; NotFound (creditor); InvalidInput (FEE_DAY)."""
    scope.require(Permission.COMMISSION_MANAGE)
    async with db.transaction(scope) as tx:
        today = await _today(tx)
        if until is not None:
            _check_day(until, today, "until")
        if creditor_id is not None:
            await _check_creditor(tx, creditor_id)
        payload = {"creditor_id": str(creditor_id) if creditor_id else None, "until": (until or today).isoformat()}
        return await jobs.enqueue(tx, JOB, payload, subject_id=creditor_id)


async def request_recalculation(scope: Scope, command: RecalculateFees) -> UUID:
    """Ask for `recalculate_fees`; returns the job's id. Raises: Forbidden; NotFound (creditor); InvalidInput
    (FEE_DAY)."""
    scope.require(Permission.COMMISSION_MANAGE)
    async with db.transaction(scope) as tx:
        _check_day(command.on, await _today(tx), "on")
        await _check_creditor(tx, command.creditor_id)
        payload = {"creditor_id": str(command.creditor_id), "on": command.on.isoformat()}
        return await jobs.enqueue(tx, RECALCULATE, payload, subject_id=command.creditor_id)


@dataclass(slots=True)
class _Counts:
    """Payments, of all creditors of the run."""

    assessed: int = 0
    reversed: int = 0
    without_schedule: int = 0
    recalculation_due: int = 0

    def add(self, done: FeesAssessed) -> None:
        self.assessed += _payments(done.assessed)
        self.reversed += _payments(done.reversed)
        self.without_schedule += done.without_schedule
        self.recalculation_due += len(done.recalculation_due)

    def to_json(self, until: date) -> dict[str, object]:
        return {
            "assessed": self.assessed, "reversed": self.reversed, "without_schedule": self.without_schedule,
            "recalculation_due": self.recalculation_due, "until": until.isoformat(),
        }  # fmt: skip


@jobs.handler(JOB)
async def assess_due(run: jobs.Run) -> None:
    """Charge what was there by the day of the payload, or by today: of the creditor of the payload, or of all that have
    a schedule. Run once a day for every agency.

    Each creditor is a transaction, and the last one's ends the job. A job that died is done again, and finds the
    payments of earlier creditors charged; its result counts what it has charged itself:
    `{"assessed": 3, "reversed": 0, "without_schedule": 1, "recalculation_due": 0, "until": "2026-04-30"}`.
    """
    async with db.transaction(run.scope, read_only=True) as tx:
        creditors, until = await _asked(tx, run)
    counts = _Counts()
    for done, creditor_id in enumerate(creditors[:-1], start=1):
        async with db.transaction(run.scope) as tx:
            counts.add(await assess(tx, creditor_id, until))
        await run.progress(done, len(creditors), "creditors")
    async with db.transaction(run.scope) as tx:
        if creditors:
            counts.add(await assess(tx, creditors[-1], until))
        await run.finish(tx, counts.to_json(until))


@jobs.handler(RECALCULATE)
async def recalculate_due(run: jobs.Run) -> None:
    """Recalculate the fees of a creditor, and end the job in the same transaction. The job's result:
    `{"recalculated": 2, "reversed": 2, "assessed": 3, "on": "2026-04-30"}`, each a number of payments."""
    on = date.fromisoformat(run.payload["on"])
    async with db.transaction(run.scope) as tx:
        done = await recalculate(tx, RecalculateFees(creditor_id=UUID(run.payload["creditor_id"]), on=on))
        counts = {"reversed": _payments(done.reversed), "assessed": _payments(done.assessed)}
        await run.finish(tx, {"recalculated": len(done.payments), **counts, "on": on.isoformat()})


async def _asked(tx: Tx, run: jobs.Run) -> tuple[list[UUID], date]:
    one, until = run.payload.get("creditor_id"), run.payload.get("until")
    day = date.fromisoformat(until) if until else await _today(tx)
    if one:
        return [UUID(one)], day
    rows = await tx.fetch(
        "SELECT DISTINCT creditor_id FROM commission_schedule WHERE agency_id = $1 ORDER BY creditor_id",
        tx.scope.agency,
    )
    return [row["creditor_id"] for row in rows], day


async def _today(tx: Tx) -> date:
    timezone: str = await tx.fetchval("SELECT timezone FROM agency WHERE id = $1", tx.scope.agency)
    return clock.today(timezone)


def _check_day(day: date, today: date, field: str) -> None:
    if day > today:
        raise InvalidInput(
            "Fees are of money that is there already.", code="FEE_DAY", field=field,
            remedy=f"Give {today} or a day before it.",
        )  # fmt: skip


async def _check_creditor(tx: Tx, creditor_id: UUID) -> None:
    if not await tx.fetchval(
        "SELECT true FROM creditor WHERE agency_id = $1 AND id = $2", tx.scope.agency, creditor_id
    ):
        raise not_found("creditor", "creditor_id")


def _payments(totals: tuple[FeeTotal, ...]) -> int:
    return sum(total.payments for total in totals)
