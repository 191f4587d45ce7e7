"""What is done at its time without being asked for. Every worker keeps the schedule, and each thing is done once.

Nothing remembers the schedule but PostgreSQL: what was missed because nobody worked is made up for at the next start.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import structlog

from core.agreements.judge_due import JOB as PROMISES_DUE
from core.commissions.assess_due import JOB as ASSESS_FEES
from core.debts.refresh_stages import JOB as REFRESH_STAGES
from core.interest.accrue_due import JOB as ACCRUE_INTEREST
from core.kit import clock, db, ids, jobs, listen
from core.kit.events import NOTIFY_CHANNEL
from core.kit.scope import Actor, Audience, agency_scope, system_scope
from core.ledger.seal import seal
from core.legal.watch_deadlines import JOB as DEADLINES_DUE
from core.payments.clear_payments import JOB as CLEAR_PAYMENTS
from core.plugin_host import host
from core.plugin_host.extension_jobs import begins, scheduled
from core.plugin_host.offers import EVENT_SUBSCRIBER
from core.plugin_host.request_job import request_due_jobs
from core.plugin_host.tell_events import tell_next
from core.reports.fold_totals import CHANGES, fold_totals
from tenants import identity
from tenants.forget_expired import forget_expired

log = structlog.get_logger("recobro.schedule")
ACTOR = Actor("system", "schedule")
DAY_BEGINS = timedelta(hours=3)
LOOK_S = 20.0
FOLD_S, FOLD_IDLE_S = 0.5, 3.0
"""How long the changes of the recovery totals gather, and how long is waited after a look that found none."""
SEAL_S = 60.0
"""How long the journals of the ledger grow before what is new is sealed."""
DAILY = (REFRESH_STAGES, CLEAR_PAYMENTS, ACCRUE_INTEREST, ASSESS_FEES, PROMISES_DUE, DEADLINES_DUE)
FOLDER = system_scope(Audience.RELAY, "schedule")
QUARTER = timedelta(minutes=15)
TELL_IDLE_S, TELLERS = 2.0, 2
"""How long subscribers are left alone when nothing is heard of an event, and how many are told at the same time."""
_HOUSEKEEPING = 7_262_002
"""Advisory lock: who holds it forgets what has expired."""


class Schedule:
    """What of the schedule this process has done."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._day: date | None = None
        self._quarter: int | None = None
        self._jobs_until = clock.now() - timedelta(seconds=LOOK_S)

    async def keep(self) -> None:
        """Do what is due until cancelled."""
        tellers = [self._keep_telling() for _ in range(TELLERS)]
        await asyncio.gather(self._keep_time(), self._keep_totals(), self._keep_ledger(), *tellers)

    async def _keep_telling(self) -> None:
        while True:
            mark, told = listen.mark(NOTIFY_CHANNEL), False
            try:
                told = await tell_next()
            except Exception:
                log.exception("a subscriber could not be told; trying again")
            if told:
                continue
            if host.offers(EVENT_SUBSCRIBER):
                await listen.wait(NOTIFY_CHANNEL, TELL_IDLE_S, mark)
            else:
                await asyncio.sleep(LOOK_S)

    async def _keep_ledger(self) -> None:
        while True:
            await asyncio.sleep(SEAL_S)
            try:
                await seal(FOLDER)
            except Exception:
                log.exception("the ledger was not sealed; trying again")

    async def _keep_totals(self) -> None:
        while True:
            pause = FOLD_IDLE_S
            try:
                pause = await self.fold()
            except Exception:
                log.exception("the recovery totals were not folded; trying again")
            await asyncio.sleep(pause)

    async def fold(self) -> float:
        """Fold what has changed in the recovery totals once; returns after how many seconds to look again.

        A day begins at a quarter of an hour, in every zone: only then is it asked on which mandates one has.
        """
        quarter = int(clock.now().timestamp() // QUARTER.total_seconds())
        found = await fold_totals(FOLDER, days=quarter != self._quarter)
        if found.changes == CHANGES or found.days:
            return 0.0
        self._quarter = quarter
        return FOLD_S if found.changes else FOLD_IDLE_S

    async def _keep_time(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("the schedule failed; trying again")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Once an hour what has expired is forgotten; once a day, from 03:00 UTC, debts come into their stage,
        money clears, interest is posted to the last month's end, what was paid is charged, promises that were not kept
        are broken, and court deadlines that come near are told of."""
        now = clock.now()
        hour, day = now.replace(minute=0, second=0, microsecond=0), (now - DAY_BEGINS).date()
        if self._hour != hour:
            await clean_up()
            self._hour = hour
        if any(begins(now, every_s) > self._jobs_until for _, _, every_s in scheduled(host.extensions())):
            await request_due_jobs(await _agencies(), self._jobs_until, now)
        self._jobs_until = now
        if self._day != day:
            await ask_for_the_days_work(day)
            self._day = day


async def clean_up() -> int:
    """Forget what has expired, unless another worker is at it; returns how many rows."""
    async with identity.transaction("schedule") as tx:
        if not await tx.fetchval("SELECT pg_try_advisory_xact_lock($1)", _HOUSEKEEPING):
            return 0
        forgotten = 0
        while more := await forget_expired():
            forgotten += more
        return forgotten


async def ask_for_the_days_work(day: date) -> int:
    """Ask for what is done each day of that day, for each agency in its own scope; returns how many agencies."""
    agencies = await _agencies()
    for agency_id in agencies:
        async with db.transaction(agency_scope(agency_id, ACTOR)) as tx:
            for job in DAILY:
                await jobs.enqueue(tx, job, {}, job_id=_id_of_day(job, agency_id, day))
    return len(agencies)


async def _agencies() -> list[UUID]:
    async with identity.transaction("schedule", read_only=True) as tx:
        return [row["id"] for row in await tx.fetch("SELECT id FROM agency ORDER BY id")]


def _id_of_day(job: str, agency_id: UUID, day: date) -> UUID:
    """A UUIDv7 of the moment at which the day begins, and the same in every process: so it is one job."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY_BEGINS
    return ids.of_moment(begins, f"{job}:{agency_id}")
