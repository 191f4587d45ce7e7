"""LISTEN on PostgreSQL, once per process: wakes whoever waits for a channel. A lost connection is opened again; waiters
poll beside it, so that nothing depends on a notification."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence

import asyncpg
import structlog

from core.kit import db
from core.kit.db import Connection
from core.kit.errors import ScopeMissing

log = structlog.get_logger("recobro.listen")
_RETRY_S = 1.0


class Listener:
    """Wakes waiters of the channels it listens to."""

    def __init__(self, url: str, channels: Sequence[str]) -> None:
        self._url, self._channels = url, channels
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._heard_so_far: dict[str, int] = defaultdict(int)

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
                log.warning("listen connection lost; trying again", problem=str(problem))
                await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        connection: Connection = await asyncpg.connect(self._url, timeout=10)
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        try:
            for channel in self._channels:
                await connection.add_listener(channel, self._heard)
            await closed.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    def _heard(self, _connection: object, _pid: int, channel: str, _payload: object) -> None:
        self.wake(channel)

    def wake(self, channel: str) -> None:
        self._heard_so_far[channel] += 1
        for waiter in self._waiting.pop(channel, set()):
            if not waiter.done():
                waiter.set_result(None)

    def mark(self, channel: str) -> int:
        return self._heard_so_far[channel]

    async def wait(self, channel: str, timeout_s: float, since: int | None = None) -> None:
        if since is not None and self._heard_so_far[channel] != since:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[channel].add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return
        finally:
            self._waiting[channel].discard(waiter)


_listener: Listener | None = None


def use(listener: Listener | None) -> None:
    """Make a listener the one of this process."""
    global _listener
    _listener = listener


def mark(channel: str) -> int:
    """Taken before a look at the database, for `wait`: what is notified during the look is not slept through."""
    return _listener.mark(channel) if _listener is not None else 0


async def wait(channel: str, timeout_s: float, since: int | None = None) -> None:
    """Until the channel is notified (at once if it was since the mark) or the time is over: look again in both cases.

    In a process without a listener, the time alone.
    """
    if _listener is None:
        await asyncio.sleep(min(timeout_s, 0.2))
        return
    await _listener.wait(channel, timeout_s, since)


_TELL_AFTER_S = 0.02
_telling: dict[str, asyncio.Task[None]] = {}


def tell(channel: str) -> None:
    """Notify the channel a moment from now, once for everything until then. Never fails: waiters poll."""
    running = _telling.get(channel)
    if running is None or running.done():
        _telling[channel] = asyncio.ensure_future(_tell(channel))


async def _tell(channel: str) -> None:
    await asyncio.sleep(_TELL_AFTER_S)
    try:
        async with db.current().unscoped() as connection:
            await connection.execute(f"SELECT pg_notify('{channel}', '')")
    except (OSError, TimeoutError, ScopeMissing, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        log.warning("nobody was told; readers look by themselves", channel=channel, problem=str(problem))
