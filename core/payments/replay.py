"""The splits that payments would have had in the order of their days. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind, Stage
from core.interest.anew import InterestAnew
from core.mandates.allocation import policy_of
from core.payments.rules import AllocatedPart, Allocation, OpenComponent, allocate


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as it is stored; `parts` are minor units by component. Ids tell the order of entry on one day. What was
    paid back to the debtor of it, `gone_minor`, pays nothing any more."""

    id: UUID
    minor: int
    paid_on: date
    purpose: str
    designation: tuple[ComponentKind | UUID, ...]
    parts: Mapping[UUID, int]
    gone_minor: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a component was raised by, and from which day on it is owed."""

    id: UUID
    component_id: UUID
    effective_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """The split of each payment, in the order in which they were given, and the corrections of interest that they need:
    component, legal day, and by how many minor units it owes more (negative: less)."""

    splits: tuple[Allocation, ...]
    interest: tuple[tuple[UUID, date, int], ...]


def replay(
    debt: Mapping[str, Any],
    components: Sequence[OpenComponent],
    payments: Sequence[Paid],
    charges: Sequence[Charge],
    interest: InterestAnew | None = None,
) -> Replayed:
    """Split payments, which come in the order of their days, one after the other.

    `debt` has `stage`, `allocation_order`, `allocation_policy` and `rounding_unit_minor`. The components' balances are
    what they are after these payments. A charge is hidden from payments of earlier days, and of its own day if they
    were entered before it; what such a payment leaves over goes to it in the end, as the money was there when it came,
    and so to the first of the charges of one day before the next.
    Interest is what was earned to the day of a payment, on what the payments before it have left.
    """
    return _Replay(debt, components, payments, charges, interest).run(payments)


class _Replay:
    """`left` is what each component still owes after all that is no payment; of interest, without what accrual made."""

    def __init__(
        self,
        debt: Mapping[str, Any],
        components: Sequence[OpenComponent],
        payments: Sequence[Paid],
        charges: Sequence[Charge],
        interest: InterestAnew | None,
    ) -> None:
        self._policy = policy_of(debt["allocation_order"], debt["allocation_policy"], debt["rounding_unit_minor"])
        self._stage, self._components, self._charges = Stage(debt["stage"]), components, charges
        self._kinds = {one.id: one.kind for one in components}
        self._left = {one.id: one.balance_minor for one in components}
        for payment in payments:
            for component_id, minor in payment.parts.items():
                self._left[component_id] += minor
        self._interest, self._put_back = interest, list[tuple[UUID, date, int]]()
        self._lowered = list(interest.lowered) if interest else []
        if interest:
            self._owed_before = self._left[interest.component_id]
            self._left[interest.component_id] -= interest.posted_minor + interest.elsewhere_minor
            for one in self._lowered:
                self._left[one.component_id] += one.minor

    def run(self, payments: Iterable[Paid]) -> Replayed:
        splits = [self._split(payment) for payment in payments]
        return Replayed(tuple(splits), self._corrections(splits))

    def _split(self, payment: Paid) -> Allocation:
        self._lower(payment.paid_on)
        taken, money = dict[UUID, int](), payment.minor - payment.gone_minor
        later = [one for one in self._charges if (one.effective_on, one.id) > (payment.paid_on, payment.id)]
        for day, hidden in self._steps(payment.paid_on, later):
            if not money:
                break
            seen = [replace(one, balance_minor=max(0, minor)) for one, minor in self._owed(day, hidden)]
            split = allocate(
                self._policy, seen, money, on=day, stage=self._stage, purpose=payment.purpose,
                designation=payment.designation,
            )  # fmt: skip
            for part in split.parts:
                taken[part.component_id] = taken.get(part.component_id, 0) + part.minor
                self._left[part.component_id] -= part.minor
                if self._interest:
                    self._interest.pay(part.component_id, payment.paid_on, part.minor)
            money = split.unapplied_minor
        parts = tuple(AllocatedPart(one, self._kinds[one], minor) for one, minor in taken.items())
        return Allocation(parts, money + payment.gone_minor)

    def _steps(self, paid_on: date, later: Sequence[Charge]) -> Iterator[tuple[date, Sequence[Charge]]]:
        """The days on which a payment looks for what is owed, and the charges that are not there yet: its own day, then
        each charge one by one, as it was entered, and the day to which the interest is known."""
        end = self._interest.end if self._interest and self._interest.end > paid_on else None
        yield paid_on, later
        for place, one in enumerate(later):
            if end and end < one.effective_on:
                yield end, later[place:]
                end = None
            yield one.effective_on, later[place + 1 :]
        if end:
            yield end, ()

    def _owed(self, day: date, hidden: Sequence[Charge]) -> list[tuple[OpenComponent, int]]:
        """What each component owes on a day; what is negative was paid too much."""
        sums = dict[UUID, int]()
        for charge in hidden:
            sums[charge.component_id] = sums.get(charge.component_id, 0) + charge.minor
        if self._interest:
            receiver = self._interest.component_id
            sums[receiver] = sums.get(receiver, 0) - self._interest.minor_on(day)
        return [(one, self._left[one.id] - sums.get(one.id, 0)) for one in self._components]

    def _lower(self, day: date) -> None:
        """Other components owe less from the days on that too much interest had been paid on, so far as that is so."""
        while self._interest and self._lowered and self._lowered[0].day <= day:
            one, receiver = self._lowered.pop(0), self._interest.component_id
            hidden = [charge for charge in self._charges if charge.effective_on > one.day]
            owed = {component.id: minor for component, minor in self._owed(one.day, hidden)}
            right = max(0, min(one.minor, -owed[receiver], owed[one.component_id]))
            self._left[one.component_id] -= right
            self._left[receiver] += right
            self._interest.lower(one.component_id, one.day, right)
            self._put_back.append((one.component_id, one.day, one.minor - right))

    def _corrections(self, splits: Sequence[Allocation]) -> tuple[tuple[UUID, date, int], ...]:
        """What of earlier corrections was not right after all, and what the interest itself becomes by it. It is never
        less than what of it is paid: where more was paid than was earned, accrual lowers what else is owed."""
        if self._interest is None:
            return ()
        self._lower(date.max)
        receiver, end = self._interest.component_id, self._interest.end
        paid = sum(part.minor for split in splits for part in split.parts if part.component_id == receiver)
        owed = max(0, self._left[receiver] + self._interest.minor_on(end))
        moves = [*self._put_back, (receiver, end, owed + paid - self._owed_before)]
        return tuple(move for move in moves if move[2])
