"""One attempt at a call: room in the bulkhead, breaker closed, within the deadline, an answer of the agreed shape."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from core.kit.errors import DomainError
from core.plugin_host import host
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.peer import PluginFaultError, Service
from core.plugin_host.problems import (
    HostFaultError,
    ProviderProblem,
    busy,
    faulty,
    invalid_answer,
    paused,
    timed_out,
    translated,
)
from core.plugin_host.remote import Remote
from core.plugin_host.runtime import Built, Enabled, Slot
from core.plugin_host.settings import build_from
from recobro_sdk import PluginError

log = structlog.get_logger("recobro.plugins")
GRACE_S = 1.0
"""How long a plugin has to stop when it is told to."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the plugin's task ended: with an answer, or with what went wrong."""

    answer: Any = None
    problem: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: `deadline` on the monotonic clock, the rest as `call` has it."""

    func: Callable[[Any], Awaitable[Any]]
    service: Service | None
    answer: type[Any] | tuple[type[Any], ...]
    check: Callable[[Any], object] | None
    deadline: float

    @property
    def left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


async def attempt(slot: Slot, loaded: LoadedOffer, agency_id: UUID, enabled: Enabled, asked: Asked) -> Any:
    """The answer to one attempt. Raises: ProviderProblem; a DomainError or HostFaultError of the host."""
    if slot.places.locked():
        try:
            async with asyncio.timeout(asked.left):
                await slot.places.acquire()
        except TimeoutError as problem:
            raise busy() from problem
    else:
        await slot.places.acquire()  # at once
    breaker = slot.begin(loaded, enabled.version)
    ticket = breaker.admit()
    if ticket is None:
        slot.places.release()
        raise paused()
    failed: bool | None = None
    try:
        built = await _built(slot, loaded, agency_id, enabled)
        found = await _run(slot, built, asked)
        _validate(found, asked.answer, asked.check)
        failed = False
        return found
    except ProviderProblem as problem:
        failed = problem.counts
        if problem.trips:
            breaker.trip()
        raise
    finally:
        breaker.record(ticket, failed)


async def _built(slot: Slot, loaded: LoadedOffer, agency_id: UUID, enabled: Enabled) -> Built:
    try:
        return await slot.built(loaded, enabled.version, lambda: build_from(loaded, agency_id, enabled))
    except BaseException:
        slot.places.release()
        raise


async def _run(slot: Slot, built: Built, asked: Asked) -> Any:
    """The call in a task of its own, so that it can be left behind where the plugin does not stop."""
    loop, tasks, remote = slot.loop, host.runtime().tasks, Remote(built.instance, asked.service)
    over: asyncio.Future[None] = loop.create_future()
    built.enter()
    task = loop.create_task(_guarded(asked.func, remote))
    tasks.add(task)

    def ended(_: object) -> None:
        tasks.discard(task)
        slot.places.release()
        built.leave()
        _wake(over)

    task.add_done_callback(ended)
    late = loop.call_later(asked.left, _wake, over)
    try:
        await over
    except asyncio.CancelledError:
        await _stop(task, built)
        raise
    finally:
        late.cancel()
    if not task.done():
        await _stop(task, built)
        raise timed_out()
    result = task.result()
    if result.problem is None:
        return result.answer
    raise _problem(result.problem, acted=remote.acted) from result.problem


def _wake(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


async def _guarded(func: Callable[[Any], Awaitable[Any]], provider: object) -> _Ended:
    try:
        return _Ended(answer=await func(provider))
    except BaseException as problem:  # kept for whoever waits, also where that one has given up
        return _Ended(problem=problem)


async def _stop(task: "asyncio.Task[Any]", built: Built) -> None:
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=GRACE_S)
    if not done:
        log.error("plugin does not stop", plugin=built.loaded.plugin, offer=built.loaded.code)


def _problem(error: BaseException, *, acted: bool) -> Exception:
    if isinstance(error, PluginError):
        return translated(error, acted=acted)
    if isinstance(error, DomainError | HostFaultError):
        return error
    if isinstance(error, PluginFaultError):
        return faulty()
    log.error("a plugin was called wrongly", problem=repr(error))
    return HostFaultError("a plugin was called wrongly")


def _validate(found: Any, answer: type[Any] | tuple[type[Any], ...], check: Callable[[Any], object] | None) -> None:
    if not isinstance(found, answer):
        raise invalid_answer()
    try:
        if check is not None:
            check(found)
    except (ValueError, TypeError, AttributeError) as problem:
        raise invalid_answer() from problem
