"""The one source of time. Instants are aware UTC; legal days are dates in a named zone."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from time import time
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("recobro_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today(zone: str) -> date:
    """The present day in the named IANA zone: the day that due dates and legal terms are counted in."""
    instant = _frozen.get()
    minute = int((time() if instant is None else instant.timestamp()) // 60)
    return _day(zone, minute)


@lru_cache(maxsize=1024)
def _day(zone: str, minute: int) -> date:
    """The day in a zone, which no zone changes within a minute."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).date()


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


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
