"""A provider of messages: takes them, says how they stand, and tells it in signed callbacks."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from recobro_sdk.callbacks import InboundCall, sign_callback
from recobro_sdk.context import JsonObject
from recobro_sdk.testing.context import FakeClock
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal

_NOW: Final = FakeClock().now()


class FakeMessageServer(FakeServer):
    """`POST /v1/messages` with `to`, `body`, `template`; `GET /v1/messages/<idempotency key>`.

    Answers `{"number", "state", "cost_minor_units", "currency"}`. An address that ends in 000 is 422 `address_invalid`,
    a key that it never saw 404 `not_received`. `callbacks` are the signed calls that it would make for a message:
    `{"event", "number", "state", "occurred_at"}`.
    """

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self._messages: dict[str, JsonObject] = {}

    def answer(self, request: Received) -> JsonObject:
        """Take a message, or say how it stands."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) == ("POST", "/v1/messages"):
            if request.text("to").endswith("000"):
                raise Refusal(422, "address_invalid")
            return self.once(request, lambda: self._taken(request))
        folder, _, key = request.path.rpartition("/")
        if request.method != "GET" or folder != "/v1/messages":
            raise Refusal(404, "no_such_resource")
        if key not in self._messages:
            raise Refusal(404, "not_received")
        return self._messages[key]

    def callbacks(self, number: str, *, received_at: datetime = _NOW) -> list[InboundCall]:
        """What it tells of a message that was sent, delivered and read, in the order it happened."""
        calls: list[InboundCall] = []
        for place, state in enumerate(("sent", "delivered", "read")):
            happened = _NOW - timedelta(seconds=30 - place)
            event = {"event": f"{number}-{place}", "number": number, "state": state}
            body = json.dumps({**event, "occurred_at": happened.isoformat()}).encode()
            calls.append(self.signed(f"msg-{number}-{place}", body, received_at))
        return calls

    def signed(self, message_id: str, body: bytes, at: datetime) -> InboundCall:
        """A call with a signature that fits."""
        headers = sign_callback(SecretStr(self.signing_secret), message_id=message_id, sent_at=at, body=body)
        return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=at)

    def _taken(self, request: Received) -> JsonObject:
        for name in ("body", "template"):
            request.text(name)
        number = self.number("MSG", request.key)
        self._messages[request.key] = {
            "number": number,
            "state": "accepted",
            "cost_minor_units": 4_500,
            "currency": "COP",
        }
        return self._messages[request.key]
