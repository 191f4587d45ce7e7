"""Jobs happen once, whatever dies: handlers, workers, relays, Redis.

Run as a program, this file is a worker in a process of its own: `python -m tests.recobro.test_worker APP_URL REDIS_URL`.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import redis
from pydantic import SecretStr

from core.kit import db, jobs, listen
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.jobs import Run
from core.kit.listen import Listener
from core.kit.scope import Actor, Audience, agency_scope, system_scope
from recobro.app import CHANNELS, Tasks, running
from recobro.queue import Queue, QueueInside, queue_of
from recobro.redis_queue import queue_name
from recobro.relay import relay, relay_once
from recobro.settings import Settings
from recobro.worker import Patience, run_job, work

ROOT = Path(__file__).resolve().parents[2]
AGENCY = agency_scope(new_id(), Actor("user", "somebody"))
RELAY = system_scope(Audience.RELAY, "test")
BRISK = Patience(
    poll=timedelta(seconds=0.1),
    hint_again=timedelta(seconds=0.5),
    silent=timedelta(seconds=1.5),
    heartbeat=timedelta(seconds=0.3),
)
EFFECT = "test.effect"


async def _effect(tx: Tx, run: Run) -> None:
    """What a job does: a row that nothing keeps from being there twice."""
    await emit(tx, EFFECT, UUID(run.payload["id"]), {"attempt": run.attempt})


@jobs.handler("test.work")
async def do_work(run: Run) -> None:
    async with db.transaction(run.scope) as tx:
        await _effect(tx, run)
        await run.finish(tx, {"attempt": run.attempt})


@jobs.handler("test.fault")
async def do_fault(run: Run) -> None:
    """Fails until attempt `until`, after it has done its work."""
    async with db.transaction(run.scope) as tx:
        await _effect(tx, run)
        await tx.flush()
        if run.attempt < run.payload["until"]:
            raise ZeroDivisionError("a fault")
        await run.finish(tx)


async def _told(tx: Tx, run: Run, code: str, message: str) -> None:
    assert message
    await emit(tx, "test.failed", UUID(run.payload["id"]), {"code": code, "attempt": run.attempt})


@jobs.handler("test.refused", failed=_told)
async def do_refused(_run: Run) -> None:
    raise InvalidInput("Not like this.", code="NOT_LIKE_THIS")


async def _told_badly(_tx: Tx, _run: Run, _code: str, _message: str) -> None:
    raise ZeroDivisionError("another fault")


@jobs.handler("test.refused_badly", failed=_told_badly)
async def do_refused_badly(_run: Run) -> None:
    raise InvalidInput("Not like this.", code="NOT_LIKE_THIS")


@jobs.handler("test.hang", failed=_told)
async def do_hang(run: Run) -> None:
    """Hangs in the middle of its work until attempt `until`."""
    async with db.transaction(run.scope) as tx:
        await _effect(tx, run)
        await tx.flush()
        await run.progress(1, 2, f"attempt {run.attempt}")
        if run.attempt < run.payload["until"]:
            await asyncio.sleep(3_600)
        await run.finish(tx)


@jobs.handler("test.wait")
async def do_wait(run: Run) -> None:
    await run.progress(1, 2, f"attempt {run.attempt}")
    await asyncio.sleep(run.payload["seconds"])
    async with db.transaction(run.scope) as tx:
        await _effect(tx, run)
        await run.finish(tx)


def _machine() -> str | None:
    url = os.environ.get("RECOBRO_TEST_REDIS", "redis://127.0.0.1:6379")
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return None
    return url


NEEDS_REDIS = pytest.mark.skipif(_machine() is None, reason="no Redis answers on this machine (RECOBRO_TEST_REDIS)")
REDIS = ["inside", *(["machine"] if _machine() else [])]


@pytest.fixture(params=REDIS)
def redis_url(request: pytest.FixtureRequest) -> str | None:
    return _machine() if request.param == "machine" else None


MakeQueue = Callable[[], Queue]


@pytest.fixture
def new_queue(app_url: str, redis_url: str | None) -> Iterator[MakeQueue]:
    """Makes connections to the one queue of this test, as each process of an installation has its own."""
    inside = queue_of(_settings(app_url, None), app_url)
    yield lambda: queue_of(_settings(app_url, redis_url), app_url) if redis_url is not None else inside
    if redis_url is not None:
        _forget(redis_url, queue_name(app_url))


def _forget(url: str, name: str) -> None:
    """Delete everything of a queue, and nothing of other ones."""
    with redis.Redis.from_url(url) as client:
        found = [name, *client.scan_iter(f"*{name}:*", count=1_000)]
        client.delete(*found)


def _settings(app_url: str, redis_url: str | None) -> Settings:
    return Settings(app_database_url=SecretStr(app_url), redis_url=SecretStr(redis_url) if redis_url else None)


@contextlib.asynccontextmanager
async def at_work(*parts: Any) -> AsyncIterator[None]:
    """Relays and workers at work; whatever ends by itself is a failure of the test."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(name: str, count: int = 1, *, max_attempts: int | None = None, **payload: Any) -> list[UUID]:
    ids = []
    async with db.transaction(AGENCY) as tx:
        for _ in range(count):
            job_id = await jobs.enqueue(tx, name, {"id": str(new_id()), **payload})
            if max_attempts is not None:
                await tx.execute(
                    "UPDATE job SET max_attempts = $3 WHERE agency_id = $1 AND id = $2",
                    AGENCY.agency_id, job_id, max_attempts,
                )  # fmt: skip
            ids.append(job_id)
    return ids


