"""Hands jobs from PostgreSQL to the queue. Any number of relays may run; a lost hint is given again.

A job is due when it is queued and nobody was told of it lately, or when its worker has shown no life for a while.
"""

import asyncio

import structlog

from core.kit import db, listen
from core.kit.jobs import NOTIFY_CHANNEL
from core.kit.scope import Audience, system_scope
from recobro.queue import Queue, QueueLost
from recobro.worker import PATIENCE, Patience

log = structlog.get_logger("recobro.relay")
SCOPE = system_scope(Audience.RELAY, "relay")
BATCH, WAITING = 100, 1_000
SEND_TIMEOUT_S = 10.0

_DUE = """
UPDATE job SET sent_at = now()
WHERE (agency_id, id) IN (
  SELECT agency_id, id FROM job
  WHERE state IN ('QUEUED', 'RUNNING') AND not_before <= now() AND (sent_at IS NULL OR sent_at < now() - $1::interval)
    AND (state = 'QUEUED' OR heartbeat_at < now() - $2::interval)
  ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, attempt, sent_at
"""


async def relay_once(queue: Queue, patience: Patience = PATIENCE) -> int:
    """Hint the jobs that are due; returns how many. A hint that Redis does not take rolls back with the rest.

    Hints nothing while many wait: a job that waits long would otherwise be hinted over and over.
    """
    async with asyncio.timeout(SEND_TIMEOUT_S):
        if await queue.waiting() >= WAITING:
            return 0
    async with db.transaction(SCOPE) as tx:
        rows = await tx.fetch(_DUE, patience.hint_again, patience.silent, BATCH)
        async with asyncio.timeout(SEND_TIMEOUT_S):
            for row in rows:
                await queue.send(str(row["id"]), f"{row['id']}:{row['attempt']}:{row['sent_at'].timestamp()}")
        return len(rows)


async def relay(queue: Queue, patience: Patience = PATIENCE) -> None:
    """Relay until cancelled. Redis or PostgreSQL may come and go."""
    while True:
        mark = listen.mark(NOTIFY_CHANNEL)
        try:
            if await relay_once(queue, patience) < BATCH:
                await listen.wait(NOTIFY_CHANNEL, patience.poll.total_seconds(), mark)
        except (QueueLost, OSError) as problem:
            log.warning("the queue does not answer; trying again", problem=repr(problem))
            await queue.lost()
            await asyncio.sleep(patience.poll.total_seconds())
        except Exception:
            log.exception("the relay failed; trying again")
            await asyncio.sleep(patience.poll.total_seconds())
