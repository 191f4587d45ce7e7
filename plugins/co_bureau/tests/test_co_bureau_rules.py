"""The rule cards CO-BUR-01 to -09 on their own figures: the last day that is refused, the first that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recobro_co_bureau import decide, legend_of, removal_day, rulings
from recobro_co_bureau.rules import rule_book
from recobro_co_bureau.terms import BOGOTA, add_months, expires_on, permanence_ends_on
from recobro_sdk import Consent, Money
from recobro_sdk.decisions import Verdict
from recobro_sdk.furnishing import (
    DisputeMark,
    FurnishedStatus,
    FurnishingAction,
    FurnishingNotice,
    FurnishingRecord,
)
from recobro_sdk.testing import furnishing_record

DEFAULT = date(2026, 1, 10)
LARGE, SMALL = Money(262_636_00, "COP"), Money(262_635_00, "COP")


def notices(*days: date) -> tuple[FurnishingNotice, ...]:
    # 23:30 in Bogotá is the next day in UTC: it is the day there that counts.
    return tuple(
        FurnishingNotice(
            sent_at=datetime(day.year, day.month, day.day, 23, 30, tzinfo=BOGOTA).astimezone(UTC),
            medium="email",
            proof=f"P-{day}",
        )
        for day in days
    )


def record(on: date, amount: Money = LARGE, **changes: Any) -> FurnishingRecord:
    facts = changes.pop("facts", {})
    values: dict[str, Any] = {
        "as_of": on, "defaulted_on": DEFAULT, "days_past_due": max((on - DEFAULT).days, 1), "original": amount,
        "balance": amount, "past_due": amount, "notices": notices(date(2026, 3, 1)),
    }  # fmt: skip
    made = furnishing_record(**{**values, **changes})
    return replace(made, gate=replace(made.gate, inputs=facts))


def ended(on: date, paid: date | None, default: date = DEFAULT, **changes: Any) -> FurnishingRecord:
    """A debt that was reported in time, and paid on a day, as it stands on another."""
    first = {"first_negative_on": (default + timedelta(days=60)).isoformat()}
    zero = Money.zero("COP")
    values: dict[str, Any] = {"notices": notices(default + timedelta(days=2)), "defaulted_on": default, "facts": first}
    values |= {"opened_on": date(2005, 1, 1), "days_past_due": (on - default).days}
    values["consent"] = Consent(
        reference="C-1", granted_at=datetime(2005, 1, 1, tzinfo=UTC), medium="paper", text_version="1"
    )
    if paid is not None:
        values |= {"status": FurnishedStatus.PAID, "last_paid_on": paid, "balance": zero, "past_due": zero}
    return record(on, Money(9_000_000_00, "COP"), **{**values, **changes})


def refused(one: FurnishingRecord, day: date, **how: Any) -> list[str]:
    return [ruling.decision.rule for ruling in rulings(one, day, **how)]


def test_one_notice_and_twenty_days() -> None:
    days = {day: decide(record(day), day) for day in (date(2026, 3, 21), date(2026, 3, 22))}
    early, lawful = days.values()
    assert (early.verdict, early.rule) == (Verdict.DEFER, "CO-BUR-01")
    assert early.not_before == datetime(2026, 3, 22, tzinfo=BOGOTA) and "art. 12" in early.citation
    assert lawful.verdict is Verdict.ALLOW and lawful.rule == "CO-BUR-01"
    lenient = [refused(record(day), day, strict=False) for day in (date(2026, 3, 20), date(2026, 3, 21))]
    assert lenient == [["CO-BUR-01"], []]
    # Reminders do not start the days anew; a notice of an earlier default is none; nor is one that is still to be sent.
    on = date(2026, 3, 22)
    assert refused(record(on, notices=notices(date(2026, 3, 1), date(2026, 3, 20))), on) == []
    for wrong in (notices(), notices(date(2026, 1, 9)), notices(date(2026, 3, 23))):
        found = decide(record(on, notices=wrong), on)
        assert (found.verdict, found.rule) == (Verdict.DENY, "CO-BUR-01")


def test_a_small_debt_takes_two_notices() -> None:
    # 15 % of 1 750 905 is 262 635.75.
    on = date(2026, 3, 26)
    assert refused(record(on, Money(262_635_75, "COP")), on) == ["CO-BUR-02"]
    assert refused(record(on, Money(262_635_76, "COP")), on) == []
    assert refused(record(on, original=Money(9_000_000_00, "COP"), balance=SMALL, past_due=SMALL), on) == ["CO-BUR-02"]
    twice, same_day = notices(date(2026, 3, 1), date(2026, 3, 5)), notices(date(2026, 3, 1)) * 2
    assert refused(record(on, SMALL, notices=same_day), on) == ["CO-BUR-02"]
    assert refused(record(on, SMALL, notices=twice), on) == []
    waiting = decide(record(date(2026, 3, 25), SMALL, notices=twice), date(2026, 3, 25))
    assert (waiting.verdict, waiting.not_before) == (Verdict.DEFER, datetime(2026, 3, 26, tzinfo=BOGOTA))
    assert refused(record(date(2026, 3, 25), SMALL, notices=twice), date(2026, 3, 25), strict=False) == []
    assert refused(record(date(2026, 3, 24), SMALL, notices=twice), date(2026, 3, 24), strict=False) == ["CO-BUR-02"]
    # A year whose wage nobody knows is for a person to look at, until the agency says it.
    later = {"defaulted_on": date(2027, 1, 10), "days_past_due": 50, "notices": notices(date(2027, 2, 1))}
    unknown = record(date(2027, 3, 10), LARGE, **later)
    assert decide(unknown, date(2027, 3, 10)).verdict is Verdict.REVIEW
    assert refused(unknown, date(2027, 3, 10), minimum_wages={2027: 1_000_000}) == []
    assert refused(unknown, date(2027, 3, 10), minimum_wages={2027: 1_900_000}) == ["CO-BUR-02"]


def test_the_first_report_comes_within_eighteen_months() -> None:
    last, late = date(2027, 7, 10), date(2027, 7, 11)
    assert [
        refused(record(day, Money(9_000_000_00, "COP")), day, minimum_wages={2027: 1_800_000}) for day in (last, late)
    ] == [[], ["CO-BUR-03"]]
    # Later reports of what was first reported in time may follow; a first day that cannot be is no first day.
    known = record(late, Money(9_000_000_00, "COP"), facts={"first_negative_on": "2026-04-01"})
    assert refused(known, late) == []
    # The field of the record goes before what the host's decision says.
    for first, found in ((date(2026, 4, 1), []), (date(2027, 7, 12), ["CO-BUR-03"])):
        assert refused(record(late, Money(9_000_000_00, "COP"), first_negative_on=first, facts={}), late) == found
        both = record(late, Money(9_000_000_00, "COP"), first_negative_on=first, facts={"first_negative_on": "soon"})
        assert refused(both, late) == found
    for wrong in ("2026-01-09", "2027-07-12", "soon", 20260401):
        assert refused(record(late, facts={"first_negative_on": wrong}), late) == ["CO-BUR-03"]


def test_a_negative_datum_has_an_end() -> None:
    paid = date(2026, 9, 10)
    assert removal_day(ended(paid, paid)) == date(2028, 1, 10)
    assert [refused(ended(day, paid), day) for day in (date(2028, 1, 9), date(2028, 1, 10))] == [[], ["CO-BUR-04"]]
    # Three years of arrears: four years, not six; and eight years after default in any case.
    assert permanence_ends_on(date(2020, 5, 4), date(2023, 5, 4)) == date(2027, 5, 4)
    assert removal_day(ended(date(2026, 1, 1), date(2025, 1, 1), date(2018, 3, 1))) == date(2026, 3, 1)
    # Whole months and the days that are left: 7 months and 21 days make 14 months and 42 days.
    assert permanence_ends_on(date(2026, 1, 20), paid) == date(2027, 12, 22)
    # A part payment does not end a debt that was sold later.
    sold = ended(date(2026, 12, 31), date(2026, 2, 10), status=FurnishedStatus.CLOSED, closed_on=date(2026, 11, 10))
    assert removal_day(sold) == date(2028, 7, 10)
    # An unpaid one: vector 2026-01-10 to 2034-01-10.
    assert expires_on(DEFAULT) == date(2034, 1, 10)
    assert [refused(ended(day, None), day) for day in (date(2034, 1, 9), date(2034, 1, 10))] == [[], ["CO-BUR-05"]]
    over = ended(date(2034, 1, 10), None, action=FurnishingAction.DELETE)
    assert decide(over, date(2034, 1, 10)).allows
    never_late = ended(date(2034, 1, 10), paid, defaulted_on=None, days_past_due=0, facts={})
    assert (removal_day(never_late), refused(never_late, date(2034, 1, 10))) == (None, [])


def test_what_was_reported_without_notice_is_withdrawn() -> None:
    on, first = date(2026, 9, 30), {"first_negative_on": "2026-03-10"}
    for wrong in (notices(), notices(date(2026, 3, 1)), notices(date(2026, 4, 1))):
        open_one = rulings(record(on, notices=wrong, facts=first), on)
        assert [one.decision.rule for one in open_one] == ["CO-BUR-06"] and "again" in open_one[0].words.en
        paid = rulings(ended(on, date(2026, 9, 1), notices=wrong, facts=first), on)
        assert [one.decision.rule for one in paid] == ["CO-BUR-06"] and "at once" in paid[0].words.en
    assert refused(record(on, action=FurnishingAction.CORRECT, notices=()), on) == ["CO-BUR-06"]
    assert refused(record(on, facts={"first_negative_on": "2026-03-21"}), on) == []
    small = record(on, SMALL, facts=first, notices=notices(date(2026, 2, 1)))
    assert refused(small, on) == ["CO-BUR-06"], "a small debt that was reported after one notice"
    gone = record(on, action=FurnishingAction.DELETE, notices=(), consent=None, facts=first)
    assert (decide(gone, on).rule, decide(gone, on).verdict) == ("CO-BUR-06", Verdict.ALLOW)


def test_authorisation_freshness_and_purpose() -> None:
    on = date(2026, 4, 1)
    consent = furnishing_record().consent
    assert consent is not None
    assert refused(record(on, consent=None), on) == ["CO-BUR-09"]
    assert refused(record(on, consent=replace(consent, granted_at=datetime(2026, 4, 2, 12, tzinfo=UTC))), on) == [
        "CO-BUR-09"
    ]
    assert refused(record(on, consent=None, action=FurnishingAction.CORRECT), on) == ["CO-BUR-09"]
    after_the_first = replace(consent, granted_at=datetime(2026, 3, 30, 12, tzinfo=UTC))
    known = record(on, consent=after_the_first, facts={"first_negative_on": "2026-03-22"})
    assert refused(known, on) == ["CO-BUR-09"]
    good = record(
        on,
        status=FurnishedStatus.CURRENT,
        days_past_due=0,
        past_due=Money.zero("COP"),
        defaulted_on=None,
        notices=(),
        consent=None,
    )
    assert refused(good, on) == ["CO-BUR-09"], "good news needs the authorisation too"
    assert refused(replace(good, consent=consent), on) == []
    assert [refused(record(on), day) for day in (date(2026, 5, 1), date(2026, 5, 2))] == [[], ["CO-BUR-07"]]
    for purpose, expected in (
        ("employment", ["CO-BUR-08"]),
        ("review_or_collection_of_account", []),
        (1, ["CO-BUR-08"]),
    ):
        assert refused(record(on, facts={"purpose": purpose}), on) == expected


def test_disputes_go_with_their_legend_and_identity_theft_is_no_arrears() -> None:
    on = date(2026, 4, 1)
    marks = {mark: legend_of(record(on, dispute=mark)) for mark in DisputeMark}
    assert marks == {
        DisputeMark.NONE: "",
        DisputeMark.CLAIM_PENDING: "reclamo en trámite",
        DisputeMark.IN_COURT: "información en discusión judicial",
        DisputeMark.CLOSED_DISAGREED: "",
    }
    assert refused(record(on, dispute=DisputeMark.CLAIM_PENDING), on) == []
    claimed = record(on, facts={"identity_theft": True})
    assert refused(claimed, on) == ["identity_theft"]
    zero = Money.zero("COP")
    cleared = replace(
        claimed, action=FurnishingAction.CORRECT, status=FurnishedStatus.CLOSED, defaulted_on=None, days_past_due=0,
        balance=zero, past_due=zero,
    )  # fmt: skip
    assert (refused(cleared, on), legend_of(cleared)) == ([], "Víctima de Falsedad Personal")
    assert refused(replace(cleared, balance=LARGE), on) == ["identity_theft"]
    assert refused(record(on, facts={"identity_theft": False}), on) == []


def test_what_contradicts_itself_is_not_told() -> None:
    on, zero = date(2026, 4, 1), Money.zero("COP")
    wrong = {
        "defaulted_on": record(on, opened_on=date(2026, 2, 1)),
        "closed_on": ended(on, None, status=FurnishedStatus.SETTLED, balance=zero, past_due=zero),
        "days_past_due": record(on, days_past_due=200),
        "balance": ended(on, on, balance=LARGE),
        "past_due": record(on, past_due=Money(262_637_00, "COP")),
        "status": record(on, status=FurnishedStatus.CURRENT),
        "last_paid_on": record(on, last_paid_on=date(2026, 4, 2)),
    }
    for field, one in wrong.items():
        found = [(ruling.decision.rule, ruling.field) for ruling in rulings(one, on)]
        assert found == [("truthfulness", field)], field
    # Arrears are arrears wherever they are told: no status gets them past the notices.
    good = record(on, status=FurnishedStatus.CURRENT, days_past_due=0, past_due=zero, defaulted_on=None, notices=())
    paid = ended(on, on, defaulted_on=None, days_past_due=0, notices=(), facts={})
    assert refused(good, on) == refused(paid, on) == []
    for told in ({"defaulted_on": DEFAULT}, {"days_past_due": 5}, {"charged_off": SMALL}):
        assert refused(replace(good, **told), on) == ["truthfulness", "CO-BUR-01"]
    assert refused(replace(paid, days_past_due=5), on) == ["truthfulness", "CO-BUR-01"]


days = st.dates(date(2010, 1, 1), date(2040, 12, 31))


@given(days, st.integers(0, 4000), st.integers(0, 60))
def test_permanence_is_within_its_bounds(defaulted_on: date, arrears: int, more: int) -> None:
    paid = defaulted_on + timedelta(days=arrears)
    until = permanence_ends_on(defaulted_on, paid)
    assert paid <= until <= add_months(paid, 48)
    # Whoever owes for longer is not forgotten sooner, but for the days that months lack.
    assert permanence_ends_on(defaulted_on, paid + timedelta(days=more)) >= until - timedelta(days=4)


@given(st.dates(date(2026, 1, 10), date(2026, 10, 31)), st.integers(0, 60), st.booleans())
def test_a_notice_opens_the_gate_on_its_day_and_not_before(sent: date, later: int, strict: bool) -> None:
    day = sent + timedelta(days=later)
    one = record(day, Money(9_000_000_00, "COP"), notices=notices(sent))
    found = decide(one, day, strict=strict)
    assert found.allows is (later >= 20 + strict)
    if not found.allows:
        assert found.not_before == datetime(sent.year, sent.month, sent.day, tzinfo=BOGOTA) + timedelta(
            days=20 + strict
        )
    assert found == decide(one, day, strict=strict)
    assert found.rule in rule_book().rules and found.citation
