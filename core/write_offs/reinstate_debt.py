"""Take a debt that was written off back into the books, to collect it again."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.kinds import ClosedReason
from core.debts.lock import lock_debt, require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission

OPERATION = "debt.reinstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateDebt:
    """`reason` stands in the history of the balance. `idempotency_key` is the caller's own, where it has one."""

    debt_id: UUID
    reason: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtReinstated:
    """`reinstatement_id` is the `source_id` of the movements; `balance` is as it stands now, also for a replay."""

    reinstatement_id: UUID
    debt_id: UUID
    balance: Money
    replayed: bool


@again
async def reinstate_debt(scope: Scope, command: ReinstateDebt) -> DebtReinstated:
    """Undo what is left of a write-off: each component owes again what was not recovered of it, and the debt is active.
    It bears interest from today on; for the days between there is none.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_TEXT); Conflict (NOT_WRITTEN_OFF, NOTHING_WRITTEN_OFF,
    IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WRITE_OFF)
    reason = require_text(command.reason, "reason")
    reinstatement_id = new_id()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        used = await _take_key(tx, command, reinstatement_id)
        if used is None:
            _check_against(debt)
            await _write(tx, debt, reinstatement_id, reason)
    balance = debt["written_off_minor"] if used is None else debt["balance_minor"]
    return DebtReinstated(
        reinstatement_id=used or reinstatement_id,
        debt_id=command.debt_id,
        balance=Money(balance, debt["currency"]),
        replayed=used is not None,
    )


async def _take_key(tx: Tx, command: ReinstateDebt, reinstatement_id: UUID) -> UUID | None:
    if command.idempotency_key is None:
        return None
    key = require_text(command.idempotency_key, "idempotency_key")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    return await take_key(tx, OPERATION, key, fingerprint, reinstatement_id)


def _check_against(debt: Row) -> None:
    if debt["closed_reason"] != ClosedReason.WRITTEN_OFF:
        raise Conflict(
            "The debt is not written off.", code="NOT_WRITTEN_OFF", field="debt_id", remedy="Nothing is left to do."
        )
    if not debt["written_off_minor"]:
        raise Conflict(
            "All that was written off has been recovered.", code="NOTHING_WRITTEN_OFF", field="debt_id",
            remedy="Nothing is left to collect.",
        )  # fmt: skip


_REINSTATE = """
WITH part AS (
  UPDATE debt_component SET balance_minor = written_off_minor, written_off_minor = 0
  WHERE agency_id = $1 AND debt_id = $2 AND written_off_minor > 0 RETURNING id, due_on, balance_minor
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), $3, $2, id, 'WRITE_OFF', $4, $5, balance_minor, $6, $7, $8 FROM part
)
UPDATE debt SET balance_minor = written_off_minor, written_off_minor = 0, due_on = (SELECT min(due_on) FROM part),
  status = 'ACTIVE', closed_reason = NULL, closed_on = NULL, updated_at = $5
WHERE agency_id = $1 AND id = $2
"""


async def _write(tx: Tx, debt: Row, reinstatement_id: UUID, reason: str) -> None:
    today = clock.today(debt["timezone"])
    await tx.execute(
        _REINSTATE, tx.scope.agency, debt["id"], debt["creditor_id"], today, tx.now, reinstatement_id,
        str(tx.scope.actor), reason,
    )  # fmt: skip
    data = {
        "reinstatement_id": str(reinstatement_id),
        "amount_minor": debt["written_off_minor"],
        "currency": debt["currency"],
        "reinstated_on": today.isoformat(),
        "reason": reason,
    }
    await emit(tx, "debt.reinstated", debt["id"], data, creditor_id=debt["creditor_id"])
