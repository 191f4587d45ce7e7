"""How a payment is split. Pure: the same inputs give the same split, whoever asks (domain vocabulary 5.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.kinds import ComponentKind

_BY_KIND = {kind: place for place, kind in enumerate(ComponentKind)}


@dataclass(frozen=True, slots=True)
class OpenComponent:
    """A component as the split sees it; `balance_minor` is what it can still take."""

    id: UUID
    kind: ComponentKind
    position: int
    due_on: date | None
    balance_minor: int


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


def in_order(order: Sequence[ComponentKind], components: Iterable[OpenComponent]) -> list[OpenComponent]:
    """The components as payments fill them: by kind as the mandate orders, then by due date, then by position.

    Kinds that the mandate does not name come last, in the order of `ComponentKind`; components without a due date come
    after the dated ones of their kind.
    """
    places = {kind: place for place, kind in reversed(list(enumerate(order)))}
    unnamed = len(order)

    def place(component: OpenComponent) -> tuple[int, int, date, int, UUID]:
        kind = places.get(component.kind, unnamed)
        return kind, _BY_KIND[component.kind], component.due_on or date.max, component.position, component.id

    return sorted(components, key=place)


def allocate(order: Sequence[ComponentKind], components: Iterable[OpenComponent], amount_minor: int) -> Allocation:
    """Split an amount over components, each filled before the next.

    The parts and `unapplied_minor` add up to the amount; no component gets more than its balance.
    Raises: ValueError for a negative amount.
    """
    if amount_minor < 0:
        raise ValueError("only a positive amount can be split")
    left, parts = amount_minor, list[AllocatedPart]()
    for component in in_order(order, components):
        part = min(left, component.balance_minor)
        if part > 0:
            parts.append(AllocatedPart(component.id, component.kind, part))
            left -= part
    return Allocation(tuple(parts), left)
