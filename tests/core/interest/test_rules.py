"""Interest by days: the published figures, and what must hold for all rates, caps, pauses and payments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.debts.models import ComponentKind
from core.interest.rates import EXACT, days_between, effective_daily, minor_of
from core.interest.rules import (
    Cap,
    CapMissing,
    DatedTerms,
    History,
    Line,
    Moved,
    Pause,
    accrued_on,
    certified_until,
    lines,
)
from core.mandates.interest import DayCount, InterestMethod, InterestTerms

D, K, M = Decimal, ComponentKind, InterestMethod
START = date(2026, 1, 1)
MILLION = 100_000_000
Q1 = Cap("CO", date(2026, 1, 1), date(2026, 3, 31), D("0.2677"), "Q1")
Q2 = Cap("CO", date(2026, 4, 1), date(2026, 6, 30), D("0.2817"), "Q2")


def day(n: int, since: date = START) -> date:
    return since + timedelta(days=n)


def owing(
    terms: InterestTerms, minor: int = MILLION, *, caps: Sequence[Cap] = (), pauses: Sequence[Pause] = (),
    moves: Sequence[Moved] = (), since: date = START,
) -> History:  # fmt: skip
    placed = Moved(since, K.PRINCIPAL, None, minor)
    return History([DatedTerms(since, terms)], list(caps), list(pauses), [placed, *moves])


def money(found: Sequence[Line]) -> str:
    return str(D(minor_of(found[-1].total)).scaleb(-2))


@pytest.mark.parametrize(
    ("method", "days", "expected"),
    [
        (M.COMPOUND, 30, "20608.44"), (M.SIMPLE_DAILY_EFFECTIVE, 30, "20405.89"), (M.SIMPLE_NOMINAL, 30, "23153.42"),
        (M.COMPOUND, 90, "63108.19"), (M.SIMPLE_DAILY_EFFECTIVE, 90, "61217.68"), (M.SIMPLE_NOMINAL, 90, "69460.27"),
        (M.COMPOUND, 365, "281700.00"), (M.SIMPLE_DAILY_EFFECTIVE, 365, "248271.72"),
        (M.SIMPLE_NOMINAL, 365, "281700.00"),
    ],
)  # fmt: skip
def test_published_figures(method: InterestMethod, days: int, expected: str) -> None:
    history = owing(InterestTerms(method=method, annual_rate=D("0.2817")))
    assert money(lines(history, START, day(days))) == expected


def test_daily_rates() -> None:
    assert round(effective_daily(D("0.2817")), 12) == D("0.000680196494")
    nominal = InterestTerms(method=M.SIMPLE_NOMINAL, annual_rate=D("0.2817"))
    (line,) = lines(owing(nominal), START, day(1))
    assert round(line.daily_rate, 12) == D("0.000771780822")


def test_an_interval_over_a_change_of_the_cap_is_split() -> None:
    terms = InterestTerms(annual_rate=D("0.60"), modality="CO")
    first, last = date(2026, 3, 15), date(2026, 4, 15)
    found = lines(owing(terms, caps=[Q1, Q2]), first, last)
    assert [(line.days, line.annual_rate, line.resolution) for line in found] == [
        (17, D("0.2677"), "Q1"), (14, D("0.2817"), "Q2"),
    ]  # fmt: skip
    assert money(found) == "20574.21"
    last_cap = lines(owing(terms, caps=[replace(Q1, annual_rate=D("0.2817")), Q2]), first, last)
    assert money(last_cap) == "21086.09"


def test_the_agreed_rate_applies_where_it_is_lower_and_the_cap_where_none_is_agreed() -> None:
    low = InterestTerms(annual_rate=D("0.27"), modality="CO")
    found = lines(owing(low, caps=[Q1, Q2]), date(2026, 3, 15), date(2026, 4, 15))
    assert [(line.annual_rate, line.contract_rate, line.cap_rate) for line in found] == [
        (D("0.2677"), D("0.27"), D("0.2677")), (D("0.27"), D("0.27"), D("0.2817")),
    ]  # fmt: skip
    legal = InterestTerms(modality="CO")
    assert money(lines(owing(legal, caps=[Q1, Q2]), date(2026, 3, 15), date(2026, 4, 15))) == "20574.21"


def test_a_nominal_rate_is_capped_by_the_day_as_well() -> None:
    nominal = InterestTerms(method=M.SIMPLE_NOMINAL, annual_rate=D("0.27"), modality="CO")
    (line,) = lines(owing(nominal, caps=[Q1]), START, day(30))
    assert line.annual_rate == D("0.2677") and line.daily_rate == effective_daily(D("0.2677"))


@pytest.mark.parametrize(
    ("count", "first", "last", "days"),
    [
        (DayCount.ACT_365, date(2028, 2, 28), date(2028, 3, 1), 2), (DayCount.THIRTY_360, date(2026, 2, 28), date(2026, 3, 1), 3),
        (DayCount.THIRTY_360, date(2026, 1, 30), date(2026, 1, 31), 0), (DayCount.THIRTY_360, date(2026, 1, 31), date(2026, 2, 28), 28),
        (DayCount.THIRTY_360, date(2026, 1, 1), date(2027, 1, 1), 360),
    ],
)  # fmt: skip
def test_day_counts(count: DayCount, first: date, last: date, days: int) -> None:
    assert days_between(count, first, last) == days


def test_actual_days_of_leap_years_are_of_366() -> None:
    terms = InterestTerms(method=M.SIMPLE_NOMINAL, day_count=DayCount.ACT_ACT, annual_rate=D("0.366"))
    since = date(2027, 12, 1)
    found = lines(owing(terms, since=since), since, date(2028, 2, 1))
    assert [(line.first, line.days) for line in found] == [(since, 31), (date(2028, 1, 1), 31)]
    # 0.366 / 365 and 0.366 / 366 a day, on 100,000,000
    assert [minor_of(line.interest) for line in found] == [3_108_493, 3_100_000]


def test_only_what_is_overdue_bears_default_interest() -> None:
    later = Moved(START, K.PRINCIPAL, day(10), MILLION)
    fee = Moved(START, K.COLLECTION_FEE, None, MILLION)
    terms = InterestTerms(annual_rate=D("0.2"))
    found = lines(owing(terms, moves=[later, fee]), START, day(20))
    assert [(line.first, line.base) for line in found] == [(START, MILLION), (day(10), 2 * MILLION)]
    all_of_it = lines(owing(replace(terms, overdue_only=False), moves=[later]), START, day(20))
    assert [line.base for line in all_of_it] == [2 * MILLION]


def test_a_payment_counts_from_its_day_on_and_a_pause_takes_its_days_out() -> None:
    paid = Moved(day(10), K.PRINCIPAL, None, -MILLION // 2)
    pause = Pause(day(12), day(14), "DISPUTE")
    found = lines(owing(InterestTerms(annual_rate=D("0.2")), moves=[paid], pauses=[pause]), START, day(20))
    assert [(line.first, line.last, line.base, line.paused) for line in found] == [
        (START, day(10), MILLION, None), (day(10), day(12), MILLION // 2, None),
        (day(12), day(15), MILLION // 2, "DISPUTE"), (day(15), day(20), MILLION // 2, None),
    ]  # fmt: skip
    assert found[2].interest == 0 and found[1].interest > 0


def test_terms_of_a_judgment_replace_those_of_the_contract() -> None:
    contract = InterestTerms(annual_rate=D("0.2"))
    judgment = InterestTerms(annual_rate=D("0.06"), base=(K.PRINCIPAL, K.LEGAL_COST))
    costs = Moved(START, K.LEGAL_COST, None, 1_000)
    history = owing(contract, moves=[costs])
    history = replace(history, terms=[*history.terms, DatedTerms(day(10), judgment)])
    assert [(line.base, line.annual_rate, line.first) for line in lines(history, START, day(20))] == [
        (MILLION, D("0.2"), START), (MILLION + 1_000, D("0.06"), day(10)),
    ]  # fmt: skip


def test_interest_upon_interest_forgets_what_was_posted_and_knows_what_was_paid() -> None:
    terms = InterestTerms(method=M.COMPOUND, annual_rate=D("0.2817"))
    posted = Moved(day(30), K.INTEREST_DEFAULT, None, 2_060_844, interest=True)
    whole = accrued_on(owing(terms), day(365))
    assert accrued_on(owing(terms, moves=[posted]), day(365)) - whole < D("1e-9")
    paid = Moved(day(30), K.INTEREST_DEFAULT, None, -2_060_844)
    after = lines(owing(terms, moves=[posted, paid]), START, day(60))
    assert minor_of(after[-1].interest) == 2_060_844
    # All principal and interest of 30 days paid: nothing is left to bear any.
    gone = [paid, Moved(day(30), K.PRINCIPAL, None, -MILLION)]
    assert minor_of(lines(owing(terms, moves=gone), START, day(60))[-1].interest) == 0


def test_days_without_a_certified_cap() -> None:
    terms = InterestTerms(modality="CO")
    history = owing(terms, caps=[Q1, Q2], since=date(2025, 12, 1))
    with pytest.raises(CapMissing) as missing:
        lines(history, date(2025, 12, 1), START)
    assert missing.value.day == date(2025, 12, 1)
    ahead = lines(history, date(2026, 6, 1), date(2026, 7, 10))
    assert [line.provisional for line in ahead] == [False, True]
    assert certified_until(history, START, date(2026, 7, 10)) == date(2026, 7, 1)
    assert certified_until(history, START, date(2026, 5, 1)) == date(2026, 5, 1)
    assert certified_until(history, date(2025, 12, 1), START) == date(2025, 12, 1)


rates = st.integers(0, 10**8).map(lambda n: D(n).scaleb(-8))
days = st.integers(0, 900)
caps = st.lists(rates, min_size=1, max_size=12).map(
    lambda annual: [
        Cap("CO", day(80 * n), day(80 * n + 79) if n < len(annual) - 1 else date(2100, 1, 1), rate, str(n))
        for n, rate in enumerate(annual)
    ]
)
pauses = st.lists(
    st.tuples(days, st.none() | st.integers(0, 200)).map(
        lambda p: Pause(day(p[0]), None if p[1] is None else day(p[0] + p[1]), "DISPUTE")
    ),
    max_size=4,
)
moves = st.lists(
    st.tuples(
        days,
        st.sampled_from([K.PRINCIPAL, K.INTEREST_DEFAULT, K.TAX]),
        st.none() | days.map(day),
        st.integers(-(10**9), 10**9),
    ).map(lambda m: Moved(day(m[0]), *m[1:])),
    max_size=8,
)
any_terms = st.one_of(
    st.builds(InterestTerms, method=st.sampled_from([M.SIMPLE_DAILY_EFFECTIVE, M.COMPOUND]), annual_rate=st.none() | rates,
              modality=st.just("CO"), overdue_only=st.booleans()),
    st.builds(InterestTerms, method=st.just(M.SIMPLE_NOMINAL), annual_rate=rates, modality=st.none() | st.just("CO"),
              day_count=st.sampled_from([DayCount.ACT_365, DayCount.ACT_360, DayCount.ACT_ACT])),
    st.builds(InterestTerms, method=st.just(M.SIMPLE_NOMINAL), annual_rate=rates, day_count=st.just(DayCount.THIRTY_360)),
)  # fmt: skip
histories = st.builds(
    lambda terms, caps, pauses, moves, minor: owing(terms, minor, caps=caps, pauses=pauses, moves=moves),
    any_terms, caps, pauses, moves, st.integers(0, 10**15),
)  # fmt: skip


@given(histories, days, days)
def test_accrual_adds_up_over_any_division(history: History, a: int, b: int) -> None:
    a, b = sorted((a, b))
    first = lines(history, START, day(a))
    middle = first[-1].total if first else D(0)
    second = lines(history, day(a), day(b), accrued=middle)
    whole = accrued_on(history, day(b))
    # A line is rounded at 12 decimals, and so are both halves of a divided one.
    assert abs((second[-1].total if second else middle) - whole) <= D("1e-9")


@given(histories, days)
def test_never_above_the_cap_and_nothing_on_paused_days(history: History, n: int) -> None:
    terms = history.terms[0].terms
    for line in lines(history, START, day(n)):
        assert line.interest >= 0 and line.base >= 0
        if terms.modality:
            cap = next(c for c in history.caps if c.valid_from <= line.first <= c.valid_to)
            assert line.daily_rate <= effective_daily(cap.annual_rate)
        if any(p.first < line.last and (p.last is None or p.last >= line.first) for p in history.pauses):
            assert line.paused and line.interest == 0


@given(histories, rates, days)
def test_a_lower_rate_never_gives_more(history: History, rate: Decimal, n: int) -> None:
    terms = history.terms[0].terms
    lower = replace(terms, annual_rate=rate if terms.annual_rate is None else min(rate, terms.annual_rate))
    cheaper = replace(history, terms=[DatedTerms(START, lower)])
    assert accrued_on(cheaper, day(n)) <= accrued_on(history, day(n))


@given(histories, days)
def test_a_statement_adds_up_by_what_is_printed_on_it(history: History, n: int) -> None:
    found = lines(history, START, day(n))
    total = D(0)
    for line in found:
        total = EXACT.add(total, line.interest)
        assert line.total == total and -line.interest.as_tuple().exponent <= 12  # type: ignore[operator]
    assert all(after.first == line.last for line, after in pairwise(found))
    assert not found or (found[0].first, found[-1].last) == (START, day(n))
