"""Checks of calls that a provider makes: signed, told twice, told in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from recobro_sdk.callbacks import CALLBACK_TOLERANCE, InboundCall
from recobro_sdk.errors import PluginError, SignatureInvalid
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeClock, FakeContext
from recobro_sdk.testing.operations import OperationConformance

T = TypeVar("T")


class CallbackConformance(OperationConformance[T]):
    """A kit whose offer has `parse_callback`; a kit says which calls its provider makes."""

    def calls(self, number: str) -> Sequence[InboundCall]:
        """The signed calls that the provider makes about an effect, in the order of what happened."""
        raise NotImplementedError

    async def told(self, service: Any, context: FakeContext) -> Sequence[InboundCall]:
        """Make an effect, and the calls about it."""
        answer = await self.act(service)
        return self.calls(str(self.number_of(answer)))

    def test_callback_is_understood(self) -> None:
        """Every call of the provider gives events, which survive becoming JSON and back; without a network."""

        async def scenario(service: Any, context: FakeContext) -> list[Any]:
            calls, sent = await self.told(service, context), len(context.wire.sent)
            events = [event for call in calls for event in await service.parse_callback(call)]
            assert len(context.wire.sent) == sent, "reading a call sends something"
            return events

        events = self.run(scenario)
        assert events and len({event.event for event in events}) == len(events), "events are missing, or share a name"
        assert all(event.occurred_at.tzinfo is not None for event in events)

    def test_callback_told_twice_is_one_event(self) -> None:
        """The same call again gives the same events under the same names, so that the host can drop them."""

        async def scenario(service: Any, context: FakeContext) -> bool:
            calls = await self.told(service, context)
            first = [list(await service.parse_callback(call)) for call in calls]
            return first == [list(await service.parse_callback(call)) for call in calls]

        assert self.run(scenario), "a call that is told twice is two different events"

    def test_callbacks_in_any_order(self) -> None:
        """The calls backwards give the same events as forwards: what a call says does not depend on earlier ones."""

        async def scenario(service: Any, context: FakeContext) -> tuple[list[Any], list[Any]]:
            calls = await self.told(service, context)
            forwards = [event for call in calls for event in await service.parse_callback(call)]
            backwards = [event for call in reversed(calls) for event in await service.parse_callback(call)]
            return forwards, sorted(backwards, key=lambda event: event.occurred_at)

        forwards, backwards = self.run(scenario)
        assert sorted(forwards, key=lambda event: event.occurred_at) == backwards

    def test_unsigned_callback_is_refused(self) -> None:
        """A call without a signature is `SignatureInvalid`."""
        assert self._refused(lambda call: replace(call, headers=())), "a call that nobody signed is believed"

    def test_changed_callback_is_refused(self) -> None:
        """A call whose body was changed after signing is `SignatureInvalid`."""
        assert self._refused(lambda call: replace(call, body=call.body + b" ")), "a call that was changed is believed"

    def test_late_callback_is_refused(self) -> None:
        """A call that was signed too long ago is `SignatureInvalid`: it may be somebody else's repetition."""
        assert self._refused(None), "a call of long ago is believed"

    def test_nonsense_with_signature_is_no_crash(self) -> None:
        """A signed call with a body that is not understood ends in an error of the SDK or in no event."""
        fake = self.fake()
        sign = getattr(fake, "signed", None)
        if sign is None:
            return

        async def scenario(service: Any, context: FakeContext) -> tuple[list[Any], Exception | None]:
            call = sign("msg-1", b'{"nonsense": ["1000000123"]}', FakeClock().now())
            try:
                return list(await service.parse_callback(call)), None
            except NotImplementedError:
                raise
            except Exception as error:
                return [], error

        events, error = self.run(scenario)
        assert events == [], "an event was made of nonsense"
        assert error is None or isinstance(error, PluginError), "the exception of a parser leaves the plugin"
        assert_not_in(["1000000123"], f"{error!r}", "the message")

    def _refused(self, change: Any) -> bool:
        async def scenario(service: Any, context: FakeContext) -> bool:
            (first, *_) = await self.told(service, context)
            if change is None:
                context.clock.advance(CALLBACK_TOLERANCE + timedelta(minutes=1))
            try:
                await service.parse_callback(first if change is None else change(first))
            except SignatureInvalid:
                return True
            return False

        return self.run(scenario)
