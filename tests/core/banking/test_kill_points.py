"""Whoever dies, and wherever: each receipt becomes one payment, and the trust account holds what the bank says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.banking import import_statements, match_entries, release_entry, settle_entry
from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.kit import db, jobs
from core.kit.errors import Conflict
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import camt, entry, part
from tests.core.house import assert_books
from tests.helpers_jobs import run_jobs


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


def dying(work: Callable[..., Awaitable[Any]], *, after: bool, at: int = 0) -> Callable[..., Awaitable[Any]]:
    """The work, whose process dies right before or right after its call number `at`, once."""
    calls = iter(range(1_000))

    async def killed(*args: Any, **more: Any) -> Any:
        number = next(calls)
        if number == at and not after:
            raise Killed
        done = await work(*args, **more)
        if number == at:
            raise Killed
        return done

    return killed


STATEMENT = camt(
    entry("10.00", ref="A", parts=part(e2e="e1", text="ACC-1")),
    entry("20.00", ref="B", parts=part(e2e="e2", text="ACC-2")),
    entry("30.00", ref="C", parts=part(e2e="e3", text="who knows")),
    entry("20.00", ref="D", cd="DBIT", day="2026-03-04", parts=part(e2e="e2", returned="AC04")),
    opening="0", closing="40.00",
)  # fmt: skip


async def assert_whole(counter: Counter) -> None:
    """All of it happened, once."""
    assert [(one["bank_reference"], one["state"]) for one in await counter.entries()] == [
        ("A", "MATCHED"), ("B", "MATCHED"), ("C", "UNMATCHED"), ("D", "MATCHED"),
    ]  # fmt: skip
    payments = await counter.fetch("SELECT amount_minor, status FROM payment ORDER BY amount_minor")
    assert [(one["amount_minor"], one["status"]) for one in payments] == [(1000, "CLEARED"), (2000, "REVERSED")]
    assert await counter.balances() == {"TRUST_BANK": 4000, "CLIENT": -1000, "UNIDENTIFIED": -3000}
    for debt in await counter.fetch("SELECT id FROM debt"):
        await assert_books(counter.scope, debt["id"])


POINTS: list[tuple[Any, str, bool, int]] = [
    (import_statements, "read_file", False, 0),
    (import_statements, "insert_statement", False, 0),
    (import_statements, "insert_statement", True, 0),
    (jobs.Run, "finish", False, 0),
    (jobs.Run, "finish", True, 0),
    (match_entries, "claim", False, 0),
    (match_entries, "claim", True, 0),
    (settle_entry, "record_payment", False, 0),
    (settle_entry, "record_payment", True, 0),
    (settle_entry, "record_payment", False, 1),
    (settle_entry, "record_payment", True, 1),
    (match_entries, "pay", True, 0),
    (match_entries, "claim_returns", False, 0),
    (match_entries, "claim_returns", True, 0),
    (settle_entry, "reverse_payment", False, 0),
    (settle_entry, "reverse_payment", True, 0),
    (match_entries, "take_back", True, 0),
    (jobs.Run, "finish", False, 1),
    (jobs.Run, "finish", True, 1),
]


@pytest.mark.parametrize(("place", "name", "after", "at"), POINTS)
async def test_a_job_that_died_is_done_by_the_next(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool, at: int
) -> None:
    for number in (1, 2):
        await counter.debt(reference=f"ACC-{number}")
    await counter.upload(STATEMENT)
    died = False
    with monkeypatch.context() as patch:
        work = getattr(place, name)
        patch.setattr(place, name, _sync_dying(work) if name == "read_file" else dying(work, after=after, at=at))
        try:
            await run_jobs(counter.database)
        except Killed:
            died = True
    assert died
    await run_jobs(counter.database)
    await assert_whole(counter)


def _sync_dying(work: Callable[..., Any]) -> Callable[..., Any]:
    def killed(*args: Any, **more: Any) -> Any:
        raise Killed

    assert callable(work)
    return killed


async def test_the_jobs_twice_do_nothing_more(counter: Counter) -> None:
    for number in (1, 2):
        await counter.debt(reference=f"ACC-{number}")
    await counter.give(STATEMENT)
    await counter.fetch("UPDATE job SET state = 'QUEUED'")
    await run_jobs(counter.database)
    await assert_whole(counter)


async def test_two_workers_match_the_same_statement(counter: Counter) -> None:
    for number in (1, 2):
        await counter.debt(reference=f"ACC-{number}")
    await counter.upload(STATEMENT)
    run = (await counter.fetch("UPDATE job SET state = 'RUNNING', attempt = 1 RETURNING *"))[0]
    await import_statements.import_statements(jobs.Run(run["id"], run["agency_id"], 1, counter.scope, run["payload"]))
    (statement,) = await counter.fetch("SELECT id FROM bank_statement")
    await asyncio.gather(*(match_entries.match_entries(counter.scope, statement["id"]) for _ in range(4)))
    await assert_whole(counter)


async def test_a_person_and_the_ladder_at_once(counter: Counter) -> None:
    debt, other = await counter.debt(reference="ACC-1"), await counter.debt()
    await counter.give(camt(entry("10.00", parts=part(text="nothing yet")), opening="0", closing="10.00"))
    (found,) = await counter.entries()
    await counter.fetch("UPDATE bank_entry SET text = 'ACC-1'")
    answers = await asyncio.gather(
        match_entries.match_entries(counter.scope, found["statement_id"]),
        identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=other.id)),
        identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=debt.id)),
        return_exceptions=True,
    )
    assert all(not isinstance(one, BaseException) or isinstance(one, Conflict) for one in answers), answers
    assert len(await counter.fetch("SELECT 1 FROM payment")) == 1
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}


@pytest.mark.parametrize(("name", "after"), [("record_payment", False), ("record_payment", True)])
async def test_a_person_whose_request_died_asks_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    debt, other = await counter.debt(), await counter.debt()
    await counter.give(camt(entry("10.00"), opening="0", closing="10.00"))
    (found,) = await counter.entries()
    command = IdentifyEntry(entry_id=found["id"], debt_id=debt.id)
    with monkeypatch.context() as patch:
        patch.setattr(settle_entry, name, dying(getattr(settle_entry, name), after=after))
        with pytest.raises(Killed):
            await identify_entry(counter.scope, command)
    with pytest.raises(Conflict):
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=other.id))
    await identify_entry(counter.scope, command)
    assert [one["state"] for one in await counter.entries()] == ["MATCHED"]
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}


@pytest.mark.parametrize("after", [False, True])
async def test_a_release_that_died_is_done_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    await counter.debt(reference="ACC-1")
    await counter.give(camt(entry("10.00", parts=part(text="ACC-1")), opening="0", closing="10.00"))
    (found,) = await counter.entries()
    with monkeypatch.context() as patch:
        patch.setattr(release_entry, "reverse_payment", dying(release_entry.reverse_payment, after=after))
        with pytest.raises(Killed):
            await release_entry.release_entry(counter.scope, found["id"], "wrong")
    await release_entry.release_entry(counter.scope, found["id"], "wrong")
    (found,) = await counter.entries()
    assert (found["state"], found["attempt"]) == ("UNMATCHED", 1)
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}


async def test_nothing_of_an_import_is_seen_before_all_of_it(counter: Counter) -> None:
    """A second statement that breaks the database's rules leaves nothing of the first."""
    await counter.upload(STATEMENT)
    async with db.transaction(counter.scope) as tx:
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('banking.import:' || $1::text, 0))",
            str(counter.scope.agency),
        )
        task = asyncio.create_task(run_jobs(counter.database))
        await asyncio.sleep(0.3)
        assert not task.done()
        assert await counter.entries() == []
    await task
    assert len(await counter.entries()) == 4
