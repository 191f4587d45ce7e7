"""The split of a payment: pure, complete, never more than a component owes, and in the order that was agreed on."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.debts.models import ComponentKind, Stage
from core.kit.ids import new_id
from core.mandates.allocation import AllocationPolicy, check_allocation_policy, policy_of
from core.payments.rules import Allocation, OpenComponent, allocate, largest_remainder

K = ComponentKind
DAY = date(2026, 1, 1)
GROUPINGS, FUTURES = ("HORIZONTAL", "VERTICAL", "PRO_RATA"), ("NEXT", "LAST", "REAMORTIZE")


def part(
    kind: ComponentKind,
    minor: int,
    position: int,
    due_in: int | None = 0,
    instalment: int | None = None,
    disputed: int = 0,
) -> OpenComponent:
    due_on = None if due_in is None else DAY + timedelta(days=due_in)
    return OpenComponent(new_id(), kind, position, due_on, minor, instalment, disputed)


def policy(*order: K, **given: Any) -> AllocationPolicy:
    return policy_of(order or tuple(K), check_allocation_policy(given))


def got(split: Allocation, *components: OpenComponent) -> list[int]:
    taken = {one.component_id: one.minor for one in split.parts}
    return [taken.get(one.id, 0) for one in components]


components = st.lists(
    st.tuples(
        st.sampled_from(list(K)[:5]),
        st.integers(0, 10**6) | st.integers(0, 9),
        st.none() | st.integers(-60, 60),
        st.none() | st.integers(1, 4),
        st.integers(0, 10**6) | st.just(0),
    ),
    max_size=12,
).map(lambda rows: [part(kind, minor, n, due, nr, held) for n, (kind, minor, due, nr, held) in enumerate(rows)])
orders = st.lists(st.sampled_from(list(K)), unique=True, min_size=1)
policies = st.fixed_dictionaries(
    {
        "grouping": st.sampled_from(GROUPINGS),
        "future": st.sampled_from(FUTURES),
        "due_date_of": st.sampled_from(("COMPONENT", "INSTALMENT")),
        "past_due_first": st.booleans(),
        "in_advance_order": orders,
        "orders": st.just([])
        | st.just(
            [
                {"when": {"min_days_past_due": 30}, "order": ["PRINCIPAL"]},
                {"when": {"stage": "EARLY"}, "order": ["TAX"]},
            ]
        ),
    }
).map(lambda data: replace(policy(*K, **data), unit_minor=len(data["in_advance_order"]) ** 3))
"""Their units are 1 to 1,000 minor units."""


@given(policies, components, st.integers(0, 10**7), st.sets(st.sampled_from(list(K)), max_size=2), st.randoms())
def test_every_split_adds_up(
    given_policy: AllocationPolicy, parts: list[OpenComponent], amount: int, named: set[K], random: Random
) -> None:
    def split(of: list[OpenComponent]) -> Allocation:
        return allocate(given_policy, of, amount, on=DAY, stage=Stage.EARLY, designation=named)

    done, free = split(parts), {one.id: max(0, one.balance_minor - one.disputed_minor) for one in parts}
    assert done.applied_minor + done.unapplied_minor == amount
    assert len({taken.component_id for taken in done.parts}) == len(done.parts)
    assert all(0 < taken.minor <= free[taken.component_id] for taken in done.parts)
    assert done.unapplied_minor == max(0, amount - sum(free.values()))
    shuffled = list(parts)
    random.shuffle(shuffled)
    assert split(shuffled) == done


@given(policies, components, st.integers(0, 10**7), st.data())
def test_nothing_undue_is_paid_before_what_is_due_whatever_the_debtor_names(
    given_policy: AllocationPolicy, parts: list[OpenComponent], amount: int, data: st.DataObject
) -> None:
    """C.C. (Colombia) 1654."""
    named = data.draw(st.sets(st.sampled_from([one.id for one in parts]), max_size=3)) if parts else set[UUID]()
    done = allocate(given_policy, parts, amount, on=DAY, designation=named)
    taken = {one.component_id: one.minor for one in done.parts}
    by_instalment = given_policy.due_date_of == "INSTALMENT"

    def due_on(one: OpenComponent) -> date | None:
        if not by_instalment or one.instalment is None:
            return one.due_on
        return max((o.due_on for o in parts if o.instalment == one.instalment and o.due_on), default=None)

    undue = [one for one in parts if (day := due_on(one)) is not None and day > DAY]
    due = [one for one in parts if one not in undue]
    if any(one.id in taken for one in undue):
        assert all(taken.get(one.id, 0) == one.free_minor for one in due)
    for pool in (due, undue):
        others = [one for one in pool if one.id not in named]
        if any(one.id in taken for one in others):
            assert all(taken.get(one.id, 0) == one.free_minor for one in pool if one.id in named)


@given(
    components.filter(bool),
    st.integers(1, 10**6),
    st.sampled_from(("HORIZONTAL", "VERTICAL")),
    st.sampled_from(("NEXT", "LAST")),
)
def test_an_order_fills_each_before_the_next(
    parts: list[OpenComponent], amount: int, grouping: str, future: str
) -> None:
    """A unit more goes to where the last unit went, or to the next: what was given is never taken back."""
    agreed = policy(grouping=grouping, future=future)
    less, more = (allocate(agreed, parts, minor, on=DAY) for minor in (amount - 1, amount))
    assert [one.component_id for one in more.parts][: len(less.parts)] == [one.component_id for one in less.parts]
    assert more.parts[: max(0, len(less.parts) - 1)] == less.parts[:-1]


def test_kind_then_due_date_then_position() -> None:
    late, early = part(K.PRINCIPAL, 100, 1, due_in=0), part(K.PRINCIPAL, 100, 2, due_in=-30)
    undated, interest = part(K.PRINCIPAL, 100, 3, due_in=None), part(K.INTEREST_ORDINARY, 50, 4, due_in=-1)
    unnamed, ahead = part(K.TAX, 10, 0), part(K.INTEREST_ORDINARY, 10, 5, due_in=1)
    everything = (unnamed, late, early, undated, interest, ahead)

    split = allocate(policy(K.INTEREST_ORDINARY, K.PRINCIPAL), everything, 1000, on=DAY)
    assert [one.component_id for one in split.parts] == [o.id for o in (interest, early, late, undated, unnamed, ahead)]
    assert split.unapplied_minor == 1000 - 370


def _loan() -> list[OpenComponent]:
    """Three instalments, due 30 days ago, today and in 30 days: 10 of interest and 90 of principal each."""
    return [
        part(kind, minor, nr, days, nr)
        for nr, days in ((1, -30), (2, 0), (3, 30))
        for kind, minor in ((K.INTEREST_ORDINARY, 10), (K.PRINCIPAL, 90))
    ]


def test_instalment_by_instalment_and_kind_by_kind() -> None:
    loan, order = _loan(), (K.INTEREST_ORDINARY, K.PRINCIPAL)
    across = allocate(policy(*order, grouping="HORIZONTAL"), loan, 105, on=DAY)
    assert got(across, *loan) == [10, 90, 5, 0, 0, 0]
    down = allocate(policy(*order, grouping="VERTICAL"), loan, 105, on=DAY)
    assert got(down, *loan) == [10, 85, 10, 0, 0, 0]
    overdue = allocate(policy(*order, grouping="VERTICAL", past_due_first=True), loan, 105, on=DAY)
    assert got(overdue, *loan) == [10, 90, 5, 0, 0, 0]


def test_another_order_in_advance() -> None:
    loan = _loan()
    agreed = policy(K.INTEREST_ORDINARY, K.PRINCIPAL, grouping="HORIZONTAL", in_advance_order=["PRINCIPAL"])
    assert got(allocate(agreed, loan, 240, on=DAY), *loan) == [10, 90, 10, 90, 0, 40]


def test_which_instalment_is_paid_in_advance() -> None:
    """Three of 100, and 100.01 in advance: the last of equal shares takes what rounding leaves."""
    loan = [part(K.PRINCIPAL, 100_00, nr, 30 * nr, nr) for nr in (1, 2, 3)]
    for future, expected in (
        ("NEXT", [100_00, 1, 0]), ("LAST", [0, 1, 100_00]), ("REAMORTIZE", [33_34, 33_34, 33_33]),
    ):  # fmt: skip
        agreed = policy(grouping="HORIZONTAL", future=future)
        assert got(allocate(agreed, loan, 100_01, on=DAY), *loan) == expected
    agreed = policy(grouping="HORIZONTAL", future="LAST", future_by_purpose={"REFUND": "NEXT"})
    assert got(allocate(agreed, loan, 50_00, on=DAY, purpose="REFUND"), *loan) == [50_00, 0, 0]
    assert got(allocate(agreed, loan, 50_00, on=DAY, purpose="GIFT"), *loan) == [0, 0, 50_00]


def test_even_shares_go_on_where_an_instalment_is_full() -> None:
    loan = [part(K.PRINCIPAL, minor, nr, 30 * nr, nr) for nr, minor in ((1, 5), (2, 100), (3, 100))]
    for grouping in ("HORIZONTAL", "VERTICAL"):
        agreed = policy(grouping=grouping, future="REAMORTIZE")
        assert got(allocate(agreed, loan, 90, on=DAY), *loan) == [5, 42, 43]
    few = [part(K.PRINCIPAL, 10, nr, 30 * nr, nr) for nr in range(1, 6)]
    assert sum(got(allocate(policy(future="REAMORTIZE"), few, 3, on=DAY), *few)) == 3


def test_a_charge_is_due_by_itself_or_with_its_instalment() -> None:
    loan = [part(K.PRINCIPAL, 100, 1, 30, 1), part(K.PENALTY, 10, 2, 0, 1), part(K.PENALTY, 10, 3, 20, 1)]
    order = (K.PENALTY, K.PRINCIPAL)
    given = {"grouping": "HORIZONTAL", "in_advance_order": ["PRINCIPAL"]}
    assert got(allocate(policy(*order, **given), loan, 50, on=DAY), *loan) == [40, 10, 0]
    together = policy(*order, **given, due_date_of="INSTALMENT")
    assert got(allocate(together, loan, 50, on=DAY), *loan) == [50, 0, 0]
    # The instalment's day is known by a component that is paid already, too.
    paid = [replace(loan[0], balance_minor=0), *loan[1:]]
    agreed = policy(*order, due_date_of="INSTALMENT", future="LAST")
    assert got(allocate(agreed, [*paid, part(K.TAX, 5, 4, 25)], 5, on=DAY), *paid) == [0, 5, 0]


def test_the_order_follows_stage_and_days_past_due() -> None:
    rules = [
        {"when": {"stage": "JUDICIAL"}, "order": ["LEGAL_COST"]},
        {"when": {"min_days_past_due": 90}, "order": ["PRINCIPAL"]},
    ]
    agreed = policy(K.INTEREST_ORDINARY, orders=rules)

    def first(stage: Stage, days: int) -> K:
        debt = [part(kind, 10, n, -days) for n, kind in enumerate((K.INTEREST_ORDINARY, K.PRINCIPAL, K.LEGAL_COST))]
        return allocate(agreed, debt, 1, on=DAY, stage=stage).parts[0].kind

    assert first(Stage.PRE_LEGAL, 89) is K.INTEREST_ORDINARY
    assert first(Stage.PRE_LEGAL, 90) is K.PRINCIPAL
    assert first(Stage.JUDICIAL, 90) is K.LEGAL_COST


def test_what_the_debtor_names_comes_first_among_what_is_due() -> None:
    loan = _loan()
    agreed = policy(K.INTEREST_ORDINARY, K.PRINCIPAL)
    assert got(allocate(agreed, loan, 100, on=DAY, designation={loan[3].id}), *loan) == [10, 0, 0, 90, 0, 0]
    assert got(allocate(agreed, loan, 100, on=DAY, designation={K.PRINCIPAL}), *loan) == [0, 90, 0, 10, 0, 0]
    assert got(allocate(agreed, loan, 205, on=DAY, designation={loan[5].id}), *loan) == [10, 90, 10, 90, 0, 5]


def test_a_disputed_portion_takes_nothing() -> None:
    """12 CFR 1006.30(c)."""
    debt = [part(K.PRINCIPAL, 100, 1, disputed=60), part(K.PENALTY, 10, 2, disputed=25)]
    split = allocate(policy(), debt, 100, on=DAY, designation={K.PENALTY})
    assert got(split, *debt) == [40, 0]
    assert split.unapplied_minor == 60


def test_pro_rata_by_largest_remainder() -> None:
    assert largest_remainder(100_00, (1, 1, 1)) == [33_34, 33_33, 33_33]
    assert largest_remainder(1000_00, (333_33, 333_33, 333_34)) == [333_33, 333_33, 333_34]
    assert largest_remainder(5, (0, 0)) == [0, 0]
    debt = [part(K.PRINCIPAL, 100, 1), part(K.PENALTY, 100, 2), part(K.TAX, 100, 3), part(K.TAX, 50, 4, due_in=9)]
    agreed = policy(K.TAX, K.PENALTY, K.PRINCIPAL, grouping="PRO_RATA")
    assert got(allocate(agreed, debt, 100, on=DAY), *debt) == [33, 33, 34, 0]
    assert got(allocate(agreed, debt, 320, on=DAY), *debt) == [100, 100, 100, 20]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up_and_are_off_by_less_than_one(amount: int, weights: list[int]) -> None:
    shares, total = largest_remainder(amount, weights), sum(weights)
    assert sum(shares) == (amount if total else 0)
    assert all(
        abs(share * total - amount * weight) < total for share, weight in zip(shares, weights, strict=True) if total
    )


def test_shares_in_whole_pesos() -> None:
    debt = [part(K.PRINCIPAL, 1_000_00, 1), part(K.PENALTY, 1_000_00, 2), part(K.TAX, 1_000_37, 3)]
    agreed = replace(policy(K.TAX, K.PENALTY, K.PRINCIPAL, grouping="PRO_RATA"), unit_minor=100)
    assert got(allocate(agreed, debt, 100_00, on=DAY), *debt) == [33_00, 33_00, 34_00]
    assert got(allocate(agreed, debt, 100_50, on=DAY), *debt) == [33_00, 33_00, 34_50], "what is no peso goes first"
    assert got(allocate(agreed, debt, 3_000_37, on=DAY), *debt) == [1_000_00, 1_000_00, 1_000_37]
    later = [part(K.PRINCIPAL, 1_000_00, n, 30 * n, n) for n in (1, 2, 3)]
    evenly = replace(policy(future="REAMORTIZE"), unit_minor=100)
    assert got(allocate(evenly, later, 100_00, on=DAY), *later) == [33_00, 33_00, 34_00]


def test_a_negative_amount_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="positive"):
        allocate(policy(), [], -1, on=DAY)
