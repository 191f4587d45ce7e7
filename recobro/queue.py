"""The queue between the relay and the workers: arq on Redis or Valkey, or on a Redis inside the process.

Redis holds only hints of what to do; the jobs are rows (core/kit/jobs.py). JSON on the wire, never pickle.
"""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, cast

import arq.worker
import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from recobro.settings import Settings
from recobro.worker import JOB_TIMEOUT_S

JOB = "recobro.run_job"
POLL_S, MAX_JOBS = 0.05, 8


async def _no_info(_redis: Redis, _log: Callable[[str], None]) -> None:
    """arq logs Redis' INFO at its start, which a Redis inside the process does not answer, and nobody reads."""


def queue_name(app_url: str) -> str:
    """One queue per database, so that installations may share a Redis."""
    return f"recobro:{hashlib.sha256(app_url.rsplit('@', 1)[-1].encode()).hexdigest()[:12]}"


class Queue:
    """Connections to one queue: `send` for the relay, `work` for those who do the jobs."""

    def __init__(self, settings: Settings, app_url: str) -> None:
        self._url = settings.redis_url.get_secret_value() if settings.redis_url else None
        self._inside: Any = None
        self.name = queue_name(app_url)
        self._sender: ArqRedis | None = None

    @property
    def inside(self) -> bool:
        """Whether the queue lives inside this process: then its worker must, too."""
        return self._url is None

    async def connect(self) -> ArqRedis:
        if self._url is None:
            return ArqRedis(
                pool_or_conn=self._pool_inside(), job_serializer=orjson.dumps, job_deserializer=orjson.loads
            )
        settings = RedisSettings.from_dsn(self._url)
        settings.conn_timeout, settings.conn_retries = 5, 1
        return await create_pool(settings, job_serializer=orjson.dumps, job_deserializer=orjson.loads)

    def _pool_inside(self) -> Any:
        import fakeredis
        from fakeredis.aioredis import FakeAsyncRedisConnection

        if self._inside is None:
            self._inside = fakeredis.FakeServer()
        return ConnectionPool(connection_class=FakeAsyncRedisConnection, server=self._inside)

    async def send(self, job_id: str, attempt_key: str) -> None:
        """Hint that a job is to be done. The same hint twice is one."""
        sender = await self._connected()
        await sender.enqueue_job(JOB, job_id, _job_id=f"{self.name}:{attempt_key}", _queue_name=self.name)

    async def waiting(self) -> int:
        """How many hints nobody has taken yet."""
        return int(await (await self._connected()).zcard(self.name))

    async def _connected(self) -> ArqRedis:
        if self._sender is None:
            self._sender = await self.connect()
        return self._sender

    async def lost(self) -> None:
        """Forget a connection that failed; the next `send` makes a new one."""
        sender, self._sender = self._sender, None
        if sender is not None:
            with contextlib.suppress(RedisError, OSError):
                await sender.aclose(close_connection_pool=True)

    async def work(self, run: Callable[[dict[Any, Any], str], Awaitable[None]]) -> None:
        """Hand the hints to `run`, some at once, until cancelled. Raises: RedisError, OSError where Redis is lost."""
        worker = await self._worker(run)
        try:
            await worker.main()
        finally:
            with contextlib.suppress(RedisError, OSError):
                await worker.close()

    async def _worker(self, run: Callable[[dict[Any, Any], str], Awaitable[None]]) -> Worker:
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
