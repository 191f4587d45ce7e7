"""Checks of a legal channel's money: what lawyers ask for, receive and keep, and what they are told of their costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from recobro_sdk.case_money import CaseMoney, CaseMoneyKind
from recobro_sdk.case_news import CostAnswer
from recobro_sdk.errors import PluginError
from recobro_sdk.legal import HandoffRef
from recobro_sdk.testing.case_news import ANSWER, NewsConformance
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault

_PAID: Final = (CaseMoneyKind.RECEIVED, CaseMoneyKind.DIRECT)
_KEPT: Final = (CaseMoneyKind.REMITTED, CaseMoneyKind.FEE, CaseMoneyKind.COST)


class CostConformance(NewsConformance):
    """What is told of money, and the answers on costs. Without the abilities nothing is asked for."""

    def test_costs_of_a_case(self) -> None:
        """With the ability `case_news`: each cost that is asked for is in the claim's currency, and says what for."""
        if not self.tells():
            return
        news = self.news()
        assert {one.amount.currency for one in news.costs} <= {self.currency()}, "another currency"
        assert all(one.reason.strip() for one in news.costs), "nobody can approve a cost without a reason"

    def test_money_of_a_case(self) -> None:
        """With the ability `case_news`: each amount is in the claim's currency and under a reference of its own, and
        what is reversed, remitted or kept is so of a payment that is told, no earlier than that, and reversed once."""
        if not self.tells():
            return
        news = self.news()
        money = {one.reference: one for one in news.money}
        assert len(money) == len(news.money), "two amounts have one reference"
        assert {one.amount.currency for one in money.values()} <= {self.currency()}, "another currency"
        named = [one for one in money.values() if one.of]
        for one in named:
            of = money.get(one.of)
            assert of is not None and of.kind in _PAID, f"{one.kind} is of a payment that nobody told of"
            assert one.on >= of.on, f"{one.kind} is before the payment that it is of"
        reversals = [one for one in named if one.kind is CaseMoneyKind.REVERSED]
        assert len({one.of for one in reversals}) == len(reversals), "a payment is reversed twice"
        assert all(one.amount == money[one.of].amount for one in reversals), "a part of a payment is reversed"

    def test_nobody_keeps_more_than_came(self) -> None:
        """With the ability `case_news`: what is remitted and kept of a payment is together no more than the payment,
        and only what the lawyers received themselves is remitted."""
        if not self.tells():
            return
        news = self.news()
        for payment in (one for one in news.money if one.kind in _PAID):
            of_it = [one for one in news.money if one.of == payment.reference and one.kind in _KEPT]
            assert _sum(of_it) <= payment.amount.minor_units, "more is kept of a payment than it was"
            remitted = [one for one in of_it if one.kind is CaseMoneyKind.REMITTED]
            assert not remitted or payment.kind is CaseMoneyKind.RECEIVED, "they remit what they never held"

    def test_answer_on_a_cost_may_be_told_again(self) -> None:
        """With the ability `cost_answers`: the same answer again is no error, and changes nothing."""
        if not self.hears():
            return
        effects = self.effects_since()

        async def scenario(channel: Any, _: FakeContext) -> list[int | None]:
            await self.act(channel, "handoff-1")
            seen = [effects()]
            for _again in range(2):
                await channel.answer_cost(HandoffRef("handoff-1"), ANSWER)
                seen.append(effects())
            return seen

        _, once, twice = self.run(scenario)
        assert once == twice, "an answer that is told again had another effect"

    def test_each_cost_is_answered(self) -> None:
        """With the ability `cost_answers`: answers on two costs, and on one of two cases, are each an effect."""
        if not self.hears():
            return
        effects = self.effects_since()

        async def scenario(channel: Any, _: FakeContext) -> tuple[int | None, int | None]:
            for key in ("answered-1", "answered-2"):
                await self.act(channel, key)
            before = effects()
            for key, cost in (("answered-1", "cost-1"), ("answered-1", "cost-2"), ("answered-2", "cost-1")):
                answer = CostAnswer(reference=cost, approved=True, reason="needed")
                await channel.answer_cost(HandoffRef(key), answer)
            return before, effects()

        before, after = self.run(scenario)
        assert before is None or after == before + 3, "two costs were taken for one"

    def test_answers_say_what_was_decided(self) -> None:
        """With the ability `cost_answers`: that a cost is approved is told otherwise than that it is refused."""
        if not self.hears():
            return

        async def scenario(channel: Any, context: FakeContext, approved: bool) -> list[tuple[str, bytes]]:
            answer = CostAnswer(reference="cost-1", approved=approved, reason="decided")
            context.wire.always = Fault.UNREACHABLE
            end = await self.ended(channel, context, "decided-1", lambda one, key: _told(one, key, answer))
            return [(request.url, request.body) for request in end.sent]

        for_it, against_it = (
            self.run(lambda one, context, way=way: scenario(one, context, way)) for way in (True, False)
        )
        # Through a connection only that there was one is seen.
        readable = any(body for _, body in for_it)
        assert not readable or for_it != against_it, "who may not spend it is told what others are who may"

    def test_answer_on_an_unknown_case_is_no_success(self) -> None:
        """With the ability `cost_answers`: an answer about a case that the lawyers never got is an error of the SDK."""
        if not self.hears() or not self.goes_out():
            return

        async def scenario(channel: Any, context: FakeContext) -> Exception | None:
            try:
                await channel.answer_cost(HandoffRef("never-sent"), ANSWER)
            except NotImplementedError:
                raise
            except Exception as error:
                return error
            return None

        assert isinstance(self.run(scenario), PluginError), "lawyers who have no such case were told, as it seems"


async def _told(service: Any, key: str, answer: CostAnswer) -> None:
    await service.answer_cost(HandoffRef(key), answer)


def _sum(money: Sequence[CaseMoney]) -> int:
    return sum(one.amount.minor_units for one in money)
