"""What is asked when a payment is recorded, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind, DebtStatus
from core.kit.money import Money
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.rules import AllocatedPart


class PaymentWarning(StrEnum):
    """OVERPAYMENT: `unapplied_minor` of the money found no component to pay; it is kept on the payment, to be returned
    or moved by a person. DISPUTED_PORTION: what found no component stands against what the debtor disputes, where no
    payment goes; it is kept on the payment likewise."""

    OVERPAYMENT = "OVERPAYMENT"
    DISPUTED_PORTION = "DISPUTED_PORTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayment:
    """`paid_on` is the legal day of the payment in the mandate's zone; `idempotency_key` is unique in the agency.

    `designation` is what the debtor named to be paid first, kinds or ids of components (C.C. (Colombia) 1654; 12 CFR
    1006.30(c)). `purpose` is a code of the mandate's own for what the money is, by which its policy may split it.
    """

    debt_id: UUID
    amount: Money
    paid_on: date
    method: PaymentMethod
    received_by: ReceivedBy
    idempotency_key: str
    reference: str = ""
    purpose: str = ""
    designation: tuple[ComponentKind | UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded:
    """The stored split, in the order of allocation, and the debt's balance right after this payment.

    `after_write_off`: the debt is written off, and stays so. What was allocated is a recovery of what was written off.

    A replay gives the first answer again, whatever has happened to the debt since, with `replayed` true. `payment` and
    `debt` are the rows as they were written, columns by name; None in a replay.
    """

    payment_id: UUID
    debt_id: UUID
    allocations: tuple[AllocatedPart, ...]
    unapplied_minor: int
    balance_after: Money
    debt_status: DebtStatus
    warning: PaymentWarning | None
    replayed: bool
    after_write_off: bool = False
    payment: Mapping[str, Any] | None = field(default=None, compare=False)
    debt: Mapping[str, Any] | None = field(default=None, compare=False)


def warning_of(unapplied_minor: int, open_after_minor: int) -> PaymentWarning | None:
    """`open_after_minor` is what a payment could still pay: the balance, or what is written off."""
    if not unapplied_minor:
        return None
    return PaymentWarning.DISPUTED_PORTION if open_after_minor else PaymentWarning.OVERPAYMENT
