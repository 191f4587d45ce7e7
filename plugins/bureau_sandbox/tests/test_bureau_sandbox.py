"""What is particular to the sandbox bureau: its answers, its faults and the life of its server."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_bureau_sandbox import FakeBureauServer, Fault, SandboxBureau, SandboxBureauSettings
from recobro_bureau_sandbox.answers import answer_for
from recobro_bureau_sandbox.demo import SHARED
from recobro_sdk import (
    AuthenticationFailed,
    BureauReport,
    Consent,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    Purpose,
    RateLimited,
    RejectedByProvider,
    Subject,
    SubjectKind,
)
from recobro_sdk.testing import FakeContext

R = TypeVar("R")
KEY = "sandbox-key-1"
CONSENT = Consent(
    reference="consent-1", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="2026-01"
)


def subject(number: str = "1000000123") -> Subject:
    return Subject(document_type="CC", document_number=number, country="CO", name="Ana Peña", kind=SubjectKind.NATURAL)


@pytest.fixture
def server() -> Iterator[FakeBureauServer]:
    with FakeBureauServer({KEY}) as running:
        yield running


async def fetch(bureau: SandboxBureau, key: str = "one", number: str = "1000000123") -> BureauReport:
    purpose = Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT
    return await bureau.fetch_report(subject(number), purpose=purpose, consent=CONSENT, idempotency_key=key)


def with_bureau(scenario: Callable[[SandboxBureau], Awaitable[R]], **settings: object) -> R:
    async def body() -> R:
        async with FakeContext() as context:
            bureau = SandboxBureau(SandboxBureauSettings.model_validate({"api_key": KEY, **settings}), context)
            try:
                return await scenario(bureau)
            finally:
                await bureau.close()

    return asyncio.run(body())


def failure(server: FakeBureauServer, key: str = KEY, timeout_ms: int = 5000) -> PluginError:
    async def scenario(bureau: SandboxBureau) -> PluginError:
        with pytest.raises(PluginError) as caught:
            await fetch(bureau)
        return caught.value

    return with_bureau(scenario, base_url=server.base_url, api_key=key, timeout_ms=timeout_ms)


def test_answers_stay_within_their_ranges_and_differ() -> None:
    answers = [answer_for("CC", str(number)) for number in range(2000)]
    scores = {score for answer in answers if isinstance(score := answer["score"], int)}
    counts = {len(lines) for answer in answers if isinstance(lines := answer["obligations"], list)}
    assert min(scores) >= 150 and max(scores) <= 950 and len(scores) > 500
    assert counts == {0, 1, 2, 3, 4, 5}


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_answer_is_exact_and_in_range_for_any_document(number: str) -> None:
    answer = answer_for("CC", number)
    assert isinstance(answer["score"], int) and 150 <= answer["score"] <= 950
    lines = answer["obligations"]
    assert isinstance(lines, list) and len(lines) <= 5
    assert all(isinstance(line, dict) and type(line["balance_minor_units"]) is int for line in lines)
    # Kept as evidence, so the document is not repeated; a short one is in some number by chance.
    assert len(number) < 9 or number not in json.dumps(answer, ensure_ascii=False)


def test_check_tells_a_right_key_from_a_wrong_one_and_is_no_inquiry(server: FakeBureauServer) -> None:
    with_bureau(lambda bureau: bureau.check(), base_url=server.base_url)
    with pytest.raises(AuthenticationFailed):
        with_bureau(lambda bureau: bureau.check(), base_url=server.base_url, api_key="another-key")
    assert server.inquiries == 0


def test_answer_is_the_same_in_every_process_and_spelling() -> None:
    # Pinned: a demonstration script quotes these numbers.
    assert answer_for("CC", "1000000123")["score"] == 833
    assert answer_for("CC", "1.000.000.123") == answer_for("cc", "1000000123")


def test_report_is_the_answer(server: FakeBureauServer) -> None:
    report = with_bureau(fetch, base_url=server.base_url)
    expected = answer_for("CC", "1000000123")
    assert report.score == expected["score"]
    assert report.raw == {"inquiry": report.reference, **expected}
    lines = [
        {
            "creditor": item.creditor_name,
            "balance_minor_units": item.balance.minor_units,
            "currency": item.balance.currency,
            "days_past_due": item.days_past_due,
            "status": item.status.value,
        }
        for item in report.obligations
    ]
    assert lines == expected["obligations"]


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (Fault.STATUS_500, ProviderUnavailable, "provider_unavailable"),
        (Fault.TRUNCATED, ProviderUnavailable, "provider_unavailable"),
        (Fault.MALFORMED, ProviderUnavailable, "malformed_answer"),
        (Fault.RATE_LIMITED, RateLimited, "rate_limited"),
    ],
)
def test_faults(server: FakeBureauServer, fault: Fault, error: type[PluginError], code: str) -> None:
    server.fail_next(fault)
    caught = failure(server)
    assert type(caught) is error and caught.code == code and caught.retryable


def test_rate_limit_says_how_long(server: FakeBureauServer) -> None:
    server.fail_next(Fault.RATE_LIMITED)
    caught = failure(server)
    assert isinstance(caught, RateLimited) and caught.after == timedelta(seconds=7)


def test_slow_answer_times_out() -> None:
    with FakeBureauServer({KEY}, slow_ms=3000) as server:
        server.fail_next(Fault.SLOW)
        caught = failure(server, timeout_ms=100)
        assert type(caught) is ProviderTimeout and caught.retryable


@pytest.mark.parametrize("fault", [Fault.STATUS_500, Fault.TRUNCATED, Fault.MALFORMED, Fault.RATE_LIMITED])
def test_trying_again_after_a_fault_is_one_inquiry(server: FakeBureauServer, fault: Fault) -> None:
    async def scenario(bureau: SandboxBureau) -> BureauReport:
        with pytest.raises(PluginError):
            await fetch(bureau)
        return await fetch(bureau)

    server.fail_next(fault)
    assert with_bureau(scenario, base_url=server.base_url).reference
    assert server.inquiries == 1


def test_wrong_key_is_an_authentication_failure(server: FakeBureauServer) -> None:
    caught = failure(server, key="another-key")
    assert type(caught) is AuthenticationFailed and not caught.retryable


def test_key_of_another_request_is_refused(server: FakeBureauServer) -> None:
    async def scenario(bureau: SandboxBureau) -> str:
        await fetch(bureau)
        with pytest.raises(RejectedByProvider) as caught:
            await fetch(bureau, number="1000000124")
        return caught.value.code

    assert with_bureau(scenario, base_url=server.base_url) == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("content", "status"), [(b"not json", 422), (b"[]", 422), (b'{"document_type": "CC"}', 422), (b"x" * 20_000, 400)]
)
def test_server_refuses_what_is_no_inquiry(server: FakeBureauServer, content: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "one"}
    response = httpx.post(f"{server.base_url}/v1/inquiries", content=content, headers=headers)
    assert response.status_code == status
    assert server.inquiries == 0


def test_process_has_one_demonstration_server_and_closes_it_with_the_last_user() -> None:
    async def scenario(first: SandboxBureau) -> None:
        async with FakeContext(agency="agency-2") as context:
            second = SandboxBureau(SandboxBureauSettings.model_validate({"api_key": "another-key"}), context)
            reports = await asyncio.gather(fetch(first), fetch(first, "two"), fetch(second))
            assert len({report.reference for report in reports}) == 3
            await second.close()
            assert SHARED.is_running
            await fetch(first, "three")

    assert not SHARED.is_running
    with_bureau(scenario)
    assert not SHARED.is_running


def test_cancelled_first_call_leaves_no_server_behind() -> None:
    async def scenario(bureau: SandboxBureau) -> None:
        call = asyncio.create_task(fetch(bureau))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    with_bureau(scenario)
    assert not SHARED.is_running


def test_command_serves_until_terminated() -> None:
    command = [sys.executable, "-m", "recobro_bureau_sandbox", "serve", "--api-key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        report = with_bureau(fetch, base_url=url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert json.dumps(report.raw)
