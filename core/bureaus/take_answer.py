"""Ask a bureau what it made of a batch that it has, and keep which records it did not take, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson

from core.bureaus.kinds import FurnishingAnswer
from core.bureaus.submit_batch import ANSWER_JOB, TIMEOUT_S
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, NotFound, not_found
from core.kit.events import emit
from core.kit.jobs import Run, handler
from core.kit.scope import Scope
from core.plugin_host.call import call
from core.plugin_host.follow_up import look_again, settled
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.problems import ProviderProblem, safe_text
from recobro_sdk import (
    Failed,
    FurnishingAcknowledgement,
    Outcome,
    Pending,
    RecordReject,
    Settled,
    SubmissionRef,
    Unknown,
)

NEVER_CAME = "The bureau says that it never got this batch: the next one tells it again."
_OUTCOMES = (Settled, Pending, Unknown, Failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """What the bureau says of a batch as far as it is known; `error_code` why there is no answer yet."""

    batch_id: UUID
    answer: FurnishingAnswer | None
    error_code: str | None

    @classmethod
    def of(cls, row: Row) -> "BatchAnswer":
        answer = FurnishingAnswer(row["answer"]) if row["answer"] else None
        return cls(batch_id=row["id"], answer=answer, error_code=row["error_code"])


async def take_answer(scope: Scope, batch_id: UUID) -> BatchAnswer:
    """Ask once. What the bureau has decided is written with every record that it refused, which then counts as not
    told and is furnished again; for as long as it has not, nothing is guessed. A batch of which the bureau is certain
    that it never came is refused as a whole.

    Raises: NotFound.
    """
    async with db.transaction(scope, read_only=True) as tx:
        row = await _row(tx, batch_id)
    if row["answer"] != FurnishingAnswer.AWAITED:
        return BatchAnswer.of(row)
    references: list[str] = orjson.loads(row["content"])
    submission = SubmissionRef(str(batch_id), row["receipt"])
    try:
        found: Outcome[FurnishingAcknowledgement] = await call(
            scope, BUREAU_FURNISHING, row["provider"], "status", lambda furnisher: furnisher.status(submission),
            answer=_OUTCOMES, check=lambda found: _check(found, references, row["receipt"]),
            creditor_id=row["creditor_id"], subject_id=batch_id, timeout_s=TIMEOUT_S,
        )  # fmt: skip
    except (ProviderProblem, NotFound, Conflict) as problem:  # it fails, was removed or disabled: later again
        return await _not_answered(scope, batch_id, problem.code)
    if isinstance(found, Settled):
        return await _answered(scope, batch_id, found.value.rejects, None)
    if isinstance(found, Failed):
        never = [
            RecordReject(reference=reference, code=found.code, field="", remedy=NEVER_CAME) for reference in references
        ]
        return await _answered(scope, batch_id, never, found.code)
    return await _not_answered(scope, batch_id, None)


def _check(found: Any, references: Sequence[str], receipt: str) -> None:
    """Raises: ValueError for an answer that is not about this batch, or not about all of it."""
    if isinstance(found, Failed) and not _is_code(found.code):
        raise ValueError("a failure without a code")
    if not isinstance(found, Settled):
        return
    told = cast("Settled[Any]", found).value
    if not isinstance(told, FurnishingAcknowledgement) or told.number != receipt:
        raise ValueError("the answer is not about this batch")
    known = frozenset(references)
    if not all(one.reference in known and _is_code(one.code) and len(one.field) <= 60 for one in told.rejects):
        raise ValueError("it refuses what is not in the batch, or without a reason")
    if told.accepted + len(told.rejects) != len(references):
        raise ValueError("taken and refused are not all records of the batch")


def _is_code(code: str) -> bool:
    return 0 < len(code) <= 80 and code.isprintable()


async def _answered(scope: Scope, batch_id: UUID, rejects: Sequence[RecordReject], code: str | None) -> BatchAnswer:
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE furnishing_batch SET answer = CASE $3::int WHEN 0 THEN 'ACCEPTED' WHEN records THEN 'REJECTED' "
            "ELSE 'PARTLY' END, accepted = records - $3, rejected = $3, answered_at = $4, error_code = $5, "
            "content = NULL WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' RETURNING *",
            scope.agency, batch_id, len(rejects), tx.now, code,
        )  # fmt: skip
        if row is None:  # somebody else asked meanwhile
            return BatchAnswer.of(await _row(tx, batch_id))
        await tx.execute(
            "INSERT INTO furnishing_reject (agency_id, id, batch_id, debt_id, code, field, remedy) "
            "SELECT $1, recobro_uuid7(), $2, d.id, r.code, r.field, r.remedy "
            "FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS r (reference, code, field, remedy) "
            "JOIN debt d ON d.agency_id = $1 AND d.creditor_id = $3 AND d.reference = r.reference",
            scope.agency, batch_id, row["creditor_id"], [one.reference for one in rejects],
            [one.code for one in rejects], [safe_text(one.field) if one.field else "" for one in rejects],
            [safe_text(one.remedy) for one in rejects],
        )  # fmt: skip
        await settled(tx, ANSWER_JOB, batch_id)
        await _tell(tx, row)
    return BatchAnswer.of(row)


async def _tell(tx: Tx, row: Row) -> None:
    """Told to the agency alone, as all that is furnished."""
    keys = ("records", "receipt", "answer", "accepted", "rejected", "error_code")
    data = {"furnisher": row["provider"], "as_of": row["as_of"].isoformat(), **{key: row[key] for key in keys}}
    await emit(tx, "bureau.furnishing_answered", row["id"], data)


async def _not_answered(scope: Scope, batch_id: UUID, code: str | None) -> BatchAnswer:
    async with db.transaction(scope) as tx:
        await tx.execute(
            "UPDATE furnishing_batch SET error_code = $3 "
            "WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' AND error_code IS DISTINCT FROM $3",
            scope.agency, batch_id, code,
        )  # fmt: skip
        return BatchAnswer.of(await _row(tx, batch_id))


async def _row(tx: Tx, batch_id: UUID) -> Row:
    row = await tx.fetchrow(
        "SELECT * FROM furnishing_batch WHERE agency_id = $1 AND id = $2", tx.scope.agency, batch_id
    )
    if row is None:
        raise not_found("batch", "batch_id")
    return row


@handler(ANSWER_JOB)
async def ask(run: Run) -> None:
    """The job: ask, or look again later, each time after a longer while; after two weeks it counts as silent."""
    batch_id = UUID(run.payload["batch_id"])
    found = await take_answer(run.scope, batch_id)
    async with db.transaction(run.scope) as tx:
        awaited = await tx.fetchrow(
            "SELECT provider, receipt FROM furnishing_batch WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' "
            "FOR UPDATE",
            run.agency_id, batch_id,
        )  # fmt: skip
        if awaited is not None:
            data = {"furnisher": awaited["provider"], "receipt": awaited["receipt"], "error_code": found.error_code}
            again = await look_again(
                tx, ANSWER_JOB, batch_id, run.payload, given_up="bureau.furnishing_unanswered", data=data
            )
            if not again:
                await tx.execute(
                    "UPDATE furnishing_batch SET answer = 'SILENT', content = NULL WHERE agency_id = $1 AND id = $2",
                    run.agency_id, batch_id,
                )  # fmt: skip
        await run.finish(tx, {"answer": found.answer, "error_code": found.error_code})
