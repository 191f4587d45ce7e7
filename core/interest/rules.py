"""Interest day by day, capped and paused, in exact decimals. Pure functions (domain vocabulary 5.3, CO-INT-01).

Days are counted in steps: the step from day d to day d + 1 earns interest on what was owed at the end of day d, at the
lower of the agreed rate and the cap in force on day d, and nothing where day d is paused. An interval so excludes its
first day and includes its last, and a payment, a new rate or a pause counts from its own day on.

Steps that are alike make a line. The interest of a line is rounded half up at 12 decimals of the minor unit, sums of
lines are exact, and only what is posted is rounded to the minor unit: the rest is carried. Accrual in SQL
(core/interest/accrue_sql.py) does the same with the same digits.
"""

from bisect import bisect_right
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

from core.debts.kinds import ComponentKind
from core.interest.rates import EXACT, daily_rate, days_between, effective_daily, interest_of
from core.mandates.interest import DayCount, InterestMethod, InterestTerms

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """Terms in force from a day on, until the next ones."""

    valid_from: date
    terms: InterestTerms


@dataclass(frozen=True, slots=True)
class Cap:
    """A certified maximum: `annual_rate` is effective annual, a fraction; both days are included."""

    modality: str
    valid_from: date
    valid_to: date
    annual_rate: Decimal
    resolution: str


@dataclass(frozen=True, slots=True)
class Pause:
    """No interest from `first` to `last`, both included; without `last`, until further notice."""

    first: date
    last: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of a component on a legal day. `interest` marks what accrual itself has posted."""

    day: date
    kind: ComponentKind
    due_on: date | None
    minor: int
    interest: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """All that the interest of one debt depends on. Terms and caps are in the order of their days."""

    terms: Sequence[DatedTerms]
    caps: Sequence[Cap]
    pauses: Sequence[Pause]
    moves: Sequence[Moved]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Steps that are alike: from day `first` to day `last`, `days` of them as the day count has it.

    `base` bears interest at `daily_rate`, which is that of `annual_rate`: the agreed one (`contract_rate`, None for
    the legal maximum) or the cap's (`cap_rate`, certified by `resolution`). `provisional`: no cap is certified for
    these days yet, and the last one stands in. `base`, `interest` and `total` (so far) are exact, in minor units.
    """

    first: date
    last: date
    days: int
    base: Decimal
    method: InterestMethod
    contract_rate: Decimal | None
    cap_rate: Decimal | None
    annual_rate: Decimal
    daily_rate: Decimal
    resolution: str | None
    provisional: bool
    paused: str | None
    interest: Decimal
    total: Decimal


class CapMissing(Exception):
    """No cap is known for a day, nor any earlier one."""

    def __init__(self, modality: str, day: date) -> None:
        super().__init__(f"there is no cap of {modality} for {day}")
        self.modality, self.day = modality, day


def lines(history: History, start: date, end: date, *, accrued: Decimal = Decimal(0)) -> list[Line]:
    """The lines of the steps from `start` to `end`. `accrued` is the exact interest before them.

    Raises: CapMissing where a day has no cap, nor any earlier one.
    """
    found: list[Line] = []
    ends = [*(dated.valid_from for dated in history.terms[1:]), date.max]
    for dated, until in zip(history.terms, ends, strict=False):
        first, last = max(start, dated.valid_from), min(end, until)
        if first < last:
            piece = _Piece(dated.terms, history)
            for a, b in pairwise(piece.cuts(first, last)):
                found.append(piece.line(a, b, accrued))
                accrued = found[-1].total
    return found


def accrued_on(history: History, day: date) -> Decimal:
    """The exact interest from the first terms to the end of `day`. Raises: CapMissing."""
    found = lines(history, history.terms[0].valid_from, day) if history.terms else []
    return found[-1].total if found else Decimal(0)


