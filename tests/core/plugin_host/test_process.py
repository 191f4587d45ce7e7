"""Plugins in processes of their own: whatever one does there, the others and the host get on, and nothing is guessed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.kit.db import Database
from core.kit.errors import InvalidInput
from core.kit.scope import Scope
from core.plugin_host import child_process, fork_server, host, process
from core.plugin_host.call import call
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import BUREAU, PluginState
from core.plugin_host.peer import Peer
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.process import ProcessLink, end_idle, link_of
from recobro_bureau_sandbox import FakeBureauServer
from recobro_sdk import BureauReport, Purpose
from tests.core.house import make_agency
from tests.core.plugin_house import A_CONSENT, A_SUBJECT, calls, with_sandbox

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = EntryPoint("hostile", "tests.core.plugin_hostile", "recobro")
SANDBOX = EntryPoint("bureau_sandbox", "recobro_bureau_sandbox.plugin", "recobro")


@pytest.fixture(autouse=True)
async def plugins() -> AsyncIterator[None]:
    host.load(found=[HOSTILE, SANDBOX], strict=True)
    yield
    await host.close(end=False)
    link_of(HOSTILE.name, HOSTILE.value)._ends.clear()
    host.load(found=[])


@pytest.fixture
async def north(database: Database) -> Scope:
    scope = await make_agency("north")
    await enable_offer(scope, "hostile", {"api_key": "key of the north"})
    return scope


@pytest.fixture
async def south(database: Database) -> Scope:
    scope = await make_agency("south")
    await enable_offer(scope, "hostile", {"api_key": "key of the south"})
    return scope


async def _ask(scope: Scope, what: str, *, code: str = "hostile", **options: Any) -> BureauReport:
    subject = replace(A_SUBJECT, document_number=what)
    return await call(
        scope, BUREAU, code, "fetch_report",
        lambda bureau: bureau.fetch_report(
            subject, purpose=Purpose.SUBJECT_INSTRUCTION, consent=A_CONSENT, idempotency_key="k"
        ),
        answer=BureauReport, **options,
    )  # fmt: skip


async def _problem(scope: Scope, what: str, **options: Any) -> ProviderProblem:
    with pytest.raises(ProviderProblem) as caught:
        await _ask(scope, what, **options)
    return caught.value


async def _worst_gap(until: "asyncio.Future[Any]") -> float:
    """The longest time for which this process's loop did not get on."""
    worst, last = 0.0, time.monotonic()
    while not until.done():
        await asyncio.sleep(0.005)
        now = time.monotonic()
        worst, last = max(worst, now - last), now
    return worst


