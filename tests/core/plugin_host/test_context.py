"""What a plugin gets from the host, with plugins that want more."""

import asyncio
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from core.kit import db
from core.kit.db import Database
from core.kit.ids import encode, new_id
from core.plugin_host import egress
from core.plugin_host import sockets as sockets_out
from core.plugin_host.egress import Trace, http_client, trace
from core.plugin_host.inside.context import InsideContext, plain_fields
from core.plugin_host.plugin_log import LogLine, write_line
from core.plugin_host.sockets import Sockets
from core.plugin_host.store import Store, stored
from recobro_sdk import HostNotAllowed, PluginManifest, PluginScope, ProviderTimeout, ProviderUnavailable
from tests.core.house import make_agency
from tests.core.plugin_house import HostileSettings


def _manifest(*scopes: str, name: str = "acme") -> PluginManifest:
    return PluginManifest(
        name=name, version="1", summary="of a test", maintainer="tests", homepage="https://example.test",
        capabilities=frozenset(), scopes=tuple(PluginScope(code, "of a test") for code in scopes),
    )  # fmt: skip


def _context(agency_id: UUID | None = None, *, name: str = "acme") -> InsideContext:
    """As a plugin's process has it, without the wire in between."""
    owner = agency_id or new_id()
    store, line = Store.of(name, owner), LogLine(name, "offer", encode("agency", owner))

    async def ask(what: str, head: Any, body: bytes = b"") -> Any:
        return await stored(store, what, head, body)

    def write(level: str, event: str, fields: Any) -> None:
        write_line(line, {"level": level, "event": event}, plain_fields(fields))

    return InsideContext(_manifest(name=name), encode("agency", owner), HostileSettings(), ask, write)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://bureau.invalid/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 3000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
async def server() -> AsyncIterator[str]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}"
    await asyncio.to_thread(listener.shutdown)
    listener.server_close()


async def test_loopback_only_where_the_manifest_says_so(server: str) -> None:
    async with http_client(_manifest("http:127.0.0.1"), HostileSettings()) as client:
        assert (await client.get(server)).status_code == 200
    async with http_client(_manifest("http:bureau.example"), HostileSettings()) as client:
        with pytest.raises(HostNotAllowed):
            await client.get(server)
    with pytest.raises(HostNotAllowed):
        http_client(_manifest("http:{base_url}"), HostileSettings(base_url=server))


