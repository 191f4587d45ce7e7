"""Which deadlines an event of a lawsuit begins, and which it ends. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.legal.court_days import Calendar, Term, last_day
from core.legal.kinds import DeadlineParty, EventKind

SCHEDULED = {EventKind.HEARING_SET: "hearing", EventKind.AUCTION_SET: "auction"}
"""Events that set a day; the deadline is that day, and what was held ends it."""
_HELD = {EventKind.HEARING_HELD: frozenset({"hearing"}), EventKind.AUCTION_HELD: frozenset({"auction"})}


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """After an event of a kind, `party` has the `term` for what `title` says, by `source`. The same
    `code` may come from several kinds."""

    code: str
    after: EventKind
    term: Term
    party: DeadlineParty
    source: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeadline:
    """A deadline that an event began; `due_on` is its last day."""

    code: str
    party: DeadlineParty
    due_on: date


def begun_by(
    rules: Iterable[DeadlineRule], calendar: Calendar, kind: EventKind, on: date, scheduled_on: date | None
) -> list[NewDeadline]:
    """The deadlines of an event, in the order of the rules; what was set for a day comes last."""
    found = [
        NewDeadline(code=rule.code, party=rule.party, due_on=last_day(calendar, on, rule.term))
        for rule in rules
        if rule.after is kind
    ]
    if scheduled_on is not None:
        found.append(scheduled(kind, scheduled_on))
    return found


def scheduled(kind: EventKind, on: date) -> NewDeadline:
    """The deadline of what an event set for a day: ours to be there."""
    return NewDeadline(code=SCHEDULED.get(kind, "scheduled"), party=DeadlineParty.OURS, due_on=on)


def ended_by(ends: Mapping[EventKind, frozenset[str]], kind: EventKind) -> frozenset[str]:
    """The codes of the deadlines that an event says are done with."""
    return ends.get(kind, frozenset()) | _HELD.get(kind, frozenset())
