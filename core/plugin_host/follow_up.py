"""The reconciler: jobs that look after calls whose outcome nobody knows yet.

Such a job is written before the call begins, so that it is there whatever dies, and taken back when the call has ended
well. It asks again with the same key, which is the same case for the other side, ever more rarely, until that has
answered or two weeks are over; then people are told (`unsettled`), and nothing is guessed.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.kit.db import Tx
from core.kit.events import emit
from core.kit.jobs import enqueue

LONGEST = timedelta(hours=12)
MAX_ATTEMPTS = 36
"""With the waits below, two weeks: what a bureau or a firm has not said by then has to be asked by telephone."""
_dice = secrets.SystemRandom()


async def follow_up(tx: Tx, job: str, subject_id: UUID, payload: dict[str, Any], *, after: timedelta) -> UUID:
    """Ask for a job that begins `after` some time, in the running transaction."""
    return await enqueue(tx, job, payload, subject_id=subject_id, after=after)


async def settled(tx: Tx, job: str, subject_id: UUID) -> None:
    """Take back the follow-ups of a subject that have not begun: there is nothing left to look after."""
    await tx.execute(
        "UPDATE job SET state = 'DONE', finished_at = now() "
        "WHERE agency_id = $1 AND subject_id = $2 AND name = $3 AND state = 'QUEUED'",
        tx.scope.agency, subject_id, job,
    )  # fmt: skip


async def hasten(tx: Tx, subject_ids: list[UUID]) -> None:
    """Begin the follow-ups of subjects now: somebody says that the other side has decided."""
    await tx.execute(
        "UPDATE job SET not_before = now(), sent_at = NULL "
        "WHERE agency_id = $1 AND subject_id = ANY ($2) AND name LIKE '%.settle' AND state = 'QUEUED'",
        tx.scope.agency, subject_ids,
    )  # fmt: skip
    tx.at_commit("SELECT pg_notify('recobro_jobs', '')")


async def look_again(
    tx: Tx, job: str, subject_id: UUID, payload: dict[str, Any], *, given_up: str, data: dict[str, Any],
    creditor_id: UUID | None = None,
) -> bool:  # fmt: skip
    """After an attempt of a job (`payload["attempt"]`, from 1) that settled nothing: once more later, or the event
    `given_up` with `data` where enough was tried. Whether it is asked again."""
    attempt = int(payload["attempt"])
    if attempt >= MAX_ATTEMPTS:
        await emit(tx, given_up, subject_id, {**data, "attempts": attempt}, creditor_id=creditor_id)
        return False
    await follow_up(tx, job, subject_id, {**payload, "attempt": attempt + 1}, after=wait_after(attempt))
    return True


def wait_after(attempt: int) -> timedelta:
    """2, 4, 8 minutes and so on to half a day, a little more or less: what fails together is not asked together."""
    exact = min(timedelta(minutes=2 ** min(attempt, 20)), LONGEST)
    return exact * _dice.uniform(0.9, 1.1)
