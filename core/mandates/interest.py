"""Terms of interest: the words of rates and days, and the checks of what was given. A mandate may carry them as JSON,
for its debts to get theirs from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from core.kit.errors import InvalidInput
from core.mandates.terms import ComponentKind

RATE_PLACES = 8
MAX_RATE = 10
_MODALITY = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


class InterestMethod(StrEnum):
    """How a rate and days make interest. EA is the annual rate as a fraction, P the base, n the days.

    SIMPLE_DAILY_EFFECTIVE: P × i × n with i = (1 + EA)^(1/365) − 1; what Colombian practice does for default interest.
    SIMPLE_NOMINAL: P × rate × n / B, with n and B of the day count. COMPOUND: P × ((1 + EA)^(n/365) − 1), interest upon
    interest: in Colombia only where it is agreed or ordered (Código de Comercio, art. 886).
    """

    SIMPLE_DAILY_EFFECTIVE = "SIMPLE_DAILY_EFFECTIVE"
    SIMPLE_NOMINAL = "SIMPLE_NOMINAL"
    COMPOUND = "COMPOUND"


class DayCount(StrEnum):
    """Days over days of a year. ACT_ACT: 366 for the days of a leap year. THIRTY_360: every month has 30 (30E/360)."""

    ACT_365 = "ACT_365"
    ACT_360 = "ACT_360"
    ACT_ACT = "ACT_ACT"
    THIRTY_360 = "THIRTY_360"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestTerms:
    """What was agreed on interest.

    `annual_rate` is a fraction (`Decimal("0.2817")`), at most 10. None means the legal maximum of each day: what is
    owed where no default rate was agreed (Código de Comercio, art. 884). `modality` names the table of certified caps
    that holds for the debt; None where no cap does. `base` are the kinds of component that bear interest, each only
    from its own due date on where `overdue_only`; `receives` is the kind that the interest is added to.
    """

    method: InterestMethod = InterestMethod.SIMPLE_DAILY_EFFECTIVE
    annual_rate: Decimal | None = None
    day_count: DayCount = DayCount.ACT_365
    modality: str | None = None
    base: tuple[ComponentKind, ...] = (ComponentKind.PRINCIPAL,)
    receives: ComponentKind = ComponentKind.INTEREST_DEFAULT
    overdue_only: bool = True

    def to_json(self) -> dict[str, Any]:
        """The stored form, as `check_interest` reads it."""
        return {
            "method": self.method.value,
            "annual_rate": None if self.annual_rate is None else str(self.annual_rate),
            "day_count": self.day_count.value,
            "modality": self.modality,
            "base": [kind.value for kind in self.base],
            "receives": self.receives.value,
            "overdue_only": self.overdue_only,
        }


def check_interest(given: object, *, field: str = "interest") -> InterestTerms:
    """The terms, as they are or from what they are stored as (`InterestTerms.to_json`).

    Raises: InvalidInput (INTEREST_TERMS) for unknown words, a rate that is none or has more than eight decimals, terms
    without rate and modality, interest on the kind that receives it, and a capped modality under 30/360: a cap is
    of each day, which 30/360 counts twice, thrice or not at all.
    """
    stored = given.to_json() if isinstance(given, InterestTerms) else given
    if not isinstance(stored, dict):
        raise refused("Terms of interest are an object.", field)
    unknown = sorted(set(stored) - set(InterestTerms.__dataclass_fields__))
    if unknown:
        raise refused(f"Terms of interest have no '{unknown[0][:40]}'.", field)
    terms = _read(stored, field)
    if terms.annual_rate is None and terms.modality is None:
        raise refused("Terms of interest need a rate, or the modality whose cap is the rate.", field)
    if not terms.base or len(set(terms.base)) != len(terms.base) or terms.receives in terms.base:
        raise refused("Interest is on one or more kinds of component, each once, and not on the one it goes to.", field)
    if terms.modality is not None and terms.day_count is DayCount.THIRTY_360:
        raise refused("A capped rate counts actual days.", field)
    if terms.method is not InterestMethod.SIMPLE_NOMINAL and terms.day_count is not DayCount.ACT_365:
        raise refused("An effective rate is of 365 actual days.", field)
    return terms


def check_rate(rate: object, *, field: str = "annual_rate") -> Decimal:
    """An annual rate as a fraction of 0 to 10. Raises: InvalidInput (INTEREST_TERMS)."""
    try:
        value = Decimal(rate) if isinstance(rate, str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= MAX_RATE or value != round(value, RATE_PLACES):
        raise refused(f"A rate is a fraction from 0 to {MAX_RATE}, with at most {RATE_PLACES} decimals.", field)
    return value


def check_modality(name: object, *, field: str = "modality") -> str:
    """The name of a table of caps. Raises: InvalidInput (INTEREST_TERMS)."""
    if not isinstance(name, str) or not _MODALITY.fullmatch(name):
        raise refused("A modality is 1 to 40 capital letters, digits and underscores.", field)
    return name


def refused(message: str, field: str) -> InvalidInput:
    return InvalidInput(
        message, code="INTEREST_TERMS", field=field,
        remedy='Give for example {"annual_rate": "0.2817", "modality": "CO_CONSUMER"}.',
    )  # fmt: skip


def _read(stored: Mapping[str, Any], field: str) -> InterestTerms:
    plain = InterestTerms()
    base = stored.get("base", plain.base)
    if isinstance(base, str) or not isinstance(base, Sequence):
        raise refused("`base` is a list of kinds of component.", field)
    rate, modality = stored.get("annual_rate"), stored.get("modality")
    overdue_only = stored.get("overdue_only", plain.overdue_only)
    if not isinstance(overdue_only, bool):
        raise refused("`overdue_only` is true or false.", field)
    try:
        return InterestTerms(
            method=InterestMethod(stored.get("method", plain.method)),
            annual_rate=None if rate is None else check_rate(rate, field=field),
            day_count=DayCount(stored.get("day_count", plain.day_count)),
            modality=None if modality is None else check_modality(modality, field=field),
            base=tuple(ComponentKind(kind) for kind in base),
            receives=ComponentKind(stored.get("receives", plain.receives)),
            overdue_only=overdue_only,
        )
    except ValueError as unknown:
        raise refused(f"Terms of interest: {str(unknown)[:160]}.", field) from unknown
