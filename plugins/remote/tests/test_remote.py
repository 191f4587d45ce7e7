"""What is particular to the protocol: who signs, what is believed, what an error means, and that the document is current."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr
from remote_reference import EXAMPLES, SECRET, ReferenceServer, answered, scripted

from recobro_remote.bureau import RemoteBureau
from recobro_remote.channel import RemoteChannel
from recobro_remote.legal import RemoteLegalChannel
from recobro_remote.refusals import CLASSES
from recobro_remote.settings import RemoteLegalSettings, RemoteSettings
from recobro_sdk import (
    BureauReport,
    Consent,
    DocumentKind,
    InvalidConfiguration,
    Money,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    Purpose,
    RateLimited,
    RejectedByProvider,
    Subject,
    SubjectKind,
    SubjectNotFound,
)
from recobro_sdk.testing import FakeClock, FakeContext, sample_dossier

ANA = Subject(document_type="CC", document_number="1000000123", country="CO", name="Ana Peña", kind=SubjectKind.NATURAL)
NOBODY = replace(ANA, document_number="1000000000")
CONSENT = Consent(reference="consent-1", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="1")
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of thirty bytes").decode()
SETTINGS = RemoteSettings(base_url="http://127.0.0.1:9", secret=SecretStr(SECRET))


async def inquire(bureau: RemoteBureau, subject: Subject = ANA, key: str = "key-1") -> BureauReport:
    purpose = Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT
    return await bureau.fetch_report(subject, purpose=purpose, consent=CONSENT, idempotency_key=key)


async def ends(respond: Callable[[httpx.Request], httpx.Response]) -> PluginError:
    async with scripted(respond) as context:
        with pytest.raises(PluginError) as caught:
            await inquire(RemoteBureau(SETTINGS, context))
    return caught.value


@contextmanager
def process(*command: str) -> Iterator[RemoteSettings]:
    """A server in a process of its own, which says on its first line where it is."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().strip()
            yield RemoteSettings(base_url=address, secret=SecretStr(SECRET))
        finally:
            running.terminate()


@pytest.mark.parametrize("language", ["python", "node"])
@pytest.mark.asyncio
async def test_the_examples_answer_in_real_time(language: str) -> None:
    if language == "node" and shutil.which("node") is None:
        pytest.skip("node is not installed")
    python = (sys.executable, str(EXAMPLES / "server.py"), "--port", "0", "--secret", SECRET)
    command = python if language == "python" else ("node", str(EXAMPLES / "server.mjs"), "0", SECRET)
    with process(*command) as settings:
        async with FakeContext() as context:
            context.clock = FakeClock(datetime.now(UTC))
            bureau = RemoteBureau(settings, context)
            await bureau.check()
            report = await inquire(bureau)
            assert (report.provider, report.fetched_at) == ("remote_bureau", context.clock.now())
            assert report.score == 640 and report.obligations[0].balance == Money(1_250_000_00, "COP")
            assert await inquire(bureau) == report, "one key is one inquiry"
            with pytest.raises(SubjectNotFound):
                await inquire(bureau, NOBODY, "key-2")
            with pytest.raises(RejectedByProvider) as caught:
                await inquire(bureau, replace(ANA, name="Otra"))
            assert caught.value.code == "idempotency_key_reused"
            sent = dict(context.wire.sent[1].headers)
            assert sent["webhook-id"] == "key-1" and sent["webhook-signature"].startswith("v1,")
            wrong = RemoteBureau(settings.model_copy(update={"secret": SecretStr(OTHER_SECRET)}), context)
            with pytest.raises(PluginError) as refused:
                await wrong.check()
            assert refused.value.code == "authentication_failed"
            context.clock.advance(timedelta(hours=1))
            with pytest.raises(PluginError, match="signature"):
                await inquire(bureau)


@pytest.mark.asyncio
async def test_only_the_server_is_believed() -> None:
    report = {"reference": "INQ-1", "score": 640, "obligations": [], "raw": {}}
    forged = {
        "nobody": lambda request: httpx.Response(200, json=report),
        "another secret": lambda request: answered(request, 200, report, secret=OTHER_SECRET),
        "an answer to another question": lambda request: answered(request, 200, report, prefix="answer-x"),
        "the question itself": lambda request: answered(request, 200, report, prefix=""),
        "an answer of long ago": lambda request: answered(request, 200, report, late_s=301),
        "a proxy's page": lambda request: httpx.Response(
            404, json={"error": {"code": "subject_not_found", "class": "subject_not_found"}}
        ),
    }
    for name, respond in forged.items():
        error = await ends(respond)
        assert isinstance(error, ProviderUnavailable) and error.code == "answer_not_signed", name
    async with scripted(forged["nobody"]) as context:
        with pytest.raises(InvalidConfiguration):
            await RemoteBureau(SETTINGS, context).check()


