"""Calls of plugins: whatever a plugin does, the caller gets an answer or a coded problem, and others keep working."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core.kit import db, ids, listen
from core.kit.db import Database
from core.kit.errors import Conflict
from core.kit.ids import new_id
from core.kit.listen import Listener
from core.kit.scope import Audience, Scope, system_scope
from core.plugin_host import attempt as calling
from core.plugin_host import host, runtime
from core.plugin_host.call import call
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.models import CallOutcome
from core.plugin_host.offers import BUREAU, PluginState
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.runtime import BULKHEAD
from core.plugin_host.settings import NOTIFY_CHANNEL, follow
from core.plugin_host.written_together import written
from recobro_bureau_sandbox import FakeBureauServer, Fault
from recobro_sdk import (
    BureauReport,
    Money,
    ProviderTimeout,
    ProviderUnavailable,
    Purpose,
    RateLimited,
    RejectedByProvider,
    SubjectNotFound,
)
from tests.core.house import make_agency
from tests.core.plugin_house import A_CONSENT, A_SUBJECT, Bureau, calls, first_party, with_bureau, with_sandbox


@pytest.fixture(autouse=True)
async def plugins() -> AsyncIterator[None]:
    async with first_party():
        yield


@pytest.fixture
async def north(database: Database) -> Scope:
    return await make_agency("north")


async def _ask(scope: Scope, code: str, key: str = "k", **options: Any) -> BureauReport:
    return await call(
        scope, BUREAU, code, "fetch_report",
        lambda bureau: bureau.fetch_report(
            A_SUBJECT, purpose=Purpose.SUBJECT_INSTRUCTION, consent=A_CONSENT, idempotency_key=key
        ),
        answer=BureauReport, **options,
    )  # fmt: skip


async def _problem(scope: Scope, code: str, **options: Any) -> ProviderProblem:
    with pytest.raises(ProviderProblem) as caught:
        await _ask(scope, code, **options)
    return caught.value


async def _answers(bureau: Bureau, _: Any) -> BureauReport:
    return bureau.report()


async def test_a_real_call_over_http_leaves_evidence(north: Scope) -> None:
    with FakeBureauServer(()) as server:
        await with_sandbox(north, server)
        report = await _ask(north, "bureau_sandbox")
    assert report.provider == "bureau_sandbox" and all(isinstance(o.balance, Money) for o in report.obligations)
    (row,) = await calls(north)
    assert (row["plugin"], row["offer"], row["operation"]) == ("bureau_sandbox", "bureau_sandbox", "fetch_report")
    assert (row["outcome"], row["error_code"], row["actor"]) == ("SETTLED", None, str(north.actor))


async def test_no_offer_that_is_not_enabled_for_this_agency(north: Scope) -> None:
    south = await make_agency("south")
    built = await with_bureau(south, "acme", _answers)
    with pytest.raises(Conflict) as caught:
        await _ask(north, "acme")
    assert (caught.value.code, caught.value.field) == ("OFFER_NOT_ENABLED", "provider")
    assert built == [] and await calls(north) == []


async def _raises_bug(bureau: Bureau, _: Any) -> Any:
    raise KeyError("79123456789 is unknown")


async def _exits(bureau: Bureau, _: Any) -> Any:
    raise SystemExit(1)


async def _interrupts(bureau: Bureau, _: Any) -> Any:
    raise KeyboardInterrupt


async def _cancels_itself(bureau: Bureau, _: Any) -> Any:
    raise asyncio.CancelledError


async def _wrong_type(bureau: Bureau, _: Any) -> Any:
    return {"score": 700}


async def _timeout(bureau: Bureau, _: Any) -> Any:
    raise ProviderTimeout("no answer about CC 79.123.456")


async def _unavailable(bureau: Bureau, _: Any) -> Any:
    raise ProviderUnavailable("it is down")


async def _limited(bureau: Bureau, _: Any) -> Any:
    raise RateLimited("slow down", after=timedelta(seconds=7))


async def _unknown_subject(bureau: Bureau, _: Any) -> Any:
    raise SubjectNotFound("nobody")


async def _rejected(bureau: Bureau, _: Any) -> Any:
    raise RejectedByProvider("no contract", code="no_contract")


@pytest.mark.parametrize(
    ("act", "code", "outcome", "retryable"),
    [
        (_raises_bug, "PLUGIN_FAULT", CallOutcome.UNKNOWN, False),
        (_exits, "PLUGIN_FAULT", CallOutcome.UNKNOWN, False),
        (_interrupts, "PLUGIN_FAULT", CallOutcome.UNKNOWN, False),
        (_cancels_itself, "PLUGIN_FAULT", CallOutcome.UNKNOWN, False),
        (_wrong_type, "PLUGIN_ANSWER_INVALID", CallOutcome.UNKNOWN, False),
        (_timeout, "PROVIDER_TIMEOUT", CallOutcome.UNKNOWN, True),
        (_unavailable, "PROVIDER_UNAVAILABLE", CallOutcome.FAILED, True),
        (_limited, "RATE_LIMITED", CallOutcome.FAILED, True),
        (_unknown_subject, "SUBJECT_NOT_FOUND", CallOutcome.FAILED, False),
        (_rejected, "PROVIDER_REJECTED", CallOutcome.FAILED, False),
    ],
)
async def test_what_goes_wrong_has_a_code_and_leaves_the_others_alone(
    north: Scope, act: Any, code: str, outcome: CallOutcome, retryable: bool
) -> None:
    await with_bureau(north, "hostile", act)
    await with_bureau(north, "decent", _answers)
    problem = await _problem(north, "hostile")
    assert (problem.code, problem.outcome, problem.retryable) == (code, outcome, retryable)
    assert "79" not in problem.message and problem.remedy
    assert (await _ask(north, "decent")).score == 700
    assert [(row["offer"], row["outcome"], row["error_code"]) for row in await calls(north)] == [
        ("hostile", outcome, code),
        ("decent", "SETTLED", None),
    ]


async def test_a_plugin_that_hangs_is_stopped_at_the_deadline(north: Scope) -> None:
    stopped = asyncio.Event()

    async def hangs(_: Bureau, __: Any) -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    await with_bureau(north, "hostile", hangs)
    began = time.monotonic()
    problem = await _problem(north, "hostile", timeout_s=0.1)
    assert time.monotonic() - began < 1 and stopped.is_set()
    assert (problem.code, problem.outcome) == ("PROVIDER_TIMEOUT", CallOutcome.UNKNOWN)


async def test_one_that_swallows_cancellation_is_left_behind_and_fills_its_own_places_only(
    north: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "GRACE_S", 0.05)
    let_go = asyncio.Event()

    async def stubborn(_: Bureau, __: Any) -> Any:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    built = await with_bureau(north, "stubborn", stubborn)
    await with_bureau(north, "decent", _answers)
    south = await make_agency("south")
    for _ in range(BULKHEAD):
        assert (await _problem(north, "stubborn", timeout_s=0.05)).code == "PROVIDER_TIMEOUT"
    busy = await _problem(north, "stubborn", timeout_s=0.05)
    assert (busy.code, busy.outcome) == ("PLUGIN_BUSY", CallOutcome.FAILED)
    assert len(built[-1].asked) == BULKHEAD
    assert (await _ask(north, "decent")).score == 700
    with pytest.raises(Conflict):
        await _ask(south, "stubborn")
    let_go.set()
    await asyncio.sleep(0.05)
    assert (await _problem(north, "stubborn", timeout_s=1)).code == "PLUGIN_ANSWER_INVALID"


async def test_one_that_keeps_failing_is_paused_for_this_agency_only(north: Scope) -> None:
    south = await make_agency("south")
    ours = ids.encode("agency", north.agency)

    async def fails_for_us(bureau: Bureau, _: Any) -> Any:
        if bureau.context.agency == ours:
            raise ProviderUnavailable("down")
        return bureau.report()

    built = await with_bureau(north, "acme", fails_for_us)
    await enable_offer(south, "acme", {})
    built.clear()
    for _ in range(20):
        assert (await _problem(north, "acme")).code == "PROVIDER_UNAVAILABLE"
    assert (await _problem(north, "acme")).code == "PROVIDER_PAUSED"
    assert len(built[0].asked) == 20
    assert (await _ask(south, "acme")).score == 700
    status = next(status for status in host.plugins() if status.name == "acme")
    assert status.state is PluginState.DEGRADED and host.health()["degraded"] == ["acme"]
    for scope, state in ((north, PluginState.DEGRADED), (south, PluginState.ACTIVE)):
        assert {status.name: status.state for status in host.plugins(scope.agency)}["acme"] is state


async def test_after_something_was_sent_the_outcome_is_unknown(north: Scope) -> None:
    with FakeBureauServer(()) as server:
        await with_sandbox(north, server, timeout_ms=200)
        for fault, code in ((Fault.STATUS_500, "PROVIDER_UNAVAILABLE"), (Fault.TRUNCATED, "PROVIDER_UNAVAILABLE"),
                            (Fault.MALFORMED, "PROVIDER_UNAVAILABLE"), (Fault.SLOW, "PROVIDER_TIMEOUT")):  # fmt: skip
            server.fail_next(fault)
            problem = await _problem(north, "bureau_sandbox")
            assert (problem.code, problem.outcome) == (code, CallOutcome.UNKNOWN), fault
        server.fail_next(Fault.RATE_LIMITED)
        limited = await _problem(north, "bureau_sandbox")
        assert (limited.outcome, limited.after) == (CallOutcome.FAILED, timedelta(seconds=7))
    closed = await _problem(north, "bureau_sandbox")
    assert (closed.code, closed.outcome) == ("PROVIDER_UNAVAILABLE", CallOutcome.FAILED)


async def test_refused_credentials_disable_the_offer_until_somebody_corrects_them(north: Scope) -> None:
    with FakeBureauServer(()) as server:
        await with_sandbox(north, server)
        server._keys.clear()
        assert (await _problem(north, "bureau_sandbox")).code == "PROVIDER_AUTHENTICATION"
        with pytest.raises(Conflict):
            await _ask(north, "bureau_sandbox")
        async with db.transaction(north) as tx:
            (event,) = await tx.fetch("SELECT data FROM event WHERE name = 'plugin.disabled'")
        assert event["data"]["reason"] == "PROVIDER_AUTHENTICATION"
        await with_sandbox(north, server)
        assert await _ask(north, "bureau_sandbox")


async def test_no_transaction_is_open_during_a_call(north: Scope, database: Database) -> None:
    async def looks(bureau: Bureau, _: Any) -> Any:
        async with database.unscoped() as connection:
            seen.append(
                await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            )
        return bureau.report()

    seen: list[int] = []
    await with_bureau(north, "acme", looks)
    await _ask(north, "acme")
    assert seen == [0]


async def test_a_cancelled_caller_stops_the_plugin_and_leaves_evidence(north: Scope) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def waits(_: Bureau, __: Any) -> Any:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    await with_bureau(north, "acme", waits)
    task = asyncio.create_task(_ask(north, "acme"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped.is_set()
    assert [(row["outcome"], row["error_code"]) for row in await calls(north)] == [("UNKNOWN", "CANCELLED")]


async def test_the_evidence_is_the_agencys_own_and_cannot_be_changed(north: Scope) -> None:
    await with_bureau(north, "acme", _answers)
    await _ask(north, "acme")
    assert await calls(await make_agency("south")) == []
    for statement in ("UPDATE plugin_call SET outcome = 'FAILED'", "DELETE FROM plugin_call"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(north) as tx:
                await tx.execute(statement)


async def test_a_provider_is_built_once_and_closed_when_its_settings_change(north: Scope) -> None:
    closed: list[Bureau] = []

    async def close(self: Bureau) -> None:
        closed.append(self)

    built = await with_bureau(north, "acme", _answers)
    await _ask(north, "acme")
    await _ask(north, "acme")
    assert len(built) == 1
    built[0].close = close.__get__(built[0])  # type: ignore[attr-defined]
    await enable_offer(north, "acme", {"base_url": "https://bureau.example"})
    await _ask(north, "acme")
    await asyncio.sleep(0.01)
    assert closed == [built[0]] and len(built) == 3  # one of them was the trial of the new settings


async def test_what_another_process_changes_is_followed_when_it_tells_and_a_second_later_at_most(
    north: Scope, app_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_bureau(north, "acme", _answers)
    await _ask(north, "acme")
    listener = Listener(app_url, [NOTIFY_CHANNEL])
    listen.use(listener)
    tasks = [asyncio.create_task(listener.run()), asyncio.create_task(follow())]
    try:
        await asyncio.sleep(0.3)
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(host.runtime(), "retire", lambda *_: None)
            await disable_offer(north, "acme")
        await asyncio.sleep(0.3)
        monkeypatch.setattr(runtime, "LEASE_S", 60.0)
        with pytest.raises(Conflict, match="not enabled"):
            await _ask(north, "acme")
    finally:
        listen.use(None)
        for task in tasks:
            task.cancel()
    # Whoever is not told goes by what he knows for a while; never where money is spent.
    monkeypatch.setattr(runtime, "LEASE_S", 1.0)
    await enable_offer(north, "acme", {})
    await _ask(north, "acme")
    async with db.transaction(north) as tx:
        await tx.execute("UPDATE plugin_setting SET enabled = false")
    await _ask(north, "acme")
    with pytest.raises(Conflict, match="not enabled"):
        await _ask(north, "acme", paid=True)
    await asyncio.sleep(1.0)
    with pytest.raises(Conflict, match="not enabled"):
        await _ask(north, "acme")


async def test_settings_that_were_read_before_a_change_are_not_gone_by_after_it(north: Scope) -> None:
    slot = host.runtime().slot("acme", north.agency)
    lease = slot.enabled
    host.runtime().retire("acme", north.agency)
    lease.set(runtime.Enabled(1, b""), time.monotonic())
    assert lease.holds() is not None and slot.enabled.holds() is None


async def test_calls_that_end_together_leave_a_row_each(north: Scope) -> None:
    async def later(bureau: Bureau, _: Any) -> BureauReport:
        await asyncio.sleep(0.05)
        return bureau.report()

    for number in range(8):
        await with_bureau(north, f"acme_{number}", later)
    creditor = new_id()
    await asyncio.gather(
        *(_ask(north, f"acme_{number}", subject_id=creditor if number else None)
          for number in range(8) for _ in range(BULKHEAD))
    )  # fmt: skip
    rows = await calls(north)
    assert len({row["id"] for row in rows}) == 8 * BULKHEAD == len(rows)
    assert {(row["offer"], row["outcome"], row["subject_id"]) for row in rows} == {
        (f"acme_{number}", "SETTLED", creditor if number else None) for number in range(8)
    }


class _Writer:
    """Takes groups of rows, one at a time; refuses those with a 'bad' one."""

    def __init__(self) -> None:
        self.groups: list[list[Any]] = []
        self.go = asyncio.Semaphore(0)

    async def __call__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        found = [row[0] for row in rows]
        await self.go.acquire()
        if "down" in found:
            raise ConnectionResetError("down")
        if "bad" in found:
            raise asyncpg.CheckViolationError("bad")
        self.groups.append(found)


async def test_rows_wait_for_nobody_and_go_with_those_that_came_meanwhile() -> None:
    writer = _Writer()

    def begun(*rows: str) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(written((row,), writer)) for row in rows]

    tasks = begun("a", "b")
    await asyncio.sleep(0.01)
    tasks += begun("c", "d", "e")
    await asyncio.sleep(0)
    for one in (tasks[0], tasks[3]):
        one.cancel()
    for _ in range(2):
        await asyncio.sleep(0.01)
        writer.go.release()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    gone = asyncio.CancelledError
    assert [type(one) for one in found] == [gone, type(None), type(None), gone, type(None)]
    assert writer.groups == [["a", "b"], ["c", "d", "e"]], "what comes together goes together, also for the cancelled"
    # A row that is refused is refused alone; a database that is gone is everybody's.
    for rows, ends in (
        (("a", "b", "bad", "c"), (type(None), type(None), asyncpg.CheckViolationError, type(None))),
        (("a", "b", "down"), (ConnectionResetError,) * 3),
    ):
        writer.go, tasks = asyncio.Semaphore(0), begun(*rows)
        await asyncio.sleep(0.01)
        for _ in range(8):
            writer.go.release()
        assert tuple(map(type, await asyncio.gather(*tasks, return_exceptions=True))) == ends


@pytest.mark.parametrize(
    "statement", ["SELECT 1 FROM plugin_call", "UPDATE plugin_call SET outcome = 'SETTLED'", "DELETE FROM plugin_call"]
)
async def test_what_writes_evidence_for_all_agencies_reads_and_changes_none(north: Scope, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(system_scope(Audience.RELAY, "test")) as tx:
            await tx.fetch(statement)
