"""Rows of evidence, written together: a statement and a commit for all calls that end together, of any agency.

What comes in one turn of the loop goes together, and who comes while rows are being written goes with all who came
meanwhile. Nobody goes on before his row is durable, and nobody waits for others to come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg

Row: TypeAlias = tuple[Any, ...]
Writes: TypeAlias = Callable[[Sequence[Row]], Awaitable[None]]
MOST = 64
"""Rows of one statement."""
_ONE_IS_WRONG = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)
"""The statement was refused for what is in it, and has written nothing."""


class _Lane:
    """The rows that are to be written on a loop, and the task that writes until there are none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self.task: asyncio.Task[None] | None = None


_lane: _Lane | None = None


async def written(row: Row, writes: Writes) -> None:
    """Write a row by `writes`, alone or with others. Returns when it is durable; of a caller who is cancelled meanwhile
    it is written all the same. Raises: what `writes` raises for it."""
    global _lane
    loop = asyncio.get_running_loop()
    lane = _lane
    if lane is None or lane.loop is not loop:
        lane = _lane = _Lane(loop)
    done = loop.create_future()
    lane.waiting.append((row, done))
    if lane.task is None:
        lane.task = loop.create_task(_write(lane, writes))
    await done


async def _write(lane: _Lane, writes: Writes) -> None:
    try:
        while lane.waiting:
            group, lane.waiting = lane.waiting[:MOST], lane.waiting[MOST:]
            await _group(group, writes)
    finally:
        lane.task = None
        left, lane.waiting = lane.waiting, []
        for _, done in left:
            done.cancel()


async def _group(group: Sequence[tuple[Row, "asyncio.Future[None]"]], writes: Writes) -> None:
    try:
        await writes([row for row, _ in group])
    except Exception as problem:
        if len(group) > 1 and isinstance(problem, _ONE_IS_WRONG):
            for one in group:
                await _group([one], writes)
            return
        for _, done in group:
            if not done.done():
                done.set_exception(problem)
    except BaseException:
        for _, done in group:
            done.cancel()
        raise
    else:
        for _, done in group:
            if not done.done():
                done.set_result(None)
