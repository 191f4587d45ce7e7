"""Make the next batch of a creditor's debts: what the gate and the bureau's own rules let out, and what they do not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from core.bureaus.furnishing_records import Furnishable
from core.bureaus.kinds import FurnishingState
from core.bureaus.submit_batch import (
    BATCH_SHAPE,
    FURNISHING_SETTLE_AFTER,
    FURNISHING_SETTLE_JOB,
    TIMEOUT_S,
    PreparedBatch,
)
from core.kit import clock, db
from core.kit.db import Tx
from core.kit.ids import encode, new_id
from core.kit.scope import Scope
from core.plugin_host.call import call
from core.plugin_host.follow_up import follow_up
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.problems import safe_text
from recobro_sdk import FurnishingBatch, RecordReject


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlace:
    """The batch of a job that is to be made: the `number`-th of a creditor. `agency_name` is who furnishes."""

    job_id: UUID
    creditor_id: UUID
    number: int
    provider: str
    subscriber: str
    agency_name: str
    as_of: date


@dataclass(frozen=True, slots=True)
class _LeftOut:
    reference: str
    rule: str
    from_day: date | None
    remedy: str


async def prepare_batch(scope: Scope, place: BatchPlace, page: Furnishable) -> PreparedBatch | None:
    """Ask the bureau's own rules of the records, and store the batch with what is left out of it.

    None where there is nothing to submit: all was left out, or another attempt at the job has made this batch.
    Raises: NotFound, Conflict, ProviderProblem where the plugin cannot be asked; nothing is stored then.
    """
    batch_id = new_id()
    left_out = [_LeftOut(one.reference, one.rule, one.from_day, one.remedy) for one in page.withheld]
    batch: FurnishingBatch | None = None
    if page.records:
        batch = FurnishingBatch(
            reference=encode("furnishing", batch_id), furnisher=place.agency_name, subscriber=place.subscriber,
            as_of=place.as_of, prepared_at=clock.now(), records=page.records,
        )  # fmt: skip
        refused = await _refused(scope, place, batch, batch_id)
        left_out += [_LeftOut(one.reference, one.code, None, safe_text(one.remedy)) for one in refused.values()]
        kept = tuple(record for record in batch.records if record.reference not in refused)
        batch = replace(batch, records=kept) if kept else None
    async with db.transaction(scope) as tx:
        if not await _store(tx, place, batch_id, batch, left_out, page.last):
            return None
        if batch is None:
            return None
        payload = {"batch_id": str(batch_id), "attempt": 1}
        await follow_up(tx, FURNISHING_SETTLE_JOB, batch_id, payload, after=FURNISHING_SETTLE_AFTER)
    return PreparedBatch(
        id=batch_id, creditor_id=place.creditor_id, provider=place.provider, state=FurnishingState.PREPARED, batch=batch
    )


async def _refused(scope: Scope, place: BatchPlace, batch: FurnishingBatch, batch_id: UUID) -> dict[str, RecordReject]:
    """What the bureau would refuse, by record: the first reason of each."""
    known = {record.reference for record in batch.records}

    def check(found: Sequence[RecordReject]) -> None:
        if not all(one.reference in known and 0 < len(one.code) <= 80 and one.code.isprintable() for one in found):
            raise ValueError("it refuses what is not in the batch, or without a reason")

    found = await call(
        scope, BUREAU_FURNISHING, place.provider, "problems", lambda furnisher: furnisher.problems(batch),
        answer=(list, tuple), check=check, creditor_id=place.creditor_id, subject_id=batch_id, timeout_s=TIMEOUT_S,
    )  # fmt: skip
    return {one.reference: one for one in reversed(found)}


async def _store(
    tx: Tx,
    place: BatchPlace,
    batch_id: UUID,
    batch: FurnishingBatch | None,
    left_out: Sequence[_LeftOut],
    last: UUID | None,
) -> bool:
    rules = Counter(one.rule for one in left_out)
    stored = await tx.fetchval(
        "INSERT INTO furnishing_batch (agency_id, id, creditor_id, job_id, number, provider, subscriber, as_of, "
        "records, withheld, withheld_by_rule, last_debt_id, content, state, requested_by, prepared_at, settled_at) "
        "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17) ON CONFLICT DO NOTHING RETURNING true",
        tx.scope.agency, batch_id, place.creditor_id, place.job_id, place.number, place.provider, place.subscriber,
        place.as_of, len(batch.records) if batch else 0, len(left_out), dict(rules), last,
        BATCH_SHAPE.encode(batch) if batch else None,
        FurnishingState.PREPARED.value if batch else FurnishingState.EMPTY.value, str(tx.scope.actor), tx.now,
        None if batch else tx.now,
    )  # fmt: skip
    if stored:
        await tx.execute(
            "INSERT INTO furnishing_withheld (agency_id, id, batch_id, debt_id, rule, from_day, remedy) "
            "SELECT $1, recobro_uuid7(), $2, d.id, w.rule, w.from_day, w.remedy "
            "FROM unnest($4::text[], $5::text[], $6::date[], $7::text[]) AS w (reference, rule, from_day, remedy) "
            "JOIN debt d ON d.agency_id = $1 AND d.creditor_id = $3 AND d.reference = w.reference",
            tx.scope.agency, batch_id, place.creditor_id, [one.reference for one in left_out],
            [one.rule for one in left_out], [one.from_day for one in left_out], [one.remedy for one in left_out],
        )  # fmt: skip
    return bool(stored)
