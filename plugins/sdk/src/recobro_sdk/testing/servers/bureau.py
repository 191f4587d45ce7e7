"""A credit bureau that invents its answers, always the same for the same document."""

from __future__ import annotations

import hashlib
from typing import Final

from pydantic import JsonValue

from recobro_sdk.context import JsonObject
from recobro_sdk.testing.servers.base import FakeServer, Received, Refusal

_STATUSES: Final = ("current", "past_due", "charged_off", "disputed")


class FakeBureauServer(FakeServer):
    """`POST /v1/inquiries` with `document_type`, `document_number`, `country`, `purpose` and `consent_reference`.

    Answers `{"inquiry", "score", "obligations": [{"creditor", "balance_minor_units", "currency", "days_past_due",
    "status"}]}`. Documents that end in 000 belong to nobody: 404 `subject_not_found`. `GET /v1/account` tries the key.
    """

    def answer(self, request: Received) -> JsonObject:
        """Answer an inquiry."""
        if (request.method, request.path) == ("GET", "/v1/account"):
            return {"name": "test"}
        if (request.method, request.path) != ("POST", "/v1/inquiries"):
            raise Refusal(404, "no_such_resource")
        for name in ("document_type", "country", "purpose", "consent_reference"):
            request.text(name)
        number = request.text("document_number")
        if number.endswith("000"):
            raise Refusal(404, "subject_not_found")
        return self.once(request, lambda: {"inquiry": self.number("INQ", request.key), **_report(number)})


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
