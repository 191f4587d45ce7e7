"""The instalments of a plan."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agreements.kinds import Frequency
from core.agreements.rules import MAX_INSTALMENTS, Instalment, Rhythm, check_instalments, even
from core.kit.errors import InvalidInput

TODAY = date(2026, 1, 10)


def test_a_plan_on_the_last_day_of_each_month_with_the_units_that_are_left_over() -> None:
    parts = even(100_00, Rhythm(count=3, first_on=date(2026, 1, 31)), TODAY)
    assert parts == (
        Instalment(33_34, date(2026, 1, 31)), Instalment(33_33, date(2026, 2, 28)), Instalment(33_33, date(2026, 3, 31)),
    )  # fmt: skip
    from_february = even(2, Rhythm(count=2, first_on=date(2028, 2, 1), day_of_month=30), TODAY)
    assert [one.due_on for one in from_february] == [date(2028, 2, 29), date(2028, 3, 30)]
    over_new_year = even(4, Rhythm(count=3, first_on=date(2026, 11, 30)), TODAY)
    assert [one.due_on for one in over_new_year] == [date(2026, 11, 30), date(2026, 12, 30), date(2027, 1, 30)]
    weeks = even(2, Rhythm(count=2, first_on=TODAY, frequency=Frequency.BIWEEKLY), TODAY)
    assert [one.due_on for one in weeks] == [TODAY, date(2026, 1, 24)]


@given(
    amount=st.integers(1, 10**12), count=st.integers(1, MAX_INSTALMENTS), frequency=st.sampled_from(Frequency),
    first_on=st.dates(TODAY, date(2026, 3, 31)),
)  # fmt: skip
def test_every_plan_adds_up_and_its_days_rise(amount: int, count: int, frequency: Frequency, first_on: date) -> None:
    if amount < count:
        return
    parts = even(amount, Rhythm(count=count, first_on=first_on, frequency=frequency), TODAY)
    sizes = [one.amount_minor for one in parts]
    assert sum(sizes) == amount and max(sizes) - min(sizes) <= 1 and sizes == sorted(sizes, reverse=True)
    if frequency is not Frequency.MONTHLY or count < 110:
        assert check_instalments(parts, amount, TODAY) == parts


def test_what_is_no_plan_is_refused() -> None:
    def refused(code: str, work: object) -> None:
        assert callable(work)
        with pytest.raises(InvalidInput) as wrong:
            work()
        assert wrong.value.code == code

    first = date(2026, 2, 1)
    refused("INSTALMENT_COUNT", lambda: even(100, Rhythm(count=0, first_on=first), TODAY))
    refused("INSTALMENT_COUNT", lambda: even(2, Rhythm(count=3, first_on=first), TODAY))
    refused("INSTALMENT_DAYS", lambda: even(100, Rhythm(count=2, first_on=date(2026, 1, 9)), TODAY))
    refused("INSTALMENT_DAYS", lambda: even(100, Rhythm(count=2, first_on=date(9999, 12, 1)), TODAY))
    refused("INSTALMENT_DAYS", lambda: even(100, Rhythm(count=2, first_on=date(2026, 2, 9), day_of_month=1), TODAY))
    weekly = Rhythm(count=2, first_on=first, frequency=Frequency.WEEKLY, day_of_month=3)
    refused("INSTALMENT_DAYS", lambda: even(100, weekly, TODAY))
    refused("INSTALMENT_SUM", lambda: check_instalments([Instalment(1, first)], 2, TODAY))
    refused("INSTALMENT_COUNT", lambda: check_instalments([Instalment(0, first)], 0, TODAY))
    refused("INSTALMENT_COUNT", lambda: check_instalments([], 0, TODAY))
    refused("INSTALMENT_DAYS", lambda: check_instalments([Instalment(1, first)] * 2, 2, TODAY))
    refused("INSTALMENT_DAYS", lambda: check_instalments([Instalment(1, date(2026, 1, 9))], 1, TODAY))