async def _job(job_id: UUID) -> Any:
    async with db.transaction(AGENCY) as tx:
        return await tx.fetchrow("SELECT * FROM job WHERE agency_id = $1 AND id = $2", AGENCY.agency_id, job_id)


async def _due_now(job_id: UUID) -> None:
    """As if the wait before the next attempt were over."""
    async with db.transaction(AGENCY) as tx:
        await tx.execute("UPDATE job SET not_before = now() WHERE agency_id = $1 AND id = $2", AGENCY.agency_id, job_id)


async def _silent(job_id: UUID) -> None:
    """As if its worker had died two minutes ago."""
    async with db.transaction(AGENCY) as tx:
        await tx.execute(
            "UPDATE job SET heartbeat_at = now() - interval '2 minutes', sent_at = now() - interval '2 minutes' "
            "WHERE agency_id = $1 AND id = $2",
            AGENCY.agency_id, job_id,
        )  # fmt: skip


async def _events(name: str = EFFECT) -> list[dict[str, Any]]:
    async with db.transaction(AGENCY) as tx:
        rows = await tx.fetch("SELECT data FROM event WHERE agency_id = $1 AND name = $2", AGENCY.agency_id, name)
    return [row["data"] for row in rows]


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
        return found


async def _ended(job_id: UUID, seconds: float = 60) -> Any:
    async def done() -> Any:
        job = await _job(job_id)
        return job if job["state"] in ("DONE", "FAILED") else None

    return await until(done, seconds)


@pytest.mark.usefixtures("database")
async def test_a_job_runs_once(new_queue: MakeQueue) -> None:
    queue = new_queue()
    async with at_work(relay(queue, BRISK), work(queue, BRISK)):
        (job_id,) = await _ask("test.work")
        job = await _ended(job_id)
        assert (job["state"], job["attempt"], job["result"]) == ("DONE", 1, {"attempt": 1})
        await asyncio.sleep(1)
    assert await _events() == [{"attempt": 1}]
    assert await run_job(job_id, BRISK) is False, "what is done is not to be done"


@pytest.mark.usefixtures("database")
async def test_a_rolled_back_job_does_not_exist(new_queue: MakeQueue) -> None:
    with pytest.raises(Conflict):
        async with db.transaction(AGENCY) as tx:
            await jobs.enqueue(tx, "test.work", {"id": str(new_id())})
            raise Conflict("Not now.")
    assert await relay_once(new_queue(), BRISK) == 0


