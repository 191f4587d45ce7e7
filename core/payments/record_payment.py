"""Record money that came in for a debt, once per idempotency key."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from core.agreements.pay_promises import pay_promises
from core.debts.kinds import ClosedReason, ComponentKind, DebtStatus, Stage
from core.debts.reprocessing import ask_to_reprocess
from core.interest.accrue_interest import Accrued, accrue_interest, reaccrue
from core.kit import clock, db, events
from core.kit.again import again
from core.kit.db import Row, Single, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.money import Money
from core.kit.scope import Scope
from core.mandates.allocation import check_purpose, policy_of
from core.payments.commands import PaymentRecorded, PaymentWarning, RecordPayment, warning_of
from core.payments.rules import AllocatedPart, Allocation, allocate
from core.payments.write_payment import READ, component_of, write
from core.permissions import Permission

__all__ = ["PaymentRecorded", "PaymentWarning", "RecordPayment", "record_payment"]

MAX_MINOR = 10**17
_TAKES_MONEY = (ClosedReason.PAID, ClosedReason.SETTLED, ClosedReason.WRITTEN_OFF)


async def record_payment(
    scope: Scope, command: RecordPayment, *, from_unidentified: bool = False, held: bool = False
) -> PaymentRecorded:
    """Record a payment and allocate it to the debt's components in the order of the mandate.

    `from_unidentified`: the money is in the trust account already, and now it is known what it is for. It has cleared.
    `held`: somebody (a law firm) has it for the agency. The debtor has paid; it stays PENDING, and so is neither
    remitted nor earns a commission, until it is told to be here (core/legal/arrive_money.py).

    Money beyond the balance stays unapplied (OVERPAYMENT); so does all of it where the debt is already PAID or SETTLED:
    it did arrive. Of a debt that is written off it is a recovery: what it pays is no longer written off. A debt closed
    for another reason (recalled, sold, …) takes no money here. Where the mandate's policy
    says `reprocess`, a payment that is dated before others, or before a charge, has all of them split anew. A debt that
    bears interest gets it up to the day of the payment first; one that comes late has the interest of later days
    computed again, and the difference posted as one correction.

    Raises: Forbidden; NotFound (debt); InvalidInput (PAYMENT_AMOUNT, CURRENCY_MISMATCH, PAID_ON_IN_FUTURE,
    PAID_ON_BEFORE_DEBT, INVALID_TEXT, INVALID_PURPOSE, UNKNOWN_DESIGNATION); Conflict (IDEMPOTENCY_KEY_REUSED,
    DEBT_CLOSED).
    """
    scope.require(Permission.PAYMENT_RECORD)
    _check_form(command)
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    for _ in range(_TRIES):
        async with db.single(scope) as single:
            rows = await _read(single, scope, command)
            if rows[0]["payment_id"] is not None:
                return _replay(command, fingerprint, rows[0])
            _check_against(command, rows[0])
            if rows[0]["bears_interest"] or rows[0]["promised"] or _reprocesses(rows[0]):
                break
            split = _split(command, rows)
            recorded = await write(
                single, scope, command, fingerprint, rows, split, from_unidentified=from_unidentified, held=held
            )
        if recorded is not None:
            events.tell()
            return recorded
    recorded = await _in_one_transaction(scope, command, fingerprint, from_unidentified=from_unidentified, held=held)
    events.tell()
    return recorded


_TRIES = 3
"""How often a payment is tried without waiting for whoever else changes the debt: two statements, what the debt is, and
then everything that is written, if it is still that."""


@again
async def _in_one_transaction(
    scope: Scope, command: RecordPayment, fingerprint: str, *, from_unidentified: bool, held: bool
) -> PaymentRecorded:
    """With the debt held, and with what else follows: interest up to the day, and what a late payment changes."""
    async with db.transaction(scope) as tx:
        await tx.fetchval(_WAIT, scope.agency, command.debt_id)
        rows = await _read(tx, scope, command)
        debt = rows[0]
        if debt["payment_id"] is not None:
            return _replay(command, fingerprint, debt)
        _check_against(command, debt)
        accrued = await accrue_interest(tx, command.debt_id, command.paid_on) if debt["bears_interest"] else None
        if accrued is not None:
            rows = await _read(tx, scope, command)
        split = _split(command, rows, accrued)
        recorded = await write(
            tx, scope, command, fingerprint, rows, split, from_unidentified=from_unidentified, held=held
        )
        if recorded is None:
            # The debt is held: somebody else has used the key meanwhile, for another one.
            return _replay(command, fingerprint, (await _read(tx, scope, command))[0])
        if debt["promised"]:
            await pay_promises(tx, [(recorded.payment_id, command.debt_id)])
        if await _before_others(tx, command, debt):
            await ask_to_reprocess(tx, command.debt_id, command.paid_on, "an earlier payment")
        if accrued is not None and command.paid_on < accrued.accrued_to:
            cause = f"payment of {command.paid_on}, recorded on {clock.today(debt['timezone'])}"
            if await reaccrue(tx, command.debt_id, command.paid_on, cause):
                recorded = replace(recorded, debt=None)
        return recorded


async def _read(single: Single, scope: Scope, command: RecordPayment) -> list[Row]:
    """The debt with its components, a row each, and the payment that has used the key. Raises: NotFound (debt)."""
    rows = await single.fetch(READ, scope.agency, command.debt_id, command.idempotency_key)
    if not rows:
        raise not_found("debt", "debt_id")
    return rows


def _reprocesses(debt: Row) -> bool:
    return policy_of(debt["allocation_order"], debt["allocation_policy"]).reprocess


_CHARGED_LATER = """
SELECT 1 FROM debt_movement WHERE agency_id = $1 AND debt_id = $2 AND effective_on > $3 AND kind = 'CHARGE' LIMIT 1
"""


async def _before_others(tx: Tx, command: RecordPayment, debt: Row) -> bool:
    """Whether payments or charges of later days are recorded, in the light of which this debt is split anew."""
    if not _reprocesses(debt):
        return False
    last: date | None = debt["last_payment_on"]
    if last is not None and command.paid_on < last:
        return True
    return bool(await tx.fetch(_CHARGED_LATER, tx.scope.agency, command.debt_id, command.paid_on))


def _check_form(command: RecordPayment) -> None:
    if not 0 < command.amount.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "A payment is of a positive amount.", code="PAYMENT_AMOUNT", field="amount",
            remedy="Give an amount above zero; to take a payment back, reverse it.",
        )  # fmt: skip
    for name, text, least, most in (
        ("idempotency_key", command.idempotency_key, 1, 200),
        ("reference", command.reference, 0, 120),
    ):
        if not least <= len(text) <= most or "\0" in text:
            raise InvalidInput(
                f"This needs {least} to {most} characters.", code="INVALID_TEXT", field=name, remedy="Shorten it."
            )
    if command.purpose:
        try:
            check_purpose(command.purpose)
        except ValueError as problem:
            raise InvalidInput(
                f"{problem}.".capitalize(),
                code="INVALID_PURPOSE",
                field="purpose",
                remedy="Give a code such as GOODWILL.",
            ) from problem


_WAIT = "SELECT 1 FROM debt WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE"


def _replay(command: RecordPayment, fingerprint: str, row: Row) -> PaymentRecorded:
    told: dict[str, Any] | None = row["data"]
    if row["fingerprint"] != fingerprint or told is None:
        raise Conflict(
            "This idempotency key was used for another payment.", code="IDEMPOTENCY_KEY_REUSED",
            field="idempotency_key", remedy="Use a new key for a new payment; repeat a request unchanged.",
        )  # fmt: skip
    parts = tuple(
        AllocatedPart(UUID(part["component_id"]), ComponentKind(part["kind"]), part["minor"])
        for part in told["allocations"]
    )
    return PaymentRecorded(
        payment_id=row["payment_id"],
        debt_id=command.debt_id,
        allocations=parts,
        unapplied_minor=told["unapplied_minor"],
        balance_after=Money(told["balance_after_minor"], told["currency"]),
        debt_status=DebtStatus(told["debt_status"]),
        warning=warning_of(
            told["unapplied_minor"], told["balance_after_minor"] + told.get("written_off_after_minor", 0)
        ),
        replayed=True,
        after_write_off=told.get("after_write_off", False),
    )


def _check_against(command: RecordPayment, debt: Row) -> None:
    if command.amount.currency != debt["currency"]:
        raise InvalidInput(
            f"The debt is in {debt['currency']}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {debt['currency']}.",
        )  # fmt: skip
    if command.paid_on > clock.today(debt["timezone"]):
        raise InvalidInput(
            "The day of payment is in the future.", code="PAID_ON_IN_FUTURE", field="paid_on",
            remedy=f"Give today or an earlier day of {debt['timezone']}; a promise is not a payment.",
        )  # fmt: skip
    if command.paid_on < debt["opened_on"]:
        raise InvalidInput(
            "The debt did not exist on that day.", code="PAID_ON_BEFORE_DEBT", field="paid_on",
            remedy=f"Give a day from {debt['opened_on']} on.",
        )  # fmt: skip
    if debt["status"] == DebtStatus.CLOSED and debt["closed_reason"] not in _TAKES_MONEY:
        raise Conflict(
            f"The debt is closed ({debt['closed_reason']}).", code="DEBT_CLOSED", field="debt_id",
            remedy="Pass the money on to the creditor; it is not the agency's to collect any more.",
        )  # fmt: skip


def _split(command: RecordPayment, rows: list[Row], accrued: Accrued | None = None) -> Allocation:
    """`accrued`: of that component, interest of later days is posted already, which this payment does not pay."""
    if rows[0]["status"] == DebtStatus.CLOSED and rows[0]["closed_reason"] != ClosedReason.WRITTEN_OFF:
        return Allocation((), command.amount.minor_units)
    components = [component_of(row) for row in rows]
    if accrued is not None and accrued.later_minor:
        components = [
            replace(one, balance_minor=one.balance_minor - accrued.later_minor)
            if one.id == accrued.component_id
            else one
            for one in components
        ]
    unknown = {one for one in command.designation if isinstance(one, UUID)} - {one.id for one in components}
    if unknown:
        raise InvalidInput(
            "The debtor named a component that this debt has not.", code="UNKNOWN_DESIGNATION", field="designation",
            remedy="Name components of this debt, or kinds of components.",
        )  # fmt: skip
    return allocate(
        policy_of(rows[0]["allocation_order"], rows[0]["allocation_policy"], rows[0]["rounding_unit_minor"]),
        components,
        command.amount.minor_units,
        on=command.paid_on,
        stage=Stage(rows[0]["stage"]),
        purpose=command.purpose,
        designation=command.designation,
    )
