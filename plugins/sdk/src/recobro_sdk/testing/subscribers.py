"""Conformance of event subscribers, which hear of everything at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from recobro_sdk.errors import PluginError
from recobro_sdk.subscribers import DomainEvent, EventSubscriber
from recobro_sdk.testing.context import FakeClock, FakeContext
from recobro_sdk.testing.effects import Effects, effects
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.operations import OperationConformance

_POINTS: Final = 8


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

    def test_same_event_twice_in_a_batch(self) -> None:
        """An event that comes twice in one batch, as after a crash in the middle, has one effect."""
        first, *rest = self.events
        assert self._done([first, first, *rest]) == self._done(self.events), "an event that came twice had two effects"

    def test_older_events_again(self) -> None:
        """Events that were done with, told again after later ones, change nothing, and the cursor is one of theirs."""

        async def scenario(subscriber: EventSubscriber, context: FakeContext) -> tuple[Effects, Effects, str]:
            await _told(subscriber, self.events)
            before = effects(context)
            reached = await subscriber.handle(self.events[:2])
            return before, effects(context), reached

        before, after, reached = self.run(scenario)
        assert before == after, "an old event that came again had another effect"
        assert reached in {event.cursor for event in self.events[:2]}, "the cursor is of an event that was not told"

    def test_reached_cursor_is_honest(self) -> None:
        """Told at once, events have the effect that they have one by one: the cursor passes nothing undone."""
        together = self._done(self.events)
        one_by_one = self._done(*([event] for event in self.events))
        assert together == one_by_one, "the cursor passed an event that was not done"

    def test_stopped_telling_is_one_effect(self) -> None:
        """A telling that was stopped at any wait, and told again, has the effect of one without a stop."""

        async def scenario(subscriber: EventSubscriber, context: FakeContext) -> Effects:
            for point in range(1, _POINTS + 1):
                task = asyncio.ensure_future(self.act(subscriber))
                for _ in range(point):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait({task}, timeout=1)
            await _told(subscriber, self.events)
            return effects(context)

        assert self.run(scenario) == self._done(self.events), "told again after a stop, events have another effect"

    def _done(self, *batches: Sequence[DomainEvent]) -> Effects:
        """What is there after these batches, each told to its end."""

        async def scenario(subscriber: EventSubscriber, context: FakeContext) -> Effects:
            for batch in batches:
                await _told(subscriber, batch)
            return effects(context)

        return self.run(scenario)

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


async def _told(subscriber: EventSubscriber, events: Sequence[DomainEvent]) -> None:
    """Tell what is left after the cursor, again and again, until nothing is left or the cursor stands still."""
    left = list(events)
    while left:
        reached = await subscriber.handle(left)
        after = [event for event in left if event.cursor > reached]
        if len(after) == len(left):
            return
        left = after
