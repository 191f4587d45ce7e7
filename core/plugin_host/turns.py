"""Turns at the database: however many calls of plugins begin or end at once, they leave the pool to everybody else."""

import asyncio

AT_ONCE = 4
"""Of the connections of a process (RECOBRO_POOL_SIZE, 10 unless set), as many as calls of plugins take at once."""
_places: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None


def turn() -> asyncio.Semaphore:
    """To be held (`async with`) around one statement."""
    global _places
    loop = asyncio.get_running_loop()
    if _places is None or _places[0] is not loop:
        _places = (loop, asyncio.Semaphore(AT_ONCE))
    return _places[1]
