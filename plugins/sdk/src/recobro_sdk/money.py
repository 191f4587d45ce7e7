"""Exact money: an integer count of minor units and an ISO 4217 code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_CURRENCY: Final = re.compile(r"[A-Z]{3}")

# ISO 4217 exponents that are not 2. COP has 2 even where cash is rounded to whole pesos.
_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def currency_exponent(currency: str) -> int:
    """Number of decimals of a currency (2 for COP, 0 for CLP, 3 for KWD)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount.

    `minor_units` is a signed integer in the smallest unit of `currency` (COP 1 234,50 is `Money(123450, "COP")`).
    Raises `TypeError` for anything but an `int` (a `bool` is refused too) and `ValueError` for a malformed currency.
    """

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor_units) is not int:
            raise TypeError("Money takes whole minor units as int")
        if _CURRENCY.fullmatch(self.currency) is None:
            raise ValueError("Money takes an ISO 4217 code such as COP")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return currency_exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        """Sum; `ValueError` when the currencies differ, because no rate is implied."""
        self._same_currency(other)
        return Money(self.minor_units + other.minor_units, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference; `ValueError` when the currencies differ."""
        self._same_currency(other)
        return Money(self.minor_units - other.minor_units, self.currency)

    def __neg__(self) -> Money:
        """The same amount with the opposite sign."""
        return Money(-self.minor_units, self.currency)

    def to_decimal(self) -> Decimal:
        """The amount in major units, exact whatever its size: `Money(-5, "COP")` is `Decimal("-0.05")`."""
        sign = 1 if self.minor_units < 0 else 0
        digits = tuple(int(digit) for digit in str(abs(self.minor_units)))
        # Built from digits: Decimal arithmetic would round at the precision of whatever context is active.
        return Decimal((sign, digits, -self.exponent))

    def to_text(self) -> str:
        """Plain decimal notation with a point and every decimal of the currency: `-0.05`."""
        return format(self.to_decimal(), "f")

    def _same_currency(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")
