"""A rule's answer about one record, and the facts that a rule looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pydantic import JsonValue

from recobro_co_bureau.rules import rule_book
from recobro_co_bureau.terms import local_day, start_of
from recobro_sdk import Text
from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.furnishing import FurnishingRecord

FIRST_NEGATIVE: Final = "first_negative_on"
IDENTITY_THEFT: Final = "identity_theft"
PURPOSE: Final = "purpose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision on one record, the field of the record that it is about, and what to do, in plain words."""

    decision: Decision
    field: str
    words: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A record, the day (in Colombia) on which it would be reported, and what the law leaves to a setting.

    `strict` asks for 20 whole days between notice and report; `minimum_wages` are whole pesos by year. `first_negative`
    is the day of the first negative report, which the host says in the inputs of its own decision; None for a first
    report.
    """

    record: FurnishingRecord = field(repr=False)
    day: date
    strict: bool
    minimum_wages: Mapping[int, int]
    first_negative: date | None

    @property
    def counted_to(self) -> date:
        """The day up to which waiting periods count: that of the first report, for a debt that was reported before."""
        return self.first_negative or self.day

    @property
    def notice_days(self) -> list[date]:
        """The different days of notices about this default that had been sent by the first report."""
        since = self.record.defaulted_on or date.min
        days = {local_day(notice.sent_at) for notice in self.record.notices}
        return sorted(day for day in days if since <= day <= self.counted_to)


def refuse(
    rule: str, field_name: str, es: str, en: str, *, verdict: Verdict = Verdict.DENY, **inputs: JsonValue
) -> Ruling:
    """A ruling that does not let the record out; `inputs` are facts without personal data."""
    return _ruling(rule, verdict, field_name, Text(es, en), None, inputs)


def defer(rule: str, field_name: str, until: date, es: str, en: str, **inputs: JsonValue) -> Ruling:
    """A ruling that lets the record out from a day on."""
    return _ruling(rule, Verdict.DEFER, field_name, Text(es, en), until, {"from": until.isoformat(), **inputs})


def allowed(rule: str, **inputs: JsonValue) -> Decision:
    """The decision that a record may go, by this rule."""
    return _ruling(rule, Verdict.ALLOW, "", Text("", ""), None, inputs).decision


def _ruling(
    rule: str, verdict: Verdict, field_name: str, words: Text, until: date | None, inputs: dict[str, JsonValue]
) -> Ruling:
    source = rule_book().rules[rule]
    decision = Decision(
        verdict=verdict,
        rule=source.rule,
        rule_version=source.version,
        citation=source.citation,
        not_before=None if until is None else start_of(until),
        inputs=inputs,
    )
    return Ruling(decision=decision, field=field_name, words=words)
