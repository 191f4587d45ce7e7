"""One call of a plugin: enabled, room in the bulkhead, breaker closed, deadline, answer of the agreed shape, evidence.

Permission is the caller's business, and so is not to hold a transaction of the database open around a call.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import structlog

from core.kit import db
from core.kit.errors import DomainError
from core.kit.events import emit
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.egress import Trace, trace
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import LoadedOffer, OfferKind
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
from core.plugin_host.runtime import Built, Slot
from core.plugin_host.settings import build_from, enabled_settings
from recobro_sdk import Failed, Pending, PluginError, Unknown

log = structlog.get_logger("recobro.plugins")
TIMEOUT_S = 30.0
GRACE_S = 1.0
"""How long a plugin has to stop when it is told to."""

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the plugin's task ended: with an answer, or with what went wrong."""

    answer: Any = None
    problem: BaseException | None = None


async def call(
    scope: Scope,
    kind: OfferKind[P],
    code: str,
    operation: str,
    func: Callable[[P], Awaitable[T]],
    *,
    answer: type[T] | tuple[type[Any], ...],
    check: Callable[[T], object] | None = None,
    creditor_id: UUID | None = None,
    subject_id: UUID | None = None,
    timeout_s: float = TIMEOUT_S,
) -> T:
    """Let `func` use the offer's provider of this agency, and record the call as evidence whatever becomes of it.

    `answer` is the type that must come back and `check` may look closer: what it raises (ValueError, TypeError,
    AttributeError) makes the answer invalid. Raises: NotFound (no such offer); Conflict (OFFER_NOT_ENABLED);
    ProviderProblem (its `outcome` says whether the call had an effect); a DomainError of the host passes through.
    """
    loaded = host.offer(kind, code)
    enabled = await enabled_settings(scope, loaded)
    slot = host.runtime().slot(code, scope.agency)
    started, noted = time.monotonic(), _Evidence(scope, loaded, operation, creditor_id, subject_id)
    try:
        built = slot.built(loaded, enabled.version, lambda: build_from(loaded, scope.agency, enabled))
        found: T = await _admitted(slot, built, func, answer, check, timeout_s)
    except ProviderProblem as problem:
        await noted.write(problem.outcome, problem.code, started)
        if problem.code == "PROVIDER_AUTHENTICATION":
            await _switch_off(scope, loaded, enabled.version)
        raise
    except asyncio.CancelledError:
        await noted.write(CallOutcome.UNKNOWN, "CANCELLED", started)
        raise
    except (DomainError, HostFaultError) as problem:
        await noted.write(
            CallOutcome.FAILED, problem.code if isinstance(problem, DomainError) else "HOST_FAULT", started
        )
        raise
    await noted.write(*_outcome(found), started)
    return found


async def _admitted(
    slot: Slot,
    built: Built,
    func: Callable[[Any], Awaitable[T]],
    answer: type[T] | tuple[type[Any], ...],
    check: Callable[[T], object] | None,
    timeout_s: float,
) -> T:
    deadline = time.monotonic() + timeout_s
    try:
        async with asyncio.timeout(timeout_s):
            await slot.places.acquire()
    except TimeoutError as problem:
        raise busy() from problem
    breaker = slot.breaker
    ticket = breaker.admit()
    if ticket is None:
        slot.places.release()
        raise paused()
    failed: bool | None = None
    try:
        found = await _run(slot, built, func, deadline)
        _validate(found, answer, check)
        failed = False
        return found
    except ProviderProblem as problem:
        failed = problem.counts
        raise
    finally:
        breaker.record(ticket, failed)


