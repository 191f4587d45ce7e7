"""The interest of a debt while its payments are split anew, one after the other, before any of it is written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.interest.book import Book, no_cap
from core.interest.payoff import receiver_of
from core.interest.rules import CapMissing, Line, Moved, lines


@dataclass(frozen=True, slots=True)
class Lowered:
    """So much did a component owe less from a day on, because more interest had been paid than was earned."""

    component_id: UUID
    day: date
    minor: int


class InterestAnew:
    """Interest as it would have been earned, had the payments that are split anew paid what they are told to pay now.

    `component_id` takes the interest, which is known to the day `end`; `posted_minor` of it was posted there, and
    `elsewhere_minor`, negative where it has lowered them, stands on other components. `lowered` are corrections from
    the first of these payments on, in the order of their days, which count only so far as `lower` is called.
    """

    def __init__(
        self, book: Book, component_id: UUID, end: date, paid: Sequence[tuple[date, Mapping[UUID, int]]]
    ) -> None:
        first = min((day for day, _ in paid), default=end)
        self.component_id, self.end = component_id, end
        others = [one for one in book.changes if one.interest and one.component_id != component_id]
        undone = [one for one in others if one.minor < 0 and one.day >= first]
        self.lowered = tuple(
            Lowered(one.component_id, one.day, -one.minor) for one in sorted(undone, key=lambda one: one.day)
        )
        mine = (one.minor for one in book.changes if one.interest and one.component_id == component_id)
        self.posted_minor = sum(mine)
        self.elsewhere_minor = sum(one.minor for one in others) + sum(one.minor for one in self.lowered)
        self._book = book
        self._of = {part.id: (part.kind, part.due_on) for part in book.parts}
        self._moves = list(book.history.moves)
        self._lines: list[Line] = []
        for one in self.lowered:
            self._move(one.component_id, one.day, one.minor, interest=True)
        for day, parts in paid:
            for part_id, minor in parts.items():
                self._move(part_id, day, minor)

    @classmethod
    def of(cls, book: Book, paid: Sequence[tuple[date, Mapping[UUID, int]]]) -> "InterestAnew | None":
        """None where there is no interest yet. `paid` are days and parts, in minor units, as they are stored now."""
        component_id = receiver_of(book)
        if component_id is None or book.accrues_from is None or book.accrued_to is None:
            return None
        return cls(book, component_id, book.accrued_to, paid)

    def pay(self, component_id: UUID, day: date, minor: int) -> None:
        """So much of a component is paid on a day."""
        self._move(component_id, day, -minor)

    def lower(self, component_id: UUID, day: date, minor: int) -> None:
        """So much of `lowered` was right."""
        self._move(component_id, day, -minor, interest=True)

    def minor_on(self, day: date) -> int:
        """The interest to the end of a day, rounded as it is posted, or to `end`.

        Raises: Conflict (RATE_CAP_MISSING).
        """
        day = min(day, self.end)
        self._forget(day)
        # The last line may end where it was asked for, and not where a new one begins: it is computed again.
        start = self._lines.pop().first if self._lines else self._book.accrues_from
        accrued = self._lines[-1].total if self._lines else Decimal(0)
        assert start is not None
        try:
            self._lines += lines(replace(self._book.history, moves=self._moves), start, day, accrued=accrued)
        except CapMissing as missing:
            raise no_cap(missing) from missing
        return self._book.minor_of(self._lines[-1].total if self._lines else Decimal(0))

    def _move(self, component_id: UUID, day: date, minor: int, *, interest: bool = False) -> None:
        kind, due_on = self._of[component_id]
        self._moves.append(Moved(day, kind, due_on, minor, interest))
        self._forget(day)

    def _forget(self, day: date) -> None:
        while self._lines and self._lines[-1].last > day:
            self._lines.pop()
