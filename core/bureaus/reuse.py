"""Whether an answer that the agency has already paid for may be used again, instead of asking the bureau once more.

For the same person (by document), purpose and bureau, and for as many days as the agency has set for the offer: an
inquiry leaves a trace on the debtor's file, and what is old says nothing true. Purpose and consent are asked for all
the same, and the inquiry is recorded as any other, with the one whose answer it uses.
"""

from hashlib import sha256

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


async def answer_to_same(tx: Tx, provider: str, purpose: str, subject: Subject) -> Row | None:
    """`id`, `score` and `report` of an answered inquiry that may be used again; None where there is none."""
    return await tx.fetchrow(_EARLIER, tx.scope.agency, provider, subject_key(subject), purpose, tx.now)
