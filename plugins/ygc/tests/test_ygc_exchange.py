"""What goes wrong on the way: the server's key, ours, broken connections, half files, a firm that takes files away."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncssh
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ygc_cases import COMPLETE
from ygc_firms import CLIENT_KEY, HOST_KEY, PASSWORD, GatewayFirm, SftpFirm, public

from recobro_sdk import (
    AuthenticationFailed,
    Failed,
    HandoffReceipt,
    HandoffRef,
    HostNotAllowed,
    InvalidConfiguration,
    LegalStage,
    Pending,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
)
from recobro_sdk.testing import FakeContext, Fault
from recobro_ygc.channel import YgcChannel, over_http, over_sftp
from recobro_ygc.settings import YgcHttpSettings, YgcSftpSettings

KEY = "handoff-1"


@pytest.fixture
def firm() -> Iterator[SftpFirm]:
    with SftpFirm() as found:
        yield found


def channel(firm: SftpFirm, context: Any, **changes: object) -> YgcChannel:
    return over_sftp(YgcSftpSettings.model_validate({**firm.settings(), **changes}), context)


def run(firm: SftpFirm, work: Callable[[YgcChannel, FakeContext], Awaitable[Any]], **changes: object) -> Any:
    async def body() -> Any:
        async with FakeContext() as context:
            return await work(channel(firm, context, **changes), context)

    return asyncio.run(body())


def failure(firm: SftpFirm, **changes: object) -> PluginError:
    with pytest.raises(PluginError) as caught:
        run(firm, lambda it, _: it.submit(COMPLETE, idempotency_key=KEY), **changes)
    assert firm.files == [], "something was left with the firm"
    return caught.value


def test_a_server_with_another_key_is_not_believed(firm: SftpFirm) -> None:
    error = failure(firm, host_keys=[public(CLIENT_KEY)])
    assert isinstance(error, InvalidConfiguration) and error.code == "host_key_unknown"
    assert list(firm.outbox.iterdir()) == []
    other = public(asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
    assert failure(firm, host_keys=[other]).code in ("host_key_unknown", "provider_unavailable")
    assert run(firm, lambda it, _: it.check(), host_keys=[other, public(HOST_KEY)]) is None


def test_credentials_that_are_refused_are_the_administrators(firm: SftpFirm) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    for wrong in ({"private_key": stranger}, {"private_key": None, "password": "wrong"}, {"username": "somebody"}):
        error = failure(firm, **wrong)
        assert isinstance(error, AuthenticationFailed) and "somebody" not in str(error)
    assert run(firm, lambda it, _: it.check(), private_key=None, password=PASSWORD) is None
    locked = CLIENT_KEY.export_private_key("pkcs8-pem", passphrase="open").decode()
    assert failure(firm, private_key=locked).code == "key_unreadable"
    assert failure(firm, private_key="no key").code == "key_unreadable"


def test_folders_that_are_not_there_are_found_when_the_settings_are_tried(firm: SftpFirm) -> None:
    for wrong in ({"outbox": "nowhere"}, {"inbox": "nowhere"}):
        with pytest.raises(InvalidConfiguration) as caught:
            run(firm, lambda it, _: it.check(), **wrong)
        assert caught.value.code == "folder_missing"
    assert failure(firm, outbox="nowhere").code == "folder_missing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "https://files.example"},
        {"address": "sftp://files.example/folder"},
        {"address": "sftp://agency:secret@files.example"},
        {"host_keys": []},
        {"host_keys": ["anything"]},
        {"private_key": None},
        {"inbox": "to_firm"},
    ],
)
def test_settings_that_cannot_be_safe_are_refused(firm: SftpFirm, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        YgcSftpSettings.model_validate({**firm.settings(), **wrong})
    with pytest.raises(ValueError, match="https"):
        YgcHttpSettings(forwarder_id="VA07", firm_id="FL12", base_url="http://files.example", api_key="12345678")  # type: ignore[arg-type]


def test_hosts_that_the_manifest_does_not_name_are_not_reached(firm: SftpFirm) -> None:
    async def body() -> None:
        async with FakeContext(sockets=()) as context:
            await channel(firm, context).submit(COMPLETE, idempotency_key=KEY)

    with pytest.raises(HostNotAllowed):
        asyncio.run(body())


def test_a_file_has_its_name_only_when_it_is_whole(firm: SftpFirm) -> None:
    receipt: HandoffReceipt = run(firm, lambda it, _: it.submit(COMPLETE, idempotency_key=KEY))
    (artifact,) = receipt.artifacts
    assert [path.name for path in firm.outbox.iterdir()] == firm.files == [artifact.name]
    assert (firm.outbox / artifact.name).read_bytes() == artifact.content and receipt.number in artifact.name


def test_half_a_file_never_gets_its_name(firm: SftpFirm) -> None:
    firm.asked.add("half_is_lost")
    assert isinstance(failure(firm), ProviderUnavailable)
    assert list(firm.outbox.iterdir()) == []


def test_a_rename_that_is_refused_is_tried_again_with_the_same_file(firm: SftpFirm) -> None:
    async def work(it: YgcChannel, _: FakeContext) -> HandoffReceipt:
        firm.asked.add("rename_refused")
        with pytest.raises(ProviderUnavailable):
            await it.submit(COMPLETE, idempotency_key=KEY)
        assert await it.status(HandoffRef(KEY)) == Failed("not_received", retryable=True)
        firm.asked.clear()
        return await it.submit(COMPLETE, idempotency_key=KEY)

    run(firm, work)
    assert len(firm.files) == 1 and [path.name for path in firm.outbox.iterdir()] == firm.files


@pytest.mark.parametrize("takes_away", [False, True])
def test_a_lost_answer_to_the_rename_is_settled_by_looking(firm: SftpFirm, takes_away: bool) -> None:
    firm.takes_away = takes_away
    firm.asked.add("drop_after_rename")

    async def work(it: YgcChannel, _: FakeContext) -> tuple[object, object]:
        with pytest.raises((ProviderUnavailable, ProviderTimeout)):
            await it.submit(COMPLETE, idempotency_key=KEY)
        return await it.status(HandoffRef(KEY)), await it.submit(COMPLETE, idempotency_key=KEY)

    status, receipt = run(firm, work)
    assert status == Settled(LegalStage.ACKNOWLEDGED) and isinstance(receipt, HandoffReceipt)
    assert len(firm.files) == 1, "it was sent twice"


def test_two_at_once_and_another_process_send_one_file(firm: SftpFirm) -> None:
    async def body() -> list[HandoffReceipt]:
        async with FakeContext() as context:
            several = [channel(firm, context) for _ in range(4)]
            return list(await asyncio.gather(*(one.submit(COMPLETE, idempotency_key=KEY) for one in several)))

    receipts = asyncio.run(body())
    assert receipts == [receipts[0]] * 4 and len(firm.files) == 1
    assert [path.name for path in firm.outbox.iterdir()] == firm.files, "something of passage is left"


@asynccontextmanager
async def cut_after(port: int, left: int) -> AsyncIterator[tuple[int, list[int]]]:
    """Stands before the firm's server and hangs up once so many bytes have gone by, in both directions together."""
    seen = [0]

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(512):
            seen[0] += len(data)
            if seen[0] > left:
                break
            writer.write(data)
            await writer.drain()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, out = await asyncio.open_connection("127.0.0.1", port)
        both = [asyncio.create_task(carry(reader, out)), asyncio.create_task(carry(inside, writer))]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, out):
            end.transport.abort()
        await asyncio.gather(*both, return_exceptions=True)

    server = await asyncio.start_server(between, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_wherever_the_connection_breaks_the_key_is_one_file(permille: int, takes_away: bool) -> None:
    async def body(firm: SftpFirm) -> None:
        async with FakeContext() as context, cut_after(firm.port, 1 << 30) as (port, whole):
            await channel(firm, context, address=f"sftp://127.0.0.1:{port}").submit(COMPLETE, idempotency_key="other")
        firm.files.clear()
        async with FakeContext() as context:
            async with cut_after(firm.port, whole[0] * permille // 1000) as (port, _):
                broken = channel(firm, context, address=f"sftp://127.0.0.1:{port}")
                ends = await asyncio.gather(broken.submit(COMPLETE, idempotency_key=KEY), return_exceptions=True)
            final = [
                end for end in ends if not isinstance(end, HandoffReceipt) and not getattr(end, "retryable", False)
            ]
            assert final == [], "an error that is final, although nobody knows"
            again = channel(firm, context)
            status = await again.status(HandoffRef(KEY))
            assert status == (
                Settled(LegalStage.ACKNOWLEDGED) if firm.files else Failed("not_received", retryable=True)
            )
            await again.submit(COMPLETE, idempotency_key=KEY)

    with SftpFirm() as firm:
        firm.takes_away = takes_away
        asyncio.run(body(firm))
        assert len(firm.files) == 1


def test_each_step_has_a_deadline(firm: SftpFirm) -> None:
    async def work(it: YgcChannel, context: FakeContext) -> None:
        context.wire.always = Fault.HANGS
        await it.submit(COMPLETE, idempotency_key=KEY)

    loop_time = asyncio.new_event_loop().time()
    with pytest.raises(ProviderTimeout, match="logging in"):
        run(firm, work, timeout_ms=200)
    assert asyncio.new_event_loop().time() - loop_time < 5


def test_files_that_are_not_whole_yet_are_left_alone(firm: SftpFirm) -> None:
    firm.acknowledges = False

    async def work(it: YgcChannel, context: FakeContext) -> list[object]:
        await it.submit(COMPLETE, idempotency_key=KEY)
        content = (firm.outbox / firm.files[0]).read_bytes()
        from ygc_firms import answers

        seen: list[object] = []
        for name in ("ack.part", "ack.TMP", ".ack", "ack"):
            firm.says(answers(content), name)
            seen.append(await it.status(HandoffRef(KEY)))
        assert context.log.records[-1][1] == "file_read"
        return seen

    assert run(firm, work) == [Pending()] * 3 + [Settled(LegalStage.ACKNOWLEDGED)]
    # The host's clock of a test stands before the files: none of them has been quiet yet.
    assert run(firm, lambda it, _: _after_submit(it), quiet_s=3600) == Pending()


async def _after_submit(it: YgcChannel) -> object:
    await it.submit(COMPLETE, idempotency_key=KEY)
    return await it.status(HandoffRef(KEY))


def gateway(firm: GatewayFirm, context: Any) -> YgcChannel:
    return over_http(YgcHttpSettings.model_validate(firm.settings()), context)


def test_a_gateway_is_not_believed_blindly() -> None:
    async def body(firm: GatewayFirm) -> None:
        async with FakeContext() as context:
            it = gateway(firm, context)
            assert await it.status(HandoffRef(KEY)) == Failed("not_received", retryable=True)
            context.wire.next_faults.append(Fault.UNREACHABLE)
            with pytest.raises(ProviderUnavailable):
                await it.submit(COMPLETE, idempotency_key=KEY)
            assert await it.status(HandoffRef(KEY)) == Failed("not_received", retryable=True)
            context.wire.next_faults.append(Fault.CUT)
            with pytest.raises(ProviderUnavailable):
                await it.submit(COMPLETE, idempotency_key=KEY)
            assert await it.status(HandoffRef(KEY)) == Settled(LegalStage.ACKNOWLEDGED)
            name = next(iter(firm.taken))
            assert base64.b64encode(firm.left[f"ack-{name}"][0])
            firm.says(b"", "changed")
            firm.left["changed"] = (b"39", 1_770_000_001)
            listed = firm._listed
            firm._listed = lambda one: {**listed(one), "sha256": "0" * 64} if one == "changed" else listed(one)  # type: ignore[method-assign]
            with pytest.raises(ProviderUnavailable) as caught:
                await it.status(HandoffRef(KEY))
            assert caught.value.code == "malformed_answer"
            firm._listed = listed  # type: ignore[method-assign]
        async with FakeContext() as context:
            firm.taken[name] = "1" * 64
            with pytest.raises(RejectedByProvider) as refused:
                await gateway(firm, context).submit(COMPLETE, idempotency_key=KEY)
            assert refused.value.code == "idempotency_key_reused"

    with GatewayFirm() as firm:
        asyncio.run(body(firm))
