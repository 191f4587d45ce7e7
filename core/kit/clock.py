"""The one source of time. Instants are aware UTC; legal days are dates in a named zone."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from time import time
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("recobro_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today(zone: str) -> date:
    """The present day in the named IANA zone: the day that due dates and legal terms are counted in."""
    instant = _frozen.get()
    if instant is not None:
        return instant.astimezone(ZoneInfo(zone)).date()
    second = time()
    known = _days.get(zone)
    if known is None or not known[0] <= second < known[0] + 60:
        minute = second // 60 * 60
        known = _days[zone] = (minute, datetime.fromtimestamp(minute, ZoneInfo(zone)).date())
    return known[1]


_days: dict[str, tuple[float, date]] = {}
"""By zone: the beginning of a minute, within which no zone changes its day, and the day. As many as there are zones."""


@contextmanager
def at(instant: datetime) -> Generator[datetime]:
    """Hold the clock of this task at `instant`: for demo histories, replays and tests."""
    if instant.tzinfo is None:
        raise ValueError("the clock needs an aware instant")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield instant
    finally:
        _frozen.reset(token)


def held() -> datetime | None:
    """The instant at which the clock of this task is held; None where it runs."""
    return _frozen.get()


def hold(instant: datetime) -> None:
    """As `at`, for the rest of this context: what another process holds is held here, too."""
    _frozen.set(instant.astimezone(UTC))


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
