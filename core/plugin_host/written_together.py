"""Rows of evidence, written together where calls of an agency end together: a statement and a commit for all of them.

What comes in one turn of the loop goes together, and who comes while rows of the agency are being written goes with all
who came meanwhile. Nobody goes on before his row is durable, and nobody waits for others to come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Row: TypeAlias = tuple[Any, ...]
Writes: TypeAlias = Callable[[Sequence[Row]], Awaitable[None]]
MOST = 64
"""Rows of one statement."""
_ONE_IS_WRONG = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)
"""The statement was refused for what is in it, and has written nothing."""


class _Lane:
    """The rows of one agency that are to be written, and the task that writes until there are none."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self.task: asyncio.Task[None] | None = None


_lanes: tuple[asyncio.AbstractEventLoop, dict[UUID, _Lane]] | None = None


async def written(agency_id: UUID, row: Row, writes: Writes) -> None:
    """Write a row by `writes`, alone or with others of the agency. Returns when it is durable; of a caller who is
    cancelled meanwhile it is written all the same. Raises: what `writes` raises for it."""
    loop = asyncio.get_running_loop()
    lanes = _of(loop)
    lane = lanes.get(agency_id)
    if lane is None:
        lane = lanes[agency_id] = _Lane()
        lane.task = loop.create_task(_write(lanes, agency_id, lane, writes))
    done = loop.create_future()
    lane.waiting.append((row, done))
    await done


def _of(loop: asyncio.AbstractEventLoop) -> dict[UUID, _Lane]:
    global _lanes
    if _lanes is None or _lanes[0] is not loop:
        _lanes = (loop, {})
    return _lanes[1]


async def _write(lanes: dict[UUID, _Lane], agency_id: UUID, lane: _Lane, writes: Writes) -> None:
    try:
        while lane.waiting:
            group, lane.waiting = lane.waiting[:MOST], lane.waiting[MOST:]
            await _group(group, writes)
    finally:
        del lanes[agency_id]
        for _, done in lane.waiting:
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
