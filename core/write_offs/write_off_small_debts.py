"""Write off, at once, what is too little to be worth its collection."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import require_text
from core.interest.accrue_interest import passed
from core.interest.accrue_sql import BATCH
from core.kit import clock, db, events, jobs
from core.kit.db import Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.events import emit
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission
from core.write_offs.write_off_sql import write_off

JOB = "write_offs.small_debts"
MAX_MINOR = 10**12
_EVER = date(9998, 12, 31)

# In the order of ids, as everybody who changes many debts locks them. What a court has, and what the debtor disputes,
# somebody decides.
_LOCK = """
SELECT array_agg(id ORDER BY id) FROM (
  SELECT d.id FROM debt d WHERE d.agency_id = $1 AND d.mandate_id = $2 AND d.status = 'ACTIVE' AND d.currency = $3
    AND d.balance_minor BETWEEN 1 AND $4 AND NOT d.disputed AND d.stage <> 'JUDICIAL' AND d.id > $5
  ORDER BY d.id LIMIT $6 FOR NO KEY UPDATE OF d) x
"""
_SUM = """
SELECT count(DISTINCT debt_id) AS debts, COALESCE(-sum(delta_minor), 0)::bigint AS minor FROM debt_movement
WHERE agency_id = $1 AND source_id = $2 AND kind = 'WRITE_OFF'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffSmallDebts:
    """All active debts of a mandate that owe `threshold` or less, in its currency, interest to today included; not
    those that are disputed or with a court."""

    mandate_id: UUID
    threshold: Money
    reason: str


async def request_small_write_off(scope: Scope, command: WriteOffSmallDebts) -> UUID:
    """Ask for the write-off; returns the job's id, which is the `source_id` of the movements.

    Raises: Forbidden; NotFound (mandate); InvalidInput (INVALID_TEXT, THRESHOLD, CURRENCY_MISMATCH).
    """
    scope.require(Permission.DEBT_WRITE_OFF)
    reason = require_text(command.reason, "reason")
    if not 0 < command.threshold.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "The threshold is an amount above zero.", code="THRESHOLD", field="threshold",
            remedy="Give what a debt may owe at most.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        mandate = await tx.fetchrow(
            "SELECT creditor_id, currency, timezone FROM mandate WHERE agency_id = $1 AND id = $2",
            scope.agency, command.mandate_id,
        )  # fmt: skip
        if mandate is None:
            raise not_found("mandate", "mandate_id")
        if command.threshold.currency != (currency := mandate["currency"]):
            raise InvalidInput(
                f"The mandate is in {currency}.", code="CURRENCY_MISMATCH", field="threshold",
                remedy=f"Give the amount in {currency}.",
            )  # fmt: skip
        payload = {
            "mandate_id": str(command.mandate_id), "minor": command.threshold.minor_units, "currency": currency,
            "creditor_id": str(mandate["creditor_id"]), "timezone": mandate["timezone"], "reason": reason,
        }  # fmt: skip
        return await jobs.enqueue(tx, JOB, payload, subject_id=command.mandate_id)


@dataclass(slots=True)
class _Interest:
    """What was posted before: how many balances changed, by how much, and how many debts wait for a cap."""

    postings: int = 0
    minor: int = 0
    waiting: int = 0


@jobs.handler(JOB)
async def write_off_small_debts(run: jobs.Run) -> None:
    """Write off, some thousand debts in a transaction; an event tells of each debt. Killed in the middle, it goes on
    where it was. The job's result: `{"debts": 3, "minor": 120000, "currency": "COP"}`.
    """
    interest, done = _Interest(), 0
    last: UUID | None = UUID(int=0)
    while last is not None:
        async with db.transaction(run.scope) as tx:
            ids = await _lock(tx, run, last)
            done, last = done + len(ids), ids[-1] if len(ids) == BATCH else None
            await _write(tx, run, ids, interest)
            if last is None:
                await _finish(tx, run, interest)
        events.tell()
        if last is not None:
            await run.progress(done, done + BATCH, "debts")


async def _lock(tx: Tx, run: jobs.Run, last: UUID) -> list[UUID]:
    given = run.payload
    found: list[UUID] | None = await tx.fetchval(
        _LOCK, tx.scope.agency, UUID(given["mandate_id"]), given["currency"], given["minor"], last, BATCH
    )
    return found or []


async def _write(tx: Tx, run: jobs.Run, ids: list[UUID], interest: _Interest) -> None:
    if not ids:
        return
    # A plan that is made for any number of debts is one for few.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    for correct in (True, False):
        for row in await passed(tx, ids, _EVER, run.job_id, correct=correct):
            interest.postings += row["debts"]
            interest.minor += row["minor"]
            interest.waiting += 0 if correct else row["waiting"]
    await write_off(tx, ids, run.job_id, run.payload["reason"], most_minor=run.payload["minor"])


async def _finish(tx: Tx, run: jobs.Run, interest: _Interest) -> None:
    currency = run.payload["currency"]
    if interest.postings or interest.waiting:
        data = {
            "day": clock.today(run.payload["timezone"]).isoformat(), "postings": interest.postings,
            "minor": interest.minor, "currency": currency, "waiting": interest.waiting,
        }  # fmt: skip
        await emit(tx, "interest.posted", run.job_id, data, creditor_id=UUID(run.payload["creditor_id"]))
    row = await tx.fetchrow(_SUM, tx.scope.agency, run.job_id)
    assert row is not None
    await run.finish(tx, {"debts": row["debts"], "minor": row["minor"], "currency": currency})
