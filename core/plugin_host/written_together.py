"""Rows of evidence, written together where calls of an agency end together: a statement and a commit for all of them.

Who comes while a row of the agency is being written waits for that, and then goes with all who came meanwhile. Nobody
goes on before his row is durable, and nobody waits for others to come.
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
    """The rows of one agency that wait while others of it are written."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self.task: asyncio.Task[None] | None = None


_lanes: tuple[asyncio.AbstractEventLoop, dict[UUID, _Lane]] | None = None


async def written(agency_id: UUID, row: Row, writes: Writes) -> None:
    """Write a row by `writes`, alone or with others of the agency. Returns when it is durable; a caller who is
    cancelled while others write leaves it to them. Raises: what `writes` raises for it."""
    lanes = _of(asyncio.get_running_loop())
    lane = lanes.get(agency_id)
    if lane is not None:
        done = asyncio.get_running_loop().create_future()
        lane.waiting.append((row, done))
        return await done
    lane = lanes[agency_id] = _Lane()
    try:
        await writes([row])
    finally:
        if lane.waiting:
            lane.task = asyncio.create_task(_rest(lanes, agency_id, lane, writes))
        else:
            del lanes[agency_id]
    return None


def _of(loop: asyncio.AbstractEventLoop) -> dict[UUID, _Lane]:
    global _lanes
    if _lanes is None or _lanes[0] is not loop:
        _lanes = (loop, {})
    return _lanes[1]


async def _rest(lanes: dict[UUID, _Lane], agency_id: UUID, lane: _Lane, writes: Writes) -> None:
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
