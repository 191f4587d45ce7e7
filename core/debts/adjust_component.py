"""Correct the balance of one component: a charge forgotten, a discount granted, a mistake of the file."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.lock import lock_debt, require_active, require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission

OPERATION = "debt.adjust"
MAX_MINOR = 10**17


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustComponent:
    """`delta` is added to the component's balance: negative to lower it. `effective_on` is the legal day in the
    mandate's time zone."""

    debt_id: UUID
    component_id: UUID
    delta: Money
    effective_on: date
    reason: str
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentAdjusted:
    """`adjustment_id` is the `source_id` of the movement. Balances are as they stand now, also for a replay."""

    adjustment_id: UUID
    debt_id: UUID
    component_id: UUID
    component_balance: Money
    debt_balance: Money
    replayed: bool


@again
async def adjust_component(scope: Scope, command: AdjustComponent) -> ComponentAdjusted:
    """Adjust one component with a reason, once per idempotency key. A balance of 0 does not close a debt: nobody paid.

    Raises: Forbidden; NotFound (debt, component); InvalidInput (ADJUSTMENT_AMOUNT, CURRENCY_MISMATCH, INVALID_TEXT,
    EFFECTIVE_ON); Conflict (BALANCE_TOO_SMALL, DEBT_CLOSED, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WORK)
    agency_id, reason = scope.agency, require_text(command.reason, "reason")
    key = require_text(command.idempotency_key, "idempotency_key")
    if not 0 < abs(command.delta.minor_units) <= MAX_MINOR:
        raise InvalidInput("An adjustment changes the balance.", code="ADJUSTMENT_AMOUNT", field="delta")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        component = await tx.fetchrow(
            "SELECT id, balance_minor FROM debt_component WHERE agency_id = $1 AND debt_id = $2 AND id = $3",
            agency_id, command.debt_id, command.component_id,
        )  # fmt: skip
        if component is None:
            raise not_found("component", "component_id")
        adjustment_id = new_id()
        used = await take_key(tx, OPERATION, key, fingerprint, adjustment_id)
        if used is not None:
            return _answer(command, used, debt["balance_minor"], component["balance_minor"], replayed=True)
        _check_against(command, debt, component)
        await _write(tx, command, debt, adjustment_id, reason)
        delta = command.delta.minor_units
        return _answer(
            command, adjustment_id, debt["balance_minor"] + delta, component["balance_minor"] + delta, replayed=False
        )


def _check_against(command: AdjustComponent, debt: Row, component: Row) -> None:
    require_active(debt)
    if command.delta.currency != debt["currency"]:
        raise InvalidInput(
            f"The debt is in {debt['currency']}.", code="CURRENCY_MISMATCH", field="delta",
            remedy=f"Give the amount in {debt['currency']}.",
        )  # fmt: skip
    if not debt["opened_on"] <= command.effective_on <= clock.today(debt["timezone"]):
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="EFFECTIVE_ON", field="effective_on",
            remedy=f"Give a day from {debt['opened_on']} to today.",
        )  # fmt: skip
    if component["balance_minor"] + command.delta.minor_units < 0:
        raise Conflict(
            "The component owes less than that.", code="BALANCE_TOO_SMALL", field="delta",
            remedy="Lower it by its balance at most.",
        )  # fmt: skip


async def _write(tx: Tx, command: AdjustComponent, debt: Row, adjustment_id: UUID, reason: str) -> None:
    await tx.execute(
        """
        WITH adjusted AS (
          UPDATE debt_component SET balance_minor = balance_minor + $4 WHERE agency_id = $1 AND id = $3 RETURNING id
        ), moved AS (
          INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
            delta_minor, source_id, actor, reason)
          SELECT $1, recobro_uuid7(), $5, $2, id, 'ADJUSTMENT', $6, $7, $4, $8, $9, $10 FROM adjusted
        )
        UPDATE debt d SET balance_minor = d.balance_minor + $4, updated_at = $7,
          due_on = (SELECT min(c.due_on) FROM debt_component c WHERE c.agency_id = $1 AND c.debt_id = $2
                    AND c.balance_minor + CASE WHEN c.id = $3 THEN $4 ELSE 0 END > 0)
        WHERE d.agency_id = $1 AND d.id = $2
        """,
        tx.scope.agency, command.debt_id, command.component_id, command.delta.minor_units, debt["creditor_id"],
        command.effective_on, tx.now, adjustment_id, str(tx.scope.actor), reason,
    )  # fmt: skip
    data = {
        "adjustment_id": str(adjustment_id),
        "component_id": str(command.component_id),
        "delta_minor": command.delta.minor_units,
        "currency": command.delta.currency,
        "effective_on": command.effective_on.isoformat(),
        "reason": reason,
    }
    await emit(tx, "debt.adjusted", command.debt_id, data, creditor_id=debt["creditor_id"])


def _answer(
    command: AdjustComponent, adjustment_id: UUID, debt_minor: int, component_minor: int, *, replayed: bool
) -> ComponentAdjusted:
    return ComponentAdjusted(
        adjustment_id=adjustment_id,
        debt_id=command.debt_id,
        component_id=command.component_id,
        component_balance=Money(component_minor, command.delta.currency),
        debt_balance=Money(debt_minor, command.delta.currency),
        replayed=replayed,
    )
