"""Legal channels, each with one defect in what they tell of money, or in what they tell lawyers of costs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

from recobro_hostile.papers.follower import HonestFollower, ToldMoney, ToldNews
from recobro_sdk import (
    CaseMoney,
    CaseMoneyKind,
    CaseNews,
    CostAnswer,
    HandoffRef,
    JsonObject,
    Money,
    PluginError,
    ProviderUnavailable,
    RejectedByProvider,
)


class PaysInDollars(HonestFollower):
    """Tells of money in another currency."""

    code = "hostile_purse_in_dollars"

    def money(self, told: ToldMoney) -> CaseMoney:
        """As many dollars."""
        return replace(super().money(told), amount=Money(told.amount.minor_units, "USD"))


class ReversesTheUnknown(HonestFollower):
    """Reverses a payment that it never told of."""

    code = "hostile_purse_reverses_the_unknown"

    def told(self, news: ToldNews) -> CaseNews:
        """Without what the creditor got."""
        found = super().told(news)
        return replace(found, money=tuple(one for one in found.money if one.kind is not CaseMoneyKind.DIRECT))


class ReversesAPart(HonestFollower):
    """Takes a part of a payment back."""

    code = "hostile_purse_reverses_a_part"

    def money(self, told: ToldMoney) -> CaseMoney:
        """All but a cent."""
        found = super().money(told)
        if found.kind is not CaseMoneyKind.REVERSED:
            return found
        return replace(found, amount=found.amount - Money(1, found.amount.currency))


class ReversesTwice(HonestFollower):
    """Takes one payment back twice."""

    code = "hostile_purse_reverses_twice"

    def told(self, news: ToldNews) -> CaseNews:
        """And once more."""
        found = super().told(news)
        again = [one for one in found.money if one.kind is CaseMoneyKind.REVERSED]
        return replace(found, money=(*found.money, *(replace(one, reference=f"{one.reference}-2") for one in again)))


class ReversesTooEarly(HonestFollower):
    """Takes a payment back before it was made."""

    code = "hostile_purse_reverses_too_early"

    def money(self, told: ToldMoney) -> CaseMoney:
        """The day before."""
        found = super().money(told)
        return replace(found, on=found.on - timedelta(days=1)) if found.kind is CaseMoneyKind.REVERSED else found


class SharesMoneysReference(HonestFollower):
    """Tells of two payments under one reference, of which the host books one."""

    code = "hostile_purse_shares_a_reference"

    def told(self, news: ToldNews) -> CaseNews:
        """What the creditor got, and as much that came to them."""
        found = super().told(news)
        direct = next(one for one in found.money if one.kind is CaseMoneyKind.DIRECT)
        return replace(found, money=(*found.money, replace(direct, kind=CaseMoneyKind.RECEIVED)))


class KeepsMoreThanCame(HonestFollower):
    """Keeps a fee that is more than what it is of."""

    code = "hostile_purse_keeps_more_than_came"

    def money(self, told: ToldMoney) -> CaseMoney:
        """Ten times."""
        found = super().money(told)
        minor = found.amount.minor_units * 10
        return replace(found, amount=Money(minor, "COP")) if found.kind is CaseMoneyKind.FEE else found


class RemitsWhatItNeverHeld(HonestFollower):
    """Says that it paid over what the creditor got itself."""

    code = "hostile_purse_remits_what_it_never_held"

    def told(self, news: ToldNews) -> CaseNews:
        """Of a direct payment."""
        found = super().told(news)
        received = next(one for one in found.money if one.kind is CaseMoneyKind.RECEIVED)
        direct = replace(received, kind=CaseMoneyKind.DIRECT)
        return replace(found, money=tuple(direct if one is received else one for one in found.money))


class TellsMoneyAnew(HonestFollower):
    """Says each day that money came on that day."""

    code = "hostile_purse_dates_by_the_question"

    def money(self, told: ToldMoney) -> CaseMoney:
        """Today."""
        return replace(super().money(told), on=self._context.clock.now().date())


class AnswersOnce(HonestFollower):
    """Takes an answer that comes again for another one."""

    code = "hostile_purse_answers_once"

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        """With an error."""
        if not await self._context.store.add(f"told.{self.cost_key(handoff, answer)}", {}):
            raise RejectedByProvider("it was told already", code="told_already")
        await super().answer_cost(handoff, answer)


class AnswersTwice(HonestFollower):
    """Tells lawyers the same under a new key each time."""

    code = "hostile_purse_answers_twice"
    _turn = 0

    def cost_key(self, handoff: HandoffRef, answer: CostAnswer) -> str:
        """Counted."""
        self._turn += 1
        return f"{super().cost_key(handoff, answer)}-{self._turn}"


class TakesCostsForOne(HonestFollower):
    """Tells lawyers of the first cost of a case alone."""

    code = "hostile_purse_takes_costs_for_one"

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        """Of one cost for each case."""
        first = await self._context.store.get(f"cost.{handoff.idempotency_key}") or {"cost": answer.reference}
        if first["cost"] == answer.reference:
            await super().answer_cost(handoff, answer)
            await self._context.store.put(f"cost.{handoff.idempotency_key}", first)


class ApprovesEverything(HonestFollower):
    """Tells lawyers that they may spend what they may not."""

    code = "hostile_purse_approves_everything"

    def decision(self, answer: CostAnswer) -> JsonObject:
        """Approved."""
        return super().decision(replace(answer, approved=True))


class SaysThatItWasTold(HonestFollower):
    """Says that lawyers were told who did not answer."""

    code = "hostile_purse_says_that_it_was_told"

    async def tell(self, case: str, key: str, body: JsonObject) -> None:
        """As if they had."""
        try:
            await super().tell(case, key, body)
        except ProviderUnavailable:
            return


class TellsNobody(HonestFollower):
    """Says that lawyers were told who have no such case."""

    code = "hostile_purse_tells_nobody"

    async def tell(self, case: str, key: str, body: JsonObject) -> None:
        """As if they had."""
        try:
            await super().tell(case, key, body)
        except PluginError as error:
            if error.code != "not_received":
                raise


class ShowsItsKey(HonestFollower):
    """Writes what it sends into its log, with the key."""

    code = "hostile_follower_shows_its_key"

    async def tell(self, case: str, key: str, body: JsonObject) -> None:
        """And tells everybody."""
        self._context.log.info("answered", key=self._settings.api_key.get_secret_value())
        await super().tell(case, key, body)


class WaitsForCosts(HonestFollower):
    """Tells lawyers at length."""

    code = "hostile_purse_holds_the_loop"

    def decision(self, answer: CostAnswer) -> JsonObject:
        """With a break that is none."""
        time.sleep(0.08)
        return super().decision(answer)
