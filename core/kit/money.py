"""Money as integer minor units with an ISO 4217 code. Never float, never Decimal in storage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

import iso4217

from core.kit.errors import InvalidInput

_AMOUNT = re.compile(r"[+-]?\d{1,15}(\.\d+)?")
_EXACT = Context(prec=120)
MAX_STEP = 10**9


class Rounding(StrEnum):
    """What becomes of the part of an exact sum that is no whole step. HALF_UP: to the nearer step, away from zero where
    both are as near. HALF_EVEN: there to the even one. DOWN: never more than the exact sum."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    DOWN = "DOWN"


def rounded(exact: Decimal, rounding: Rounding = Rounding.HALF_UP, step: int = 1) -> int:
    """An exact sum of minor units in whole steps of so many minor units (100: whole pesos). `money_rounded` in the
    database does the same."""
    with localcontext(_EXACT):
        whole, rest = divmod(exact, step)
        twice = 2 * abs(rest)
        nearer = twice > step or (twice == step and (rounding is Rounding.HALF_UP or whole % 2 != 0))
        if nearer and rounding is not Rounding.DOWN:
            whole += Decimal(1).copy_sign(exact)
        return int(whole) * step


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """How many decimals the minor unit of the currency has (ISO 4217): COP 2, JPY 0, KWD 3.

    Raises: InvalidInput for a code that ISO 4217 does not list or gives no minor unit.
    """
    try:
        digits = iso4217.Currency(currency).exponent
    except ValueError:
        digits = None
    if digits is None:
        raise InvalidInput(
            f"'{currency}' is not a currency of ISO 4217.",
            code="UNKNOWN_CURRENCY",
            field="currency",
            remedy="Give the three-letter code, such as COP, USD or EUR.",
        )
    return digits


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: `minor_units` of `currency`."""

    minor_units: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str, *, field: str = "amount") -> "Money":
        """Read a plain decimal ("1234.50") exactly; refuses more decimals than the currency has."""
        digits = exponent(currency)
        if not _AMOUNT.fullmatch(text):
            raise InvalidInput(f"'{text[:40]}' is not an amount.", code="INVALID_AMOUNT", field=field)
        scaled = Decimal(text).scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise InvalidInput(
                f"{text} has more decimals than {currency} ({digits}).", code="INVALID_AMOUNT", field=field
            )
        return cls(int(scaled), currency)

    def decimal(self) -> str:
        """The amount as an exact plain decimal: "1234.50"."""
        digits = exponent(self.currency)
        sign, units = ("-" if self.minor_units < 0 else ""), str(abs(self.minor_units)).rjust(digits + 1, "0")
        return f"{sign}{units[:-digits]}.{units[-digits:]}" if digits else f"{sign}{units}"

    def formatted(self) -> str:
        """For people, the same in every language: "COP 1,234.50"."""
        whole, _, fraction = self.decimal().lstrip("-").partition(".")
        grouped = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
        return f"{self.currency} {'-' if self.minor_units < 0 else ''}{grouped}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor_units + other._same(self).minor_units, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor_units - other._same(self).minor_units, self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InvalidInput(f"{self.currency} and {other.currency} do not add up.", code="CURRENCY_MISMATCH")
        return self


def largest_remainder(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """An amount in whole units proportional to weights: the largest remainders get the units that are left, the first
    of equal ones first. Nothing at all where all weights are 0."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [amount_minor * weight // total for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda n: (-(amount_minor * weights[n] % total), n))
    for n in remainders[: amount_minor - sum(parts)]:
        parts[n] += 1
    return parts
