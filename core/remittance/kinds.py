"""The words of statements and of orders to pay."""

from enum import StrEnum


class LineKind(StrEnum):
    """SPLIT_ANEW: of money that was received before, and now pays other parts of its debt. Where the agency has it, a
    line takes off what the creditor had of it, and another adds what it has now; where it was paid directly, one line
    is the difference."""

    PAYMENT = "PAYMENT"
    REVERSAL = "REVERSAL"
    ADJUSTMENT = "ADJUSTMENT"
    SPLIT_ANEW = "SPLIT_ANEW"
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
