"""One call of a plugin: enabled, within its budget, attempted again where that is safe, and recorded as evidence.

Permission is the caller's business, and so is not to hold a transaction of the database open around a call.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from core.kit import db
from core.kit.errors import Conflict, DomainError
from core.kit.events import emit
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.attempt import Asked, attempt
from core.plugin_host.evidence import Evidence, outcome_of
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import LoadedOffer, OfferKind
from core.plugin_host.peer import Service
from core.plugin_host.problems import HostFaultError, ProviderProblem
from core.plugin_host.runtime import Enabled, Lease
from core.plugin_host.settings import enabled_settings, tell
from core.plugin_host.spend import Permit, Spent, enabled_and_paid

TIMEOUT_S = 30.0
RETRIES = 2
"""How often a call with an idempotency key is attempted again, where an attempt certainly had no effect."""
_FIRST_WAIT_S, _MOST_WAIT_S = 0.25, 5.0
_POINTLESS = frozenset({"PROVIDER_PAUSED", "PLUGIN_BUSY"})
_dice = secrets.SystemRandom()

P = TypeVar("P")
T = TypeVar("T")


async def call(
    scope: Scope,
    kind: OfferKind[P],
    code: str,
    operation: str,
    func: Callable[[P], Awaitable[T]],
    *,
    answer: type[T] | tuple[type[Any], ...],
    check: Callable[[T], object] | None = None,
    service: Service | None = None,
    creditor_id: UUID | None = None,
    subject_id: UUID | None = None,
    timeout_s: float = TIMEOUT_S,
    retries: int = 0,
    paid: bool = False,
    permit: Permit | None = None,
) -> T:
    """Let `func` use the offer's provider of this agency, and record the call as evidence whatever becomes of it.

    The provider is in the plugin's process: what `func` calls of it goes there and comes back as JSON. `service` is
    what the plugin may ask for meanwhile. `answer` is the type that must come back and `check` may look closer: what
    it raises (ValueError, TypeError, AttributeError) makes the answer invalid. `retries` are attempts after one that
    certainly had no effect, within `timeout_s`. `paid`: the provider takes its price for it, and it counts in budgets;
    `permit` where that was asked and taken already, in the statement that recorded what is asked.

    Raises: NotFound (no such offer); Conflict (OFFER_NOT_ENABLED, BUDGET_EXCEEDED); ProviderProblem (its `outcome` says
    whether the call had an effect); a DomainError of the host passes through.
    """
    loaded = host.offer(kind, code)
    noted = Evidence(scope, loaded, operation, creditor_id, subject_id)
    slot = host.runtime().slot(code, scope.agency)
    permit = permit or await _permitted(noted, slot.enabled, paid=paid)
    asked = Asked(func, service, answer, check, time.monotonic() + timeout_s)
    return await _attempted(_Call(noted, permit.enabled, permit.spent, asked, retries))


async def _permitted(noted: Evidence, lease: Lease, *, paid: bool) -> Permit:
    """What is paid is asked of the database each time: a budget counts exactly."""
    if not paid:
        return Permit(await enabled_settings(noted.scope, noted.loaded, lease))
    try:
        return await enabled_and_paid(noted.scope, noted.loaded, noted.creditor_id)
    except Conflict as problem:
        if problem.code == "BUDGET_EXCEEDED":
            await noted.write(CallOutcome.FAILED, problem.code, time.monotonic())
        raise


@dataclass(frozen=True, slots=True)
class _Call:
    noted: Evidence
    enabled: Enabled
    spent: Spent | None
    asked: Asked
    retries: int

    async def write(self, outcome: CallOutcome, code: str | None, started: float, number: int, *, last: bool) -> None:
        await self.noted.write(outcome, code, started, attempt=number, spent=self.spent if last else None)


async def _attempted(this: _Call) -> Any:
    loaded, scope = this.noted.loaded, this.noted.scope
    slot, number = host.runtime().slot(loaded.code, scope.agency), 0
    while True:
        number, started = number + 1, time.monotonic()
        try:
            found = await attempt(slot, loaded, scope.agency, this.enabled, this.asked)
        except ProviderProblem as problem:
            wait = _wait(problem, number, this)
            await this.write(problem.outcome, problem.code, started, number, last=wait is None)
            if problem.code == "PROVIDER_AUTHENTICATION":
                await _switch_off(scope, loaded, this.enabled.version)
            if wait is None:
                raise
        except asyncio.CancelledError:
            await this.write(CallOutcome.UNKNOWN, "CANCELLED", started, number, last=True)
            raise
        except (DomainError, HostFaultError) as problem:
            code = problem.code if isinstance(problem, DomainError) else "HOST_FAULT"
            await this.write(CallOutcome.FAILED, code, started, number, last=True)
            raise
        else:
            await this.write(*outcome_of(found), started, number, last=True)
            return found
        await asyncio.sleep(wait)


def _wait(problem: ProviderProblem, number: int, this: _Call) -> float | None:
    """Seconds until the next attempt; None where there is none. What may have had an effect is not attempted again
    here: a reconciler asks later, and the other side is not pressed meanwhile."""
    effect = problem.outcome is not CallOutcome.FAILED
    if effect or not problem.retryable or problem.trips or problem.code in _POINTLESS or number > this.retries:
        return None
    wait = _FIRST_WAIT_S * 2.0 ** (number - 1) * _dice.uniform(0.75, 1.25)
    if problem.after is not None:
        wait = max(wait, problem.after.total_seconds())
    return wait if wait <= min(_MOST_WAIT_S, this.asked.left / 2) else None


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
            tell(tx)
    host.runtime().retire(loaded.code, scope.agency)
