"""The job that tells a bureau how an agency's debtors pay: batch by batch, creditor by creditor."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.bureaus.furnishing_records import Furnishable, FurnishingAsked, furnishing_records
from core.bureaus.kinds import FurnishingState
from core.bureaus.prepare_batch import BatchPlace, prepare_batch
from core.bureaus.request_furnishing import FURNISH_JOB
from core.bureaus.submit_batch import OPEN_BATCH, BatchResult, PreparedBatch, submit_batch
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.jobs import Run, handler
from core.plugin_host import host
from core.plugin_host.offers import BUREAU_FURNISHING

RECORDS = 1_000
"""Debts of a batch: one statement, one message to the plugin, one file."""


@handler(FURNISH_JOB)
async def furnish(run: Run) -> None:
    """Furnish every creditor that is asked for, and finish with the numbers.

    Where it stands is in its batches: another attempt goes on behind them, and submits one that is open again with the
    same key. A creditor whose batch stays open is left for the next job. What keeps the plugin from being asked at all
    fails the job; what was submitted before stays.
    """
    asked = _Asked(run)
    host.offer(BUREAU_FURNISHING, asked.provider)
    done, last = 0, None
    while (found := await asked.next_creditor(last)) is not None:
        last, left = found
        await run.progress(done, done + left, "furnishing")
        await _creditor(asked, last)
        done += 1
    async with db.transaction(run.scope) as tx:
        await run.finish(tx, await asked.told(tx))


async def _creditor(asked: "_Asked", creditor_id: UUID) -> None:
    scope = asked.run.scope
    while True:
        async with db.transaction(scope, read_only=True) as tx:
            position = await asked.position(tx, creditor_id)
        if position.unsettled is not None:
            found = await submit_batch(scope, PreparedBatch.of(position.unsettled), first=False)
        else:
            page = None if position.done else await _page(asked, creditor_id, position.after)
            if page is None:
                return
            prepared = await prepare_batch(scope, asked.place(creditor_id, position), page)
            found = await submit_batch(scope, prepared, first=True) if prepared is not None else None
        if found is not None and _ends(found):
            return


async def _page(asked: "_Asked", creditor_id: UUID, after: UUID | None) -> Furnishable | None:
    """The next debts of a creditor; None where there are none."""
    wanted = FurnishingAsked(creditor_id=creditor_id, provider=asked.provider, after=after, first=RECORDS)
    page = await furnishing_records(asked.run.scope, wanted)
    return page if page.records or page.withheld else None


def _ends(found: BatchResult) -> bool:
    """Whether no further batch of the creditor is made now. Raises: what kept the bureau from taking any batch."""
    if found.state is FurnishingState.FAILED and found.problem is not None:
        # Of the batch itself; the next one may be good.
        if found.problem.code == "PROVIDER_REJECTED":
            return False
        raise found.problem
    return found.state in OPEN_BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """Where a job stands with a creditor. `unsettled` is a batch whose outcome is open, of this job or one before."""

    unsettled: Row | None
    done: bool
    number: int
    after: UUID | None
    agency_name: str
    timezone: str


class _Asked:
    """What a job is to do."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.provider: str = run.payload["furnisher"]
        self.subscriber: str = run.payload["subscriber"]

    async def next_creditor(self, last: UUID | None) -> tuple[UUID, int] | None:
        """The creditor after `last`, and how many are left with it; None where there is no further one."""
        only = self.run.payload["creditor_id"]
        async with db.transaction(self.run.scope, read_only=True) as tx:
            row = await tx.fetchrow(
                "SELECT id, count(*) OVER () AS remaining FROM creditor WHERE agency_id = $1 "
                "AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT 1",
                self.run.agency_id, UUID(only) if only else None, last,
            )  # fmt: skip
        return (row["id"], row["remaining"]) if row is not None else None

    async def position(self, tx: Tx, creditor_id: UUID) -> _Position:
        unsettled = await tx.fetchrow(
            "SELECT * FROM furnishing_batch WHERE agency_id = $1 AND provider = $2 AND creditor_id = $3 "
            "AND state IN ('PREPARED', 'UNKNOWN')",
            self.run.agency_id, self.provider, creditor_id,
        )  # fmt: skip
        row = await tx.fetchrow(
            "SELECT a.name, a.timezone, b.number, b.last_debt_id FROM agency a LEFT JOIN LATERAL ("
            "SELECT number, last_debt_id FROM furnishing_batch WHERE agency_id = $1 AND job_id = $2 "
            "AND creditor_id = $3 ORDER BY number DESC LIMIT 1) b ON true WHERE a.id = $1",
            self.run.agency_id, self.run.job_id, creditor_id,
        )  # fmt: skip
        assert row is not None
        return _Position(
            unsettled=unsettled,
            done=row["number"] is not None and row["last_debt_id"] is None,
            number=(row["number"] or 0) + 1,
            after=row["last_debt_id"],
            agency_name=row["name"],
            timezone=row["timezone"],
        )

    def place(self, creditor_id: UUID, position: _Position) -> BatchPlace:
        return BatchPlace(
            job_id=self.run.job_id, creditor_id=creditor_id, number=position.number, provider=self.provider,
            subscriber=self.subscriber, agency_name=position.agency_name, as_of=clock.today(position.timezone),
        )  # fmt: skip

    async def told(self, tx: Tx) -> dict[str, Any]:
        row = await tx.fetchrow(
            "SELECT count(*) AS batches, COALESCE(sum(records) FILTER (WHERE state = 'SUBMITTED'), 0) AS records, "
            "COALESCE(sum(withheld), 0) AS withheld, count(*) FILTER (WHERE state = 'FAILED') AS failed, "
            "count(*) FILTER (WHERE state IN ('PREPARED', 'UNKNOWN')) AS open "
            "FROM furnishing_batch WHERE agency_id = $1 AND job_id = $2",
            self.run.agency_id, self.run.job_id,
        )  # fmt: skip
        assert row is not None
        return dict(row)
