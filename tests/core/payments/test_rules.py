"""The split of a payment: pure, complete, never more than a component owes."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.debts.models import ComponentKind
from core.kit.ids import new_id
from core.payments.rules import OpenComponent, allocate, in_order

K = ComponentKind
DAY = date(2026, 1, 1)


def part(kind: ComponentKind, minor: int, position: int, due_in: int | None = 0) -> OpenComponent:
    due_on = None if due_in is None else DAY + timedelta(days=due_in)
    return OpenComponent(new_id(), kind, position, due_on, minor)


components = st.lists(
    st.tuples(st.sampled_from(list(K)), st.integers(0, 10**15), st.none() | st.integers(-400, 400)), max_size=12
).map(lambda rows: [part(kind, minor, n, due) for n, (kind, minor, due) in enumerate(rows)])
orders = st.lists(st.sampled_from(list(K)), unique=True)


@given(orders, components, st.integers(0, 10**16), st.randoms())
def test_every_split_adds_up(
    order: list[K], given_components: list[OpenComponent], amount: int, random: Random
) -> None:
    split = allocate(order, given_components, amount)
    balances = {component.id: component.balance_minor for component in given_components}

    assert split.applied_minor + split.unapplied_minor == amount
    assert split.unapplied_minor >= 0
    assert len({taken.component_id for taken in split.parts}) == len(split.parts)
    assert all(0 < taken.minor <= balances[taken.component_id] for taken in split.parts)
    assert split.unapplied_minor == max(0, amount - sum(balances.values()))
    shuffled = list(given_components)
    random.shuffle(shuffled)
    assert allocate(order, shuffled, amount) == split


@given(orders, components, st.integers(0, 10**16))
def test_nothing_is_filled_before_what_comes_first(
    order: list[K], given_components: list[OpenComponent], amount: int
) -> None:
    taken = {got.component_id: got.minor for got in allocate(order, given_components, amount).parts}
    shortfalls = [c.balance_minor - taken.get(c.id, 0) for c in in_order(order, given_components)]
    first_short = next((n for n, short in enumerate(shortfalls) if short), len(shortfalls))
    assert all(c.id not in taken for c in in_order(order, given_components)[first_short + 1 :])


def test_kind_then_due_date_then_position() -> None:
    late, early = part(K.PRINCIPAL, 100, 1, due_in=30), part(K.PRINCIPAL, 100, 2, due_in=0)
    undated, interest = part(K.PRINCIPAL, 100, 3, due_in=None), part(K.INTEREST_ORDINARY, 50, 4, due_in=60)
    unnamed = part(K.TAX, 10, 0)

    order = [K.INTEREST_ORDINARY, K.PRINCIPAL]
    assert in_order(order, [unnamed, late, early, undated, interest]) == [interest, early, late, undated, unnamed]
    split = allocate(order, [unnamed, late, early, undated, interest], 120)
    assert [(got.component_id, got.minor) for got in split.parts] == [(interest.id, 50), (early.id, 70)]


def test_the_mandate_may_put_principal_first() -> None:
    principal, interest = part(K.PRINCIPAL, 100, 1), part(K.INTEREST_DEFAULT, 100, 2)
    assert allocate([K.PRINCIPAL], [interest, principal], 130).parts[0].component_id == principal.id


def test_a_negative_amount_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="positive"):
        allocate([], [], -1)