@pytest.mark.asyncio
async def test_signed_nonsense_is_no_answer() -> None:
    owed = {
        "creditor_name": "B",
        "balance": {"minor_units": 10.5, "currency": "COP"},
        "days_past_due": 1,
        "status": "current",
    }
    good = {"reference": "INQ-1", "score": 640, "obligations": [], "raw": {}}
    for body in ([], {}, {**good, "reference": ""}, {**good, "score": "640"}, {**good, "obligations": [owed]}):
        error = await ends(lambda request, body=body: answered(request, 200, body))
        assert isinstance(error, ProviderUnavailable) and error.code == "malformed_answer", body


@pytest.mark.asyncio
async def test_refusals_by_class_and_message_without_a_person() -> None:
    def refused(recovery: str, message: str = "Not today.") -> Callable[[httpx.Request], httpx.Response]:
        body = {"error": {"code": "some_code", "class": recovery, "message": message, "retryAfter": 90}}
        return lambda request: answered(request, 400, body)

    for name, kind in CLASSES.items():
        error = await ends(refused(name))
        assert type(error) is kind and error.code == "some_code" and error.safe_message == "Not today."
        assert not isinstance(error, RateLimited) or error.after == timedelta(seconds=90)
    assert (await ends(refused("whatever"))).retryable
    for message in ("Ana is unknown", "Call 300 123 45 67", "peña?", "two\nlines"):
        assert (await ends(refused("rejected_by_provider", message))).safe_message == "the server refuses: some_code"


@pytest.mark.asyncio
async def test_what_is_not_known_is_a_timeout() -> None:
    def broken(kind: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
        def respond(request: httpx.Request) -> httpx.Response:
            raise kind("as asked", request=request)

        return respond

    for kind in (httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError):
        assert type(await ends(broken(kind))) is ProviderTimeout, kind
    for kind in (httpx.ConnectTimeout, httpx.ConnectError):
        assert type(await ends(broken(kind))) is ProviderUnavailable, kind


@pytest.mark.asyncio
async def test_an_answer_that_trickles_ends_with_the_timeout() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.02)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = RemoteSettings(base_url=address, secret=SecretStr(SECRET), timeout_ms=100, connect_timeout_ms=100)
    async with FakeContext() as context:
        with pytest.raises(ProviderTimeout):
            await asyncio.wait_for(inquire(RemoteBureau(settings, context)), 5)
    server.close()


@pytest.mark.asyncio
async def test_raw_evidence_has_no_document_and_no_float() -> None:
    with ReferenceServer() as server:
        async with FakeContext() as context:
            report = await inquire(RemoteBureau(RemoteSettings.model_validate(server.settings()), context))
    assert report.raw["document"] == "[document]" and report.raw["odds"] == "0.25"


@pytest.mark.asyncio
async def test_another_receipt_for_the_same_key_is_not_believed() -> None:
    numbers = iter(("CASE-1", "CASE-2"))
    settings = RemoteLegalSettings(base_url="http://127.0.0.1:9", secret=SecretStr(SECRET))
    dossier = sample_dossier(*DocumentKind)
    async with scripted(lambda r: answered(r, 200, {"number": next(numbers), "artifacts": []})) as context:
        channel = RemoteLegalChannel(settings, context)
        await channel.submit(dossier, idempotency_key="key-1")
        with pytest.raises(ProviderUnavailable) as caught:
            await channel.submit(dossier, idempotency_key="key-1")
    assert caught.value.code == "malformed_answer"


@pytest.mark.asyncio
async def test_callbacks_with_several_events() -> None:
    async with FakeContext() as context:
        server, now = ReferenceServer(), context.clock.now()
        event = {"number": "M-1", "occurred_at": "2026-03-02T14:59:00Z"}
        told = {
            "events": [
                {**event, "event": "1", "state": "delivered"},
                {**event, "event": "2", "state": "read", "reply": "sí"},
            ]
        }
        call = server.signed("told-1", json.dumps(told).encode(), now)
        events = await RemoteChannel(SETTINGS, context).parse_callback(call)
    assert [(one.event, one.state.value, one.reply) for one in events] == [("1", "delivered", ""), ("2", "read", "sí")]
