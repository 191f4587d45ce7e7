"""Rates and days as numbers, the same digits wherever they are computed. Pure functions (domain vocabulary 5.3)."""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache

from core.kit.money import Rounding, rounded
from core.mandates.interest import DayCount, InterestMethod, InterestTerms

RATE_DIGITS = 30
"""Decimals of a daily rate: so many that no amount of money and no number of years feels the last one."""
LINE_DIGITS = 12
EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
_RATE, _LINE = Decimal(1).scaleb(-RATE_DIGITS), Decimal(1).scaleb(-LINE_DIGITS)
_YEAR = {DayCount.ACT_365: 365, DayCount.ACT_360: 360, DayCount.ACT_ACT: 365, DayCount.THIRTY_360: 360}


@lru_cache(maxsize=1024)
def effective_daily(annual: Decimal) -> Decimal:
    """(1 + EA)^(1/365) − 1, with 30 decimals."""
    with localcontext(EXACT):
        return ((1 + annual) ** (1 / Decimal(365)) - 1).quantize(_RATE)


@lru_cache(maxsize=1024)
def daily_rate(terms: InterestTerms, *, leap: bool = False) -> Decimal | None:
    """The agreed rate of one counted day, with 30 decimals; None where it is the cap's. `leap` counts for ACT/ACT."""
    if terms.annual_rate is None:
        return None
    if terms.method is not InterestMethod.SIMPLE_NOMINAL:
        return effective_daily(terms.annual_rate)
    year = 366 if leap and terms.day_count is DayCount.ACT_ACT else _YEAR[terms.day_count]
    with localcontext(EXACT):
        return (terms.annual_rate / year).quantize(_RATE)


def growth(daily: Decimal, days: int) -> Decimal:
    """(1 + daily)^days − 1, by squaring, each product rounded half up at 30 decimals."""
    with localcontext(EXACT):
        result, power = Decimal(1), 1 + daily
        while days:
            if days & 1:
                result = (result * power).quantize(_RATE)
            power = (power * power).quantize(_RATE)
            days >>= 1
        return result - 1


def interest_of(base: Decimal, daily: Decimal, days: int, *, compounds: bool) -> Decimal:
    """The interest of one line, rounded half up at 12 decimals of the minor unit."""
    with localcontext(EXACT):
        return (base * (growth(daily, days) if compounds else daily * days)).quantize(_LINE)


def days_between(day_count: DayCount, first: date, last: date) -> int:
    """The counted days of an interval. 30E/360 makes every 31st a 30th, and so adds up over any division."""
    if day_count is not DayCount.THIRTY_360:
        return (last - first).days
    return _thirty(last) - _thirty(first)


def minor_of(exact: Decimal, rounding: Rounding = Rounding.HALF_UP, step: int = 1) -> int:
    """What is posted of an exact sum: whole steps of so many minor units, as the mandate of the debt rounds."""
    return rounded(exact, rounding, step)


def _thirty(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)
