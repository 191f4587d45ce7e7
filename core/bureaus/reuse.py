"""Whether an answer that the agency has already paid for may be used again, instead of asking the bureau once more.

For the same person (by document), purpose and bureau, and for as many days as the agency has set for the offer: an
inquiry leaves a trace on the debtor's file, and what is old says nothing true. Purpose and consent are asked for all
the same, and the inquiry is recorded as any other, with the one whose answer it uses.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson

from core.kit.db import Row, Tx
from recobro_sdk import Subject


def subject_key(subject: Subject) -> str:
    """Whom an inquiry is about, as a hash: a document that was corrected is somebody else."""
    told = [subject.country, subject.document_type, subject.document_number, subject.kind.value]
    return sha256(orjson.dumps(told)).hexdigest()


_EARLIER = """
SELECT q.id, q.score, q.report FROM plugin_setting s JOIN bureau_inquiry q ON q.agency_id = $1
  AND q.subject_key = $3 AND q.provider = s.offer AND q.answered_at > $5::timestamptz - s.reuse_days * interval '1 day'
WHERE s.agency_id = $1 AND s.offer = $2 AND s.enabled AND s.reuse_days > 0
  AND q.state = 'ANSWERED' AND q.answered_from_id IS NULL AND q.purpose = $4
ORDER BY q.answered_at DESC LIMIT 1
"""


async def answer_again(tx: Tx, inquiry_id: UUID, provider: str, purpose: str, subject: Subject) -> Row | None:
    """Answer a recorded inquiry from an earlier one; None where there is none that may be used."""
    key, now = subject_key(subject), tx.now
    earlier = await tx.fetchrow(_EARLIER, tx.scope.agency, provider, key, purpose, now)
    if earlier is None:
        await tx.execute(
            "UPDATE bureau_inquiry SET subject_key = $3 WHERE agency_id = $1 AND id = $2",
            tx.scope.agency, inquiry_id, key,
        )  # fmt: skip
        return None
    return await _answered(tx, inquiry_id, key, earlier, now)


async def _answered(tx: Tx, inquiry_id: UUID, key: str, earlier: Row, now: datetime) -> Row:
    row = await tx.fetchrow(
        "UPDATE bureau_inquiry SET state = 'ANSWERED', score = $3, report = $4, answered_at = $5, subject_key = $6, "
        "answered_from_id = $7 WHERE agency_id = $1 AND id = $2 RETURNING *",
        tx.scope.agency, inquiry_id, earlier["score"], earlier["report"], now, key, earlier["id"],
    )  # fmt: skip
    assert row is not None
    return row
