"""Days on which courts sit, and terms counted in them. Pure functions; the calendar of a country is data."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

_ONE = timedelta(days=1)
MAX_COUNT = 1000


class Unit(StrEnum):
    """COURT_DAYS are days on which courts sit; MONTHS and YEARS are those of the calendar."""

    COURT_DAYS = "COURT_DAYS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


class Calendar(Protocol):
    """The days of a country's courts."""

    def sits_on(self, day: date) -> bool:
        """Whether its courts sit on a day."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """So many units from the day after an event on."""

    count: int
    unit: Unit = Unit.COURT_DAYS

    def __post_init__(self) -> None:
        if not 0 < self.count <= MAX_COUNT:
            raise ValueError(f"a term has 1 to {MAX_COUNT} units")


def last_day(calendar: Calendar, event_on: date, term: Term) -> date:
    """The last day of a term that an event of `event_on` began (Colombia: Código General del Proceso, art. 118).

    The day of the event does not count. Days are those on which courts sit. A month or a year ends on the day of the
    same number, or on the month's last where it has none, and then on the next day on which courts sit.
    """
    if term.unit is Unit.COURT_DAYS:
        day = event_on
        for _ in range(term.count):
            day = next_sitting(calendar, day + _ONE)
        return day
    months = term.count * (12 if term.unit is Unit.YEARS else 1)
    year, month = divmod(event_on.year * 12 + event_on.month - 1 + months, 12)
    day = date(year, month + 1, min(event_on.day, monthrange(year, month + 1)[1]))
    return next_sitting(calendar, day)


def next_sitting(calendar: Calendar, day: date) -> date:
    """The day, or the first one after it on which courts sit."""
    while not calendar.sits_on(day):
        day += _ONE
    return day


def court_days_until(calendar: Calendar, today: date, due_on: date) -> int:
    """On how many days courts still sit after today, the last one included; 0 on the day itself and after it."""
    return sum(calendar.sits_on(today + _ONE * ahead) for ahead in range(1, (due_on - today).days + 1))
