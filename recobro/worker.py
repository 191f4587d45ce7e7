"""Does the jobs. Whatever dies, an effect happens once: the handler marks its job done in the transaction of it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from core.kit import db
from core.kit.errors import Conflict, DomainError
from core.kit.jobs import Failed, Run, failed_of, handler_of
from core.kit.scope import Audience, Scope, system_scope

if TYPE_CHECKING:
    from recobro.queue import Queue

log = structlog.get_logger("recobro.worker")
SCOPE = system_scope(Audience.RELAY, "worker")
JOB_TIMEOUT_S = 3_600.0
FAULT = "It failed too often; the operator finds the reasons in the log."
LOST = "Whoever worked at it died, each time; the operator finds the reasons in the log."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited: between looks, until a hint is given again, until a silent worker counts as dead."""

    poll: timedelta = timedelta(seconds=2)
    hint_again: timedelta = timedelta(seconds=30)
    silent: timedelta = timedelta(seconds=60)
    heartbeat: timedelta = timedelta(seconds=10)


PATIENCE = Patience()

_CLAIM = """
UPDATE job SET state = 'RUNNING', attempt = attempt + 1, heartbeat_at = now(), error_code = NULL, error_message = NULL
WHERE id = $1 AND not_before <= now()
  AND (state = 'QUEUED' OR (state = 'RUNNING' AND heartbeat_at < now() - $2::interval))
RETURNING agency_id, name, payload, scope, attempt, max_attempts
"""


async def run_job(job_id: UUID, patience: Patience = PATIENCE) -> bool:
    """Do one job, if it is still to be done. False where there was nothing to do."""
    async with db.transaction(SCOPE) as tx:
        row = await tx.fetchrow(_CLAIM, job_id, patience.silent)
    if row is None:
        return False
    run = Run(job_id, row["agency_id"], row["attempt"], Scope.from_json(row["scope"]), row["payload"])
    with structlog.contextvars.bound_contextvars(job=str(job_id), name=row["name"], attempt=run.attempt):
        try:
            await _work(run, row["name"], row["max_attempts"], patience)
        except asyncio.CancelledError:
            # The program ends. Somebody else begins anew at once, and it does not count as a failure.
            await _queue_again(run, "max_attempts = max_attempts + 1")
            raise
    return True


async def _work(run: Run, name: str, max_attempts: int, patience: Patience) -> None:
    # In a thread, as it may have to be imported first, and this process may have requests to answer meanwhile.
    handler = await asyncio.to_thread(handler_of, name)
    try:
        if run.attempt > max_attempts:
            raise DomainError(LOST, code="WORKER_LOST")
        if handler is None:
            raise DomainError(f"No plugin or area does jobs named '{name}'.", code="JOB_UNKNOWN")
        async with _alive(run, patience), asyncio.timeout(JOB_TIMEOUT_S):
            await handler(run)
    except DomainError as problem:
        # Expected: trying again would not help. Somebody else's job by now is nothing to us.
        if not (isinstance(problem, Conflict) and problem.code == "JOB_TAKEN_OVER"):
            await _fail(run, name, problem.code, problem.message)
    except Exception:
        log.exception("job failed")
        if run.attempt >= max_attempts:
            await _fail(run, name, "FAULT", FAULT)
        else:
            await _queue_again(run, "not_before = now() + $4", timedelta(seconds=min(300, 2**run.attempt)))


async def _fail(run: Run, name: str, code: str, message: str) -> None:
    """For good. What the job is about ends in the same transaction; the job does in any case."""
    failed = failed_of(name)
    if failed is not None:
        try:
            return await _mark_failed(run, code, message, failed)
        except Exception:
            log.exception("what the failed job is about could not be ended")
    return await _mark_failed(run, code, message)


async def _mark_failed(run: Run, code: str, message: str, failed: Failed | None = None) -> None:
    async with db.transaction(run.scope) as tx:
        changed = await tx.execute(
            "UPDATE job SET state = 'FAILED', finished_at = now(), error_code = $4, error_message = $5 "
            "WHERE agency_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING'",
            run.agency_id, run.job_id, run.attempt, code, message,
        )  # fmt: skip
        if changed == "UPDATE 1" and failed is not None:
            await failed(tx, run, code, message)
        tx.at_commit("SELECT pg_notify('recobro_progress', $1)", f"{run.agency_id}:{run.job_id}")


async def _queue_again(run: Run, change: str, *values: object) -> None:
    async with db.transaction(SCOPE) as tx:
        await tx.execute(
            f"UPDATE job SET state = 'QUEUED', sent_at = NULL, {change} "  # noqa: S608 our own text
            "WHERE agency_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING'",
            run.agency_id, run.job_id, run.attempt, *values,
        )  # fmt: skip
        tx.at_commit("SELECT pg_notify('recobro_jobs', '')")
        tx.at_commit("SELECT pg_notify('recobro_progress', $1)", f"{run.agency_id}:{run.job_id}")


@contextlib.asynccontextmanager
async def _alive(run: Run, patience: Patience) -> AsyncGenerator[None]:
    """Show that the job lives while its handler works, so that nobody else takes it."""
    task = asyncio.create_task(_beat(run, patience))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _beat(run: Run, patience: Patience) -> None:
    while True:
        await asyncio.sleep(patience.heartbeat.total_seconds())
        try:
            async with db.transaction(SCOPE) as tx:
                await tx.execute(
                    "UPDATE job SET heartbeat_at = now() "
                    "WHERE agency_id = $1 AND id = $2 AND attempt = $3 AND state = 'RUNNING'",
                    run.agency_id, run.job_id, run.attempt,
                )  # fmt: skip
        except Exception as problem:
            log.warning("no heartbeat; trying again", problem=repr(problem))


async def work(queue: "Queue", patience: Patience = PATIENCE) -> None:
    """Take jobs from the queue until cancelled. A lost Redis is waited for, and disturbs no job that runs."""
    running: set[asyncio.Task[bool]] = set()

    async def run(_context: dict[Any, Any], job_id: str) -> None:
        task = asyncio.create_task(run_job(UUID(job_id), patience))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.shield(task)

    try:
        while True:
            try:
                await queue.work(run)
            except Exception as problem:
                log.warning("the queue does not answer; trying again", problem=repr(problem))
                await asyncio.sleep(patience.poll.total_seconds())
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
