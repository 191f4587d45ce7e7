"""What a debt and its movements may be."""

from enum import StrEnum

from core.mandates.terms import ComponentKind, Stage

__all__ = [
    "COMPACT_REFERENCE", "DUE_OR_NEVER", "ClosedReason", "ComponentKind", "DebtStatus", "DisputeOutcome",
    "MovementKind", "Stage",
]  # fmt: skip


class DebtStatus(StrEnum):
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class ClosedReason(StrEnum):
    PAID = "PAID"
    SETTLED = "SETTLED"
    WRITTEN_OFF = "WRITTEN_OFF"
    RECALLED = "RECALLED"
    RETURNED_UNCOLLECTABLE = "RETURNED_UNCOLLECTABLE"
    SOLD = "SOLD"
    DISCHARGED = "DISCHARGED"
    INVALIDATED = "INVALIDATED"
    FRAUD = "FRAUD"
    DECEASED_NO_ESTATE = "DECEASED_NO_ESTATE"
    TIME_BARRED = "TIME_BARRED"
    DUPLICATE = "DUPLICATE"


class DisputeOutcome(StrEnum):
    """UPHELD: the debtor was right, and what was disputed is not owed. REJECTED: it is owed after all."""

    UPHELD = "UPHELD"
    REJECTED = "REJECTED"


class MovementKind(StrEnum):
    PLACEMENT = "PLACEMENT"
    PAYMENT = "PAYMENT"
    PAYMENT_REVERSAL = "PAYMENT_REVERSAL"
    ADJUSTMENT = "ADJUSTMENT"
    CHARGE = "CHARGE"
    INTEREST = "INTEREST"
    INTEREST_CORRECTION = "INTEREST_CORRECTION"
    DISCOUNT = "DISCOUNT"
    WRITE_OFF = "WRITE_OFF"
    RECALL = "RECALL"


DUE_OR_NEVER = "LEAST(due_on, 'infinity'::date)"
"""An expression of its own, so that only the index that is in the order of a worklist knows it: of a range of days with
unknown ends PostgreSQL expects next to nothing, and would read all of it by the due date and sort."""
COMPACT_REFERENCE = "upper(regexp_replace({}, '[^0-9A-Za-z]'::text, ''::text, 'g'::text))"
"""A reference as those who quote it write it: without separators, in capitals. An index of debts is on just this."""
