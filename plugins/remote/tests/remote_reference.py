"""The reference server as the kit starts and counts it, and servers that are a function."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from pydantic import SecretStr

from recobro_sdk import InboundCall, sign_callback
from recobro_sdk.testing import FakeClock, FakeContext, FakeServer

EXAMPLES = Path(__file__).parents[1] / "examples"
SECRET = FakeServer.signing_secret


def _example() -> Any:
    spec = importlib.util.spec_from_file_location("remote_example_server", EXAMPLES / "server.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = _example()


class AskersTime(example.Service):
    """Lives in the time of whoever asks: the kit's clock stands still, and jumps."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self._asked = threading.local()

    def now(self) -> int:
        return self._asked.stamp

    def verify(self, headers: Any, body: bytes) -> str:
        self._asked.stamp = int(headers["webhook-timestamp"])
        return super().verify(headers, body)


class ReferenceServer(FakeServer):
    """`examples/server.py`, in a thread."""

    def start(self) -> Self:
        self.service = AskersTime(SECRET)
        self._http = example.serve(self.service, 0)
        self._running = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._running.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def effects(self) -> int:
        return len(self.service.done)

    def settings(self) -> dict[str, object]:
        return {"base_url": f"{self.base_url}/", "secret": SECRET}

    def callbacks(self, number: str) -> Sequence[InboundCall]:
        now = FakeClock().now()
        calls: list[InboundCall] = []
        for place, state in enumerate(("sent", "delivered", "read")):
            at = (now - timedelta(seconds=30 - place)).isoformat()
            event = {"event": f"{number}-{place}", "number": number, "state": state, "occurred_at": at}
            calls.append(self.signed(f"told-{number}-{place}", json.dumps({"events": [event]}).encode(), now))
        return calls

    def signed(self, message_id: str, body: bytes, at: datetime) -> InboundCall:
        headers = sign_callback(SecretStr(SECRET), message_id=message_id, sent_at=at, body=body)
        return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=at)


def scripted(respond: Callable[[httpx.Request], httpx.Response]) -> FakeContext:
    """A context whose server is a function."""
    context = FakeContext()
    context.http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return context


def answered(
    request: httpx.Request, status: int, body: Any, *, secret: str = SECRET, prefix: str = "answer-", late_s: int = 0
) -> httpx.Response:
    content = json.dumps(body).encode()
    at = FakeClock().now() - timedelta(seconds=late_s)
    message_id = f"{prefix}{request.headers['webhook-id']}"
    headers = sign_callback(SecretStr(secret), message_id=message_id, sent_at=at, body=content)
    return httpx.Response(status, headers=list(headers), content=content)