def certified_until(history: History, start: date, end: date) -> date:
    """The last day, at most `end`, to which interest from `start` is certain: all of its steps have a certified cap."""
    ends = [*(dated.valid_from for dated in history.terms[1:]), date.max]
    for dated, until in zip(history.terms, ends, strict=False):
        day, last = max(start, dated.valid_from), min(end, until)
        if dated.terms.modality is None:
            continue
        for cap in history.caps:
            if cap.modality == dated.terms.modality and cap.valid_from <= day <= cap.valid_to:
                day = cap.valid_to + DAY
        if day < last:
            return day
    return end


class _Piece:
    """The time of one set of terms."""

    def __init__(self, terms: InterestTerms, history: History) -> None:
        self.terms = terms
        self.compounds = terms.method is InterestMethod.COMPOUND
        self.pauses = history.pauses
        self.caps = [cap for cap in history.caps if cap.modality == terms.modality]
        moves = sorted((self._from(move), move.minor) for move in history.moves if self._bears(move))
        self.days = [day for day, _ in moves]
        self.sums = [0, *accumulate(minor for _, minor in moves)]

    def _bears(self, move: Moved) -> bool:
        """Interest upon interest counts what accrued, not what of it was posted when."""
        if self.compounds:
            return not move.interest and (move.kind in self.terms.base or move.kind is self.terms.receives)
        return move.kind in self.terms.base

    def _from(self, move: Moved) -> date:
        return max(move.day, move.due_on) if self.terms.overdue_only and move.due_on else move.day

    def cuts(self, first: date, last: date) -> list[date]:
        inside = set(self.days)
        inside.update(cap.valid_from for cap in self.caps)
        inside.update(cap.valid_to + DAY for cap in self.caps)
        inside.update(pause.first for pause in self.pauses)
        inside.update(pause.last + DAY for pause in self.pauses if pause.last)
        if self.terms.day_count is DayCount.ACT_ACT:
            inside.update(date(year, 1, 1) for year in range(first.year + 1, last.year + 1))
        return [first, *sorted(day for day in inside if first < day < last), last]

    def base(self, day: date, accrued: Decimal) -> Decimal:
        moved = Decimal(self.sums[bisect_right(self.days, day)])
        return max(Decimal(0), EXACT.add(moved, accrued) if self.compounds else moved)

    def cap(self, day: date) -> Cap | None:
        place = bisect_right([cap.valid_from for cap in self.caps], day)
        if place == 0 and self.terms.modality is not None:
            raise CapMissing(self.terms.modality, day)
        return self.caps[place - 1] if place else None

    def line(self, first: date, last: date, accrued: Decimal) -> Line:
        terms, cap = self.terms, self.cap(first)
        paused = next((p.reason for p in self.pauses if p.first <= first and (p.last is None or first <= p.last)), None)
        agreed = daily_rate(terms, leap=isleap(first.year))
        daily, annual = _lower(terms, agreed, cap)
        days, base = days_between(terms.day_count, first, last), self.base(first, accrued)
        interest = Decimal(0) if paused else interest_of(base, daily, days, compounds=self.compounds)
        return Line(
            first=first,
            last=last,
            days=days,
            base=base,
            method=terms.method,
            contract_rate=terms.annual_rate,
            cap_rate=cap.annual_rate if cap else None,
            annual_rate=annual,
            daily_rate=daily,
            resolution=cap.resolution if cap else None,
            provisional=cap is not None and cap.valid_to < first,
            paused=paused,
            interest=interest,
            total=EXACT.add(accrued, interest),
        )


def _lower(terms: InterestTerms, agreed: Decimal | None, cap: Cap | None) -> tuple[Decimal, Decimal]:
    """The daily rate that applies, and the annual rate that it is of."""
    most = effective_daily(cap.annual_rate) if cap else None
    if cap is not None and most is not None and (agreed is None or most < agreed):
        return most, cap.annual_rate
    if agreed is None or terms.annual_rate is None:
        raise ValueError("terms without a rate need a cap")
    return agreed, terms.annual_rate


def in_order(caps: Iterable[Cap]) -> list[Cap]:
    """Caps in the order of their days, as `History` wants them."""
    return sorted(caps, key=lambda cap: (cap.modality, cap.valid_from))
