"""What is particular to telling the sandbox bureau: what it refuses, forgets, and never hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import httpx
import pytest

from recobro_bureau_sandbox import FakeBureauServer, Fault, SandboxBureauSettings, SandboxFurnisher
from recobro_bureau_sandbox.demo import SHARED
from recobro_sdk import (
    AuthenticationFailed,
    Failed,
    FurnishingAction,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
    SubmissionRef,
)
from recobro_sdk.testing import FakeContext, furnishing_batch, furnishing_record

R = TypeVar("R")
KEY = "sandbox-key-1"
BATCH = furnishing_batch(*(furnishing_record(f"OBL-{n}") for n in (1, 1000, 1999, 99)))
NOBODY = replace(furnishing_record().primary, document_number="1.000.000.000")


@pytest.fixture
def server() -> Iterator[FakeBureauServer]:
    with FakeBureauServer({KEY}) as running:
        yield running


def with_furnisher(scenario: Callable[[SandboxFurnisher, FakeContext], Awaitable[R]], **settings: object) -> R:
    async def body() -> R:
        async with FakeContext() as context:
            furnisher = SandboxFurnisher(SandboxBureauSettings.model_validate({"api_key": KEY, **settings}), context)
            try:
                return await scenario(furnisher, context)
            finally:
                await furnisher.close()

    return asyncio.run(body())


def test_the_ends_of_references_decide(server: FakeBureauServer) -> None:
    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> object:
        sent = await furnisher.submit(BATCH, idempotency_key="one")
        found = await furnisher.status(SubmissionRef("one", sent.number))
        assert isinstance(found, Settled) and found.value.number == sent.number and sent.number.startswith("SF-")
        return found.value.accepted, [(one.reference, one.code, one.field) for one in found.value.rejects]

    accepted, rejects = with_furnisher(scenario, base_url=server.base_url)  # type: ignore[misc]
    assert accepted == 2
    assert rejects == [("OBL-1000", "unknown_obligation", "reference"), ("OBL-1999", "balance_disputed", "balance")]
    assert (server.batches, server.inquiries) == (1, 0)


def test_whose_document_is_nobodys_is_left_out_unless_it_is_deleted(server: FakeBureauServer) -> None:
    odd = furnishing_batch(
        furnishing_record("OBL-1", parties=(NOBODY,)),
        furnishing_record("OBL-2", parties=(NOBODY,), action=FurnishingAction.DELETE),
        furnishing_record("OBL-3"),
    )

    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> list[str]:
        with pytest.raises(RejectedByProvider) as caught:
            await furnisher.submit(odd, idempotency_key="one")
        assert caught.value.code == "batch_refused"
        return [one.reference for one in await furnisher.problems(odd)]

    assert with_furnisher(scenario, base_url=server.base_url) == ["OBL-1"] and server.batches == 0


def test_no_name_and_no_document_is_sent_and_the_key_is_no_header_of_the_hosts(server: FakeBureauServer) -> None:
    async def scenario(furnisher: SandboxFurnisher, context: FakeContext) -> str:
        await furnisher.submit(BATCH, idempotency_key="ñ\n" * 100)
        (request,) = context.wire.sent
        return str(request)

    sent = with_furnisher(scenario, base_url=server.base_url)
    assert not any(word in sent for word in ("Ana", "Peña", "1000000123"))


def test_a_sandbox_that_was_started_again_is_told_again(server: FakeBureauServer) -> None:
    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> None:
        sent = await furnisher.submit(BATCH, idempotency_key="one")
        first = await furnisher.status(SubmissionRef("one", sent.number))
        server._batches.clear()
        assert await furnisher.status(SubmissionRef("one", sent.number)) == first and server.batches == 1
        assert await furnisher.status(SubmissionRef("never")) == Failed("not_received", retryable=True)

    with_furnisher(scenario, base_url=server.base_url)


@pytest.mark.parametrize("fault", [Fault.STATUS_500, Fault.TRUNCATED, Fault.MALFORMED])
def test_after_a_fault_the_same_key_is_the_same_batch(server: FakeBureauServer, fault: Fault) -> None:
    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> None:
        server.fail_next(fault)
        with pytest.raises(ProviderUnavailable):
            await furnisher.submit(BATCH, idempotency_key="one")
        sent = await furnisher.submit(BATCH, idempotency_key="one")
        server.fail_next(fault)
        with pytest.raises(ProviderUnavailable):
            await furnisher.status(SubmissionRef("one", sent.number))

    with_furnisher(scenario, base_url=server.base_url)
    assert server.batches == 1


def test_a_wrong_key_shows_before_anything_is_told(server: FakeBureauServer) -> None:
    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> None:
        for call in (furnisher.check, lambda: furnisher.submit(BATCH, idempotency_key="one")):
            with pytest.raises(AuthenticationFailed):
                await call()

    with_furnisher(scenario, base_url=server.base_url, api_key="another-key")
    assert server.batches == 0


def test_the_demonstration_serves_it_and_goes_with_it() -> None:
    async def scenario(furnisher: SandboxFurnisher, _: FakeContext) -> bool:
        await furnisher.submit(BATCH, idempotency_key="one")
        return SHARED.is_running

    assert with_furnisher(scenario) and not SHARED.is_running


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 422),
        (b'{"reference": "B", "records": []}', 422),
        (b'{"reference": "B", "records": [{"reference": ""}]}', 422),
        (b'{"records": [{"reference": "R"}]}', 422),
        (b"x" * ((4 << 20) + 1), 400),
    ],
)
def test_server_refuses_what_is_no_batch(server: FakeBureauServer, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "one"}
    response = httpx.post(f"{server.base_url}/v1/batches", content=body, headers=headers)
    assert response.status_code == status and server.batches == 0


def test_server_tells_keys_apart(server: FakeBureauServer) -> None:
    url, key = f"{server.base_url}/v1/batches", {"Authorization": f"Bearer {KEY}"}
    body = json.dumps({"reference": "B", "records": [{"reference": "R"}]})
    assert httpx.post(url, content=body, headers=key).status_code == 400, "without a key of its own"
    assert httpx.get(url, headers=key).status_code == 400
    one = key | {"Idempotency-Key": "one"}
    assert httpx.get(url, headers=one).json() == {"code": "not_received"}
    assert httpx.post(url, content=body, headers=one).status_code == 200
    assert httpx.get(url, headers=one).json()["accepted"] == 1
    assert httpx.post(url, content=body.replace("R", "S"), headers=one).status_code == 409
    assert httpx.get(url, headers=one | {"Authorization": "Bearer wrong"}).status_code == 401
