"""Legal channels that tell of their cases, each with one defect of that."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recobro_hostile.papers.follower import HonestFollower, ToldCost, ToldEvent, ToldNews
from recobro_sdk import (
    CaseEvent,
    CaseEventKind,
    CaseNews,
    CostAnswer,
    CostRequest,
    Failed,
    HandoffRef,
    LegalStage,
    Money,
    Outcome,
    PluginError,
    ProviderUnavailable,
    Settled,
)


class TellsOfEveryCase(HonestFollower):
    """Has news of a case that nobody sent."""

    code = "hostile_follower_tells_of_every_case"

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """That it was received."""
        found = await super().news(handoff)
        return Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED)) if isinstance(found, Failed) else found


class NamesEventsAnew(HonestFollower):
    """Gives what happened another reference each time."""

    code = "hostile_follower_names_events_anew"
    _turn = 0

    def event(self, told: ToldEvent) -> CaseEvent:
        """Counted."""
        self._turn += 1
        return replace(super().event(told), reference=f"{told.reference}-{self._turn}")


class SharesAReference(HonestFollower):
    """Gives all that happened one reference, of which the host takes one."""

    code = "hostile_follower_shares_a_reference"

    def event(self, told: ToldEvent) -> CaseEvent:
        """The case's."""
        return replace(super().event(told), reference=told.reference.partition("-E")[0])


class NamesNoEvent(HonestFollower):
    """Gives what happened a reference that is longer than any that is kept."""

    code = "hostile_follower_has_endless_references"

    def event(self, told: ToldEvent) -> CaseEvent:
        """Filled up."""
        return replace(super().event(told), reference=told.reference.ljust(300, "-"))


class TellsTooMuch(HonestFollower):
    """Tells each step of each clerk."""

    code = "hostile_follower_tells_too_much"

    def told(self, news: ToldNews) -> CaseNews:
        """Six hundred events."""
        found = super().told(news)
        event = found.events[0]
        return replace(
            found, events=tuple(replace(event, reference=f"{event.reference}-{place}") for place in range(600))
        )


class RefusesWithoutAReason(HonestFollower):
    """Says of a case that the lawyers do not take it, and nothing more."""

    code = "hostile_follower_refuses_without_a_reason"

    def told(self, news: ToldNews) -> CaseNews:
        """Refused."""
        return replace(super().told(news), stage=LegalStage.REFUSED)


class DatesByItsOwnClock(HonestFollower):
    """Takes the day of what happened from the machine."""

    code = "hostile_follower_own_clock"

    def event(self, told: ToldEvent) -> CaseEvent:
        """Today, as the machine says."""
        found = super().event(told)
        return replace(found, on=datetime.now(UTC).date(), scheduled_on=None, kind=CaseEventKind.OTHER)


class LosesTheHearing(HonestFollower):
    """Says that a hearing was set, and not for when."""

    code = "hostile_follower_loses_the_hearing"

    def event(self, told: ToldEvent) -> CaseEvent:
        """Some day."""
        return replace(super().event(told), scheduled_on=None)


class DatesByTheQuestion(HonestFollower):
    """Says of everything that it happened on the day before it is asked."""

    code = "hostile_follower_dates_by_the_question"

    def event(self, told: ToldEvent) -> CaseEvent:
        """Yesterday."""
        return replace(super().event(told), on=(self._context.clock.now() - timedelta(days=1)).date())


class KnowsByTheReceipt(HonestFollower):
    """Has nothing to tell where the host lost the receipt."""

    code = "hostile_follower_knows_by_the_receipt"

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """Events for who has the number."""
        found = await super().news(handoff)
        if handoff.number is None and isinstance(found, Settled):
            return Settled(replace(found.value, events=()))
        return found


class MixesCasesUp(HonestFollower):
    """Keeps the case that it asks about where the next question finds it."""

    code = "hostile_follower_mixes_cases_up"
    _asked: HandoffRef

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """Of whichever case was asked about last."""
        self._asked = handoff
        await asyncio.sleep(0)
        return await super().news(self._asked)


class LogsWhatHappened(HonestFollower):
    """Writes the lawyers' words into its log."""

    code = "hostile_follower_logs_what_happened"

    def event(self, told: ToldEvent) -> CaseEvent:
        """And tells everybody."""
        self._context.log.info("event", about=told.detail)
        return super().event(told)


class GuessesTheNews(HonestFollower):
    """Says what it guesses while the lawyers do not answer."""

    code = "hostile_follower_guesses"

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """Or nothing new."""
        try:
            return await super().news(handoff)
        except ProviderUnavailable:
            return Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED))


class GivesUpOnCases(HonestFollower):
    """Takes lawyers who do not answer for lawyers who never got the case."""

    code = "hostile_follower_gives_up"

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """Or it was lost."""
        try:
            return await super().news(handoff)
        except PluginError as error:
            if error.code == "malformed_answer":
                return Failed("not_received", retryable=False)
            raise


class HoldsTheLoop(HonestFollower):
    """Reads the news at length."""

    code = "hostile_follower_holds_the_loop"

    def told(self, news: ToldNews) -> CaseNews:
        """With a break that is none."""
        time.sleep(0.08)
        return super().told(news)


class TellsInLists(HonestFollower):
    """Gives lists where the contract has tuples."""

    code = "hostile_follower_tells_in_lists"

    def told(self, news: ToldNews) -> CaseNews:
        """As they came."""
        found = super().told(news)
        object.__setattr__(found, "events", list(found.events))
        return found


class AsksInDollars(HonestFollower):
    """Asks for costs in another currency."""

    code = "hostile_follower_asks_in_dollars"

    def cost(self, told: ToldCost) -> CostRequest:
        """As many dollars."""
        return replace(super().cost(told), amount=Money(told.amount.minor_units, "USD"))


class AsksWithoutAReason(HonestFollower):
    """Asks for costs, and does not say what for."""

    code = "hostile_follower_asks_without_a_reason"

    def cost(self, told: ToldCost) -> CostRequest:
        """For something."""
        return replace(super().cost(told), reason=" ")


class TakesAnotherParameter(HonestFollower):
    """Wants to be told more of a cost than the host knows."""

    code = "hostile_follower_takes_another_parameter"

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer, loudly: bool = False) -> None:
        """Loudly, or not."""
        await super().answer_cost(handoff, answer)
