"""A payment gateway: links, payments, refunds, and signed callbacks that come twice and in the wrong order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

from recobro_sdk.callbacks import InboundCall, sign_callback
from recobro_sdk.context import JsonObject
from recobro_sdk.testing.context import FakeClock
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal

_NOW: Final = FakeClock().now()


class FakeGatewayServer(FakeServer):
    """`POST /v1/links` (`reference`, `amount_minor_units`, `currency`, `description`), `GET /v1/payments/<key>`,
    `POST /v1/refunds` (`payment`, `amount_minor_units`, `currency`), `POST /v1/charges` (`reference`,
    `amount_minor_units`, `currency`, `token`, `mandate`), which answers a payment: declined where the token ends in
    000.

    A link answers `{"number", "url"}`; a payment `{"number", "reference", "state", "amount_minor_units",
    "refunded_minor_units", "fee_minor_units", "currency", "paid_at"}`; a refund `{"number", "payment"}`, 409
    `amount_refused` when it is too much. `pay` lets somebody pay. `callbacks` are the signed calls that it would make
    for a payment, as the gateway's word in `{"event", "occurred_at", "payment"}`.
    """

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self.payments: dict[str, dict[str, Any]] = {}

    def answer(self, request: Received) -> JsonObject:
        """Answer a request."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) == ("POST", "/v1/links"):
            return self.once(request, lambda: self._link(request))
        if (request.method, request.path) == ("POST", "/v1/refunds"):
            return self.once(request, lambda: self._refund(request))
        if (request.method, request.path) == ("POST", "/v1/charges"):
            return self.once(request, lambda: self._charge(request))
        folder, _, key = request.path.rpartition("/")
        if request.method != "GET" or folder != "/v1/payments":
            raise Refusal(404, "no_such_resource")
        if self.number("PAY", key) not in self.payments:
            raise Refusal(404, "not_received")
        return dict(self.payments[self.number("PAY", key)])

    def pay(self, number: str) -> None:
        """Somebody pays a link."""
        self.payments[number].update(state="approved", paid_at=_NOW.isoformat(), fee_minor_units=1_500)

    def callbacks(self, number: str, *, received_at: datetime = _NOW) -> list[InboundCall]:
        """What it tells of a payment that was made, approved and refunded in part, in the order it happened."""
        payment = self.payments[number]
        steps: list[tuple[str, int]] = [("pending", 0), ("approved", 0), ("partly_refunded", 100)]
        calls: list[InboundCall] = []
        for place, (state, refunded) in enumerate(steps):
            told = {**payment, "state": state, "refunded_minor_units": refunded}
            told["paid_at"] = None if state == "pending" else _NOW.isoformat()
            happened = (_NOW - timedelta(seconds=30 - place)).astimezone(UTC)
            event = {"event": f"{number}-{place}", "occurred_at": happened.isoformat(), "payment": told}
            calls.append(self.signed(f"msg-{number}-{place}", json.dumps(event).encode(), received_at))
        return calls

    def signed(self, message_id: str, body: bytes, at: datetime) -> InboundCall:
        """A call with a signature that fits."""
        headers = sign_callback(SecretStr(self.signing_secret), message_id=message_id, sent_at=at, body=body)
        return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=at)

    def _link(self, request: Received) -> JsonObject:
        number = self.number("PAY", request.key)
        self.payments[number] = {
            "number": number,
            "reference": request.text("reference"),
            "state": "created",
            "amount_minor_units": request.whole("amount_minor_units"),
            "refunded_minor_units": 0,
            "fee_minor_units": None,
            "currency": request.text("currency"),
            "paid_at": None,
        }
        return {"number": number, "url": f"https://pay.example/{number}"}

    def _charge(self, request: Received) -> JsonObject:
        number, token = str(self._link(request)["number"]), request.text("token")
        request.text("mandate")
        if token.endswith("000"):
            self.payments[number]["state"] = "declined"
        else:
            self.pay(number)
        return dict(self.payments[number])

    def _refund(self, request: Received) -> JsonObject:
        payment = self.payments.get(request.text("payment"))
        if payment is None:
            raise Refusal(404, "not_received")
        left = payment["amount_minor_units"] - payment["refunded_minor_units"]
        if request.whole("amount_minor_units") > left or payment["state"] in ("created", "pending"):
            raise Refusal(409, "amount_refused")
        payment["refunded_minor_units"] += request.whole("amount_minor_units")
        whole = payment["refunded_minor_units"] == payment["amount_minor_units"]
        payment["state"] = "refunded" if whole else "partly_refunded"
        return {"number": self.number("REF", request.key), "payment": payment["number"]}
