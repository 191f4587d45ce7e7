"""The queue between the relay and the workers: on Redis or Valkey (recobro/redis_queue.py), or inside the process.

It holds only hints of what to do; the jobs are rows (core/kit/jobs.py). A hint that is lost is given again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import structlog

from recobro.settings import Settings

MAX_JOBS = 8
"""Jobs that one process does at once."""
Work: TypeAlias = Callable[[dict[Any, Any], str], Awaitable[None]]
"""Does the job of an id; the context is arq's, and empty."""
log = structlog.get_logger("recobro.queue")


class QueueLost(Exception):
    """The queue does not answer."""


class Queue(Protocol):
    """Connections to one queue: `send` for the relay, `work` for those who do the jobs."""

    async def send(self, job_id: str, attempt_key: str) -> None:
        """Hint that a job is to be done. The same hint twice is one. Raises: QueueLost, OSError."""
        ...

    async def waiting(self) -> int:
        """How many hints nobody has taken yet. Raises: QueueLost, OSError."""
        ...

    async def lost(self) -> None:
        """Forget a connection that failed; the next `send` makes a new one."""
        ...

    async def work(self, run: Work) -> None:
        """Hand the hints to `run`, some at once, until cancelled. Raises: QueueLost, OSError."""
        ...


def queue_of(settings: Settings, app_url: str) -> Queue:
    """The queue of an installation; without a Redis one inside this process, which then does the jobs itself."""
    if settings.redis_url is None:
        return QueueInside()
    # Here, as arq and redis are a tenth of the memory of a process that needs neither.
    from recobro.redis_queue import RedisQueue

    return RedisQueue(settings.redis_url.get_secret_value(), app_url)


class QueueInside:
    """A queue in the memory of this process, in the order of the hints."""

    def __init__(self) -> None:
        self._hints: dict[str, str] = {}
        self._arrived = asyncio.Condition()

    async def send(self, job_id: str, attempt_key: str) -> None:
        async with self._arrived:
            self._hints.setdefault(attempt_key, job_id)
            self._arrived.notify()

    async def waiting(self) -> int:
        return len(self._hints)

    async def lost(self) -> None:
        return None

    async def work(self, run: Work) -> None:
        await asyncio.gather(*(self._work(run) for _ in range(MAX_JOBS)))

    async def _work(self, run: Work) -> None:
        while True:
            async with self._arrived:
                await self._arrived.wait_for(lambda: self._hints)
                job_id = self._hints.pop(next(iter(self._hints)))
            try:
                await run({}, job_id)
            except Exception:
                log.exception("a hint was not followed; the relay gives it again", job=job_id)
