"""One submission of a prepared batch, outside of any transaction, and the honest record of what came back."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from core.bureaus.kinds import FurnishingAnswer, FurnishingState
from core.bureaus.note_furnished import note_furnished
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError, NotFound
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.plugin_host.artifacts import check_artifacts, keep_artifacts
from core.plugin_host.call import RETRIES, call
from core.plugin_host.codec import Shape
from core.plugin_host.follow_up import follow_up, settled, wait_after
from core.plugin_host.host import has_ability
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.problems import ProviderProblem
from recobro_sdk import FurnishingBatch, Submission

FURNISHING_SETTLE_JOB = "furnishing.settle"
FURNISHING_SETTLE_AFTER = timedelta(minutes=3)
"""Longer than any submission may last: a batch that is open by then has nobody who waits for its outcome."""
ANSWER_JOB = "furnishing.answer.settle"
"""Ends in `settle`, so that a callback's `CallbackResult.settled` begins it at once."""
FILE_ONLY = "file_only"
"""The ability of who only makes files: it is not asked for an answer, as nobody answers it."""
ANSWER_FILES = "acknowledgement_files"
"""The ability of whose bureau answers with a file, which somebody uploads: it is awaited for as long as it takes."""
TIMEOUT_S = 60.0
OPEN_BATCH = (FurnishingState.PREPARED, FurnishingState.UNKNOWN)
BATCH_SHAPE = Shape(FurnishingBatch)
_EVENTS = {
    FurnishingState.SUBMITTED: "bureau.furnished",
    FurnishingState.FAILED: "bureau.furnishing_failed",
    FurnishingState.UNKNOWN: "bureau.furnishing_unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedBatch:
    """A stored batch that is to be submitted."""

    id: UUID
    creditor_id: UUID
    provider: str
    state: FurnishingState
    batch: FurnishingBatch

    @classmethod
    def of(cls, row: Row) -> "PreparedBatch":
        return cls(
            id=row["id"],
            creditor_id=row["creditor_id"],
            provider=row["provider"],
            state=FurnishingState(row["state"]),
            batch=BATCH_SHAPE.decode(row["content"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """A batch as it stands; `problem` says why it was not submitted, where this attempt learned it."""

    batch_id: UUID
    state: FurnishingState
    error_code: str | None
    problem: DomainError | None = None

    @classmethod
    def of(cls, row: Row, problem: DomainError | None = None) -> "BatchResult":
        return cls(
            batch_id=row["id"], state=FurnishingState(row["state"]), error_code=row["error_code"], problem=problem
        )


async def submit_batch(scope: Scope, prepared: PreparedBatch, *, first: bool) -> BatchResult:
    """Submit and store what becomes of it. `first` where nobody can have submitted this batch before."""
    try:
        submission = await call(
            scope, BUREAU_FURNISHING, prepared.provider, "submit",
            # Ours and not the agency's: two agencies may have the same keys at one bureau.
            lambda furnisher: furnisher.submit(prepared.batch, idempotency_key=str(prepared.id)),
            answer=Submission, check=lambda found: _check(found, prepared.provider),
            creditor_id=prepared.creditor_id, subject_id=prepared.id, timeout_s=TIMEOUT_S,
            retries=RETRIES if first else 0, paid=first,
        )  # fmt: skip
    except ProviderProblem as problem:
        return await _not_submitted(scope, prepared, _state(problem, first=first), problem)
    except (NotFound, Conflict) as problem:  # removed, disabled, or over its budget: nothing was sent now
        state = FurnishingState.FAILED if first else FurnishingState.UNKNOWN
        return await _not_submitted(scope, prepared, state, problem)
    return await _submitted(scope, prepared, submission)


def _check(found: Submission, provider: str) -> None:
    """Raises: ValueError for a submission that is none, or that cannot be kept."""
    if found.bureau != provider or not 0 < len(found.number) <= 120 or found.received_at.tzinfo is None:
        raise ValueError("the submission is not to this bureau, or incomplete")
    check_artifacts(found.artifacts)


def _state(problem: ProviderProblem, *, first: bool) -> FurnishingState:
    if problem.outcome is CallOutcome.UNKNOWN:
        return FurnishingState.UNKNOWN
    # This attempt had no effect; an earlier one may have had, unless the bureau speaks of the batch itself.
    final = problem.code == "PROVIDER_REJECTED" and problem.provider_code != "idempotency_key_reused"
    return FurnishingState.FAILED if first or final else FurnishingState.UNKNOWN


async def _submitted(scope: Scope, prepared: PreparedBatch, submission: Submission) -> BatchResult:
    stored = await keep_artifacts(scope.agency, submission.artifacts)
    asked = not has_ability(BUREAU_FURNISHING, prepared.provider, FILE_ONLY)
    answers = asked or has_ability(BUREAU_FURNISHING, prepared.provider, ANSWER_FILES)
    awaited = FurnishingAnswer.AWAITED.value if answers else None
    # All that is needed from now on is which records it has; whom they are about is forgotten.
    left = orjson.dumps([record.reference for record in prepared.batch.records]) if answers else None
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE furnishing_batch SET state = 'SUBMITTED', receipt = $3, error_code = NULL, settled_at = $4, "
            "answer = $5, content = $6 "
            "WHERE agency_id = $1 AND id = $2 AND state IN ('PREPARED', 'UNKNOWN') RETURNING *",
            scope.agency, prepared.id, submission.number, tx.now, awaited, left,
        )  # fmt: skip
        if row is None:  # settled meanwhile by somebody else, with the same key and so the same answer
            return BatchResult.of(await _row(tx, prepared.id))
        await tx.connection.executemany(
            "INSERT INTO furnishing_file (agency_id, id, batch_id, name, media_type, file_sha256, file_size) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                (scope.agency, new_id(), prepared.id, kept.name, kept.media_type, file.sha256, file.size)
                for kept, file in stored
            ],
        )
        told = await note_furnished(tx, prepared.provider, prepared.creditor_id, prepared.batch, told_in=prepared.id)
        await settled(tx, FURNISHING_SETTLE_JOB, prepared.id)
        if asked:
            payload = {"batch_id": str(prepared.id), "attempt": 1}
            await follow_up(tx, ANSWER_JOB, prepared.id, payload, after=wait_after(1))
        await _emit(tx, row, {"receipt": submission.number, "withheld": row["withheld"], "first_reports": told})
    return BatchResult.of(row)


async def _not_submitted(
    scope: Scope, prepared: PreparedBatch, state: FurnishingState, problem: DomainError
) -> BatchResult:
    own = problem.provider_code if isinstance(problem, ProviderProblem) else None
    code = own if problem.code == "PROVIDER_REJECTED" and own else problem.code
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE furnishing_batch SET state = $3, error_code = $4, settled_at = $5, "
            "content = CASE WHEN $5::timestamptz IS NULL THEN content END "
            "WHERE agency_id = $1 AND id = $2 AND state IN ('PREPARED', 'UNKNOWN') RETURNING *",
            scope.agency, prepared.id, state.value, code, None if state is FurnishingState.UNKNOWN else tx.now,
        )  # fmt: skip
        if row is None:
            return BatchResult.of(await _row(tx, prepared.id))
        if state is FurnishingState.FAILED:
            await settled(tx, FURNISHING_SETTLE_JOB, prepared.id)
        if state is not prepared.state:
            await _emit(tx, row, {"error_code": code})
    return BatchResult.of(row, problem)


async def _emit(tx: Tx, row: Row, more: dict[str, object]) -> None:
    """Told to the agency alone: what a bureau is told of a debtor is not its creditor's to follow."""
    data = {"furnisher": row["provider"], "as_of": row["as_of"].isoformat(), "records": row["records"], **more}
    await emit(tx, _EVENTS[FurnishingState(row["state"])], row["id"], data)


async def _row(tx: Tx, batch_id: UUID) -> Row:
    row = await tx.fetchrow(
        "SELECT * FROM furnishing_batch WHERE agency_id = $1 AND id = $2", tx.scope.agency, batch_id
    )
    assert row is not None
    return row
