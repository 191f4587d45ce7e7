"""Record that a debtor repaid what was refunded to it, of a payment that then bounced."""

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
from core.ledger.balances import refund_owed_minor
from core.ledger.kinds import Account, PostingKind
from core.permissions import Permission

OPERATION = "repay_refund"
_POST = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
  effective_on, recorded_at, source_id, actor, reason)
VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepayRefund:
    """`amount` above 0 in the debt's currency came into the agency's own account on the legal day `repaid_on`;
    `reference` is what the bank calls it. `returned`: so much of what was repaid before went back."""

    debt_id: UUID
    amount: Money
    repaid_on: date
    reference: str
    idempotency_key: str
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRepaid:
    """`repayment_id` is the `source_id` of the posting; `owed` is what the debtor still owes of it now, also for a
    replay."""

    repayment_id: UUID
    debt_id: UUID
    owed: Money
    replayed: bool


@again
async def repay_refund(scope: Scope, command: RepayRefund) -> RefundRepaid:
    """Post that a debtor gave back a refund whose payment had bounced, once per idempotency key: the agency had laid it
    out, so it is the agency's own money, and nothing of the trust account or of the debt moves.

    Raises: Forbidden; NotFound (debt); InvalidInput (REPAYMENT_AMOUNT, CURRENCY_MISMATCH, INVALID_TEXT, REPAID_ON);
    Conflict (NOT_OWED: it is more than is owed, or was repaid; IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.PAYMENT_REVERSE)
    reference = require_text(command.reference, "reference", 120)
    key = require_text(command.idempotency_key, "idempotency_key")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        repayment_id = new_id()
        used = await take_key(tx, OPERATION, key, fingerprint, repayment_id)
        if used is None:
            await _repay(tx, command, debt, repayment_id, reference)
        owed, _ = await refund_owed_minor(tx, command.debt_id, debt["currency"])
    return RefundRepaid(
        repayment_id=used or repayment_id,
        debt_id=command.debt_id,
        owed=Money(owed, debt["currency"]),
        replayed=used is not None,
    )


async def _repay(tx: Tx, command: RepayRefund, debt: Row, repayment_id: UUID, reference: str) -> None:
    owed, repaid = await refund_owed_minor(tx, command.debt_id, debt["currency"])
    _check(command, debt, repaid if command.returned else owed)
    minor, ends = command.amount.minor_units, [Account.OPERATING_BANK.value, Account.NSF_RECEIVABLE.value]
    if command.returned:
        ends.reverse()
    await tx.execute(
        _POST, tx.scope.agency, debt["creditor_id"], command.debt_id, PostingKind.REFUND.value, *ends,
        debt["currency"], minor, command.repaid_on, tx.now, repayment_id, str(tx.scope.actor), reference,
    )  # fmt: skip
    data = {
        "repayment_id": str(repayment_id),
        "amount_minor": minor,
        "currency": debt["currency"],
        "repaid_on": command.repaid_on.isoformat(),
        "returned": command.returned,
        "reference": reference,
        "owed_minor": owed + (minor if command.returned else -minor),
    }
    await emit(tx, "payment.refund_repaid", command.debt_id, data, creditor_id=debt["creditor_id"])


def _check(command: RepayRefund, debt: Row, most: int) -> None:
    currency, minor = debt["currency"], command.amount.minor_units
    if minor <= 0:
        raise InvalidInput(
            "A repayment is of a positive amount.", code="REPAYMENT_AMOUNT", field="amount",
            remedy="Give an amount above zero; what went back is `returned`.",
        )  # fmt: skip
    if command.amount.currency != currency:
        raise InvalidInput(
            f"The debt is in {currency}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {currency}.",
        )  # fmt: skip
    today = clock.today(debt["timezone"])
    if not debt["opened_on"] <= command.repaid_on <= today:
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="REPAID_ON", field="repaid_on",
            remedy=f"Give a day from {debt['opened_on']} to {today}.",
        )  # fmt: skip
    if minor > most:
        what = "was repaid" if command.returned else "is owed"
        raise Conflict(
            f"{Money(most, currency).formatted()} {what} of refunds of this debt whose payment bounced.",
            code="NOT_OWED", field="amount", remedy="Give that much at most; the rest is a payment of the debt.",
        )  # fmt: skip
