"""Give a debtor back what was paid too much."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.lock import lock_debt, require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.balances import surplus_minor
from core.permissions import Permission

OPERATION = "refund_surplus"
_UNCLEARED = """
SELECT COALESCE(sum(unapplied_minor), 0)::bigint FROM payment
WHERE agency_id = $1 AND debt_id = $2 AND status = 'PENDING' AND received_by = 'AGENCY'
"""
_POST = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
  effective_on, recorded_at, source_id, actor, reason)
VALUES ($1, recobro_uuid7(), $2, $3, 'REFUND', 'UNAPPLIED', 'TRUST_BANK', $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSurplus:
    """`amount` above 0 in the debt's currency; `refunded_on` is the legal day on which the money leaves."""

    debt_id: UUID
    amount: Money
    refunded_on: date
    reason: str
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusRefunded:
    """`refund_id` is the `source_id` of the posting; `surplus` is what is left now, also for a replay."""

    refund_id: UUID
    debt_id: UUID
    surplus: Money
    replayed: bool


@again
async def refund_surplus(scope: Scope, command: RefundSurplus) -> SurplusRefunded:
    """Pay back money of a debt that no component could take, once per idempotency key. Only what has cleared.

    Raises: Forbidden; NotFound (debt); InvalidInput (REFUND_AMOUNT, CURRENCY_MISMATCH, INVALID_TEXT, REFUNDED_ON);
    Conflict (SURPLUS_TOO_SMALL, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.PAYMENT_REVERSE)
    reason, key = require_text(command.reason, "reason"), require_text(command.idempotency_key, "idempotency_key")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        refund_id = new_id()
        used = await take_key(tx, OPERATION, key, fingerprint, refund_id)
        if used is None:
            await _refund(tx, command, debt, refund_id, reason)
        left = await surplus_minor(tx, command.debt_id, debt["currency"])
    return SurplusRefunded(
        refund_id=used or refund_id,
        debt_id=command.debt_id,
        surplus=Money(left, debt["currency"]),
        replayed=used is not None,
    )


async def _refund(tx: Tx, command: RefundSurplus, debt: Row, refund_id: UUID, reason: str) -> None:
    currency, minor = debt["currency"], command.amount.minor_units
    if minor <= 0:
        raise InvalidInput(
            "A refund is of a positive amount.", code="REFUND_AMOUNT", field="amount",
            remedy="Give an amount above zero.",
        )  # fmt: skip
    if command.amount.currency != currency:
        raise InvalidInput(
            f"The debt is in {currency}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {currency}.",
        )  # fmt: skip
    if not debt["opened_on"] <= command.refunded_on <= clock.today(debt["timezone"]):
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="REFUNDED_ON", field="refunded_on",
            remedy=f"Give a day from {debt['opened_on']} to today.",
        )  # fmt: skip
    agency_id = tx.scope.agency
    free = await surplus_minor(tx, command.debt_id, currency)
    free -= await tx.fetchval(_UNCLEARED, agency_id, command.debt_id)
    if minor > free:
        raise Conflict(
            f"The surplus of this debt that has cleared is {Money(free, currency).formatted()}.",
            code="SURPLUS_TOO_SMALL", field="amount", remedy="Give back that much at most.",
        )  # fmt: skip
    await tx.execute(
        _POST, agency_id, debt["creditor_id"], command.debt_id, currency, minor, command.refunded_on, tx.now,
        refund_id, str(tx.scope.actor), reason,
    )  # fmt: skip
    data = {
        "refund_id": str(refund_id),
        "amount_minor": minor,
        "currency": currency,
        "refunded_on": command.refunded_on.isoformat(),
        "reason": reason,
    }
    await emit(tx, "payment.refunded", command.debt_id, data, creditor_id=debt["creditor_id"])
