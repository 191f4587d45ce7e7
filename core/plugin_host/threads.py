"""Plain functions of plugins, in threads: quick by contract, and nothing but a thread holds them to it."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """The function's result, from a daemon thread of its own: one that hangs holds up neither a pool nor the exit.

    Told to stop once (its deadline is over), it goes on waiting, so that a call keeps its place in the bulkhead for as
    long as its thread lives; told again (the program ends), it gives up.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    done: asyncio.Future[T] = loop.create_future()

    def settle(answer: Any, problem: BaseException | None) -> None:
        if done.done():
            return
        if problem is None:
            done.set_result(answer)
        else:
            done.set_exception(problem)

    def work() -> None:
        answer: Any = None
        problem: BaseException | None = None
        try:
            answer = context.run(function, *args)
        except BaseException as error:  # whatever it is, it belongs to the caller and not to this thread
            problem = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer, problem)

    threading.Thread(target=work, name="plugin", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait({done})
        raise
