"""The terms of a mandate: the words that debts share with it, its defaults, and the checks of what was given."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from zoneinfo import available_timezones

from core.kit.errors import InvalidInput


class Stage(StrEnum):
    """The five stages of collection, in their order."""

    PREVENTION = "PREVENTION"
    EARLY = "EARLY"
    INTERMEDIATE = "INTERMEDIATE"
    PRE_LEGAL = "PRE_LEGAL"
    JUDICIAL = "JUDICIAL"


class ComponentKind(StrEnum):
    PRINCIPAL = "PRINCIPAL"
    INTEREST_ORDINARY = "INTEREST_ORDINARY"
    INTEREST_DEFAULT = "INTEREST_DEFAULT"
    PENALTY = "PENALTY"
    COLLECTION_FEE = "COLLECTION_FEE"
    INSURANCE = "INSURANCE"
    LEGAL_COST = "LEGAL_COST"
    TAX = "TAX"
    NSF_FEE = "NSF_FEE"
    OTHER = "OTHER"


DEFAULT_ALLOCATION_ORDER = (
    ComponentKind.LEGAL_COST,
    ComponentKind.COLLECTION_FEE,
    ComponentKind.PENALTY,
    ComponentKind.NSF_FEE,
    ComponentKind.INTEREST_DEFAULT,
    ComponentKind.INTEREST_ORDINARY,
    ComponentKind.INSURANCE,
    ComponentKind.TAX,
    ComponentKind.OTHER,
    ComponentKind.PRINCIPAL,
)
"""What a payment fills first. Interest before principal: Código Civil (Colombia), art. 1653, unless the creditor agrees
otherwise; a mandate may therefore state another order."""

METHODS = ("CASH", "TRANSFER", "CARD", "CHEQUE", "PAYROLL_DEDUCTION", "OTHER")
"""How money comes: `core.payments.kinds.PaymentMethod`."""

DEFAULT_AGEING_BOUNDS = (30, 60, 90, 120, 150, 180)

DEFAULT_STAGE_DAYS: Mapping[str, int] = {Stage.EARLY: 1, Stage.INTERMEDIATE: 31, Stage.PRE_LEGAL: 91}
"""Days past due from which a stage begins; fewer than the first is PREVENTION, and JUDICIAL only a handoff brings."""

MAX_DAYS, MAX_BOUNDS = 36_500, 24


def check_timezone(name: str) -> str:
    """Raises: InvalidInput unless the name is a zone of the IANA database."""
    if name not in available_timezones():
        raise InvalidInput(
            f"'{name[:64]}' is not an IANA time zone.", code="UNKNOWN_TIMEZONE", field="timezone",
            remedy="Give a name such as America/Bogota.",
        )  # fmt: skip
    return name


def check_allocation_order(order: Sequence[str]) -> list[str]:
    """The order with every component kind in it once; kinds that were left out come last, as `ComponentKind` has them.

    Raises: InvalidInput for an unknown kind, or one that stands there twice.
    """
    given = [str(kind) for kind in order]
    unknown = sorted(set(given) - {kind.value for kind in ComponentKind})
    if unknown or len(set(given)) != len(given):
        what = f"there is no {', '.join(unknown)[:200]}" if unknown else "one stands there twice"
        raise InvalidInput(
            f"The allocation order names component kinds, each once; {what}.",
            code="INVALID_ALLOCATION_ORDER", field="allocation_order",
            remedy=f"Give an order of: {', '.join(ComponentKind)}.",
        )  # fmt: skip
    return [*given, *(kind.value for kind in ComponentKind if kind not in given)]


def check_ageing_bounds(bounds: Sequence[int]) -> list[int]:
    """Ascending upper days of all buckets but the last, one to 24 of them."""
    given = list(bounds)
    rising = all(low < high for low, high in pairwise(given))
    if not 1 <= len(given) <= MAX_BOUNDS or not rising or not all(0 < day <= MAX_DAYS for day in given):
        raise InvalidInput(
            "Ageing bounds are one to 24 rising numbers of days, each above 0.",
            code="INVALID_AGEING_BOUNDS", field="ageing_bounds", remedy="Give for example 30, 60, 90, 120, 150, 180.",
        )  # fmt: skip
    return given


def check_stage_days(stage_days: Mapping[str, int]) -> dict[str, int]:
    """The days past due from which EARLY, INTERMEDIATE and PRE_LEGAL begin, rising in that order."""
    by_days = (Stage.EARLY, Stage.INTERMEDIATE, Stage.PRE_LEGAL)
    given = {str(stage): days for stage, days in stage_days.items()}
    days = [given[stage] for stage in by_days if stage in given]
    rising = all(low < high for low, high in pairwise(days))
    if set(given) - set(by_days) or not days or not rising or not all(0 < day <= MAX_DAYS for day in days):
        raise InvalidInput(
            "Stage days are rising numbers of days past due for EARLY, INTERMEDIATE and PRE_LEGAL.",
            code="INVALID_STAGE_DAYS", field="stage_days",
            remedy="Give for example EARLY 1, INTERMEDIATE 31, PRE_LEGAL 91. JUDICIAL only a legal handoff brings.",
        )  # fmt: skip
    return {stage.value: given[stage] for stage in by_days if stage in given}


MAX_CLEARANCE_DAYS = 120


def check_clearance_days(days: Mapping[str, int]) -> dict[str, int]:
    """By method of payment, the days after which money can not bounce any more; 0 where a method is left out.

    Raises: InvalidInput for what is no method, or no number of days from 0 to 120.
    """
    given = {str(method): value for method, value in days.items()}
    wrong = [
        method
        for method, value in given.items()
        if method not in METHODS or type(value) is not int or not 0 <= value <= MAX_CLEARANCE_DAYS
    ]
    if wrong:
        raise InvalidInput(
            f"Clearance days are whole days from 0 to {MAX_CLEARANCE_DAYS} by method; not so {', '.join(wrong)[:100]}.",
            code="INVALID_CLEARANCE_DAYS", field="clearance_days",
            remedy=f"Give for example CHEQUE 5; methods are {', '.join(METHODS)}.",
        )  # fmt: skip
    return given


DEFAULT_GRACE_DAYS, DEFAULT_MISSED_INSTALMENTS = 3, 2


def check_promise_terms(grace_days: int, missed_instalments: int) -> None:
    """Raises: InvalidInput unless these are 0 to 60 days after which a promise is broken, and 1 to 12 instalments that
    break a plan when so many are missed at once."""
    for field, given, least, most in (
        ("promise_grace_days", grace_days, 0, 60),
        ("missed_instalments", missed_instalments, 1, 12),
    ):
        if not least <= given <= most:
            raise InvalidInput(
                f"This is from {least} to {most}.", code="INVALID_PROMISE_TERMS", field=field, remedy="Give another."
            )