async def test_a_name_in_the_settings_that_leads_inwards_is_refused_when_connecting(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def inwards(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inwards)
    settings = HostileSettings(base_url=server.replace("127.0.0.1", "bureau.example"))
    async with http_client(_manifest("http:{base_url}"), settings) as client:
        with pytest.raises(HostNotAllowed, match="public"):
            await client.get(settings.base_url)


async def test_connections_are_only_to_hosts_of_the_sftp_scopes(server: str) -> None:
    port = int(server.rpartition(":")[2])
    settings = HostileSettings(base_url="sftp://files.example/")
    open_to = Sockets(_manifest("sftp:127.0.0.1"), settings)
    noted = Trace()
    trace.set(noted)
    with pytest.raises(ProviderUnavailable):
        await open_to.connect("127.0.0.1", 1)
    assert not noted.acted
    with await open_to.connect("127.0.0.1", port) as found:
        assert found.getpeername() == ("127.0.0.1", port) and not found.getblocking() and noted.acted
    for scopes in ("http:127.0.0.1", "sftp:{base_url}"):
        with pytest.raises(HostNotAllowed):
            await Sockets(_manifest(scopes), settings).connect("127.0.0.1", port)
    with pytest.raises(HostNotAllowed, match="public"):
        Sockets(_manifest("sftp:{base_url}"), HostileSettings(base_url="sftp://10.0.0.7"))


async def test_a_name_for_a_connection_that_leads_inwards_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def inwards(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", ("169.254.1.1", 22))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inwards)
    sockets = Sockets(_manifest("sftp:{base_url}"), HostileSettings(base_url="sftp://files.example"))
    with pytest.raises(HostNotAllowed, match="public"):
        await sockets.connect("files.example", 22)


async def test_a_connection_that_nobody_takes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", never)
    monkeypatch.setattr(sockets_out, "CONNECT_S", 0.05)
    with pytest.raises(ProviderTimeout):
        await Sockets(_manifest("sftp:127.0.0.1"), HostileSettings()).connect("127.0.0.1", 22)


async def test_redirects_are_not_followed_and_when_asked_to_only_within_the_list(server: str) -> None:
    async with http_client(_manifest("http:127.0.0.1"), HostileSettings()) as client:
        assert (await client.get(f"{server}/away")).status_code == 302
        with pytest.raises(HostNotAllowed):
            await client.get(f"{server}/away", follow_redirects=True)


async def test_an_answer_without_end_is_cut(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "MAX_ANSWER_BYTES", 2000)
    async with http_client(_manifest("http:127.0.0.1"), HostileSettings()) as client:
        with pytest.raises(ProviderUnavailable):
            await client.get(server)


async def test_what_was_sent_is_noted_and_what_could_not_be_is_not(server: str) -> None:
    async with http_client(_manifest("http:127.0.0.1"), HostileSettings()) as client:
        noted = Trace()
        trace.set(noted)
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:1/")
        assert not noted.acted
        await client.get(server)
        assert noted.acted


async def test_the_store_is_each_agencys_and_each_plugins_own(database: Database) -> None:
    north, south = await make_agency("north"), await make_agency("south")
    ours = _context(north.agency).store
    await ours.put("case:1", {"minor": 2**53 + 1, "deep": [None, {"a": "ñ"}]})
    assert await ours.get("case:1") == {"minor": 2**53 + 1, "deep": [None, {"a": "ñ"}]}
    assert await _context(north.agency, name="other").store.get("case:1") is None
    assert await _context(south.agency).store.get("case:1") is None
    await _context(south.agency).store.delete("case:1")
    assert await ours.get("case:1") is not None
    await ours.delete("case:1")
    await ours.delete("case:1")
    assert await ours.get("case:1") is None


async def test_two_that_add_the_same_key_agree(database: Database) -> None:
    store = _context((await make_agency("north")).agency).store
    added = await asyncio.gather(*(store.add("k", {"n": n}) for n in range(5)))
    assert added.count(True) == 1
    assert await store.get("k") == {"n": added.index(True)}


async def test_the_store_takes_json_and_plain_keys_only(database: Database) -> None:
    store = _context((await make_agency("north")).agency).store
    for key in ("", "a b", "x" * 201, "naïve", "a\n"):
        with pytest.raises(ValueError, match="key"):
            await store.put(key, {})
    for document in ({"a": object()}, {"a": "\0"}, {"a": 2**70}, {"a": "x" * (5 << 20)}, [1]):
        with pytest.raises((ValueError, TypeError)):
            await store.put("k", document)  # type: ignore[arg-type]


async def test_nothing_of_the_context_leads_to_the_database(database: Database) -> None:
    context = _context()
    assert not any(
        hasattr(part, name) for part in (context, context.store) for name in ("db", "connection", "scope", "tx")
    )
    assert context.agency.startswith("agency_")
    assert db.current() is database


def test_the_log_is_labelled_and_redacted() -> None:
    structlog.reset_defaults()
    with capture_logs() as lines:
        log = _context().log
        log.info("bureau_answered", obligations=3, document_number="79123456", note="call 300 123 4567 or a@b.co")
        log.warning("Carlos Pérez owes", api_key="secret")
    answered, named = lines
    assert (answered["plugin"], answered["event"], answered["field_obligations"]) == ("acme", "bureau_answered", 3)
    text = repr(lines)
    assert not any(word in text for word in ("79123456", "4567", "a@b.co", "Carlos", "secret'"))
    assert named["event"] == "plugin_log"
