"""Runs a scenario in a loop of its own that ends, whatever a plugin leaves in it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

R = TypeVar("R")

GRACE_S: Final = 0.3
"""How long something may take to stop when it is told to."""


def run_bounded(body: Coroutine[Any, Any, R], patience_s: float) -> R:
    """Run to the end, or fail after `patience_s`: a plugin that waits for ever must not take the tests with it."""
    loop = asyncio.new_event_loop()
    pool = ThreadPoolExecutor(4, thread_name_prefix="kit")
    loop.set_default_executor(pool)
    try:
        return loop.run_until_complete(_bounded(body, patience_s))
    finally:
        loop.run_until_complete(_swept())
        loop.run_until_complete(loop.shutdown_asyncgens())
        pool.shutdown(wait=False, cancel_futures=True)
        loop.close()


async def _bounded(body: Coroutine[Any, Any, R], patience_s: float) -> R:
    task = asyncio.create_task(body)
    done, _ = await asyncio.wait({task}, timeout=patience_s)
    if not done:
        task.cancel()
        await asyncio.wait({task}, timeout=GRACE_S)
        raise AssertionError(f"the plugin did not end within {patience_s:g} s")
    return task.result()


async def _swept() -> None:
    for _ in range(3):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=GRACE_S / 3)


async def tasks_left(before: set[asyncio.Task[Any]]) -> list[str]:
    """Names of coroutines that run on although their service is closed, after a moment to stop."""
    for _ in range(10):
        if not _new_tasks(before):
            return []
        await asyncio.sleep(GRACE_S / 10)
    return sorted(getattr(task.get_coro(), "__qualname__", "a task") for task in _new_tasks(before))


def _new_tasks(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task() and task not in before}


def threads_left(before: set[threading.Thread]) -> list[str]:
    """Names of threads that run on although the loop is closed, after a moment to stop."""
    ends = time.monotonic() + 2 * GRACE_S
    while (left := _new_threads(before)) and time.monotonic() < ends:
        time.sleep(GRACE_S / 10)
    return left


def _new_threads(before: set[threading.Thread]) -> list[str]:
    # The kit's own: its loop's helpers and its server.
    started = (one.name for one in threading.enumerate() if one not in before)
    return sorted(name for name in started if not name.startswith("kit"))
