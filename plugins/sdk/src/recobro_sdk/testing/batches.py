"""Conformance of scorers and of event subscribers, which take many things at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.jurisdiction import DebtFacts
from recobro_sdk.scoring import Score, Scorer, ScorerDescription
from recobro_sdk.subscribers import DomainEvent, EventSubscriber
from recobro_sdk.testing.context import FakeClock, FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.operations import OperationConformance
from recobro_sdk.testing.pure import some_debt

_LARGEST_BATCH = 1000


class ScorerConformance(OperationConformance[Scorer], inputs=("debts",)):
    """Subclass, set `plugin`, `settings` and, when the scorer needs other facts, `debts`."""

    hook = "recobro_scorers"
    protocol = Scorer
    operation = "score"

    debts: ClassVar[Sequence[DebtFacts]] = tuple(
        some_debt(f"debt-{number}", days_past_due=30 * number, payments=number % 3) for number in range(7)
    )

    async def act(self, service: Scorer, key: str = "call-1") -> Any:
        """Score the debts."""
        return list(await service.score(self.debts))

    def personal_data(self) -> list[str]:
        """References: they lead to somebody."""
        return [debt.reference for debt in self.debts]

    def scores(self, debts: Sequence[DebtFacts]) -> list[Score]:
        """The scores of other debts."""

        async def scenario(scorer: Scorer, _: FakeContext) -> list[Score]:
            return list(await scorer.score(debts))

        return self.run(scenario)

    def test_description(self) -> None:
        """The scorer names itself like its offer, its scale and its model."""

        async def scenario(scorer: Scorer, _: FakeContext) -> ScorerDescription:
            return scorer.describe()

        found = self.run(scenario)
        assert found.code == self.offer().code and found.model and found.model_version and found.title.es

    def test_one_score_for_each_in_order(self) -> None:
        """There is one score for each debt, in the order of the debts, on the scale, with reasons."""

        async def scenario(scorer: Scorer, _: FakeContext) -> tuple[ScorerDescription, list[Score]]:
            return scorer.describe(), list(await scorer.score(self.debts))

        scale, found = self.run(scenario)
        assert [one.reference for one in found] == [debt.reference for debt in self.debts]
        assert all(scale.lowest <= one.value <= scale.highest for one in found), "a score is off the scale"
        assert all(reason.text.es and reason.text.en for one in found for reason in one.reasons)

    def test_reasons_come_by_weight(self) -> None:
        """The weightiest reason comes first."""
        for one in self.scores(self.debts):
            weights = [abs(reason.points) for reason in one.reasons]
            assert weights == sorted(weights, reverse=True)

    def test_neighbours_do_not_matter(self) -> None:
        """A debt has the same score alone, and among others in another order."""
        together = {one.reference: one for one in self.scores(self.debts)}
        assert {one.reference: one for one in self.scores(list(reversed(self.debts)))} == together
        assert self.scores(self.debts[:1]) == [together[self.debts[0].reference]]

    def test_empty_batch(self) -> None:
        """No debts have no scores."""
        assert self.scores([]) == []

    def test_too_large_batch_is_refused(self) -> None:
        """More than 1 000 debts are refused with code `batch_too_large`; 1 000 are not."""
        many = [replace(self.debts[0], reference=f"many-{number}") for number in range(_LARGEST_BATCH + 1)]
        assert len(self.scores(many[:-1])) == _LARGEST_BATCH

        async def scenario(scorer: Scorer, _: FakeContext) -> PluginError | None:
            try:
                await scorer.score(many)
            except PluginError as error:
                return error
            return None

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "batch_too_large"


class SubscriberConformance(OperationConformance[EventSubscriber], inputs=("events",)):
    """Subclass, set `plugin`, `settings` and `events` that the subscriber is interested in, in order."""

    hook = "recobro_event_subscribers"
    protocol = EventSubscriber
    operation = "handle"

    events: ClassVar[Sequence[DomainEvent]] = tuple(
        DomainEvent(
            id=f"event-{number}",
            cursor=f"{number:020}",
            name="payment.recorded",
            version=1,
            occurred_at=FakeClock().now() + timedelta(seconds=number),
            data={"payment": f"payment-{number}", "amount_minor": 1_00 + number, "currency": "COP"},
        )
        for number in range(1, 6)
    )

    async def act(self, service: EventSubscriber, key: str = "call-1") -> Any:
        """Tell the events."""
        return await service.handle(self.events)

    def personal_data(self) -> list[str]:
        """What the events are about."""
        return [
            value for event in self.events for value in event.data.values() if isinstance(value, str) and value != "COP"
        ]

    def test_interests(self) -> None:
        """The subscriber is interested in the events that it is tested with, and says so the same every time."""

        async def scenario(subscriber: EventSubscriber, _: FakeContext) -> list[list[Any]]:
            return [list(subscriber.interests()) for _ in range(2)]

        first, second = self.run(scenario)
        assert first == second
        assert {(event.name, event.version) for event in self.events} <= {(one.name, one.version) for one in first}

    def test_cursor_is_of_an_event(self) -> None:
        """The cursor that comes back is that of an event that was told."""
        reached = self.run(lambda subscriber, _: self.act(subscriber))
        assert reached in {event.cursor for event in self.events}

    def test_all_events_are_reached(self) -> None:
        """Telling what is left after the returned cursor, again and again, comes to the end."""

        async def scenario(subscriber: EventSubscriber, _: FakeContext) -> int:
            left, rounds = list(self.events), 0
            while left and rounds <= len(self.events):
                reached = await subscriber.handle(left)
                left, rounds = [event for event in left if event.cursor > reached], rounds + 1
            return len(left)

        assert self.run(scenario) == 0, "events are left for ever"

    def test_events_told_twice_have_one_effect(self) -> None:
        """The same events again send nothing that was not sent already: at least once is not twice."""

        async def scenario(subscriber: EventSubscriber, context: FakeContext) -> tuple[list[bytes], list[bytes]]:
            reached = await subscriber.handle(self.events)
            first = [request.body for request in context.wire.sent]
            assert await subscriber.handle(self.events) >= reached, "the cursor went back"
            return first, [request.body for request in context.wire.sent][len(first) :]

        first, again = self.run(scenario)
        effects = self.effects_since()
        assert all(body in first for body in again), "an event that was told twice was passed on as two"
        assert effects() in (None, 0)

    def test_nothing_is_lost_when_it_fails(self) -> None:
        """While the other side fails, the cursor does not pass an event that was not delivered."""

        async def scenario(subscriber: EventSubscriber, context: FakeContext) -> object:
            context.wire.always = Fault.STATUS_500
            try:
                return await subscriber.handle(self.events)
            except PluginError as error:
                return error

        found = self.run(scenario)
        if self.goes_out():
            assert isinstance(found, PluginError) and found.retryable, "events were passed over"
