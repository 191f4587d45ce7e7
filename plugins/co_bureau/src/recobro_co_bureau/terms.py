"""The days that the law counts: waiting periods, the last day of a first report, the end of a datum's permanence."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from recobro_co_bureau.rules import rule_book
from recobro_sdk.furnishing import FurnishedStatus, FurnishingRecord

# Colombia keeps UTC-5 all year round; a fixed offset needs no database of zones where the plugin runs.
BOGOTA: Final = timezone(timedelta(hours=-5))
ARREARS: Final = frozenset({FurnishedStatus.PAST_DUE, FurnishedStatus.IN_COLLECTION, FurnishedStatus.CHARGED_OFF})
EXTINCT: Final = frozenset({FurnishedStatus.PAID, FurnishedStatus.SETTLED, FurnishedStatus.CLOSED})


def local_day(moment: datetime) -> date:
    """The day of an aware moment in Colombia."""
    return moment.astimezone(BOGOTA).date()


def start_of(day: date) -> datetime:
    """The first moment of a day in Colombia, aware."""
    return datetime.combine(day, time(), BOGOTA)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def first_report_day(notice: date, strict: bool) -> date:
    """The first day on which a debt may be reported after this notice (CO-BUR-01): strictly, 20 days lie between."""
    return notice + timedelta(days=rule_book().figures.waiting_days + strict)


def last_first_report_day(defaulted_on: date) -> date:
    """The last day of a first negative report (CO-BUR-03)."""
    return add_months(defaulted_on, rule_book().figures.first_report_months)


def expires_on(defaulted_on: date) -> date:
    """The day on which a negative datum goes whether it was paid or not (CO-BUR-05)."""
    return add_months(defaulted_on, rule_book().figures.expiry_years * 12)


def permanence_ends_on(defaulted_on: date, ended_on: date) -> date:
    """The day on which the negative datum of a paid or extinct debt goes (CO-BUR-04).

    Time in arrears is whole months and the days that are left. Raises `ValueError` when it ended before the default.
    """
    if ended_on < defaulted_on:
        raise ValueError("a debt cannot end before its default")
    months = (ended_on.year - defaulted_on.year) * 12 + ended_on.month - defaulted_on.month
    months -= add_months(defaulted_on, months) > ended_on
    rest = ended_on - add_months(defaulted_on, months)
    figures = rule_book().figures
    doubled = add_months(ended_on, months * figures.permanence_factor) + rest * figures.permanence_factor
    return min(doubled, add_months(ended_on, figures.permanence_years * 12))


def ended_on(record: FurnishingRecord) -> date | None:
    """The day of payment or extinction of a record that says it is over, where it says it.

    Of a paid or settled debt the earlier of last payment and closing, as far as they come after the default; of one
    that ended otherwise the closing, since its last payment did not end it.
    """
    if record.status not in EXTINCT:
        return None
    if record.status is FurnishedStatus.CLOSED and record.closed_on is not None:
        return record.closed_on
    since = record.defaulted_on or date.min
    days = [day for day in (record.last_paid_on, record.closed_on) if day is not None and day >= since]
    return min(days, default=None)


def removal_day(record: FurnishingRecord) -> date | None:
    """The day on which the record's negative datum has to be gone; None where it is positive or its days contradict."""
    if record.defaulted_on is None:
        return None
    ended = ended_on(record)
    expiry = expires_on(record.defaulted_on)
    if ended is None:
        return expiry
    return min(expiry, permanence_ends_on(record.defaulted_on, ended)) if ended >= record.defaulted_on else None


def is_negative(record: FurnishingRecord) -> bool:
    """Whether anything in it tells of arrears, open or past."""
    amounts = (record.past_due, record.charged_off)
    told = record.days_past_due > 0 or any(amount is not None and amount.minor_units > 0 for amount in amounts)
    return told or record.defaulted_on is not None or record.status in ARREARS
