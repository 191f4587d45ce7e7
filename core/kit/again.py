"""A use case that PostgreSQL broke off so that others could go on is done again: its caller never hears of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg

P = ParamSpec("P")
T = TypeVar("T")
TRIES, PAUSE_S = 6, 0.02
BROKEN_OFF = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def again(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """For a use case whose effect is one transaction, and nothing beside: it is rolled back whole, so that doing it
    again is doing it once. Waits longer each time, by chance, so that two do not meet again; the sixth time it raises.
    """

    @wraps(function)
    async def tried(*args: P.args, **kwargs: P.kwargs) -> Any:
        for attempt in range(1, TRIES):
            try:
                return await function(*args, **kwargs)
            except BROKEN_OFF:
                await asyncio.sleep(random.uniform(0, PAUSE_S * 2**attempt))  # noqa: S311 - not for secrets
        return await function(*args, **kwargs)

    return tried
