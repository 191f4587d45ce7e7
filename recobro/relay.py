"""Hands jobs from PostgreSQL to the queue. Any number of relays may run; a lost hint is given again.

A job is due when it is queued and nobody was told of it lately, or when its worker has shown no life for a while.
"""

import asyncio

import structlog
from redis.exceptions import RedisError

from core.kit import db, listen
from core.kit.jobs import NOTIFY_CHANNEL
from core.kit.scope import Audience, system_scope
from recobro.queue import Queue

log = structlog.get_logger("recobro.relay")
SCOPE = system_scope(Audience.RELAY, "relay")
POLL_S, HINT_AGAIN_S, SILENT_S, BATCH = 2.0, 30, 60, 100

_DUE = f"""
UPDATE job SET sent_at = now()
WHERE (agency_id, id) IN (
  SELECT agency_id, id FROM job
  WHERE state IN ('QUEUED', 'RUNNING') AND not_before <= now()
    AND ((state = 'QUEUED' AND (sent_at IS NULL OR sent_at < now() - interval '{HINT_AGAIN_S} s'))
      OR (state = 'RUNNING' AND heartbeat_at < now() - interval '{SILENT_S} s'
          AND (sent_at IS NULL OR sent_at < now() - interval '{HINT_AGAIN_S} s')))
  ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED)
RETURNING id, attempt, sent_at
"""


async def relay_once(queue: Queue) -> int:
    """Hint every job that is due; returns how many. A hint that Redis does not take rolls back with the rest."""
    async with db.transaction(SCOPE) as tx:
        rows = await tx.fetch(_DUE)
        for row in rows:
            await queue.send(str(row["id"]), f"{row['id']}:{row['attempt']}:{row['sent_at'].timestamp()}")
        return len(rows)


async def relay(queue: Queue) -> None:
    """Relay until cancelled. Redis or PostgreSQL may come and go."""
    while True:
        try:
            if await relay_once(queue) < BATCH:
                await listen.wait(NOTIFY_CHANNEL, POLL_S)
        except (RedisError, OSError) as problem:
            log.warning("the queue does not answer; trying again", problem=str(problem))
            await queue.lost()
            await asyncio.sleep(POLL_S)
        except Exception:
            log.exception("the relay failed; trying again")
            await asyncio.sleep(POLL_S)
