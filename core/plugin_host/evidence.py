"""What is kept of every call: who asked, for which creditor, through what, with which outcome, at which cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kit import clock, db
from core.kit.db import Tx
from core.kit.scope import Audience, Scope, system_scope
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.spend import GIVE_BACK, Spent
from core.plugin_host.turns import turn
from core.plugin_host.written_together import written
from recobro_sdk import Failed, Pending, Unknown


def outcome_of(found: object) -> tuple[CallOutcome, str | None]:
    """What an answer says of its own call."""
    if isinstance(found, Pending):
        return CallOutcome.PENDING, None
    if isinstance(found, Unknown):
        return CallOutcome.UNKNOWN, None
    if isinstance(found, Failed):
        return CallOutcome.FAILED, str(found.code)[:80]
    return CallOutcome.SETTLED, None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one call, and of each attempt at it."""

    scope: Scope
    loaded: LoadedOffer
    operation: str
    creditor_id: UUID | None
    subject_id: UUID | None

    async def write(
        self,
        outcome: CallOutcome,
        error_code: str | None,
        started: float,
        *,
        attempt: int = 1,
        spent: Spent | None = None,
    ) -> None:
        """One row. What was `spent` on a call that certainly had no effect is given back with it."""
        duration_ms = min(int((time.monotonic() - started) * 1000), 2**31 - 1)
        paid = None if outcome is CallOutcome.FAILED else spent
        row = self._row(outcome, error_code, duration_ms, attempt, paid)
        if spent is not None and outcome is CallOutcome.FAILED and spent.budgets:
            async with turn(), db.single(self.scope) as writer:
                await writer.fetch(
                    f"WITH back AS ({GIVE_BACK}) {_INSERT}", *row, spent.minor, spent.budgets, spent.periods
                )
        else:
            await written(row, _write)

    async def write_reused(self, tx: Tx) -> None:
        """That nobody was called, as an earlier answer was used again; in the transaction that uses it."""
        await tx.execute(_INSERT, *self._row(CallOutcome.CACHED, None, 0, 1, None))

    def _row(
        self, outcome: CallOutcome, error_code: str | None, duration_ms: int, attempt: int, paid: Spent | None
    ) -> tuple[Any, ...]:
        return (
            self.scope.agency, self.loaded.plugin, self.loaded.code, self.operation, self.creditor_id,
            self.subject_id, str(self.scope.actor), outcome.value, error_code, duration_ms, attempt,
            paid.minor if paid is not None else 0, paid.currency if paid is not None else None, clock.now(),
        )  # fmt: skip


_INTO = (
    "INSERT INTO plugin_call (agency_id, id, plugin, offer, operation, creditor_id, subject_id, actor, outcome, "
    "error_code, duration_ms, attempt, cost_minor, currency, called_at)"
)
_INSERT = f"{_INTO} VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
_INSERT_MANY = f"""
{_INTO}
SELECT t.agency_id, recobro_uuid7(), t.plugin, t.offer, t.operation, t.creditor_id, t.subject_id, t.actor, t.outcome,
  t.error_code, t.duration_ms, t.attempt, t.cost_minor, t.currency, t.called_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
    $10::int[], $11::smallint[], $12::bigint[], $13::text[], $14::timestamptz[])
  AS t (agency_id, plugin, offer, operation, creditor_id, subject_id, actor, outcome, error_code, duration_ms, attempt,
    cost_minor, currency, called_at)
"""  # noqa: S608 our own text
_WRITER = system_scope(Audience.RELAY, "plugins")


async def _write(rows: Sequence[tuple[Any, ...]]) -> None:
    """Each row with the agency of its call's scope. The relay may add rows of any, and neither read nor change one."""
    async with turn(), db.single(_WRITER) as writer:
        if len(rows) == 1:
            await writer.fetch(_INSERT, *rows[0])
        else:
            await writer.fetch(_INSERT_MANY, *zip(*rows, strict=True))
