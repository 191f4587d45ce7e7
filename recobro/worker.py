"""Does the jobs. Whatever dies, a job's effect happens once: the handler marks it done in the transaction of the effect."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from core.kit import db
from core.kit.errors import Conflict, DomainError
from core.kit.jobs import Run, handler_of
from core.kit.scope import Scope
from recobro.queue import Queue
from recobro.relay import SCOPE, SILENT_S

log = structlog.get_logger("recobro.worker")
HEARTBEAT_S = 10.0

_CLAIM = f"""
UPDATE job SET state = 'RUNNING', attempt = attempt + 1, heartbeat_at = now(), error_code = NULL, error_message = NULL
WHERE id = $1 AND not_before <= now()
  AND (state = 'QUEUED' OR (state = 'RUNNING' AND heartbeat_at < now() - interval '{SILENT_S} s'))
RETURNING agency_id, name, payload, scope, attempt, max_attempts
"""


async def run_job(job_id: UUID) -> bool:
    """Do one job, if it is still to be done. False where there was nothing to do."""
    async with db.transaction(SCOPE) as tx:
        row = await tx.fetchrow(_CLAIM, job_id)
    if row is None:
        return False
    run = Run(job_id, row["agency_id"], row["attempt"], Scope.from_json(row["scope"]), row["payload"])
    handler = handler_of(row["name"])
    structlog.contextvars.bind_contextvars(job=str(job_id), name=row["name"], attempt=run.attempt)
    try:
        if handler is None:
            raise DomainError(f"No plugin or area does jobs named '{row['name']}'.", code="JOB_UNKNOWN")
        async with _alive(run):
            await handler(run)
    except Conflict as problem:
        if problem.code != "JOB_TAKEN_OVER":
            await _failed(run, problem)
    except DomainError as problem:
        await _failed(run, problem)
    except Exception:
        log.exception("job failed")
        await _again(run, row["max_attempts"])
    finally:
        structlog.contextvars.clear_contextvars()
    return True


async def _failed(run: Run, problem: DomainError) -> None:
    """An expected failure: trying again would not help."""
    await _end(run, "state = 'FAILED', finished_at = now(), error_code = $3, error_message = $4", problem.code, problem.message)


async def _again(run: Run, max_attempts: int) -> None:
    """A fault: tried again later, at most `max_attempts` times."""
    if run.attempt >= max_attempts:
        text = "It failed too often; the operator finds the reasons in the log."
        await _end(run, "state = 'FAILED', finished_at = now(), error_code = $3, error_message = $4", "FAULT", text)
        return
    wait = timedelta(seconds=min(300, 2**run.attempt))
    await _end(run, "state = 'QUEUED', sent_at = NULL, not_before = now() + $3", wait)


async def _end(run: Run, change: str, *values: object) -> None:
    async with db.transaction(SCOPE) as tx:
        await tx.execute(
            f"UPDATE job SET {change} WHERE id = $1 AND attempt = $2 AND state = 'RUNNING'",  # noqa: S608 our own text
            run.job_id, run.attempt, *values,
        )  # fmt: skip
        tx.at_commit("SELECT pg_notify('recobro_progress', $1)", f"{run.agency_id}:{run.job_id}")


@contextlib.asynccontextmanager
async def _alive(run: Run) -> AsyncIterator[None]:
    """Show that the job lives while its handler works, so that nobody else takes it."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await _end(run, "heartbeat_at = now()")

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def work(queue: Queue) -> None:
    """Take jobs from the queue until cancelled. A lost Redis is waited for."""

    async def run(_context: dict[Any, Any], job_id: str) -> None:
        await run_job(UUID(job_id))

    while True:
        worker = None
        try:
            worker = await queue.worker(run)
            await worker.main()
        except (RedisError, OSError) as problem:
            log.warning("the queue does not answer; trying again", problem=str(problem))
            await asyncio.sleep(2)
        finally:
            if worker is not None:
                with contextlib.suppress(RedisError, OSError):
                    await worker.close()
