"""A law firm that takes cases over HTTP and acknowledges them."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from recobro_sdk.context import JsonObject
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal

_DETAIL: Final = "Ejecutado Ramiro Quintanilla, en su domicilio"
"""Names a person, who may be in no log."""


class FakeLawFirmServer(FakeServer):
    """`POST /v1/cases` with `reference`, `claim_minor_units`, `currency`; `GET /v1/cases/<idempotency key>`.

    Answers `{"number", "stage"}`; `stages` sets what later questions are answered. A key that it never saw is 404
    `not_received`. `GET /v1/account` tries the key. `GET /v1/cases/<key>/news` answers a `CaseNews` as JSON: a case
    that was filed, a hearing, a cost that is asked for, a payment with what was kept of it, and one that bounced.
    `POST /v1/cases/<key>/costs` with `reference`, `decision` (`approved` or `refused`) and `reason` answers a cost,
    under an `Idempotency-Key` of its own.
    """

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self.stages: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._currencies: dict[str, str] = {}

    def answer(self, request: Received) -> JsonObject:
        """Take a case, or say how far it is."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) == ("POST", "/v1/cases"):
            return self.once(request, lambda: self._taken(request))
        key, _, part = request.path.removeprefix("/v1/cases/").partition("/")
        if (request.method, part) not in (("GET", ""), ("GET", "news"), ("POST", "costs")):
            raise Refusal(404, "no_such_resource")
        if key not in self._numbers:
            raise Refusal(404, "not_received")
        if part == "costs":
            return self.once(request, lambda: self._heard(request))
        if part == "news":
            return self._news(key)
        return {"number": self._numbers[key], "stage": self._stage(key)}

    def _taken(self, request: Received) -> JsonObject:
        request.whole("claim_minor_units")
        for name in ("reference", "currency"):
            request.text(name)
        self._numbers[request.key] = self.number("CASE", request.key)
        self._currencies[request.key] = request.text("currency")
        return {"number": self._numbers[request.key], "stage": "acknowledged"}

    def _heard(self, request: Received) -> JsonObject:
        if request.text("decision") not in ("approved", "refused"):
            raise Refusal(422, "decision_missing")
        request.text("reason")
        return {"reference": request.text("reference")}

    def _stage(self, key: str) -> str:
        return self.stages.get(self._numbers[key], "acknowledged")

    def _news(self, key: str) -> JsonObject:
        number = self._numbers[key]

        def money(place: int, kind: str, minor_units: int, of: int | None = None) -> JsonObject:
            return {
                "reference": f"{number}-M{place}", "kind": kind, "on": "2026-02-20", "detail": _DETAIL,
                "of": "" if of is None else f"{number}-M{of}", "amount": self._amount(key, minor_units),
            }  # fmt: skip

        filed: JsonObject = {"reference": f"{number}-E1", "kind": "filed", "on": "2026-02-02", "detail": _DETAIL}
        hearing: JsonObject = {
            "reference": f"{number}-E2", "kind": "hearing_set", "on": "2026-02-16", "scheduled_on": "2026-04-01",
        }  # fmt: skip
        cost: JsonObject = {
            "reference": f"{number}-C1", "kind": "bailiff", "reason": _DETAIL, "amount": self._amount(key, 150_000_00),
        }  # fmt: skip
        amounts: list[JsonValue] = [
            money(1, "received", 1_000_001), money(2, "fee", 200_000, 1), money(3, "remitted", 800_001, 1),
            money(4, "direct", 500_000), money(5, "reversed", 500_000, 4),
        ]  # fmt: skip
        return {"stage": "filed", "reason": "", "events": [filed, hearing], "costs": [cost], "money": amounts}

    def _amount(self, key: str, minor_units: int) -> JsonObject:
        return {"minor_units": minor_units, "currency": self._currencies[key]}
