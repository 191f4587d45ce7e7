"""A message channel behind the integrator's server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from recobro_remote.exchange import Exchange
from recobro_remote.protocol import MESSAGE_STATUS, SEND, Callback
from recobro_remote.settings import RemoteSettings
from recobro_sdk import (
    Capability,
    ContactPermit,
    Delivery,
    InboundCall,
    Message,
    MessageEvent,
    MessageRef,
    Outcome,
    PluginContext,
    RejectedByProvider,
    verify_callback,
)

CHANNEL_CODE: Final = "remote_channel"


class RemoteChannel:
    """A `MessageChannel` for one agency."""

    def __init__(self, settings: RemoteSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context
        self._exchange = Exchange(settings, context, CHANNEL_CODE)

    async def send(self, message: Message, *, permit: ContactPermit, idempotency_key: str) -> Delivery:
        """Send a message; see `MessageChannel.send`."""
        asked = {"message": message, "permit": permit, "idempotency_key": idempotency_key}
        SEND.write(asked)
        if self._context.clock.now() >= permit.expires_at:
            raise RejectedByProvider("the permit of this contact has expired", code="permit_expired")
        delivery: Delivery = await self._exchange.ask(SEND, asked, key=idempotency_key)
        return delivery

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """How a message stands; see `MessageChannel.status`."""
        delivery: Outcome[Delivery] = await self._exchange.ask(MESSAGE_STATUS, {"message": message})
        return delivery

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """What a call of the server says; see `MessageChannel.parse_callback`."""
        verify_callback(self._settings.secret, call, now=self._context.clock.now())
        try:
            return Callback.model_validate_json(call.body).events
        except (ValidationError, ValueError):
            # `from None`: the original shows what was told, which may be a person's answer.
            raise RejectedByProvider("the call is not understood", code="malformed_callback") from None

    async def check(self) -> None:
        """Try the settings without a message; see `Checkable.check`."""
        await self._exchange.check(Capability.MESSAGE_CHANNEL)
