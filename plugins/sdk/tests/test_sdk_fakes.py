"""The host in miniature and the measurements of the kit."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from recobro_sdk import HostNotAllowed, ProviderUnavailable
from recobro_sdk.testing import (
    FakeContext,
    Fault,
    float_conversions,
    forbidden_imports,
    longest_gap_ms,
    swallowed_cancellations,
)


def test_imports_and_floats_are_read_from_the_source(tmp_path: Path) -> None:
    package = tmp_path / "recobro_acme"
    package.mkdir()
    (package / "a.py").write_text(
        "import json\nimport core.kit\nfrom tenants import x\nfrom recobro_sdk import Money\n"
        "from recobro_acme import b\nimport recobro_other.c\nfrom . import d\nx = float('1')\n"
    )
    assert forbidden_imports(package) == ["a.py:2 core.kit", "a.py:3 tenants", "a.py:6 recobro_other.c"]
    assert float_conversions(package) == ["a.py:8"]
    assert "core" not in sys.modules or sys.modules["core"].__file__ != str(package)


def test_context_reaches_loopback_only() -> None:
    async def body() -> None:
        async with FakeContext() as context:
            with pytest.raises(HostNotAllowed):
                await context.http.get("http://192.0.2.1/")
        async with FakeContext(offline=True) as context:
            with pytest.raises(httpx.ConnectError):
                await context.http.get("http://127.0.0.1:9/")

    asyncio.run(body())


def test_redirect_cannot_leave_the_allow_list() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def body() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, FakeContext() as context:
            with pytest.raises(HostNotAllowed):
                await context.http.get(f"http://127.0.0.1:{port}/", follow_redirects=True)

    asyncio.run(body())


def test_store_keeps_copies_and_adds_once() -> None:
    async def body() -> None:
        async with FakeContext() as context:
            document: dict[str, Any] = {"a": [1]}
            await context.store.put("k", document)
            document["a"].append(2)
            assert await context.store.get("k") == {"a": [1]}
            added = await asyncio.gather(*(context.store.add("once", {"n": n}) for n in range(5)))
            assert sum(added) == 1
            await context.store.delete("k")
            assert await context.store.get("k") is None
            with pytest.raises(TypeError):
                await context.store.put("k", {"when": object()})  # pyright: ignore[reportArgumentType]
            with pytest.raises(ValueError, match="key"):
                await context.store.get("../other")

    asyncio.run(body())


async def waiting() -> None:
    await asyncio.sleep(0.08)


async def blocking() -> None:
    time.sleep(0.08)  # noqa: ASYNC251 (what the measurement has to find)


@pytest.mark.parametrize(("work", "blocks"), [(waiting, False), (blocking, True)])
def test_gap_tells_waiting_from_blocking(work: Callable[[], Awaitable[None]], blocks: bool) -> None:
    async def body() -> list[int]:
        return [await longest_gap_ms(work) for _ in range(3)]

    assert (min(asyncio.run(body())) >= 50) is blocks


def test_swallowed_cancellation_is_found_where_it_happens() -> None:
    async def stubborn() -> None:
        await asyncio.sleep(0)
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            return

    async def obedient() -> None:
        await asyncio.sleep(1)

    async def body() -> tuple[list[int], list[int]]:
        return await swallowed_cancellations(obedient), await swallowed_cancellations(stubborn)

    assert asyncio.run(body()) == ([], [2, 3, 4, 5, 6, 7, 8])


def _spoken(fault: Fault | None, *, says: bytes = b"x" * 5000) -> tuple[bytes, list[str]]:
    """What a plugin hears on a connection under a fault, from somebody who says `says` when spoken to."""

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(says)
        await writer.drain()
        writer.close()

    async def body() -> tuple[bytes, list[str]]:
        server = await asyncio.start_server(other, "127.0.0.1", 0)
        async with server, FakeContext() as context:
            context.wire.always = fault
            sock = await context.connect("127.0.0.1", server.sockets[0].getsockname()[1])
            reader, writer = await asyncio.open_connection(sock=sock)
            writer.write(b"hi")
            heard = bytearray()
            # What is silent, and what waits for us to hang up.
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.3):
                    while data := await reader.read(1 << 16):
                        heard += data
            writer.close()
            return bytes(heard), [one.method for one in context.wire.sent]

    return asyncio.run(body())


def test_connections_go_wrong_like_requests() -> None:
    assert _spoken(None) == (b"x" * 5000, ["CONNECT"])
    assert [len(_spoken(fault)[0]) for fault in (Fault.HALF_ANSWER, Fault.CUT)] == [100, 2000]
    assert [_spoken(fault)[0] for fault in (Fault.SLOW, Fault.HANGS)] == [b"", b""]
    assert [_spoken(fault)[0] for fault in (Fault.STATUS_500, Fault.RATE_LIMITED)] == [b"", b""]
    assert b"<html>" in _spoken(Fault.NOT_JSON)[0] and _spoken(Fault.WRONG_TYPES)[0].startswith(b"SSH-2.0-nonsense")


def test_connections_reach_what_they_may_and_nothing_when_offline() -> None:
    async def body() -> None:
        async with FakeContext(sockets=()) as context:
            with pytest.raises(HostNotAllowed):
                await context.connect("127.0.0.1", 1)
            assert context.wire.refused == ["127.0.0.1"]
        async with FakeContext(offline=True) as context:
            with pytest.raises(ProviderUnavailable):
                await context.connect("127.0.0.1", 1)
        async with FakeContext() as context:
            with pytest.raises(ProviderUnavailable):
                await context.connect("127.0.0.1", 1)

    asyncio.run(body())
