"""Give up a debt in the books: nobody expects it to be paid any more."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.lock import lock_debt, require_active, require_text
from core.interest.accrue_interest import accrue_interest
from core.kit import clock, db, events
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission
from core.write_offs.write_off_sql import write_off

OPERATION = "debt.write_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffDebt:
    """`reason` stands in the history of the balance. `idempotency_key` is the caller's own, where it has one."""

    debt_id: UUID
    reason: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtWrittenOff:
    """`write_off_id` is the `source_id` of the movements. `written_off` is what of it is written off now, also for a
    replay; `closed_on` the legal day in the mandate's zone, None where the debt was reinstated since."""

    write_off_id: UUID
    debt_id: UUID
    written_off: Money
    closed_on: date | None
    replayed: bool


@again
async def write_off_debt(scope: Scope, command: WriteOffDebt) -> DebtWrittenOff:
    """Write off what a debt owes, with its interest to today, and close it as WRITTEN_OFF. It bears no interest then.

    Money that comes for it later is a recovery (core/payments/write_payment.py); `reinstate_debt` is the way back.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_TEXT); Conflict (DEBT_CLOSED, NOTHING_OWED,
    IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WRITE_OFF)
    reason = require_text(command.reason, "reason")
    write_off_id = new_id()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        used = await _take_key(tx, command, write_off_id)
        if used is None:
            require_active(debt)
            debt = await _write(tx, debt, write_off_id, reason)
    events.tell()
    written_off = debt["closed_reason"] == "WRITTEN_OFF"
    return DebtWrittenOff(
        write_off_id=used or write_off_id,
        debt_id=command.debt_id,
        written_off=Money(debt["written_off_minor"], debt["currency"]),
        closed_on=debt["closed_on"] if written_off else None,
        replayed=used is not None,
    )


async def _take_key(tx: Tx, command: WriteOffDebt, write_off_id: UUID) -> UUID | None:
    if command.idempotency_key is None:
        return None
    key = require_text(command.idempotency_key, "idempotency_key")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    return await take_key(tx, OPERATION, key, fingerprint, write_off_id)


async def _write(tx: Tx, debt: Row, write_off_id: UUID, reason: str) -> Row:
    await accrue_interest(tx, debt["id"], clock.today(debt["timezone"]))
    if not await write_off(tx, [debt["id"]], write_off_id, reason):
        raise Conflict(
            "The debt owes nothing.", code="NOTHING_OWED", field="debt_id", remedy="Nothing is left to write off."
        )
    return await lock_debt(tx, debt["id"])