async def test_it_runs_elsewhere_without_secrets_or_addresses_of_the_installation(
    north: Scope, south: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOBRO_SECRET_KEYS", "x" * 40)
    monkeypatch.setenv("PGPASSWORD", "x")
    await host.close()
    raw = (await _ask(north, "answer")).raw
    assert raw["pid"] not in (os.getpid(), None) and raw["database"] is False
    assert not {"RECOBRO_SECRET_KEYS", "PGPASSWORD", "RECOBRO_DATABASE_URL"} & set(raw["environment"])
    assert "key" not in repr(raw["argv"]) and raw["key"] == "key of the north"
    theirs = (await _ask(south, "answer")).raw
    assert (theirs["pid"], theirs["key"]) == (raw["pid"], "key of the south")
    assert "tests.core.plugin_hostile" not in __import__("sys").modules


async def test_one_that_blocks_is_ended_and_nobody_else_notices_more_than_a_call_to_repeat(
    north: Scope, south: Scope
) -> None:
    with FakeBureauServer(()) as server:
        await with_sandbox(south, server)
        first = (await _ask(south, "answer")).raw["pid"]
        began = time.monotonic()
        with capture_logs() as lines:
            blocked = asyncio.create_task(_problem(north, "block:30"))
            waiting = asyncio.create_task(_problem(south, "wait:20"))
            gap = asyncio.create_task(_worst_gap(blocked))
            assert (await _ask(south, "1000000123", code="bureau_sandbox")).score is not None
            problem, theirs = await asyncio.gather(blocked, waiting)
        assert time.monotonic() - began < 8 and await gap < 0.5
        assert (problem.code, problem.outcome, problem.retryable) == ("PLUGIN_STOPPED", CallOutcome.FAILED, True)
        assert (theirs.code, theirs.outcome, theirs.retryable) == ("PLUGIN_STOPPED", CallOutcome.FAILED, True)
        assert any("plugin_hostile.py" in str(line.get("at")) for line in lines)
        # It began anew for the other agency; whoever blocked it is asked nothing for a while.
        assert (await _ask(south, "answer")).raw["pid"] != first
        assert (await _problem(north, "answer")).code == "PROVIDER_PAUSED"
        states = {scope: host.plugins(scope.agency)[1].state for scope in (north, south)}
        assert states == {north: PluginState.DEGRADED, south: PluginState.ACTIVE}


async def test_what_was_sent_before_it_died_is_unknown_and_what_was_not_had_no_effect(north: Scope) -> None:
    with FakeBureauServer(()) as server:
        await enable_offer(north, "hostile", {"base_url": server.base_url})
        sent = await _problem(north, "block_after_sending:30")
        assert (sent.code, sent.outcome) == ("PLUGIN_STOPPED", CallOutcome.UNKNOWN)
        await enable_offer(north, "hostile", {"base_url": server.base_url})
        kept = await _problem(north, "keep:k")
        assert (kept.code, kept.outcome) == ("PLUGIN_STOPPED", CallOutcome.UNKNOWN)
        assert [row["outcome"] for row in await calls(north)] == ["UNKNOWN", "UNKNOWN"]


async def test_one_that_keeps_dying_is_started_again_ever_later(north: Scope, south: Scope) -> None:
    strange = await make_agency("strange")
    await enable_offer(strange, "hostile", {})
    assert (await _problem(north, "exit")).outcome is CallOutcome.FAILED
    await enable_offer(north, "hostile", {"api_key": "another"})
    assert (await _problem(north, "exit")).code == "PLUGIN_STOPPED"
    refused, second = await asyncio.gather(_problem(south, "answer"), _problem(south, "answer"))
    assert second.code == refused.code
    assert (refused.code, refused.outcome, refused.retryable) == ("PLUGIN_RESTARTING", CallOutcome.FAILED, True)
    assert {status.name: status.state for status in host.plugins()}["hostile"] is PluginState.DEGRADED
    await asyncio.sleep(1.1)
    # Whoever waits for it to start gets the same one.
    found = await asyncio.gather(*(_ask(scope, "wait:0.2") for scope in (south, strange) for _ in range(3)))
    assert len({report.raw["pid"] for report in found}) == 1


async def test_whoever_comes_while_a_process_starts_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hello = child_process.ChildProcess.hello

    def late(process: child_process.ChildProcess, deadline: float) -> bytes:
        time.sleep(1.0)  # what it has said first lies there meanwhile, for whoever reads
        return hello(process, deadline)

    monkeypatch.setattr(child_process.ChildProcess, "hello", late)
    link = ProcessLink(HOSTILE.name, HOSTILE.value)

    async def came(turn: int) -> Peer:
        await asyncio.sleep(turn * 0.05)
        return await link.peer()

    try:
        assert len(set(await asyncio.gather(*(came(turn) for turn in range(25))))) == 1
        assert link.pid is not None
    finally:
        await link.stop()


async def test_memory_output_and_log_lines_have_an_end(north: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    child_process.use_memory(1 << 30)
    await host.close()
    try:
        assert (await _problem(north, "grow")).code == "PLUGIN_FAULT"
    finally:
        child_process.use_memory(child_process.MEMORY_BYTES)
    with capture_logs() as lines:
        await _ask(north, "write:Carlos 79123456 a@b.co")
        await _ask(north, "flood:5000")
        for _ in range(100):
            if any(line["event"] == "plugin wrote to its output" for line in lines):
                break
            await asyncio.sleep(0.02)
    written = [line for line in lines if line["event"] == "plugin wrote to its output"]
    assert len(written) == 1 and "79123456" not in repr(lines) and "a@b.co" not in repr(lines)
    assert len([line for line in lines if line["event"] == "flood"]) == 600


async def test_one_that_swallows_cancellation_keeps_its_own_place_only(
    north: Scope, south: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.plugin_host.attempt.GRACE_S", 0.05)
    assert (await _problem(north, "swallow", timeout_s=0.1)).code == "PROVIDER_TIMEOUT"
    assert (await _ask(south, "answer")).score == 1
    assert (await _ask(north, "answer")).score == 1


async def test_settings_are_tried_before_they_are_enabled(north: Scope) -> None:
    with pytest.raises(InvalidInput) as caught:
        await enable_offer(north, "hostile", {"api_key": "refused"})
    assert (caught.value.code, caught.value.field) == ("SETTINGS_INVALID", "settings")
    assert "the key is refused" in caught.value.message
    assert (await _ask(north, "answer")).raw["key"] == "key of the north"


async def test_hundreds_of_slow_calls_wait_without_delaying_others(database: Database) -> None:
    scopes = [await make_agency(f"agency-{number}") for number in range(25)]
    for scope in scopes:
        await enable_offer(scope, "hostile", {})
    asked = asyncio.gather(*(_ask(scope, "wait:0.5") for scope in scopes for _ in range(4)))
    gap = asyncio.create_task(_worst_gap(asked))
    began = time.monotonic()
    await asked
    assert time.monotonic() - began < 5 and await gap < 0.25


async def test_enabled_and_disabled_elsewhere_it_follows_at_once(north: Scope) -> None:
    await _ask(north, "answer")
    await disable_offer(north, "hostile")
    with pytest.raises(Exception, match="not enabled"):
        await _ask(north, "answer")
    await enable_offer(north, "hostile", {"api_key": "a newer key"})
    assert (await _ask(north, "answer")).raw["key"] == "a newer key"


async def test_a_process_that_nobody_uses_ends_and_the_next_call_starts_another(
    north: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "IDLE_S", 0.4)
    link = link_of(HOSTILE.name, HOSTILE.value)
    await _ask(north, "answer")
    first = link.pid
    sweeping = asyncio.create_task(end_idle())
    try:
        async with asyncio.timeout(10):
            while link.pid is not None:
                await asyncio.sleep(0.05)
        assert (await _ask(north, "answer")).score == 1
        assert link.pid not in (None, first)
        assert host.plugins()[1].state is PluginState.ACTIVE
    finally:
        sweeping.cancel()


_ACME = """
from recobro_sdk import PluginManifest, hookimpl

@hookimpl
def recobro_manifest():
    return PluginManifest(
        name="acme", version="{version}", summary="of a test", maintainer="tests", homepage="https://example.test",
        capabilities=frozenset(),
    )
"""


async def test_one_that_was_changed_is_not_called_by_what_is_known_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "acme_of_a_test.py"
    module.write_text(_ACME.format(version="1.0"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(fork_server, "_server", None)  # one that looks there, too
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    link = ProcessLink("acme", module.stem)
    try:
        link.begin()
        assert b"1.0" in link.described()
        await link.stop()
        assert (await link.peer()).gone is None, "the same again"
        await link.stop()
        module.write_text(_ACME.format(version="1.0.1"))
        for _ in range(2):
            with pytest.raises(ProviderProblem) as caught:
                await link.peer()
            assert (caught.value.code, caught.value.outcome) == ("PLUGIN_CHANGED", CallOutcome.FAILED)
        assert link.pid is None and "restart the program" in str(link.resting)
        link.begin()
        assert b"1.0.1" in link.described() and link.resting is None, "read anew, it is known"
    finally:
        await link.stop()


async def test_what_was_forked_ends_with_the_fork_server_and_another_one_takes_its_place(
    north: Scope, south: Scope
) -> None:
    first = (await _ask(north, "answer")).raw["pid"]
    waiting = asyncio.create_task(_problem(north, "wait:20"))
    await asyncio.sleep(0.1)
    fork_server.begin()._process.kill()
    assert (await waiting).code == "PLUGIN_STOPPED"
    again = (await _ask(south, "answer")).raw
    assert again["pid"] != first and "RECOBRO_SECRET_KEYS" not in again["environment"]


async def test_neither_the_fork_server_nor_what_it_has_forked_outlives_its_host() -> None:
    code = (
        "from importlib.metadata import EntryPoint\nfrom core.plugin_host import host, process\n"
        f"host.load(found=[EntryPoint({HOSTILE.name!r}, {HOSTILE.value!r}, 'recobro')], strict=True)\n"
        "from core.plugin_host import fork_server\n"
        f"print(fork_server.begin()._process.pid, process.link_of({HOSTILE.name!r}, {HOSTILE.value!r}).pid, flush=True)\n"
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    left = [int(pid) for pid in ended.stdout.split()]
    assert len(left) == 2 and ended.returncode == -signal.SIGKILL, ended.stderr
    async with asyncio.timeout(10):
        while any(_lives(pid) for pid in left):
            await asyncio.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
