"""Rates that never lose their denominator."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class RateBasis(StrEnum):
    """What a liquidation rate divides by. NET_PLACED: what was placed, less what was recalled. PLACED: all of it."""

    NET_PLACED = "NET_PLACED"
    PLACED = "PLACED"


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` and `denominator` in minor units of one currency."""

    basis: RateBasis
    numerator: int
    denominator: int

    @property
    def value(self) -> str | None:
        """The quotient to 4 decimals, half to even ("0.7746"); None where there is nothing to divide by."""
        if not self.denominator:
            return None
        scaled = round(Fraction(self.numerator * 10_000, self.denominator))
        whole, decimals = divmod(abs(scaled), 10_000)
        return f"{'-' if scaled < 0 else ''}{whole}.{decimals:04}"
