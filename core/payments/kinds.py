"""What a payment may be."""

from enum import StrEnum


class PaymentStatus(StrEnum):
    """PENDING: credited to the debtor, but it may still bounce, and is neither remitted nor earns a commission."""

    PENDING = "PENDING"
    CLEARED = "CLEARED"
    REVERSED = "REVERSED"


class ReceivedBy(StrEnum):
    """Who got the money: it drives commission and remittance. CREDITOR is a direct payment."""

    AGENCY = "AGENCY"
    CREDITOR = "CREDITOR"


class PaymentMethod(StrEnum):
    CASH = "CASH"
    TRANSFER = "TRANSFER"
    CARD = "CARD"
    CHEQUE = "CHEQUE"
    PAYROLL_DEDUCTION = "PAYROLL_DEDUCTION"
    OTHER = "OTHER"
