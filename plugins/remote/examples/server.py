"""A server of the protocol in the standard library alone: what an integrator writes, in any language.

    python server.py --port 8090 --secret whsec_...

It knows every document but those that end in 000, takes cases, messages and batches of debts, tells how a
case goes on and which debts it took, and remembers what each key was answered.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_S = 300
EFFECTS = (
    "/v1/bureau/fetch_report",
    "/v1/legal_channel/submit",
    "/v1/message_channel/send",
    "/v1/legal_channel/answer_cost",
    "/v1/bureau_furnishing/submit",
)
CHECKS: dict[str, dict[str, Any]] = {
    "/v1/bureau/check": {},
    "/v1/legal_channel/check": {"abilities": ["case_news", "cost_answers"]},
    "/v1/message_channel/check": {},
    "/v1/bureau_furnishing/check": {},
}


class Refused(Exception):
    """A status and why: a code, and the class that says how to recover."""

    def __init__(self, status: int, code: str, recovery: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.error = {"code": code, "class": recovery, "message": message}


class Service:
    """The answers. `done` has an answer for each key, `cases` what happened in each case that was handed over,
    `batches` which debts each batch told of; a server of yours keeps them in its database."""

    def __init__(self, secret: str) -> None:
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._lock = threading.Lock()
        self.done: dict[str, tuple[str, str, dict[str, Any]]] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.batches: dict[str, list[str]] = {}

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time())

    def signature(self, message_id: str, stamp: int, body: bytes) -> str:
        """Standard Webhooks: HMAC-SHA256 over id, time and body."""
        signed = f"{message_id}.{stamp}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()

    def verify(self, headers: Any, body: bytes) -> str:
        """The message id of a question that is signed, and not long ago."""
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not message_id or not stamp.isdecimal() or abs(self.now() - int(stamp)) > TOLERANCE_S:
            raise Refused(401, "signature_expired", "authentication_failed")
        wanted = self.signature(message_id, int(stamp), body)
        given = headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
            raise Refused(401, "signature_invalid", "authentication_failed")
        return message_id

    def respond(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer, which is signed like the question."""
        try:
            status, answer = 200, self.answer(path, self.verify(headers, body), body)
        except Refused as refused:
            status, answer = refused.status, {"error": refused.error}
        content = json.dumps(answer, ensure_ascii=False).encode()
        # Not the question's id: nobody can send a question back as its own answer.
        message_id, stamp = f"answer-{headers.get('webhook-id', '')}", self.now()
        signed = {"webhook-id": message_id, "webhook-timestamp": str(stamp)}
        return status, signed | {"webhook-signature": self.signature(message_id, stamp, content)}, content

    def answer(self, path: str, key: str, body: bytes) -> dict[str, Any]:
        """Do an effect once for its key; answer everything else anew."""
        asked = json.loads(body)
        if path in CHECKS:
            return CHECKS[path]
        if path == "/v1/legal_channel/status":
            return self._stage(asked["handoff"]["idempotency_key"])
        if path == "/v1/legal_channel/news":
            return self._news(asked["handoff"]["idempotency_key"])
        if path == "/v1/message_channel/status":
            return self._standing(asked["message"]["idempotency_key"])
        if path == "/v1/bureau_furnishing/status":
            return self._taken(asked["submission"]["idempotency_key"])
        if path not in EFFECTS:
            raise Refused(404, "no_such_operation", "invalid_configuration")
        print_of = hashlib.sha256(body).hexdigest()
        with self._lock:
            if key not in self.done:
                self.done[key] = (path, print_of, self._act(path, key, asked))
            known_path, known_print, known = self.done[key]
        if (known_path, known_print) != (path, print_of):
            raise Refused(409, "idempotency_key_reused", "rejected_by_provider", "The key is of another request.")
        return known

    def _act(self, path: str, key: str, asked: dict[str, Any]) -> dict[str, Any]:
        number = hashlib.sha256(key.encode()).hexdigest()[:12].upper()
        if path == EFFECTS[0]:
            if asked["subject"]["document_number"].endswith("000"):
                raise Refused(404, "subject_not_found", "subject_not_found", "Nobody has it.")
            balance = {"minor_units": 1_250_000_00, "currency": "COP"}
            owed = {"creditor_name": "Banco Ejemplo", "balance": balance, "days_past_due": 45, "status": "past_due"}
            raw: dict[str, Any] = {"inquiry": number, "document": asked["subject"]["document_number"], "odds": 0.25}
            return {"reference": f"INQ-{number}", "score": 640, "obligations": [owed], "raw": raw}
        if path == EFFECTS[1]:
            text = f"Recibido: {asked['dossier']['case']['reference']}\n".encode()
            paper = {"name": "acuse.txt", "media_type": "text/plain", "content": base64.b64encode(text).decode()}
            on = datetime.fromtimestamp(self.now(), UTC).date().isoformat()
            self.cases[key] = {"reference": f"{number}-filed", "kind": "filed", "on": on}
            return {"number": f"CASE-{number}", "artifacts": [paper]}
        if path == EFFECTS[3]:
            if asked["handoff"]["idempotency_key"] not in self.cases:
                raise Refused(404, "not_received", "rejected_by_provider", "There is no such case.")
            return {}
        if path == EFFECTS[4]:
            self.batches[key] = [record["reference"] for record in asked["batch"]["records"]]
            return {"number": f"BATCH-{number}"}
        if asked["message"]["to"]["address"].endswith("000"):
            raise Refused(422, "address_invalid", "rejected_by_provider", "No such line.")
        return {"number": f"MSG-{number}", "state": "accepted", "cost": {"minor_units": 4_500, "currency": "COP"}}

    def call(self, message_id: str, handoffs: list[str]) -> tuple[dict[str, str], bytes]:
        """Headers and body that say that there is news of cases. Send them by POST to the address that the agency told
        you; again, signed anew under the same id, until the status is 202 or 200. The host then asks for the news."""
        body = json.dumps({"handoffs": [{"idempotency_key": key} for key in handoffs]}).encode()
        stamp = self.now()
        headers = {"webhook-id": message_id, "webhook-timestamp": str(stamp), "content-type": "application/json"}
        return headers | {"webhook-signature": self.signature(message_id, stamp, body)}, body

    def _stage(self, key: str) -> dict[str, Any]:
        if key not in self.cases:
            return {"state": "failed", "code": "not_received", "retryable": True}
        return {"state": "settled", "value": "filed"}

    def _news(self, key: str) -> dict[str, Any]:
        if key not in self.cases:
            return {"state": "failed", "code": "not_received", "retryable": True}
        # All of it each time: the host takes each event and each cost once, by its reference.
        cost = {"reference": "cost-1", "kind": "court_fee", "reason": "Arancel judicial"}
        asked = {**cost, "amount": {"minor_units": 120_000_00, "currency": "COP"}}
        return {"state": "settled", "value": {"stage": "filed", "events": [self.cases[key]], "costs": [asked]}}

    def _taken(self, key: str) -> dict[str, Any]:
        if key not in self.batches:
            return {"state": "failed", "code": "not_received", "retryable": True}
        # Of every record either that it was taken, or why not: a debt that is refused counts as not told.
        unknown = {"code": "unknown_obligation", "field": "reference", "remedy": "Correct its number."}
        rejects = [{"reference": one, **unknown} for one in self.batches[key] if one.endswith("000")]
        told = {"number": self.done[key][2]["number"], "accepted": len(self.batches[key]) - len(rejects)}
        return {"state": "settled", "value": {**told, "rejects": rejects}}

    def _standing(self, key: str) -> dict[str, Any]:
        path, _, delivery = self.done.get(key, ("", "", {}))
        if path != EFFECTS[2]:
            return {"state": "failed", "code": "not_received", "retryable": True}
        return {"state": "settled", "value": {**delivery, "state": "delivered"}}


def serve(service: Service, port: int) -> ThreadingHTTPServer:
    """An HTTP server on this machine; `serve_forever` runs it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: apart, each waits for the other's acknowledgement

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            status, headers, content = service.respond(self.path, self.headers, body)
            self.send_response(status)
            for name, value in {**headers, "content-type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what is asked about people belongs into no log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    return Server(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()
    listening = serve(Service(options.secret), options.port)
    sys.stdout.write(f"http://127.0.0.1:{listening.server_address[1]}\n")
    sys.stdout.flush()
    listening.serve_forever()
