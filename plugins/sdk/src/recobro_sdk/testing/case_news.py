"""Checks of a legal channel whose lawyers tell how a case goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, get_type_hints

from recobro_sdk.case_news import CaseEventKind, CaseFollower, CaseNews, CostAnswer, CostAnswerReceiver
from recobro_sdk.legal import HandoffRef, LegalChannel, LegalStage
from recobro_sdk.outcomes import Outcome, Pending, Settled, Unknown
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.checks import signature_differences
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faulty_calls import Act
from recobro_sdk.testing.operations import OperationConformance

_NEWS, _COSTS = "case_news", "cost_answers"
_PARTS: Final[Mapping[str, tuple[str, Any]]] = {
    _NEWS: ("news", CaseFollower),
    _COSTS: ("answer_cost", CostAnswerReceiver),
}
ANSWER: Final = CostAnswer(reference="cost-1", approved=True, reason="needed")
_MOST_EVENTS, _MOST_COSTS, _MOST_MONEY = 500, 200, 500
_LONGEST_REFERENCE: Final = 200
_LEAST_TELLING: Final = 6
"""A text of fewer letters may be in a log by chance."""
_EASTERNMOST: Final = timedelta(hours=14)
_SET: Final = (CaseEventKind.HEARING_SET, CaseEventKind.AUCTION_SET)


class NewsConformance(OperationConformance[LegalChannel]):
    """The calls of a legal channel's optional parts, and what it tells. Without the ability nothing is asked for."""

    hook = "recobro_legal_channels"
    protocol = LegalChannel
    operation = "submit"

    def currency(self) -> str:
        """Of the claim that `act` hands over."""
        raise NotImplementedError

    def tells(self) -> bool:
        """Whether the offer has the ability `case_news`."""
        return _NEWS in self.offer().abilities

    def hears(self) -> bool:
        """Whether the offer has the ability `cost_answers`."""
        return _COSTS in self.offer().abilities

    def acts(self) -> Mapping[str, Act]:
        """The submission, and what the offer has abilities for."""

        async def news(service: Any, key: str) -> Any:
            return await service.news(HandoffRef(key))

        async def answer_cost(service: Any, key: str) -> Any:
            return await service.answer_cost(HandoffRef(key), ANSWER)

        more = {"news": news} if self.tells() else {}
        return {self.operation: self.act, **more, **({"answer_cost": answer_cost} if self.hears() else {})}

    async def prepared(self, service: LegalChannel, act: Act, key: str) -> None:
        """The case that is told of is submitted first."""
        if act != self.act:
            await self.act(service, key)

    def answer_type(self, name: str) -> Any:
        """As the contract of the part annotates it."""
        protocol = next((protocol for method, protocol in _PARTS.values() if method == name), self.protocol)
        return get_type_hints(getattr(protocol, name))["return"]

    def is_honest(self, answer: Any) -> bool:
        """An outcome without a value claims nothing, and the host asks again."""
        return isinstance(answer, Pending | Unknown)

    def news_of(self, *asked: tuple[str, int]) -> list[CaseNews]:
        """What is told of submitted cases: each is asked about by its key, so many days after the one before."""

        async def scenario(channel: Any, context: FakeContext) -> list[Outcome[CaseNews]]:
            found: list[Outcome[CaseNews]] = []
            for key in dict(asked):
                await self.act(channel, key)
            for key, days in asked:
                context.clock.advance(timedelta(days=days))
                found.append(await channel.news(HandoffRef(key)))
            return found

        found = self.run(scenario)
        assert all(isinstance(one, Settled) for one in found), "a case that was received has no news"
        return [one.value for one in found if isinstance(one, Settled)]

    def news(self) -> CaseNews:
        """What is told of one case."""
        return self.news_of(("handoff-1", 0))[0]

    def test_abilities_are_served(self) -> None:
        """What the offer says that it is able to do it has a method for, with the parameters of the contract."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> list[str]:
            parts = [protocol for ability, (_, protocol) in _PARTS.items() if ability in self.offer().abilities]
            return [line for protocol in parts for line in signature_differences(channel, protocol)]

        assert self.run(scenario) == []

    def test_news_of_a_case(self) -> None:
        """With the ability `case_news`: told twice it is the same, each event and each cost has a reference of its own,
        and of a case that was never sent there is no news."""
        if not self.tells():
            return

        async def scenario(channel: Any, _: FakeContext) -> Outcome[CaseNews]:
            return await channel.news(HandoffRef("never-sent"))

        first, second = self.news_of(("handoff-1", 0), ("handoff-1", 0))
        assert first == second, "told twice, the news differ"
        for told in (first.events, first.costs):
            assert len({one.reference for one in told}) == len(told), "two have one reference"
        assert not isinstance(self.run(scenario), Settled), "it was made up"

    def test_news_can_be_kept(self) -> None:
        """With the ability `case_news`: no more events, costs and amounts than the host takes, each under a reference
        of 1 to 200 letters, and a refusal says why."""
        if not self.tells():
            return
        news = self.news()
        assert len(news.events) <= _MOST_EVENTS and len(news.costs) <= _MOST_COSTS, "too much is told of one case"
        assert len(news.money) <= _MOST_MONEY, "too much is told of one case"
        for one in (*news.events, *news.costs, *news.money):
            assert one.reference.strip() and len(one.reference) <= _LONGEST_REFERENCE, "a reference cannot be kept"
            assert "\0" not in one.reference, "a reference cannot be kept"
        assert news.stage is not LegalStage.REFUSED or news.reason.strip(), "the case is refused, and nobody says why"

    def test_days_of_a_case(self) -> None:
        """With the ability `case_news`: nothing has happened after today by the host's clock, what was set lies after
        the day on which it was, and a hearing or an auction that was set has its day."""
        if not self.tells():
            return
        news, today = self.news(), (FakeContext().clock.now() + _EASTERNMOST).date()
        days: list[date] = [one.on for one in (*news.events, *news.money)]
        assert all(day <= today for day in days), "it is told before it has happened"
        assert all(one.scheduled_on for one in news.events if one.kind in _SET), "nobody knows for when it was set"
        assert all(one.on <= one.scheduled_on for one in news.events if one.scheduled_on), "it was set for a day before"

    def test_news_stay_told(self) -> None:
        """With the ability `case_news`: what was told of a case is told the same a day later, whatever is new."""
        if not self.tells():
            return
        today, tomorrow = self.news_of(("handoff-1", 0), ("handoff-1", 1))
        for before, after in ((today.events, tomorrow.events), (today.costs, tomorrow.costs)):
            assert set(before) <= set(after), "what was told is told otherwise a day later"
        assert set(today.money) <= set(tomorrow.money), "money that was told is told otherwise a day later"

    def test_news_need_no_receipt(self) -> None:
        """With the ability `case_news`: the number of the receipt changes nothing; the host may have lost it."""
        if not self.tells():
            return

        async def scenario(channel: Any, _: FakeContext) -> list[Outcome[CaseNews]]:
            number = self.number_of(await self.act(channel, "handoff-1"))
            assert isinstance(number, str)
            return [await channel.news(HandoffRef("handoff-1", known)) for known in (None, number)]

        without, with_it = self.run(scenario)
        assert without == with_it, "who has the receipt is told something else"

    def test_news_of_many_cases_at_once(self) -> None:
        """With the ability `case_news`: cases that are asked about at the same time are told of like one by one."""
        if not self.tells():
            return

        async def scenario(channel: Any, _: FakeContext) -> tuple[Sequence[Any], Sequence[Any]]:
            handoffs = [HandoffRef(f"handoff-{number}") for number in range(5)]
            for one in handoffs:
                await self.act(channel, one.idempotency_key)
            together = await asyncio.gather(*(channel.news(one) for one in handoffs))
            return together, [await channel.news(one) for one in handoffs]

        together, alone = self.run(scenario)
        assert list(together) == list(alone), "the news of one case are told of another"

    def test_news_stay_out_of_logs(self) -> None:
        """With the ability `case_news`: no detail of an event or an amount, and no reason of a cost, is in a log."""
        if not self.tells():
            return

        async def scenario(channel: Any, context: FakeContext) -> tuple[Outcome[CaseNews], str]:
            await self.act(channel, "handoff-1")
            return await channel.news(HandoffRef("handoff-1")), context.logged_text()

        found, logged = self.run(scenario)
        assert isinstance(found, Settled), "a case that was received has no news"
        texts = [one.detail for one in (*found.value.events, *found.value.money)]
        texts += [one.reason for one in found.value.costs]
        assert_not_in([text for text in texts if len(text) >= _LEAST_TELLING], logged, "a log")
