"""A job that looks after a call: written before the call begins, so that it is there whatever dies, and taken back when
the call has ended well."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core.kit.db import Tx
from core.kit.jobs import enqueue


async def follow_up(tx: Tx, job: str, subject_id: UUID, payload: dict[str, Any], *, after: timedelta) -> UUID:
    """Ask for a job that begins `after` some time, in the running transaction."""
    job_id = await enqueue(tx, job, payload, subject_id=subject_id)
    await tx.execute(
        "UPDATE job SET not_before = now() + $3 WHERE agency_id = $1 AND id = $2", tx.scope.agency, job_id, after
    )
    return job_id


async def settled(tx: Tx, job: str, subject_id: UUID) -> None:
    """Take back the follow-ups of a subject that have not begun: there is nothing left to look after."""
    await tx.execute(
        "UPDATE job SET state = 'DONE', finished_at = now() "
        "WHERE agency_id = $1 AND subject_id = $2 AND name = $3 AND state = 'QUEUED'",
        tx.scope.agency, subject_id, job,
    )  # fmt: skip
