"""Work that is not done at once. A job is a row, written in the transaction that asks for it.

The relay (recobro/relay.py) hands queued rows to arq; a worker claims the row, works, and marks it done in the same
transaction as the effect, so that an effect happens once whatever dies. Progress is visible while it runs.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from core.kit import db
from core.kit.db import Tx
from core.kit.errors import Conflict
from core.kit.ids import new_id
from core.kit.scope import Scope

NOTIFY_CHANNEL = "recobro_jobs"


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at one job, as its handler sees it."""

    job_id: UUID
    agency_id: UUID
    attempt: int
    scope: Scope
    payload: dict[str, Any]

    async def progress(self, done: int, total: int, note: str = "") -> None:
        """Show how far the work is. Committed at once, apart from the work itself; also tells that the job lives."""
        async with db.transaction(self.scope) as tx:
            await tx.execute(
                "UPDATE job SET progress_done = $3, progress_total = $4, progress_note = $5, heartbeat_at = now() "
                "WHERE agency_id = $1 AND id = $2 AND attempt = $6 AND state = 'RUNNING'",
                self.agency_id, self.job_id, done, total, note, self.attempt,
            )  # fmt: skip
            tx.at_commit("SELECT pg_notify('recobro_progress', $1)", f"{self.agency_id}:{self.job_id}")

    async def finish(self, tx: Tx, result: dict[str, Any] | None = None) -> None:
        """Mark the job done in the transaction of its effect.

        Raises: Conflict when another attempt has taken over meanwhile; the effect then rolls back.
        """
        changed = await tx.execute(
            "UPDATE job SET state = 'DONE', result = $3, finished_at = now(), heartbeat_at = now(), "
            "progress_done = GREATEST(progress_done, progress_total) "
            "WHERE agency_id = $1 AND id = $2 AND attempt = $4 AND state = 'RUNNING'",
            self.agency_id, self.job_id, result, self.attempt,
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise Conflict("Another attempt at this job has taken over.", code="JOB_TAKEN_OVER")
        tx.at_commit("SELECT pg_notify('recobro_progress', $1)", f"{self.agency_id}:{self.job_id}")


Handler = Callable[[Run], Awaitable[None]]
Failed = Callable[[Tx, Run, str, str], Awaitable[None]]
"""Told that a job failed for good, with code and message, in the transaction (and scope) in which it is marked so."""

_handlers: dict[str, Handler] = {}
_failed: dict[str, Failed] = {}
_modules: dict[str, str] = {}


def handler(name: str, *, failed: Failed | None = None) -> Callable[[Handler], Handler]:
    """Register the coroutine that does the jobs of a name (`placements.import`).

    `failed` ends what the job is about: it is called when nobody will try again, whoever died on the way.
    """

    def register(function: Handler) -> Handler:
        if _handlers.setdefault(name, function) is not function:
            raise ValueError(f"two handlers for the job '{name}'")
        if failed is not None:
            _failed[name] = failed
        return function

    return register


def on_demand(name: str, module: str) -> None:
    """Jobs of the name are done by a module that is imported when the first one comes: what reads files is a good part
    of a process's memory, and most never read one."""
    _modules[name] = module


def handler_of(name: str) -> Handler | None:
    """Who does the jobs of a name; those of `plugin:acme.nightly` are done by the handler of `plugin`."""
    _import(name)
    return _handlers.get(name) or _handlers.get(name.partition(":")[0])


def failed_of(name: str) -> Failed | None:
    _import(name)
    return _failed.get(name)


def _import(name: str) -> None:
    if name not in _handlers and name in _modules:
        import_module(_modules[name])


async def enqueue(
    tx: Tx,
    name: str,
    payload: dict[str, Any],
    *,
    subject_id: UUID | None = None,
    creditor_id: UUID | None = None,
    after: timedelta = timedelta(0),
    job_id: UUID | None = None,
) -> UUID:
    """Ask for a job in the running transaction; it exists if and only if the transaction commits.

    `subject_id` is the object that the job is about (a batch, a report run); `creditor_id` lets that creditor see it;
    it begins `after` some time. Asking twice with one `job_id` is asking once.
    """
    job_id = job_id or new_id()
    await tx.execute(
        "INSERT INTO job (agency_id, id, creditor_id, name, subject_id, payload, scope, not_before) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8) ON CONFLICT (agency_id, id) DO NOTHING",
        tx.scope.agency, job_id, creditor_id, name, subject_id, payload, tx.scope.to_json(), after,
    )  # fmt: skip
    tx.at_commit("SELECT pg_notify('recobro_jobs', '')")
    return job_id
