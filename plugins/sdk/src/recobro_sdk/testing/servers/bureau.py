"""A credit bureau that invents its answers, always the same for the same document, and is told how debtors pay."""

from __future__ import annotations

import hashlib
from typing import Final, cast

from pydantic import JsonValue

from recobro_sdk.context import JsonObject
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal

_STATUSES: Final = ("current", "past_due", "charged_off", "disputed")


class FakeBureauServer(FakeServer):
    """`POST /v1/inquiries` with `document_type`, `document_number`, `country`, `purpose` and `consent_reference`.

    Answers `{"inquiry", "score", "obligations": [{"creditor", "balance_minor_units", "currency", "days_past_due",
    "status"}]}`. Documents that end in 000 belong to nobody: 404 `subject_not_found`. `GET /v1/account` tries the key.

    `POST /v1/batches` with `reference` and `records`, each of which has a `reference`, answers `{"number"}`;
    `GET /v1/batches/{key}` what became of it: `{"number", "state": "working"}` for as long as `decides` is false, and
    then `{"number", "state": "decided", "accepted", "rejects": [{"reference", "code", "field", "remedy"}]}`. It refuses
    references that end in 000. A key that it does not know is 404 `not_received`.
    """

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self.decides = True
        self._batches: dict[str, list[str]] = {}

    def answer(self, request: Received) -> JsonObject:
        """Answer an inquiry, take a batch, or say what became of one."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) == ("POST", "/v1/batches"):
            return self.once(request, lambda: self._taken(request))
        if request.method == "GET" and request.path.startswith("/v1/batches/"):
            return self._decided(request.path.removeprefix("/v1/batches/"))
        if (request.method, request.path) != ("POST", "/v1/inquiries"):
            raise Refusal(404, "no_such_resource")
        for name in ("document_type", "country", "purpose", "consent_reference"):
            request.text(name)
        number = request.text("document_number")
        if number.endswith("000"):
            raise Refusal(404, "subject_not_found")
        return self.once(request, lambda: {"inquiry": self.number("INQ", request.key), **_report(number)})

    def _taken(self, request: Received) -> JsonObject:
        request.text("reference")
        records = request.json().get("records")
        if not isinstance(records, list) or not records:
            raise Refusal(422, "records_missing")
        self._batches[request.key] = [_reference(one) for one in cast("list[object]", records)]
        return {"number": self.number("BATCH", request.key)}

    def _decided(self, key: str) -> JsonObject:
        if key not in self._batches:
            raise Refusal(404, "not_received")
        number = self.number("BATCH", key)
        if not self.decides:
            return {"number": number, "state": "working"}
        rejects: list[JsonValue] = [
            {"reference": one, "code": "unknown_obligation", "field": "reference", "remedy": "Correct its number."}
            for one in self._batches[key]
            if one.endswith("000")
        ]
        accepted = len(self._batches[key]) - len(rejects)
        return {"number": number, "state": "decided", "accepted": accepted, "rejects": rejects}


def _reference(record: object) -> str:
    reference = cast("dict[str, object]", record).get("reference") if isinstance(record, dict) else None
    if not isinstance(reference, str) or not reference:
        raise Refusal(422, "reference_missing")
    return reference


def _report(document_number: str) -> JsonObject:
    seed = hashlib.sha256(document_number.encode()).digest()
    obligations: list[JsonValue] = [
        {
            "creditor": f"Banco Ficticio {place}",
            # Beyond 2**53, so that whoever goes through a binary fraction is found out.
            "balance_minor_units": 9_007_199_254_740_993 + seed[place],
            "currency": "COP",
            "days_past_due": 30 * place,
            "status": _STATUSES[(seed[place] + place) % len(_STATUSES)],
        }
        for place in range(1 + seed[0] % 3)
    ]
    return {"score": 150 + int.from_bytes(seed[:2]) % 801, "obligations": obligations}
