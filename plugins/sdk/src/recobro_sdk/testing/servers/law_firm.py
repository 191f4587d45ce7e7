"""A law firm that takes cases over HTTP and acknowledges them."""

from __future__ import annotations

from recobro_sdk.context import JsonObject
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal


class FakeLawFirmServer(FakeServer):
    """`POST /v1/cases` with `reference`, `claim_minor_units`, `currency`; `GET /v1/cases/<idempotency key>`.

    Answers `{"number", "stage"}`; `stages` sets what later questions are answered. A key that it never saw is 404
    `not_received`. `GET /v1/account` tries the key.
    """

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self.stages: dict[str, str] = {}
        self._numbers: dict[str, str] = {}

    def answer(self, request: Received) -> JsonObject:
        """Take a case, or say how far it is."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) == ("POST", "/v1/cases"):
            return self.once(request, lambda: self._taken(request))
        folder, _, key = request.path.rpartition("/")
        if request.method != "GET" or folder != "/v1/cases":
            raise Refusal(404, "no_such_resource")
        if key not in self._numbers:
            raise Refusal(404, "not_received")
        return {"number": self._numbers[key], "stage": self.stages.get(self._numbers[key], "acknowledged")}

    def _taken(self, request: Received) -> JsonObject:
        request.whole("claim_minor_units")
        for name in ("reference", "currency"):
            request.text(name)
        self._numbers[request.key] = self.number("CASE", request.key)
        return {"number": self._numbers[request.key], "stage": "acknowledged"}
