"""Days past due, buckets and stages at their edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.debts.models import Stage
from core.debts.rules import (
    bounds_of_ranges,
    bucket_for,
    bucket_named,
    bucket_starts,
    buckets,
    check_bounds,
    days_past_due,
    stage_for,
)  # fmt: skip
from core.kit.errors import InvalidInput

DAY = date(2026, 3, 1)
METRO = (30, 60, 90, 120, 150, 180)
STAGES = {"EARLY": 1, "INTERMEDIATE": 31, "PRE_LEGAL": 91}


@pytest.mark.parametrize(("due", "days"), [(0, 0), (1, 1), (365, 365), (-1, 0)])
def test_due_today_is_not_past_due(due: int, days: int) -> None:
    assert days_past_due(DAY - timedelta(days=due), DAY) == days
    assert days_past_due(None, DAY) == 0


def test_labels() -> None:
    assert [bucket.label for bucket in buckets(METRO)] == [
        "current", "1-30", "31-60", "61-90", "91-120", "121-150", "151-180", "180+",
    ]  # fmt: skip
    assert [bucket.label for bucket in buckets((0, 7))] == ["current", "1-7", "7+"]
    assert bucket_starts(METRO) == [1, 31, 61, 91, 121, 151, 181]


@pytest.mark.parametrize(
    ("days", "label"), [(0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (180, "151-180"), (181, "180+")]
)
def test_a_bound_belongs_to_its_bucket(days: int, label: str) -> None:
    assert bucket_for(days, METRO).label == label


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=24, unique=True).map(sorted), st.integers(0, 4000))
def test_every_day_is_in_one_bucket_and_its_label_says_which(bounds: list[int], days: int) -> None:
    found = [b for b in buckets(bounds) if b.from_days <= days and (b.to_days is None or days <= b.to_days)]
    assert found == [bucket_for(days, bounds)]
    assert bucket_named(found[0].label) == found[0]
    ranges = [(bucket.from_days, bucket.to_days) for bucket in buckets(bounds)]
    assert bounds_of_ranges(ranges) == tuple(bounds)


@pytest.mark.parametrize("bounds", [(), (0,), (30, 30), (60, 30), (-1, 5), (1.5, 2), (True, 2), tuple(range(1, 26))])
def test_bounds_that_do_not_rise(bounds: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_bounds(bounds)
    assert refused.value.code == "INVALID_AGEING_BOUNDS"


@pytest.mark.parametrize(
    ("ranges", "code"),
    [
        ([(0, 0), (1, 30), (30, None)], "AGEING_OVERLAP"),
        ([(0, 0), (1, 30), (32, None)], "AGEING_GAP"),
        ([(0, 0), (1, 30)], "AGEING_GAP"),
        ([(1, 30), (31, None)], "AGEING_GAP"),
        ([(0, None), (1, 2)], "AGEING_OVERLAP"),
        ([], "AGEING_GAP"),
    ],
)
def test_overlaps_and_gaps(ranges: list[tuple[int, int | None]], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bounds_of_ranges(ranges)
    assert refused.value.code == code


@pytest.mark.parametrize("label", ["", "30", "30-", "-30", "60-31", "x+", "1-30+", "¹-²", "9" * 9 + "+"])
def test_labels_that_mean_nothing(label: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bucket_named(label)
    assert refused.value.code == "AGEING_BUCKET"


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (0, "PREVENTION"), (1, "EARLY"), (30, "EARLY"), (31, "INTERMEDIATE"), (90, "INTERMEDIATE"), (91, "PRE_LEGAL"),
        (9999, "PRE_LEGAL"),
    ],
)  # fmt: skip
def test_days_lead_to_a_stage_and_never_to_court(days: int, stage: str) -> None:
    assert stage_for(days, STAGES | {"JUDICIAL": 100}) is Stage(stage)
    assert stage_for(days, {}) is Stage.PREVENTION
