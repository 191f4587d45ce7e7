"""Terms in court days: the calendar of Colombia, the edges of a term, and which terms events begin."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.legal.colombia import COURTS, ENDS, RULES, rule_of
from core.legal.court_days import MAX_COUNT, Term, Unit, last_day, next_sitting
from core.legal.deadlines import begun_by, ended_by
from core.legal.kinds import CaseStage, CostKind, DeadlineParty, EventKind
from recobro_sdk import CaseEventKind, LegalStage
from recobro_sdk import CostKind as SdkCostKind

DAYS = st.dates(min_value=date(2005, 1, 1), max_value=date(2044, 12, 31))


@pytest.mark.parametrize(
    ("day", "sits"),
    [
        (date(2026, 1, 10), False),  # the recess ends, a Saturday
        (date(2026, 1, 12), False),  # Epiphany, moved
        (date(2026, 1, 13), True),
        (date(2026, 3, 27), True),  # the Friday before Holy Week
        (date(2026, 3, 30), False),  # Monday to Wednesday are holidays of courts alone
        (date(2026, 4, 1), False),
        (date(2026, 4, 2), False),
        (date(2026, 4, 3), False),
        (date(2026, 4, 6), True),
        (date(2026, 6, 13), False),  # a Saturday
        (date(2026, 7, 13), False),  # Ley 2578 of 2026
        (date(2025, 7, 14), True),
        (date(2026, 12, 16), True),
        (date(2026, 12, 17), False),  # the day of justice
        (date(2026, 12, 18), True),
        (date(2026, 12, 20), False),
        (date(2027, 1, 8), False),  # a Friday of the recess
        (date(2027, 1, 12), True),
    ],
)
def test_days_on_which_colombian_courts_sit(day: date, sits: bool) -> None:
    assert COURTS.sits_on(day) is sits


@pytest.mark.parametrize(
    ("event_on", "term", "expected"),
    [
        (date(2026, 6, 1), Term(1), date(2026, 6, 2)),  # the day of the event does not count
        (date(2026, 6, 5), Term(3), date(2026, 6, 11)),  # a weekend and Corpus Christi's Monday
        (date(2026, 3, 26), Term(3), date(2026, 4, 7)),  # over Holy Week
        (date(2026, 12, 14), Term(5), date(2027, 1, 13)),  # over the day of justice, the recess and a holiday
        (date(2026, 12, 24), Term(1), date(2027, 1, 12)),  # an event in the recess
        (date(2026, 6, 6), Term(10), date(2026, 6, 23)),  # begun on a Saturday
        (date(2026, 6, 30), Term(30), date(2026, 8, 14)),
        (date(2026, 5, 4), Term(1, Unit.YEARS), date(2027, 5, 4)),
        (date(2026, 5, 1), Term(1, Unit.YEARS), date(2027, 5, 3)),  # ends on a holiday, a Saturday: the next court day
        (date(2024, 2, 29), Term(1, Unit.YEARS), date(2025, 2, 28)),  # no such day: the last of the month
        (date(2026, 1, 31), Term(1, Unit.MONTHS), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2026, 11, 30), Term(3, Unit.MONTHS), date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2026, 11, 25), Term(1, Unit.MONTHS), date(2027, 1, 12)),
    ],
)
def test_last_day_of_a_term(event_on: date, term: Term, expected: date) -> None:
    assert last_day(COURTS, event_on, term) == expected


@given(DAYS, st.integers(1, 60))
def test_a_term_has_as_many_court_days_as_it_says_and_ends_on_one(event_on: date, count: int) -> None:
    end = last_day(COURTS, event_on, Term(count))
    between = [event_on + timedelta(days=n) for n in range(1, (end - event_on).days + 1)]
    assert sum(map(COURTS.sits_on, between)) == count and COURTS.sits_on(end)


@given(DAYS, DAYS, st.integers(1, 60), st.sampled_from(Unit))
def test_what_happens_later_never_ends_earlier(first: date, second: date, count: int, unit: Unit) -> None:
    first, second = min(first, second), max(first, second)
    assume(unit is not Unit.YEARS or second.year + count < 2100)  # public holidays are known to 2100
    assert last_day(COURTS, first, Term(count, unit)) <= last_day(COURTS, second, Term(count, unit))


@given(DAYS)
def test_the_next_sitting_is_within_a_month(day: date) -> None:
    assert timedelta(0) <= next_sitting(COURTS, day) - day < timedelta(days=31)


@pytest.mark.parametrize("count", [0, -1, MAX_COUNT + 1])
def test_a_term_without_length_is_none(count: int) -> None:
    with pytest.raises(ValueError, match="units"):
        Term(count)


def test_service_begins_three_terms_of_the_debtor() -> None:
    begun = begun_by(RULES, COURTS, EventKind.SERVED, date(2026, 6, 30), None)
    assert [(one.code, one.party, one.due_on) for one in begun] == [
        ("debtor_asks_to_reconsider", DeadlineParty.THEIRS, date(2026, 7, 3)),
        ("debtor_pays", DeadlineParty.THEIRS, date(2026, 7, 7)),
        ("debtor_opposes", DeadlineParty.THEIRS, date(2026, 7, 15)),
    ]


def test_a_hearing_is_a_deadline_of_its_day_whatever_the_calendar() -> None:
    (begun,) = begun_by(RULES, COURTS, EventKind.HEARING_SET, date(2026, 6, 30), date(2026, 8, 29))
    assert (begun.code, begun.party, begun.due_on) == ("hearing", DeadlineParty.OURS, date(2026, 8, 29))
    assert ended_by(ENDS, EventKind.HEARING_HELD) == {"hearing"}


def test_every_rule_names_its_law_and_only_known_deadlines_end() -> None:
    codes = {rule.code for rule in RULES}
    assert all(rule.source.startswith("CGP art") and rule.title for rule in RULES)
    assert set().union(*ENDS.values()) <= codes
    assert codes - set().union(*ENDS.values()) == {"act_or_lose_case"}  # any act may be what the court asked for
    assert rule_of("correct_claim") == ("Correct the claim", "CGP art. 90")
    assert rule_of("hearing")[1] == ""


def test_the_words_are_those_of_the_sdk() -> None:
    for ours, theirs in ((EventKind, CaseEventKind), (CaseStage, LegalStage), (CostKind, SdkCostKind)):
        assert [one.name for one in ours] == [one.name for one in theirs]
