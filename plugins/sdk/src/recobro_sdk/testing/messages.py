"""Conformance of a message channel."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from recobro_sdk.callbacks import InboundCall
from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.messages import ChannelKind, ContactPermit, Message, MessageChannel, MessageRef, Recipient
from recobro_sdk.outcomes import Failed, Settled
from recobro_sdk.testing.callbacks import CallbackConformance
from recobro_sdk.testing.context import FakeClock, FakeContext
from recobro_sdk.testing.faults import Fault

_NOW = FakeClock().now()


class MessageConformance(CallbackConformance[MessageChannel], inputs=("message", "undeliverable", "provider_calls")):
    """Subclass, set `plugin`, `settings`, a `message` that the provider takes and one that is `undeliverable`.

    `provider_calls(number)` gives the signed calls of the provider; the kit's `server` has them already.
    """

    hook = "recobro_message_channels"
    protocol = MessageChannel
    operation = "send"

    message: ClassVar[Message] = Message(
        kind=ChannelKind.SMS,
        to=Recipient(address="+573001234567", name="Ana Peña"),
        language="es",
        template="promise_reminder@1",
        body="Mañana vence su acuerdo de pago n.º 17. Escríbanos si necesita otra fecha.",
    )
    undeliverable: ClassVar[Message] = replace(message, to=Recipient(address="+573001234000", name="Nadie Niño"))
    permit: ClassVar[ContactPermit] = ContactPermit(
        reference="permit-1", decided_at=_NOW, expires_at=_NOW + timedelta(hours=2), decided_by=("CO-HOUR-01@3",)
    )

    def provider_calls(self, number: str) -> Sequence[InboundCall]:
        """The signed calls of the provider about a message."""
        return getattr(self.fake(), "callbacks")(number)  # noqa: B009 (only some servers have it)

    def calls(self, number: str) -> Sequence[InboundCall]:
        """The calls about a message."""
        return self.provider_calls(number)

    async def act(self, service: MessageChannel, key: str = "call-1") -> Any:
        """Send the message."""
        return await service.send(self.message, permit=self.permit, idempotency_key=key)

    def personal_data(self) -> list[str]:
        """Addresses, names and what is said."""
        messages = (self.message, self.undeliverable)
        return [value for one in messages for value in (one.to.address, one.to.name, one.body)]

    def number_of(self, answer: Any) -> object:
        """The provider's number."""
        return answer.number

    def comparable(self, answer: Any) -> Any:
        """Without the moment."""
        return replace(answer, at=datetime(2026, 1, 1, tzinfo=UTC))

    async def _refusal(self, channel: MessageChannel, message: Message, key: str) -> PluginError | None:
        try:
            await channel.send(message, permit=self.permit, idempotency_key=key)
        except PluginError as error:
            return error
        return None

    def test_delivery(self) -> None:
        """The delivery carries the offer's code, the provider's number and the host's time."""
        delivery = self.run(lambda channel, _: self.act(channel))
        assert delivery.channel == self.offer().code and delivery.number
        assert delivery.at == FakeContext().clock.now(), "the moment is not the host's clock"

    def test_undeliverable_is_rejected(self) -> None:
        """An address that cannot be is `RejectedByProvider` with code `address_invalid`, and is not tried again."""
        error = self.run(lambda channel, _: self._refusal(channel, self.undeliverable, "undeliverable-1"))
        assert isinstance(error, RejectedByProvider) and error.code == "address_invalid"

    def test_permit_is_required(self) -> None:
        """Nothing can be sent without a permit and a key: neither has a default."""

        async def scenario(channel: MessageChannel, _: FakeContext) -> list[Any]:
            parameters = inspect.signature(channel.send).parameters
            return [parameters[name].default for name in ("permit", "idempotency_key")]

        assert self.run(scenario) == [inspect.Parameter.empty] * 2

    def test_expired_permit_sends_nothing(self) -> None:
        """After the permit's end nothing leaves, and the refusal says so with code `permit_expired`."""

        async def scenario(channel: MessageChannel, context: FakeContext) -> tuple[PluginError | None, int]:
            context.clock.advance(timedelta(hours=3))
            error = await self._refusal(channel, self.message, "late-1")
            return error, len(context.wire.sent)

        error, sent = self.run(scenario)
        assert sent == 0, "an unlawful message left"
        assert isinstance(error, RejectedByProvider) and error.code == "permit_expired"

    def test_status_is_honest(self) -> None:
        """What was sent has a state, also when only the key is known; what was not, is `Failed` or not settled."""

        async def scenario(channel: MessageChannel, _: FakeContext) -> tuple[object, object]:
            await channel.send(self.message, permit=self.permit, idempotency_key="status-1")
            return await channel.status(MessageRef("status-1")), await channel.status(MessageRef("never-sent"))

        sent, never = self.run(scenario)
        assert not isinstance(sent, Failed) and not isinstance(never, Settled)

    def test_status_claims_nothing_under_faults(self) -> None:
        """While the provider fails, the status is never `Settled` or `Failed`."""

        async def scenario(channel: MessageChannel, context: FakeContext) -> list[object]:
            found: list[object] = []
            for fault in (Fault.UNREACHABLE, Fault.STATUS_500, Fault.NOT_JSON, Fault.WRONG_TYPES):
                context.wire.always = fault
                try:
                    found.append(await channel.status(MessageRef("status-1")))
                except PluginError as error:
                    found.append(error)
            return found

        found = self.run(scenario)
        assert [one for one in found if isinstance(one, PluginError) and not one.retryable] == []
        assert not any(isinstance(one, Settled | Failed) for one in found), "it was made up"

    def test_unicode_is_kept(self) -> None:
        """A text with accents and other scripts reaches the provider as it is."""

        async def scenario(channel: MessageChannel, context: FakeContext) -> str:
            await channel.send(self.message, permit=self.permit, idempotency_key="unicode-1")
            return " ".join(request.body.decode("utf-8", "replace") for request in context.wire.sent)

        sent = self.run(scenario)
        escaped = self.message.body.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
        assert self.message.body in sent or escaped in sent, "the text was changed on the way"
