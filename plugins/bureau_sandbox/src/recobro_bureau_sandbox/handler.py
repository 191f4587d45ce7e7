"""How the sandbox bureau answers one HTTP request."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final

from pydantic import JsonValue

from recobro_bureau_sandbox.answers import answer_for, is_known

if TYPE_CHECKING:
    from recobro_bureau_sandbox.server import FakeBureauServer

_LARGEST_REQUEST: Final = 10_000
_REQUIRED: Final = ("document_type", "document_number", "country", "purpose", "consent_reference")


class InquiryHandler(BaseHTTPRequestHandler):
    """`POST /v1/inquiries` with `Authorization: Bearer <key>`, `Idempotency-Key` and a JSON body."""

    # One request for each connection, so that a server that was stopped is not still answering on old connections.
    protocol_version = "HTTP/1.0"
    server_version = "SandboxBureau"
    sys_version = ""

    def __init__(self, bureau: FakeBureauServer, *connection: Any) -> None:
        self.bureau = bureau
        super().__init__(*connection)  # which answers the request, so it comes last

    def do_POST(self) -> None:
        """Answer an inquiry, or say why not."""
        # Read whatever the answer: closing with unread bytes resets the connection, and the answer would be lost.
        body = self._body()
        if body is None:
            return
        api_key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        idempotency_key = self.headers.get("Idempotency-Key", "")
        if self.path != "/v1/inquiries":
            self._refuse(HTTPStatus.NOT_FOUND, "no_such_resource")
        elif not self.bureau.accepts(api_key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "unknown_key")
        elif not idempotency_key:
            self._refuse(HTTPStatus.BAD_REQUEST, "idempotency_key_missing")
        else:
            self._answer(api_key, idempotency_key, body)

    def do_GET(self) -> None:
        """`GET /v1/account` says whether a key is accepted: no inquiry, and nothing that is charged for."""
        api_key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.path != "/v1/account":
            self._refuse(HTTPStatus.NOT_FOUND, "no_such_resource")
        elif not self.bureau.accepts(api_key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "unknown_key")
        else:
            self._send(HTTPStatus.OK, json.dumps({"inquiries": self.bureau.inquiries}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the console belongs to whoever started the server."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_REQUEST:
            self._refuse(HTTPStatus.BAD_REQUEST, "malformed_request")
            return None
        return self.rfile.read(int(length))

    def _answer(self, api_key: str, idempotency_key: str, body: bytes) -> None:
        fault = self.bureau.next_fault()
        if fault == "status_500":
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")
        if fault == "rate_limited":
            return self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "too_many_inquiries", {"Retry-After": "7"})
        inquiry = _parsed(body)
        if inquiry is None:
            return self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed_inquiry")
        if not is_known(inquiry["document_number"]):
            return self._refuse(HTTPStatus.NOT_FOUND, "subject_not_found")
        reference = hashlib.sha256(f"{api_key}|{idempotency_key}".encode()).hexdigest()[:16].upper()
        answer = answer_for(inquiry["document_type"], inquiry["document_number"])
        if not self.bureau.claim(reference, body):
            return self._refuse(HTTPStatus.CONFLICT, "idempotency_key_reused")
        content = json.dumps({"inquiry": f"SB-{reference}", **answer}, ensure_ascii=False).encode()
        if fault == "slow":
            self.bureau.wait_as_slow()
        if fault == "malformed":
            content = b"<html>maintenance</html>"
        return self._send(HTTPStatus.OK, content, sent=len(content) // 2 if fault == "truncated" else None)

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
