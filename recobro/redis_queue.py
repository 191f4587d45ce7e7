"""The queue on Redis or Valkey, by arq: JSON on the wire, never pickle."""

import contextlib
import hashlib
from collections.abc import Callable, Generator
from typing import Any, cast

import arq.worker
import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func
from redis.exceptions import RedisError

from recobro.queue import MAX_JOBS, QueueLost, Work
from recobro.worker import JOB_TIMEOUT_S

JOB = "recobro.run_job"
POLL_S = 0.05


async def _no_info(_redis: ArqRedis, _log: Callable[[str], None]) -> None:
    """arq logs Redis' INFO at its start, for which a user of Redis may lack the right, and which nobody reads."""


@contextlib.contextmanager
def _answering() -> Generator[None]:
    """Raises: QueueLost for what Redis, or the way there, has against it."""
    try:
        yield
    except RedisError as problem:
        raise QueueLost(repr(problem)) from problem


def queue_name(app_url: str) -> str:
    """One queue per database, so that installations may share a Redis."""
    return f"recobro:{hashlib.sha256(app_url.rsplit('@', 1)[-1].encode()).hexdigest()[:12]}"


class RedisQueue:
    """As `recobro.queue.Queue`; each process of an installation has connections of its own to the one queue."""

    def __init__(self, url: str, app_url: str) -> None:
        self._url = url
        self.name = queue_name(app_url)
        self._sender: ArqRedis | None = None

    async def connect(self) -> ArqRedis:
        settings = RedisSettings.from_dsn(self._url)
        settings.conn_timeout, settings.conn_retries = 5, 1
        return await create_pool(settings, job_serializer=orjson.dumps, job_deserializer=orjson.loads)

    async def send(self, job_id: str, attempt_key: str) -> None:
        with _answering():
            sender = await self._connected()
            await sender.enqueue_job(JOB, job_id, _job_id=f"{self.name}:{attempt_key}", _queue_name=self.name)

    async def waiting(self) -> int:
        with _answering():
            return int(await (await self._connected()).zcard(self.name))

    async def _connected(self) -> ArqRedis:
        if self._sender is None:
            self._sender = await self.connect()
        return self._sender

    async def lost(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            with contextlib.suppress(RedisError, OSError):
                await sender.aclose(close_connection_pool=True)

    async def work(self, run: Work) -> None:
        with _answering():
            worker = await self._worker(run)
            try:
                await worker.main()
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await worker.close()

    async def _worker(self, run: Work) -> Worker:
        arq.worker.log_redis_info = _no_info  # pyright: ignore[reportPrivateImportUsage]
        return Worker(
            # A job ends in time by itself, as a fault that is tried again; arq would just drop it.
            [func(cast(Any, run), name=JOB, timeout=JOB_TIMEOUT_S + 60, max_tries=1, keep_result=0)],
            redis_pool=await self.connect(),
            queue_name=self.name,
            handle_signals=False,
            poll_delay=POLL_S,
            max_jobs=MAX_JOBS,
            health_check_interval=30,
            job_serializer=orjson.dumps,
            job_deserializer=orjson.loads,
        )
