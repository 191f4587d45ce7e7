"""Ask a bureau what it made of a batch that it has, and keep which records it did not take, and why."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import orjson

from core.bureaus.decided import BatchAnswer, batch_row, check_decided, is_code, write_decided
from core.bureaus.kinds import FurnishingAnswer
from core.bureaus.submit_batch import ANSWER_FILES, ANSWER_JOB, TIMEOUT_S
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, NotFound
from core.kit.jobs import Run, handler
from core.kit.scope import Scope
from core.plugin_host.call import call
from core.plugin_host.follow_up import look_again
from core.plugin_host.host import has_ability
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.problems import ProviderProblem
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


async def take_answer(scope: Scope, batch_id: UUID) -> BatchAnswer:
    """Ask once. What the bureau has decided is written with every record that it refused, which then counts as not
    told and is furnished again; for as long as it has not, nothing is guessed. A batch of which the bureau is certain
    that it never came is refused as a whole.

    Raises: NotFound.
    """
    async with db.transaction(scope, read_only=True) as tx:
        row = await batch_row(tx, batch_id)
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
    if isinstance(found, Failed) and not is_code(found.code):
        raise ValueError("a failure without a code")
    if not isinstance(found, Settled):
        return
    told = cast("Settled[Any]", found).value
    if not isinstance(told, FurnishingAcknowledgement) or told.number != receipt:
        raise ValueError("the answer is not about this batch")
    check_decided(told, references)


async def _answered(scope: Scope, batch_id: UUID, rejects: Sequence[RecordReject], code: str | None) -> BatchAnswer:
    async with db.transaction(scope) as tx:
        written = await write_decided(tx, batch_id, rejects, code=code)
        # None where somebody else asked meanwhile.
        return BatchAnswer.of(written or await batch_row(tx, batch_id))


async def _not_answered(scope: Scope, batch_id: UUID, code: str | None) -> BatchAnswer:
    async with db.transaction(scope) as tx:
        await tx.execute(
            "UPDATE furnishing_batch SET error_code = $3 "
            "WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' AND error_code IS DISTINCT FROM $3",
            scope.agency, batch_id, code,
        )  # fmt: skip
        return BatchAnswer.of(await batch_row(tx, batch_id))


@handler(ANSWER_JOB)
async def ask(run: Run) -> None:
    """The job: ask, or look again later, each time after a longer while; after two weeks it counts as silent, unless a
    file of the bureau's may still come."""
    batch_id = UUID(run.payload["batch_id"])
    found = await take_answer(run.scope, batch_id)
    async with db.transaction(run.scope) as tx:
        awaited = await tx.fetchrow(
            "SELECT provider, receipt FROM furnishing_batch WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' "
            "FOR UPDATE",
            run.agency_id, batch_id,
        )  # fmt: skip
        if awaited is not None:
            await _later(tx, run, batch_id, awaited, found.error_code)
        await run.finish(tx, {"answer": found.answer, "error_code": found.error_code})


async def _later(tx: Tx, run: Run, batch_id: UUID, awaited: Row, code: str | None) -> None:
    data = {"furnisher": awaited["provider"], "receipt": awaited["receipt"], "error_code": code}
    again = await look_again(tx, ANSWER_JOB, batch_id, run.payload, given_up="bureau.furnishing_unanswered", data=data)
    if not again and not has_ability(BUREAU_FURNISHING, awaited["provider"], ANSWER_FILES):
        await tx.execute(
            "UPDATE furnishing_batch SET answer = 'SILENT', content = NULL WHERE agency_id = $1 AND id = $2",
            run.agency_id, batch_id,
        )  # fmt: skip