@pytest.mark.usefixtures("database")
async def test_a_fault_is_tried_again_later_and_later_and_then_no_more() -> None:
    (job_id,) = await _ask("test.fault", until=99)
    for attempt in range(1, 6):
        assert await run_job(job_id) is True
        job = await _job(job_id)
        assert job["attempt"] == attempt
        if attempt < 5:
            wait = (job["not_before"] - datetime.now(UTC)).total_seconds()
            assert job["state"] == "QUEUED" and 2**attempt - 2 < wait <= 2**attempt, wait
            assert await run_job(job_id) is False, "not before its time"
            await _due_now(job_id)
    assert (job["state"], job["error_code"]) == ("FAILED", "FAULT")
    assert "ZeroDivisionError" not in job["error_message"]
    assert await _events() == []
    assert await run_job(job_id) is False


@pytest.mark.usefixtures("database")
async def test_a_fault_that_passes_does_no_harm() -> None:
    (job_id,) = await _ask("test.fault", until=2)
    assert await run_job(job_id)
    await _due_now(job_id)
    assert await run_job(job_id)
    assert (await _job(job_id))["state"] == "DONE"
    assert await _events() == [{"attempt": 2}]


@pytest.mark.usefixtures("database")
async def test_what_is_expected_to_fail_fails_at_once_with_its_code() -> None:
    (job_id,) = await _ask("test.refused")
    assert await run_job(job_id)
    job = await _job(job_id)
    assert (job["state"], job["attempt"], job["error_code"]) == ("FAILED", 1, "NOT_LIKE_THIS")
    assert job["error_message"] == "Not like this."
    assert await _events("test.failed") == [{"code": "NOT_LIKE_THIS", "attempt": 1}]


@pytest.mark.usefixtures("database")
async def test_a_job_fails_even_where_its_end_cannot_be_told() -> None:
    (job_id,) = await _ask("test.refused_badly")
    assert await run_job(job_id)
    assert (await _job(job_id))["error_code"] == "NOT_LIKE_THIS"


@pytest.mark.usefixtures("database")
async def test_nobody_does_jobs_of_an_unknown_name() -> None:
    (job_id,) = await _ask("test.nothing_like_it")
    assert await run_job(job_id)
    assert (await _job(job_id))["error_code"] == "JOB_UNKNOWN"


@pytest.mark.usefixtures("database")
async def test_a_job_whose_workers_die_every_time_is_given_up() -> None:
    (job_id,) = await _ask("test.hang", max_attempts=2, until=99)
    for attempt in (1, 2):
        dying = asyncio.create_task(run_job(job_id))
        await until(lambda attempt=attempt: _has_note(job_id, f"attempt {attempt}"))
        await _die(dying)
        await _silent(job_id)
    assert await run_job(job_id)
    job = await _job(job_id)
    assert (job["state"], job["error_code"]) == ("FAILED", "WORKER_LOST")
    assert await _events("test.failed") == [{"code": "WORKER_LOST", "attempt": 3}]
    assert await _events() == []


async def _has_note(job_id: UUID, note: str) -> bool:
    return (await _job(job_id))["progress_note"] == note


