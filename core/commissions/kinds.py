"""What a line of a commission is, and whether it stands."""

from enum import StrEnum


class FeeKind(StrEnum):
    """COMMISSION is base by rate. MINIMUM, MAXIMUM and CAP are what the bounds of the terms add to it or take off.
    SUIT_FEE comes on top in court. TAX is on the sum of all of them."""

    COMMISSION = "COMMISSION"
    SUIT_FEE = "SUIT_FEE"
    MINIMUM = "MINIMUM"
    MAXIMUM = "MAXIMUM"
    CAP = "CAP"
    TAX = "TAX"


class FeeLineStatus(StrEnum):
    """STANDING lines are charged. A REVERSED one was, and a REVERSAL took it back."""

    STANDING = "STANDING"
    REVERSED = "REVERSED"
    REVERSAL = "REVERSAL"
