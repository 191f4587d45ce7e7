"""What a debt and its movements may be."""

from enum import StrEnum

from core.mandates.terms import ComponentKind, Stage

__all__ = ["DUE_OR_NEVER", "ClosedReason", "ComponentKind", "DebtStatus", "MovementKind", "Stage"]


class DebtStatus(StrEnum):
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class ClosedReason(StrEnum):
    PAID = "PAID"
    SETTLED = "SETTLED"
    RECALLED = "RECALLED"
    RETURNED_UNCOLLECTABLE = "RETURNED_UNCOLLECTABLE"
    SOLD = "SOLD"
    DISCHARGED = "DISCHARGED"
    INVALIDATED = "INVALIDATED"
    FRAUD = "FRAUD"
    DECEASED_NO_ESTATE = "DECEASED_NO_ESTATE"
    TIME_BARRED = "TIME_BARRED"
    DUPLICATE = "DUPLICATE"


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