async def _die(task: asyncio.Task[bool]) -> None:
    """End the task as a killed process would: the job stays RUNNING and nobody hears of it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with db.transaction(RELAY) as tx:
        # Takes back what a program that ends in good order puts right.
        await tx.execute("UPDATE job SET state = 'RUNNING', max_attempts = max_attempts - 1 WHERE state = 'QUEUED'")


@pytest.mark.usefixtures("database")
async def test_a_worker_that_ends_gives_its_job_back(new_queue: MakeQueue) -> None:
    queue, second = new_queue(), new_queue()
    (job_id,) = await _ask("test.hang", until=2)
    async with at_work(relay(queue, BRISK)):
        async with at_work(work(queue, BRISK)):
            await until(lambda: _has_note(job_id, "attempt 1"))
        job = await _job(job_id)
        assert (job["state"], job["attempt"], job["max_attempts"]) == ("QUEUED", 1, 6)
        assert await _events() == []
        async with at_work(work(second, BRISK)):
            assert (await _ended(job_id))["state"] == "DONE"
    assert await _events() == [{"attempt": 2}]


@pytest.mark.usefixtures("database")
async def test_one_that_was_taken_over_cannot_finish() -> None:
    (job_id,) = await _ask("test.hang", until=2)
    slow = asyncio.create_task(run_job(job_id))
    await until(lambda: _has_note(job_id, "attempt 1"))
    await _silent(job_id)
    assert await run_job(job_id), "the second attempt does it"
    async with db.transaction(AGENCY) as tx:
        with pytest.raises(Conflict) as refused:
            await Run(job_id, AGENCY.agency, 1, AGENCY, {}).finish(tx)
    assert refused.value.code == "JOB_TAKEN_OVER"
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    job = await _job(job_id)
    assert (job["state"], job["attempt"]) == ("DONE", 2)
    assert await _events() == [{"attempt": 2}]


@pytest.mark.usefixtures("database")
async def test_the_heart_of_a_long_job_beats() -> None:
    (job_id,) = await _ask("test.hang", until=99)
    working = asyncio.create_task(run_job(job_id, BRISK))
    await until(lambda: _has_note(job_id, "attempt 1"))
    begun = (await _job(job_id))["heartbeat_at"]

    async def has_beaten() -> bool:
        return (await _job(job_id))["heartbeat_at"] > begun + BRISK.silent

    await until(has_beaten)
    assert await run_job(job_id, BRISK) is False, "it lives, so nobody takes it"
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


@pytest.mark.usefixtures("database")
async def test_progress_is_seen_while_it_runs(app_url: str) -> None:
    listener = Listener(app_url, CHANNELS)
    listen.use(listener)
    try:
        async with at_work(listener.run()):
            (job_id,) = await _ask("test.hang", until=99)
            await asyncio.sleep(0.5)
            mark = listen.mark("recobro_progress")
            working = asyncio.create_task(run_job(job_id))
            async with asyncio.timeout(10):
                await listen.wait("recobro_progress", 20, mark)
            job = await _job(job_id)
            assert (job["state"], job["progress_done"], job["progress_total"]) == ("RUNNING", 1, 2)
            assert job["progress_note"] == "attempt 1"
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    finally:
        listen.use(None)


@pytest.mark.usefixtures("database")
async def test_two_workers_and_two_relays_do_200_jobs_once_each(new_queue: MakeQueue) -> None:
    first, second = new_queue(), new_queue()
    hasty = Patience(poll=timedelta(seconds=0.05), hint_again=timedelta(seconds=0.1))
    ids = await _ask("test.work", 200)
    async with at_work(relay(first, hasty), relay(second, hasty), work(first, hasty), work(second, hasty)):
        await until(lambda: _all_done(200), 120)
        await asyncio.sleep(0.5)
    async with db.transaction(AGENCY) as tx:
        rows = await tx.fetch("SELECT subject_id FROM event WHERE agency_id = $1", AGENCY.agency_id)
    assert len(ids) == len(rows) == 200
    assert set(Counter(row["subject_id"] for row in rows).values()) == {1}


async def _all_done(count: int) -> bool:
    async with db.transaction(RELAY) as tx:
        return await tx.fetchval("SELECT count(*) FROM job WHERE state = 'DONE'") == count


@pytest.mark.usefixtures("database")
async def test_a_lost_hint_is_given_again(new_queue: MakeQueue, app_url: str, redis_url: str | None) -> None:
    queue = new_queue()
    (job_id,) = await _ask("test.work")
    assert await relay_once(queue, BRISK) == 1
    assert await relay_once(queue, BRISK) == 0, "it was told just now"
    if redis_url is None:
        cast(QueueInside, queue)._hints.clear()
    else:
        _forget(redis_url, queue_name(app_url))
    assert await queue.waiting() == 0
    async with at_work(relay(queue, BRISK), work(queue, BRISK)):
        assert (await _ended(job_id))["state"] == "DONE"
    assert len(await _events()) == 1


@pytest.mark.usefixtures("database")
async def test_nobody_is_told_over_and_over_while_nobody_works(
    new_queue: MakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recobro.relay.WAITING", 5)
    queue = new_queue()
    await _ask("test.work", 5)
    now = Patience(hint_again=timedelta(0))
    assert await relay_once(queue, now) == 5
    assert await relay_once(queue, now) == 0
    assert await queue.waiting() == 5


@contextlib.asynccontextmanager
async def _way_to_redis(port: int) -> AsyncIterator[None]:
    """Redis answers at this port, too; at the end nobody does, and who was connected is no more."""
    target = urlsplit(_machine() or "")
    open_ends: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection(target.hostname, target.port or 6379)
        open_ends.extend((writer, there))
        await asyncio.gather(pump(reader, there), pump(there_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for end in open_ends:
            end.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.usefixtures("database")
@NEEDS_REDIS
async def test_a_redis_that_is_down_is_waited_for(app_url: str) -> None:
    """At the start, and in the middle of a job, which is not disturbed."""
    url, port = _machine() or "", _free_port()
    queue = queue_of(_settings(app_url, f"redis://127.0.0.1:{port}"), app_url)
    (first,) = await _ask("test.work")
    try:
        async with at_work(relay(queue, BRISK), work(queue, BRISK)):
            await asyncio.sleep(1.5)
            assert (await _job(first))["state"] == "QUEUED"
            async with _way_to_redis(port):
                assert (await _ended(first))["state"] == "DONE"
                (slow,) = await _ask("test.wait", seconds=3)
                await until(lambda: _has_note(slow, "attempt 1"))
            (second,) = await _ask("test.work")
            assert (await _ended(slow))["attempt"] == 1
            assert (await _job(second))["state"] == "QUEUED"
            async with _way_to_redis(port):
                assert (await _ended(second))["state"] == "DONE"
    finally:
        _forget(url, queue_name(app_url))
    assert [event["attempt"] for event in await _events()] == [1, 1, 1]


@contextlib.contextmanager
def _process(app_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.recobro.test_worker", app_url, redis_url]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@pytest.mark.usefixtures("database")
@NEEDS_REDIS
async def test_a_killed_worker_s_job_is_done_by_the_next(app_url: str) -> None:
    url = _machine()
    assert url is not None
    (job_id,) = await _ask("test.hang", until=2)
    try:
        with _process(app_url, url) as process:
            await until(lambda: _has_note(job_id, "attempt 1"), 120)
            assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        assert (await _job(job_id))["state"] == "RUNNING", "a killed process tells nobody"
        with _process(app_url, url):
            job = await _ended(job_id, 120)
        assert (job["state"], job["attempt"]) == ("DONE", 2)
        assert await _events() == [{"attempt": 2}]
    finally:
        _forget(url, queue_name(app_url))


@pytest.mark.usefixtures("database")
async def test_a_job_may_begin_later_and_belong_to_a_creditor(new_queue: MakeQueue) -> None:
    creditor_id, wanted = new_id(), new_id()
    for _ in range(2):
        async with db.transaction(AGENCY) as tx:
            job_id = await jobs.enqueue(
                tx, "test.work", {"id": str(new_id())}, creditor_id=creditor_id, after=timedelta(hours=1), job_id=wanted
            )
    job = await _job(job_id)
    assert (job_id, job["creditor_id"]) == (wanted, creditor_id)
    assert timedelta(minutes=59) < job["not_before"] - job["created_at"] <= timedelta(hours=1)
    assert await relay_once(new_queue(), BRISK) == 0
    assert await run_job(job_id) is False


async def _be_a_worker(app_url: str, redis_url: str) -> None:
    settings = _settings(app_url, redis_url)
    async with running(settings, app_url, queue_of(settings, app_url), Tasks(relay=True, work=True), BRISK):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_be_a_worker(sys.argv[1], sys.argv[2]))
