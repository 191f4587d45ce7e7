"""How a payment is split. Pure: the same inputs give the same split, whoever asks (domain vocabulary 5.2).

What is due is paid before what is not, also against the debtor's own designation (C.C. (Colombia) 1654); among what is
due, and again among what is not, what the debtor names comes first; then the mandate's policy decides. A disputed
portion takes nothing (12 CFR 1006.30(c)).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from core.debts.kinds import ComponentKind
from core.debts.rules import days_past_due
from core.kit.money import largest_remainder
from core.mandates.allocation import AllocationPolicy, DueDateOf, FutureRule, Grouping
from core.mandates.terms import Stage

_LAST_INSTALMENT = 2**15
"""Where components without an instalment stand among those of the same due date: after every smallint."""


@dataclass(frozen=True, slots=True)
class OpenComponent:
    """A component as the split sees it. It can take its balance less what of it is disputed. Give those without a
    balance too: they tell when their instalment is due."""

    id: UUID
    kind: ComponentKind
    position: int
    due_on: date | None
    balance_minor: int
    instalment: int | None = None
    disputed_minor: int = 0

    @property
    def free_minor(self) -> int:
        return max(0, self.balance_minor - self.disputed_minor)


@dataclass(frozen=True, slots=True)
class AllocatedPart:
    """What one component got, in minor units; never 0."""

    component_id: UUID
    kind: ComponentKind
    minor: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The parts in the order in which they were filled, and what no component could take."""

    parts: tuple[AllocatedPart, ...]
    unapplied_minor: int

    @property
    def applied_minor(self) -> int:
        return sum(part.minor for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a component stands on one day: `group` is its instalment, `today` whether what is older precedes it."""

    component: OpenComponent
    undue: bool
    named: bool
    today: bool
    kind: int
    group: tuple[int, int]

    @property
    def within(self) -> tuple[date, int, UUID]:
        return self.component.due_on or date.max, self.component.position, self.component.id


@dataclass(slots=True)
class _Filling:
    """What is left of the money, and what each component got so far."""

    left: int
    taken: dict[UUID, int] = field(default_factory=dict[UUID, int])

    def room(self, place: _Place) -> int:
        return place.component.free_minor - self.taken.get(place.component.id, 0)

    def give(self, place: _Place, most: int) -> int:
        """Up to `most` to one component; returns how much it took."""
        part = min(most, self.left, self.room(place))
        if part <= 0:
            return 0
        self.taken[place.component.id] = self.taken.get(place.component.id, 0) + part
        self.left -= part
        return part


def allocate(
    policy: AllocationPolicy,
    components: Iterable[OpenComponent],
    amount_minor: int,
    *,
    on: date,
    stage: Stage | None = None,
    purpose: str = "",
    designation: Collection[ComponentKind | UUID] = (),
) -> Allocation:
    """Split an amount that was paid on a day over the components of a debt in a stage.

    `designation` are kinds or ids of components that the debtor named. The parts and `unapplied_minor` add up to the
    amount; no component gets more than its balance without the disputed portion.
    Raises: ValueError for a negative amount.
    """
    if amount_minor < 0:
        raise ValueError("only a positive amount can be split")
    given = list(components)
    future = policy.future_for(purpose)
    places = _places(policy, given, on, stage, future, frozenset(designation))
    filling = _Filling(amount_minor)
    for undue, named in ((False, True), (False, False), (True, True), (True, False)):
        pool = [place for place in places if place.undue is undue and place.named is named and filling.room(place)]
        if undue and future is FutureRule.REAMORTIZE and policy.grouping is not Grouping.PRO_RATA:
            _fill_evenly(filling, pool, by_kind=policy.grouping is Grouping.VERTICAL, unit=policy.unit_minor)
        elif policy.grouping is Grouping.PRO_RATA:
            by_group = undue and future is not FutureRule.REAMORTIZE
            _fill_by_balance(filling, pool, by_group=by_group, unit=policy.unit_minor)
        else:
            for place in pool:
                filling.give(place, filling.left)
    kinds = {component.id: component.kind for component in given}
    parts = tuple(AllocatedPart(one, kinds[one], minor) for one, minor in filling.taken.items())
    return Allocation(parts, filling.left)


def _places(
    policy: AllocationPolicy,
    components: Sequence[OpenComponent],
    on: date,
    stage: Stage | None,
    future: FutureRule,
    designation: frozenset[ComponentKind | UUID],
) -> list[_Place]:
    """All components in the order of payment (core/placements/split_payments.py says the same in SQL)."""
    oldest = min((one.due_on for one in components if one.due_on and one.balance_minor > 0), default=None)
    orders = policy.orders_for(stage, days_past_due(oldest, on))
    by_kind = [{kind: place for place, kind in enumerate(order)} for order in (orders.due, orders.in_advance)]
    ends = _instalment_ends(components)

    def place(one: OpenComponent) -> _Place:
        ends_on = one.due_on if one.instalment is None else ends[one.instalment]
        due_on = ends_on if policy.due_date_of is DueDateOf.INSTALMENT else one.due_on
        undue = due_on is not None and due_on > on
        sign = -1 if undue and future is FutureRule.LAST else 1
        number = _LAST_INSTALMENT if one.instalment is None else one.instalment
        return _Place(
            one,
            undue,
            one.id in designation or one.kind in designation,
            policy.past_due_first and due_on == on,
            by_kind[undue][one.kind],
            (sign * (ends_on or date.max).toordinal(), sign * number),
        )

    places = [place(one) for one in components]
    if policy.grouping is Grouping.HORIZONTAL:
        return sorted(places, key=lambda one: (one.today, one.group, one.kind, one.within))
    return sorted(places, key=lambda one: (one.today, one.kind, one.group, one.within))


def _instalment_ends(components: Iterable[OpenComponent]) -> dict[int, date | None]:
    """When each instalment is due: with the last of its components."""
    ends: dict[int, date | None] = {}
    for one in components:
        if one.instalment is not None:
            ends[one.instalment] = max(
                (day for day in (ends.get(one.instalment), one.due_on) if day is not None), default=None
            )
    return ends


def _fill_by_balance(filling: _Filling, pool: Sequence[_Place], *, by_group: bool, unit: int) -> None:
    """Pro rata of the balances; `by_group` one instalment after the other, each pro rata. Shares are multiples of the
    unit; what of the money is none, or has no room so, goes to the first that has."""
    groups = sorted({place.group for place in pool}) if by_group else [None]
    for group in groups:
        members = [place for place in pool if group is None or place.group == group]
        rooms = [filling.room(place) for place in members]
        least = filling.left - min(filling.left, sum(rooms))
        shares = largest_remainder((filling.left - least) // unit, rooms)
        for place, part in zip(members, shares, strict=True):
            filling.give(place, part * unit)
        for place in members:
            filling.give(place, filling.left - least)


def _fill_evenly(filling: _Filling, pool: Sequence[_Place], *, by_kind: bool, unit: int) -> None:
    """The same to every instalment, as far as it has room: the rest is spread again until nothing is left.

    `by_kind` one kind after the other is paid whole; otherwise each round gives every kind its turn.
    """
    in_turn = sorted(pool, key=lambda place: place.kind)
    kinds = [list(members) for _, members in groupby(in_turn, key=lambda place: place.kind)]
    if by_kind:
        for members in kinds:
            while filling.left and (groups := _open_groups(filling, members)):
                _spread(filling, members, groups, unit)
        return
    while filling.left and (groups := _open_groups(filling, pool)):
        for members in kinds:
            _spread(filling, members, groups, unit)


def _open_groups(filling: _Filling, places: Sequence[_Place]) -> list[tuple[int, int]]:
    return sorted({place.group for place in places if filling.room(place)})


def _spread(filling: _Filling, members: Sequence[_Place], groups: Sequence[tuple[int, int]], unit: int) -> None:
    """What is left, in equal shares of whole units rounded half to even, to one kind of each instalment; the last takes
    the rest."""
    whole, rest = divmod(filling.left, len(groups) * unit)
    share = (whole + (2 * rest > len(groups) * unit or (2 * rest == len(groups) * unit and whole % 2 == 1))) * unit
    last = filling.left - share * (len(groups) - 1)
    for group in groups:
        most = last if group == groups[-1] else share
        for place in members:
            if place.group == group:
                most -= filling.give(place, most)
