"""Debts of two creditors that may be reported, the job that tells a bureau of them, and what follows."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from core.bureaus import furnish, settle_batch, take_answer  # noqa: F401 - whose jobs they are
from core.bureaus.record_consent import record_consent
from core.bureaus.record_notice import RecordNotice, record_notice
from core.bureaus.request_furnishing import RequestFurnishing, request_furnishing
from core.bureaus.rules import ConsentGiven
from core.bureaus.submit_batch import FURNISHING_SETTLE_JOB
from core.kit import clock, db
from recobro import worker
from tests.core.bureaus.furnisher import CODE, Told
from tests.core.house import Client, DebtRow, House, make_debt

LARGE = 9_000_000_00
DUE, NOTICE = date(2026, 1, 10), date(2026, 2, 1)
NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)
CONSENT = ConsentGiven(reference="contract-7", medium="paper", granted_at=datetime(2026, 1, 2, tzinfo=UTC), text_version="v3")  # fmt: skip


@dataclass
class Case:
    house: House
    told: Told

    async def debt(self, reference: str, *, client: Client | None = None, consent: bool = True) -> DebtRow:
        """One that may be reported at `NOON`, but for a missing authorisation."""
        scope = self.house.north
        parts = [("PRINCIPAL", LARGE, DUE)]
        debt = await make_debt(scope, client or self.house.bank, parts, reference=reference)
        sent_at = datetime(NOTICE.year, NOTICE.month, NOTICE.day, 16, tzinfo=UTC)
        with clock.at(NOON):
            await record_notice(
                scope, RecordNotice(debt_id=debt.id, sent_at=sent_at, medium="letter", proof=f"G-{reference}")
            )
            if consent:
                await record_consent(scope, debt.id, CONSENT)
        return debt

    async def furnish(self, at: datetime = NOON, **changes: Any) -> dict[str, Any]:
        """Ask for the job and do it; the job as it ended."""
        command = RequestFurnishing(furnisher=CODE, subscriber="0042")
        with clock.at(at):
            job_id = await request_furnishing(self.house.north, replace(command, **changes))
            assert await worker.run_job(job_id)
        (job,) = await self.rows("SELECT * FROM job WHERE id = $1", job_id)
        return job

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with db.transaction(self.house.north) as tx:
            return [dict(row) for row in await tx.fetch(sql, *args)]

    async def batches(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM furnishing_batch ORDER BY prepared_at, id")

    async def reported(self) -> dict[str, tuple[date, date]]:
        """The days that were written down for a debt, by its reference; every row of it says the same."""
        rows = await self.rows(
            "SELECT d.reference, n.first_negative_on, n.defaulted_on FROM negative_report n JOIN debt d ON d.id = n.debt_id"
        )
        found = {(row["reference"], row["first_negative_on"], row["defaulted_on"]) for row in rows}
        days = {reference: (first, defaulted) for reference, first, defaulted in found}
        assert len(days) == len(found)
        return days

    async def settle(self, at: datetime, job: str = FURNISHING_SETTLE_JOB) -> None:
        """Do the reconciler's job that waits."""
        sql = "UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' RETURNING id"
        (waiting,) = await self.rows(sql, job)
        with clock.at(at):
            assert await worker.run_job(waiting["id"])
