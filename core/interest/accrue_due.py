"""Post the interest of all debts of an agency to a day: the work of a month's end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from core.interest.accrue_interest import passed
from core.interest.accrue_sql import BATCH
from core.interest.rules import DAY
from core.interest.start_interest import start_from_mandates
from core.kit import clock, db, jobs
from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission

JOB = "interest.accrue"

# The debts before their interest, in the order of ids, as everybody who changes many debts does.
_LOCK = """
SELECT array_agg(id ORDER BY id) FROM (
  SELECT d.id FROM debt d JOIN debt_interest i ON i.agency_id = $1 AND i.debt_id = d.id
  WHERE d.agency_id = $1 AND d.status = 'ACTIVE' AND d.id > $2 ORDER BY d.id LIMIT $3 FOR NO KEY UPDATE OF d) x
"""
_FIRST = UUID(int=0)
MOST_AT_ONCE = 1_000_000

# A plan that is made for any number of debts is one for few.
_SETTINGS = "SET LOCAL statement_timeout = '30min'; SET LOCAL plan_cache_mode = force_custom_plan"
# So is one that looks each debt up: a large part of an agency is joined by hashing, which is as good for all of it.
_LARGE = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'"


@dataclass(slots=True)
class _Sums:
    """By creditor and currency: how often a debt's balance changed, by how much in all, and who waits for a cap."""

    postings: Counter[tuple[UUID, str]] = field(default_factory=Counter[tuple[UUID, str]])
    minor: Counter[tuple[UUID, str]] = field(default_factory=Counter[tuple[UUID, str]])
    waiting: Counter[tuple[UUID, str]] = field(default_factory=Counter[tuple[UUID, str]])


async def request_accrual(scope: Scope, day: date, *, debts_at_once: int = BATCH) -> UUID:
    """Ask for the interest of the agency's debts to a day; returns the job's id. The interest of a day that has not
    come yet is posted to today. `debts_at_once` are in one statement and one transaction: while it runs, payments of
    these debts wait.

    Raises: Forbidden; InvalidInput (ACCRUAL_DAY, DEBTS_AT_ONCE).
    """
    scope.require(Permission.INTEREST_MANAGE)
    if not date(1900, 1, 1) <= day <= date(9998, 12, 31):
        raise InvalidInput("This is no day of a debt.", code="ACCRUAL_DAY", field="day", remedy="Give a month's end.")
    if not 1 <= debts_at_once <= MOST_AT_ONCE:
        raise InvalidInput(
            f"One statement takes 1 to {MOST_AT_ONCE:,} debts.", code="DEBTS_AT_ONCE", field="debts_at_once",
            remedy=f"Leave it out: {BATCH:,}.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        return await jobs.enqueue(tx, JOB, {"day": day.isoformat(), "debts_at_once": debts_at_once})


@jobs.handler(JOB)
async def accrue_due(run: jobs.Run) -> None:
    """Give debts the terms of their mandates where they have none, correct what changed late, and accrue to the day:
    that of the payload, or the end of the last month. Run once a day for every agency.

    Each batch of debts is a transaction. A job that died is done again, and finds the debts of earlier batches at the
    day already. The job's result: `{"postings": 3, "waiting": 0, "day": "2026-04-30"}`.
    """
    asked: str | None = run.payload.get("day")
    day = date.fromisoformat(asked) if asked else clock.month_start(clock.now().date()) - DAY
    batch: int = run.payload.get("debts_at_once", BATCH)
    sums, done = _Sums(), 0
    last: UUID | None = _FIRST
    while last is not None:
        async with db.transaction(run.scope) as tx:
            await tx.execute(_SETTINGS if batch <= BATCH else f"{_SETTINGS}; {_LARGE}")
            if last == _FIRST:
                await start_from_mandates(tx)
            ids: list[UUID] = await tx.fetchval(_LOCK, tx.scope.agency, last, batch) or []
            if ids:
                await _accrue(tx, ids, day, sums)
            done, last = done + len(ids), ids[-1] if len(ids) == batch else None
            if last is None:
                await _tell(tx, run, day, sums)
        if last is not None:
            await run.progress(done, done + batch, "debts")


async def _accrue(tx: Tx, ids: list[UUID], day: date, sums: _Sums) -> None:
    run_id = new_id()
    for correct in (True, False):
        for row in await passed(tx, ids, day, run_id, correct=correct):
            key = (row["creditor_id"], row["currency"])
            sums.postings[key] += row["debts"]
            sums.minor[key] += row["minor"]
            if not correct:
                sums.waiting[key] += row["waiting"]


async def _tell(tx: Tx, run: jobs.Run, day: date, sums: _Sums) -> None:
    for (creditor_id, currency), postings in sorted(sums.postings.items()):
        minor, waiting = sums.minor[creditor_id, currency], sums.waiting[creditor_id, currency]
        if postings or waiting:
            data = {
                "day": day.isoformat(), "postings": postings, "minor": minor, "currency": currency, "waiting": waiting,
            }  # fmt: skip
            await emit(tx, "interest.posted", run.job_id, data, creditor_id=creditor_id)
    result = {"postings": sums.postings.total(), "waiting": sums.waiting.total(), "day": day.isoformat()}
    await run.finish(tx, result)