async def _run(slot: Slot, built: Built, func: Callable[[Any], Awaitable[T]], deadline: float) -> T:
    """The plugin's work in a task of its own, so that it can be left behind where it does not stop."""
    moved, context = Trace(), copy_context()
    context.run(trace.set, moved)
    built.enter()
    task = asyncio.get_running_loop().create_task(_guarded(func, built.provider), context=context)
    host.runtime().tasks.add(task)

    def ended(_: object) -> None:
        host.runtime().tasks.discard(task)
        slot.places.release()
        built.leave()

    task.add_done_callback(ended)
    try:
        done, _ = await asyncio.wait({task}, timeout=max(0.0, deadline - time.monotonic()))
    except asyncio.CancelledError:
        await _stop(task, built)
        raise
    if not done:
        await _stop(task, built)
        raise timed_out()
    result = task.result()
    if result.problem is None:
        return result.answer
    raise _problem(result.problem, built, acted=moved.acted) from result.problem


async def _guarded(func: Callable[[Any], Awaitable[T]], provider: object) -> _Ended:
    try:
        return _Ended(answer=await func(provider))
    except BaseException as problem:  # SystemExit out of a task would end the program
        return _Ended(problem=problem)


async def _stop(task: "asyncio.Task[Any]", built: Built) -> None:
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=GRACE_S)
    if not done:
        log.error("plugin does not stop", plugin=built.loaded.plugin, offer=built.loaded.code)


def _problem(error: BaseException, built: Built, *, acted: bool) -> Exception:
    if isinstance(error, PluginError):
        return translated(error, acted=acted)
    if isinstance(error, DomainError | HostFaultError):
        return error
    # Its text may hold anything of anybody, so only where it happened is logged.
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else ""
    log.error("plugin failed", plugin=built.loaded.plugin, offer=built.loaded.code, kind=type(error).__name__, at=place)
    return faulty()


def _validate(found: Any, answer: type[Any] | tuple[type[Any], ...], check: Callable[[Any], object] | None) -> None:
    if not isinstance(found, answer):
        raise invalid_answer()
    try:
        if check is not None:
            check(found)
    except (ValueError, TypeError, AttributeError) as problem:
        raise invalid_answer() from problem


def _outcome(found: object) -> tuple[CallOutcome, str | None]:
    if isinstance(found, Pending):
        return CallOutcome.PENDING, None
    if isinstance(found, Unknown):
        return CallOutcome.UNKNOWN, None
    if isinstance(found, Failed):
        return CallOutcome.FAILED, str(found.code)[:80]
    return CallOutcome.SETTLED, None


@dataclass(frozen=True, slots=True)
class _Evidence:
    scope: Scope
    loaded: LoadedOffer
    operation: str
    creditor_id: UUID | None
    subject_id: UUID | None

    async def write(self, outcome: CallOutcome, error_code: str | None, started: float) -> None:
        duration_ms = min(int((time.monotonic() - started) * 1000), 2**31 - 1)
        async with db.transaction(self.scope) as tx:
            await tx.execute(
                "INSERT INTO plugin_call (agency_id, id, plugin, offer, operation, creditor_id, subject_id, actor, "
                "outcome, error_code, duration_ms, called_at) "
                "VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                self.scope.agency, self.loaded.plugin, self.loaded.code, self.operation, self.creditor_id,
                self.subject_id, str(self.scope.actor), outcome.value, error_code, duration_ms, tx.now,
            )  # fmt: skip


async def _switch_off(scope: Scope, loaded: LoadedOffer, version: int) -> None:
    """The agency's credentials are refused: disabled until an administrator corrects them, unless somebody just did."""
    async with db.transaction(scope) as tx:
        setting_id = await tx.fetchval(
            "UPDATE plugin_setting SET enabled = false, updated_at = $4 "
            "WHERE agency_id = $1 AND offer = $2 AND version = $3 AND enabled RETURNING id",
            scope.agency, loaded.code, version, tx.now,
        )  # fmt: skip
        if setting_id is not None:
            data = {"plugin": loaded.plugin, "offer": loaded.code, "reason": "PROVIDER_AUTHENTICATION"}
            await emit(tx, "plugin.disabled", setting_id, data)
    host.runtime().retire(loaded.code, scope.agency)
