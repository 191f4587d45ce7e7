"""How the sandbox bureau answers one HTTP request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from recobro_bureau_sandbox.answers import answer_for, decision_on, is_known
from recobro_sdk import JsonObject

if TYPE_CHECKING:
    from recobro_bureau_sandbox.server import FakeBureauServer

_INQUIRIES, _BATCHES = "/v1/inquiries", "/v1/batches"
_LARGEST: Final = {_INQUIRIES: 10_000, _BATCHES: 4 << 20}
_REQUIRED: Final = ("document_type", "document_number", "country", "purpose", "consent_reference")


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)

    reference: str = Field(min_length=1)


class _Batch(BaseModel):
    model_config = ConfigDict(strict=True)

    reference: str = Field(min_length=1)
    records: list[_Record] = Field(min_length=1, max_length=10_000)


class InquiryHandler(BaseHTTPRequestHandler):
    """`POST /v1/inquiries` and `POST /v1/batches` with `Authorization: Bearer <key>`, `Idempotency-Key` and a JSON
    body; `GET /v1/batches` with the same headers says what became of the batch of that key."""

    # One request for each connection, so that a server that was stopped is not still answering on old connections.
    protocol_version = "HTTP/1.0"
    server_version = "SandboxBureau"
    sys_version = ""

    def __init__(self, bureau: FakeBureauServer, *connection: Any) -> None:
        self.bureau = bureau
        super().__init__(*connection)  # which answers the request, so it comes last

    def do_POST(self) -> None:
        """Answer an inquiry, take a batch, or say why not."""
        # Read whatever the answer: closing with unread bytes resets the connection, and the answer would be lost.
        body = self._body()
        if body is None:
            return
        api_key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        idempotency_key = self.headers.get("Idempotency-Key", "")
        if self.path not in _LARGEST:
            self._refuse(HTTPStatus.NOT_FOUND, "no_such_resource")
        elif self._admitted(api_key, idempotency_key):
            answered = self._inquiry if self.path == _INQUIRIES else self._batch
            self._faulty(lambda: answered(_reference(api_key, idempotency_key), body))

    def do_GET(self) -> None:
        """`GET /v1/account` says whether a key is accepted: no inquiry, and nothing that is charged for."""
        api_key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        idempotency_key = self.headers.get("Idempotency-Key", "")
        if self.path == _BATCHES:
            if self._admitted(api_key, idempotency_key):
                self._faulty(lambda: self._decided(_reference(api_key, idempotency_key)))
        elif self.path != "/v1/account":
            self._refuse(HTTPStatus.NOT_FOUND, "no_such_resource")
        elif not self.bureau.accepts(api_key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "unknown_key")
        else:
            self._send(HTTPStatus.OK, json.dumps({"inquiries": self.bureau.inquiries}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the console belongs to whoever started the server."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST.get(self.path, _LARGEST[_INQUIRIES]):
            self._refuse(HTTPStatus.BAD_REQUEST, "malformed_request")
            return None
        return self.rfile.read(int(length))

    def _admitted(self, api_key: str, idempotency_key: str) -> bool:
        """Whether it may be answered; refused where not."""
        if not self.bureau.accepts(api_key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "unknown_key")
            return False
        if not idempotency_key:
            self._refuse(HTTPStatus.BAD_REQUEST, "idempotency_key_missing")
            return False
        return True

    def _faulty(self, answered: Callable[[], JsonObject]) -> None:
        """Answer, or do what is to go wrong."""
        fault = self.bureau.next_fault()
        if fault == "status_500":
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")
        if fault == "rate_limited":
            return self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "too_many_inquiries", {"Retry-After": "7"})
        try:
            content = json.dumps(answered(), ensure_ascii=False).encode()
        except _RefusedError as refused:
            return self._refuse(refused.status, refused.code)
        if fault == "slow":
            self.bureau.wait_as_slow()
        if fault == "malformed":
            content = b"<html>maintenance</html>"
        return self._send(HTTPStatus.OK, content, sent=len(content) // 2 if fault == "truncated" else None)

    def _inquiry(self, reference: str, body: bytes) -> JsonObject:
        inquiry = _parsed(body)
        if inquiry is None:
            raise _RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed_inquiry")
        if not is_known(inquiry["document_number"]):
            raise _RefusedError(HTTPStatus.NOT_FOUND, "subject_not_found")
        answer = answer_for(inquiry["document_type"], inquiry["document_number"])
        if not self.bureau.claim(reference, body):
            raise _RefusedError(HTTPStatus.CONFLICT, "idempotency_key_reused")
        return {"inquiry": f"SB-{reference}", **answer}

    def _batch(self, reference: str, body: bytes) -> JsonObject:
        references = _records(body)
        if references is None:
            raise _RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed_batch")
        if not self.bureau.take_batch(reference, body, references):
            raise _RefusedError(HTTPStatus.CONFLICT, "idempotency_key_reused")
        return {"number": f"SF-{reference}"}

    def _decided(self, reference: str) -> JsonObject:
        references = self.bureau.batch(reference)
        if references is None:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "not_received")
        return {"number": f"SF-{reference}", **decision_on(references)}

    def _refuse(self, status: HTTPStatus, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps({"code": code}).encode(), headers)

    def _send(
        self, status: HTTPStatus, content: bytes, headers: dict[str, str] | None = None, *, sent: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:sent])


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def _reference(api_key: str, idempotency_key: str) -> str:
    return hashlib.sha256(f"{api_key}|{idempotency_key}".encode()).hexdigest()[:16].upper()


def _records(body: bytes) -> tuple[str, ...] | None:
    """The references of a batch's records; None where it is no batch."""
    try:
        return tuple(one.reference for one in _Batch.model_validate_json(body).records)
    except ValueError:
        return None


def _parsed(body: bytes) -> dict[str, str] | None:
    try:
        value: JsonValue = json.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    fields = {name: value.get(name) for name in _REQUIRED}
    texts = {name: text for name, text in fields.items() if isinstance(text, str) and text}
    return texts if len(texts) == len(_REQUIRED) else None
