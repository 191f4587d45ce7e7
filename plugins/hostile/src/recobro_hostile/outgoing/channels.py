"""Channels that write to debtors, each with one defect: in what is sent, or in what is made of the provider's calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from recobro_hostile.outgoing.honest import HonestChannel, Sent, ToldOfMessage
from recobro_sdk import (
    ContactPermit,
    Delivery,
    InboundCall,
    JsonObject,
    Message,
    MessageEvent,
    MessageRef,
    Outcome,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
    SignatureInvalid,
    verify_callback,
)


class MissesTheCallback(HonestChannel):
    """Takes a call and says nothing."""

    code = "hostile_channel_misses_calls"

    def events(self, told: ToldOfMessage) -> Sequence[MessageEvent]:
        """None."""
        return []


class AsksBackForCallbacks(HonestChannel):
    """Asks the provider what it has just told."""

    code = "hostile_channel_asks_back"

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """After a question."""
        events = await super().parse_callback(call)
        await self.ask("GET", "/v1/account", "back", _Anything)
        return events


class _Anything(Sent):
    number: str = "none"
    state: str = "accepted"
    cost_minor_units: int = 0
    currency: str = "COP"


class NamesRepetitionsAnew(HonestChannel):
    """Gives what is told twice two names."""

    code = "hostile_channel_names_anew"
    _turn = 0

    def events(self, told: ToldOfMessage) -> Sequence[MessageEvent]:
        """Under a new name each time."""
        self._turn += 1
        return [replace(event, event=f"{event.event}-{self._turn}") for event in super().events(told)]


class DatesByArrival(HonestChannel):
    """Dates what happened by when it heard of it, so that what comes late is the last."""

    code = "hostile_channel_dates_by_arrival"

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """By the call before it."""
        found = [
            replace(event, occurred_at=max(event.occurred_at, self._last))
            for event in await super().parse_callback(call)
        ]
        self._last = max([self._last, *(event.occurred_at for event in found)])
        return found

    _last = datetime(2000, 1, 1, tzinfo=UTC)


class BelievesUnsignedCallbacks(HonestChannel):
    """Believes who does not sign."""

    code = "hostile_channel_believes_unsigned"

    def verify(self, call: InboundCall) -> None:
        """Only where there is something to look at."""
        if call.header("webhook-signature"):
            super().verify(call)


class BelievesChangedCallbacks(HonestChannel):
    """Looks at the signature, and not at what was signed."""

    code = "hostile_channel_believes_changed"

    def verify(self, call: InboundCall) -> None:
        """Of the body without what stands behind it."""
        super().verify(replace(call, body=call.body.rstrip()))


class BelievesLateCallbacks(HonestChannel):
    """Believes a call for ever."""

    code = "hostile_channel_believes_late"

    def verify(self, call: InboundCall) -> None:
        """By the moment that the call itself names."""
        stamp = call.header("webhook-timestamp")
        if not stamp.isdecimal():
            raise SignatureInvalid("the call carries no signature")
        verify_callback(self._settings.signing_secret, call, now=datetime.fromtimestamp(int(stamp), UTC))


class CrashesOnCallbacks(HonestChannel):
    """Lets the exception of a parser through."""

    code = "hostile_channel_crashes_on_calls"

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """What is not looked at cannot be missing."""
        self.verify(call)
        return self.events(ToldOfMessage(**json.loads(call.body)))


class DatesByItsOwnClock(HonestChannel):
    """Takes the time from the machine."""

    code = "hostile_channel_own_clock"

    def now(self) -> datetime:
        """Of the machine."""
        return datetime.now(UTC)


class TriesWrongAddressesAgain(HonestChannel):
    """Has the host write again to an address that cannot be."""

    code = "hostile_channel_tries_addresses_again"

    async def send(self, message: Message, *, permit: ContactPermit, idempotency_key: str) -> Delivery:
        """Send, and hope."""
        try:
            return await super().send(message, permit=permit, idempotency_key=idempotency_key)
        except RejectedByProvider as error:
            if error.code == "address_invalid":
                raise ProviderUnavailable("try again") from error
            raise


class SendsWithoutPermit(HonestChannel):
    """Takes a permit for granted."""

    code = "hostile_channel_needs_no_permit"

    async def send(
        self, message: Message, *, permit: ContactPermit | None = None, idempotency_key: str = "the one"
    ) -> Delivery:
        """Send, permitted or not."""
        if permit is not None:
            self.allowed(permit)
        return self.delivery(await self.ask("POST", "/v1/messages", idempotency_key, Sent, self.written(message)))


class SendsAfterTheEnd(HonestChannel):
    """Sends at night what was permitted for the day."""

    code = "hostile_channel_sends_after_the_end"

    def allowed(self, permit: ContactPermit) -> None:
        """Always."""


class LosesAccents(HonestChannel):
    """Sends what fits into seven bits."""

    code = "hostile_channel_loses_accents"

    def written(self, message: Message) -> JsonObject:
        """Without its accents."""
        return {**super().written(message), "body": message.body.encode("ascii", "replace").decode()}


class SettlesWhatNobodySent(HonestChannel):
    """Says of everything that it was sent."""

    code = "hostile_channel_settles_everything"

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """Accepted, whatever was asked about."""
        found = await super().status(message)
        return found if isinstance(found, Settled) else Settled(self.delivery(_Anything()))


class MakesAStatusUp(HonestChannel):
    """Says what it guesses while the provider fails."""

    code = "hostile_channel_guesses"

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """Or what it was before."""
        try:
            return await super().status(message)
        except ProviderUnavailable:
            return Settled(self.delivery(_Anything()))
