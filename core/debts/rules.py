"""Days past due, ageing buckets and stages. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from core.debts.kinds import Stage
from core.kit.errors import InvalidInput
from core.mandates.terms import DEFAULT_AGEING_BOUNDS, MAX_BOUNDS, MAX_DAYS

DEFAULT_BOUNDS = DEFAULT_AGEING_BOUNDS
"""Upper days of the buckets where neither the caller nor the mandate gives others; as Metro 2 ratings 0 to 6."""
CURRENT = "current"
BY_DAYS = (Stage.EARLY, Stage.INTERMEDIATE, Stage.PRE_LEGAL)
"""The stages that days past due lead to. PREVENTION is before all of them; JUDICIAL only by a legal handoff."""


def days_past_due(due_on: date | None, as_of: date) -> int:
    """Days from the oldest unpaid due date to `as_of`: due today is 0, not due yet is 0, nothing due is 0."""
    return (as_of - due_on).days if due_on is not None and due_on < as_of else 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A range of days past due, both ends included; the last has no end."""

    label: str
    from_days: int
    to_days: int | None


def check_bounds(bounds: Sequence[int], *, field: str = "bounds") -> tuple[int, ...]:
    """The upper days of all buckets but the last, without a leading 0 (the current bucket is always there).

    Raises: InvalidInput (INVALID_AGEING_BOUNDS) unless they are 1 to 24 whole days, each above the one before.
    """
    given = tuple(bounds)
    plain = given[1:] if given and given[0] == 0 else given
    fine = all(type(bound) is int and 0 < bound <= MAX_DAYS for bound in plain)
    if not fine or not 1 <= len(plain) <= MAX_BOUNDS or any(a >= b for a, b in pairwise(plain)):
        raise InvalidInput(
            "Ageing bounds are whole days, each above the one before.", code="INVALID_AGEING_BOUNDS", field=field,
            remedy="Give the last day of every bucket but the last, such as 30, 60, 90.",
        )  # fmt: skip
    return plain


def bounds_of_ranges(ranges: Sequence[tuple[int, int | None]], *, field: str = "bounds") -> tuple[int, ...]:
    """The bounds of buckets given as (first day, last day), such as (0, 0), (1, 30), (31, 60), (61, None).

    Raises: InvalidInput (AGEING_OVERLAP, AGEING_GAP) where two overlap or leave a day out.
    """
    expected: int | None = 0
    for first, last in ranges:
        if expected is None or first < expected:
            raise InvalidInput(
                f"Two buckets hold day {first}.", code="AGEING_OVERLAP", field=field, remedy="Let each day be in one."
            )
        if first > expected:
            raise InvalidInput(
                f"No bucket holds day {expected}.", code="AGEING_GAP", field=field, remedy="Let each day be in one."
            )
        expected = None if last is None else last + 1
    if expected is not None:
        raise InvalidInput(
            f"No bucket holds day {expected}.", code="AGEING_GAP", field=field, remedy="Leave the last bucket open."
        )
    return check_bounds([last for _, last in ranges if last is not None], field=field)


def buckets(bounds: Sequence[int]) -> tuple[Bucket, ...]:
    """The buckets of bounds: (30, 60) gives "current" (0), "1-30", "31-60" and "60+" (from 61).

    Raises: InvalidInput (INVALID_AGEING_BOUNDS).
    """
    return _buckets(check_bounds(bounds))


@lru_cache(maxsize=256)
def _buckets(bounds: tuple[int, ...]) -> tuple[Bucket, ...]:
    found, first = [Bucket(CURRENT, 0, 0)], 1
    for bound in bounds:
        found.append(Bucket(f"{first}-{bound}", first, bound))
        first = bound + 1
    return (*found, Bucket(f"{bounds[-1]}+", first, None))


def bucket_for(days: int, bounds: Sequence[int]) -> Bucket:
    """The bucket that a number of days past due falls into."""
    return next(bucket for bucket in buckets(bounds) if bucket.to_days is None or days <= bucket.to_days)


def bucket_starts(bounds: Sequence[int]) -> list[int]:
    """The first days of all buckets but "current": what width_bucket() of PostgreSQL takes to number them."""
    return [bucket.from_days for bucket in buckets(bounds)[1:]]


def bucket_named(label: str, *, field: str = "bucket") -> Bucket:
    """The days that a label means, whatever the bounds: "current", "31-60", "180+".

    Raises: InvalidInput (AGEING_BUCKET).
    """
    if label == CURRENT:
        return Bucket(CURRENT, 0, 0)
    first, dash, last = label.removesuffix("+").partition("-")
    plain = all(part.isascii() and part.isdigit() and len(part) <= 5 for part in ((first, last) if dash else (first,)))
    if plain and not dash and label.endswith("+"):
        return Bucket(label, int(first) + 1, None)
    if plain and dash and not label.endswith("+") and int(first) <= int(last):
        return Bucket(label, int(first), int(last))
    raise InvalidInput(
        f"'{label[:20]}' is not an ageing bucket.", code="AGEING_BUCKET", field=field,
        remedy='Give a label such as "current", "31-60" or "180+".',
    )  # fmt: skip


def stage_for(days: int, stage_days: Mapping[str, int]) -> Stage:
    """The stage that days past due lead to: the latest of EARLY to PRE_LEGAL that begins by then, else PREVENTION.

    `stage_days` is the mandate's: the days past due from which a stage begins. It never leads to JUDICIAL.
    """
    reached = Stage.PREVENTION
    for stage in BY_DAYS:
        if stage in stage_days and days >= stage_days[stage]:
            reached = stage
    return reached
