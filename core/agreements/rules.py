"""The instalments of a plan. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.agreements.kinds import Frequency
from core.kit.errors import InvalidInput
from core.kit.money import largest_remainder

MAX_INSTALMENTS = 120
MAX_DAYS = 3660
"""How far ahead the last instalment may be due: ten years."""
_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}


@dataclass(frozen=True, slots=True)
class Instalment:
    """Minor units of the debt's currency, and the day by which they are promised."""

    amount_minor: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """`count` equal instalments from `first_on` on. MONTHLY ones are due on `day_of_month`, the day of `first_on` where
    not given, and on the last day of a month that has none such."""

    count: int
    first_on: date
    frequency: Frequency = Frequency.MONTHLY
    day_of_month: int | None = None


def even(amount_minor: int, rhythm: Rhythm, today: date) -> tuple[Instalment, ...]:
    """The amount in equal instalments: the units that are left over go to the first ones, one each.

    Raises: InvalidInput (INSTALMENT_COUNT, INSTALMENT_DAYS).
    """
    if not 1 <= rhythm.count <= min(MAX_INSTALMENTS, amount_minor):
        raise InvalidInput(
            f"A plan has 1 to {MAX_INSTALMENTS} instalments, none of them of nothing.", code="INSTALMENT_COUNT",
            field="count", remedy="Give another number of instalments.",
        )  # fmt: skip
    day = rhythm.day_of_month
    if not 0 <= (rhythm.first_on - today).days <= MAX_DAYS:
        raise InvalidInput(
            "The first instalment is due today or later.", code="INSTALMENT_DAYS", field="first_on",
            remedy=f"Give a day from {today} on, within ten years.",
        )  # fmt: skip
    if day is not None and (rhythm.frequency is not Frequency.MONTHLY or not 1 <= day <= 31):
        raise InvalidInput(
            "Monthly instalments have a day of the month, from 1 to 31.", code="INSTALMENT_DAYS", field="day_of_month",
            remedy="Give such a day for a MONTHLY plan, and none for another.",
        )  # fmt: skip
    if day is not None and _in_month(rhythm.first_on, 0, day) < rhythm.first_on:
        raise InvalidInput(
            "The first instalment would be due before the first day.", code="INSTALMENT_DAYS", field="first_on",
            remedy="Give a first day on or before the day of the month.",
        )  # fmt: skip
    parts = largest_remainder(amount_minor, [1] * rhythm.count)
    return tuple(Instalment(part, _day(rhythm, number)) for number, part in enumerate(parts))


def _day(rhythm: Rhythm, number: int) -> date:
    if rhythm.frequency is Frequency.MONTHLY:
        return _in_month(rhythm.first_on, number, rhythm.day_of_month or rhythm.first_on.day)
    return rhythm.first_on + timedelta(days=_DAYS[rhythm.frequency] * number)


def _in_month(first_on: date, later: int, day: int) -> date:
    """That day of the month so many months after `first_on`, or the month's last."""
    years, month = divmod(first_on.month - 1 + later, 12)
    year = first_on.year + years
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def check_instalments(given: Sequence[Instalment], amount_minor: int, today: date) -> tuple[Instalment, ...]:
    """The instalments, if they add up to the amount, and are due one after the other, the first today or later.

    Raises: InvalidInput (INSTALMENT_COUNT, INSTALMENT_SUM, INSTALMENT_DAYS).
    """
    if not 1 <= len(given) <= MAX_INSTALMENTS or any(one.amount_minor <= 0 for one in given):
        raise InvalidInput(
            f"A plan has 1 to {MAX_INSTALMENTS} instalments, each above zero.", code="INSTALMENT_COUNT",
            field="instalments", remedy="Give at least one, and leave out what is of nothing.",
        )  # fmt: skip
    if sum(one.amount_minor for one in given) != amount_minor:
        raise InvalidInput(
            "The instalments do not add up to the agreed amount.", code="INSTALMENT_SUM", field="instalments",
            remedy="Change the amount, or one of the instalments.",
        )  # fmt: skip
    days = [one.due_on for one in given]
    if days[0] < today or days != sorted(set(days)) or (days[-1] - today).days > MAX_DAYS:
        raise InvalidInput(
            "Promises are due today or later, instalments one after the other.", code="INSTALMENT_DAYS",
            field="due_on", remedy=f"Give rising days from {today} on, within ten years.",
        )  # fmt: skip
    return tuple(given)
