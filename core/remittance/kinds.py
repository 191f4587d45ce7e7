"""The words of statements and of orders to pay."""

from enum import StrEnum


class LineKind(StrEnum):
    PAYMENT = "PAYMENT"
    REVERSAL = "REVERSAL"
    ADJUSTMENT = "ADJUSTMENT"
    DIRECT = "DIRECT"
    DIRECT_REVERSAL = "DIRECT_REVERSAL"
    FEE = "FEE"
    TAX = "TAX"
    COST = "COST"


class OrderKind(StrEnum):
    """REMIT: from the trust account to the creditor. SWEEP: from there to the agency's own account; FUND: back."""

    REMIT = "REMIT"
    SWEEP = "SWEEP"
    FUND = "FUND"


class OrderStatus(StrEnum):
    ORDERED = "ORDERED"
    EXECUTED = "EXECUTED"
    RETURNED = "RETURNED"


class Preset(StrEnum):
    """NET: everything is withheld from what was received. GROSS: everything is invoiced. COMBINED: the commission on
    what was received is withheld, the rest invoiced."""

    NET = "NET"
    GROSS = "GROSS"
    COMBINED = "COMBINED"
