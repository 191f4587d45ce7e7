"""What a bureau has decided on a batch: believed only where it is about this batch and all of it, and written once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.bureaus.kinds import FurnishingAnswer
from core.bureaus.submit_batch import ANSWER_JOB
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.events import emit
from core.plugin_host.follow_up import settled
from core.plugin_host.problems import safe_text
from recobro_sdk import FurnishingAcknowledgement, RecordReject


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


def check_decided(told: FurnishingAcknowledgement, references: Sequence[str]) -> None:
    """Raises: ValueError for a decision that is not about the batch with these records, or not about all of it."""
    known = frozenset(references)
    if not all(one.reference in known and is_code(one.code) and len(one.field) <= 60 for one in told.rejects):
        raise ValueError("it refuses what is not in the batch, or without a reason")
    if told.accepted + len(told.rejects) != len(references):
        raise ValueError("taken and refused are not all records of the batch")


def is_code(code: str) -> bool:
    """Whether a reason can be kept: 1 to 80 printable characters."""
    return 0 < len(code) <= 80 and code.isprintable()


async def write_decided(
    tx: Tx, batch_id: UUID, rejects: Sequence[RecordReject], *, code: str | None = None, file_sha256: str | None = None
) -> Row | None:
    """Write a checked decision, with every record that was refused, which counts as not told from now on. `code` says
    why, where all of the batch was; `file_sha256` is the file that it was read from. The batch as it stands then; None
    where it is awaited no more, and nothing is written.
    """
    scope = tx.scope
    row = await tx.fetchrow(
        "UPDATE furnishing_batch SET answer = CASE $3::int WHEN 0 THEN 'ACCEPTED' WHEN records THEN 'REJECTED' "
        "ELSE 'PARTLY' END, accepted = records - $3, rejected = $3, answered_at = $4, error_code = $5, "
        "content = NULL WHERE agency_id = $1 AND id = $2 AND answer = 'AWAITED' RETURNING *",
        scope.agency, batch_id, len(rejects), tx.now, code,
    )  # fmt: skip
    if row is None:
        return None
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
    await _tell(tx, row, file_sha256)
    return row


async def _tell(tx: Tx, row: Row, file_sha256: str | None) -> None:
    """Told to the agency alone, as all that is furnished."""
    keys = ("records", "receipt", "answer", "accepted", "rejected", "error_code")
    data = {"furnisher": row["provider"], "as_of": row["as_of"].isoformat(), **{key: row[key] for key in keys}}
    await emit(tx, "bureau.furnishing_answered", row["id"], {**data, "file_sha256": file_sha256})


async def batch_row(tx: Tx, batch_id: UUID) -> Row:
    """A batch of the agency. Raises: NotFound."""
    row = await tx.fetchrow(
        "SELECT * FROM furnishing_batch WHERE agency_id = $1 AND id = $2", tx.scope.agency, batch_id
    )
    if row is None:
        raise not_found("batch", "batch_id")
    return row
