"""The splits that payments would have had in the order of their days. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind, Stage
from core.mandates.allocation import policy_of
from core.payments.rules import AllocatedPart, Allocation, OpenComponent, allocate


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as it is stored; `parts` are minor units by component. Ids tell the order of entry on one day."""

    id: UUID
    minor: int
    paid_on: date
    purpose: str
    designation: tuple[ComponentKind | UUID, ...]
    parts: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a component was raised by, and from which day on it is owed: a charge, or interest."""

    id: UUID
    component_id: UUID
    effective_on: date
    minor: int


def replay(
    debt: Mapping[str, Any], components: Sequence[OpenComponent], payments: Sequence[Paid], charges: Sequence[Charge]
) -> list[Allocation]:
    """The split of each payment, in the order in which they are given.

    `debt` has `stage`, `allocation_order`, `allocation_policy` and `rounding_unit_minor`. The components' balances are
    what they are after these payments. A charge is hidden from payments of earlier days, and of its own day if they
    were entered before it; what such a payment leaves over goes to it in the end, as the money was there when it came.
    """
    policy = policy_of(debt["allocation_order"], debt["allocation_policy"], debt["rounding_unit_minor"])
    stage, left = Stage(debt["stage"]), {one.id: one.balance_minor for one in components}
    for payment in payments:
        for component_id, minor in payment.parts.items():
            left[component_id] += minor
    splits = list[Allocation]()
    for payment in payments:
        taken, money = dict[UUID, int](), payment.minor
        later = [one for one in charges if (one.effective_on, one.id) > (payment.paid_on, payment.id)]
        steps = [(payment.paid_on, later)]
        steps += [
            (day, [one for one in later if one.effective_on > day])
            for day in sorted({one.effective_on for one in later})
        ]
        for day, after in steps:
            hidden = _sums(after)
            seen = [replace(one, balance_minor=max(0, left[one.id] - hidden.get(one.id, 0))) for one in components]
            split = allocate(
                policy, seen, money, on=day, stage=stage, purpose=payment.purpose, designation=payment.designation
            )
            for part in split.parts:
                taken[part.component_id] = taken.get(part.component_id, 0) + part.minor
                left[part.component_id] -= part.minor
            money = split.unapplied_minor
        kinds = {one.id: one.kind for one in components}
        parts = tuple(AllocatedPart(one, kinds[one], minor) for one, minor in taken.items())
        splits.append(Allocation(parts, money))
    return splits


def _sums(charges: Iterable[Charge]) -> dict[UUID, int]:
    sums = dict[UUID, int]()
    for charge in charges:
        sums[charge.component_id] = sums.get(charge.component_id, 0) + charge.minor
    return sums
