"""A segment is saved, evaluated, read and forgotten; who may do it, and what is told about it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.debts.change_stage import ChangeStage, change_stage
from core.debts.models import ComponentKind, Stage
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.filters import And, Compare, Filter, Not, Op, to_json
from core.kit.ids import new_id
from core.kit.jobs import Run
from core.kit.pages import PageRequest
from core.kit.scope import Scope
from core.permissions import Permission
from core.segments.delete_segment import delete_segment
from core.segments.evaluate_segment import evaluate_segment
from core.segments.reads import members, segment, segments
from core.segments.request_evaluation import request_evaluation, run_evaluation
from core.segments.save_segment import SaveSegment, save_segment
from tenants.models import MembershipKind, Role
from tenants.permissions import ROLE_PERMISSIONS, ROLES_OF_KIND
from tests.core.house import House, events, house, make_client, make_debt, make_mandate, make_portfolio, recall
from tests.helpers_jobs import run_jobs

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
"""In Bogotá it is still the 9th, in Madrid the 10th already."""
LATE = Compare("days_past_due", Op.GTE, 30)
ACTIVE = Compare("status", Op.EQ, "ACTIVE")


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def owing(scope: Scope, client: object, days: int | None = 40, minor: int = 100, **changes: object) -> UUID:
    due = date(2026, 3, 9) - timedelta(days=days) if days is not None else None
    parts = [(ComponentKind.PRINCIPAL, minor, due)]
    return (await make_debt(scope, client, parts, **changes)).id  # type: ignore[arg-type]


async def saved(scope: Scope, tree: Filter = LATE, name: str = "late") -> UUID:
    return (await save_segment(scope, SaveSegment(name=name, tree=tree))).segment_id


async def inside(scope: Scope, segment_id: UUID) -> dict[UUID, datetime]:
    """The stored members, as the database has them."""
    async with db.transaction(scope) as tx:
        rows = await tx.fetch("SELECT debt_id, since FROM segment_member WHERE segment_id = $1", segment_id)
    return {row["debt_id"]: row["since"] for row in rows}


async def counts(scope: Scope, segment_id: UUID) -> tuple[int, int, int]:
    done = await evaluate_segment(scope, segment_id)
    assert done.members == len(await inside(scope, segment_id)) == (await segment(scope, segment_id)).members
    return done.entered, done.left, done.members


async def test_a_segment_is_saved_and_says_what_it_means(home: House) -> None:
    tree = And((ACTIVE, Not(LATE)))
    done = await save_segment(home.north, SaveSegment(name=" fresh ", tree=to_json(tree)))
    assert (done.version, done.changed, done.words) == (
        1,
        True,
        "status is ACTIVE, and not (days past due is at least 30)",
    )
    view = await segment(home.north, done.segment_id)
    assert (view.name, view.tree, view.words, view.version) == ("fresh", to_json(tree), done.words, 1)
    assert (view.members, view.evaluated_at, view.stale) == (0, None, True)
    assert (view.updated_at, view.updated_by) == (NOW, str(home.north.actor))
    (told,) = await events(home.north, "segment.saved")
    assert (told["subject_id"], told["creditor_id"]) == (done.segment_id, None)
    assert told["data"] == {"name": "fresh", "version": 1, "tree": to_json(tree), "words": done.words}


async def test_saving_twice_is_saving_once(home: House) -> None:
    first = await save_segment(home.north, SaveSegment(name="late", tree=LATE))
    again = await save_segment(home.north, SaveSegment(name="late", tree=to_json(LATE)))
    assert again == replace(first, changed=False)
    change = SaveSegment(name="late", tree=ACTIVE, segment_id=first.segment_id, version=1)
    assert (await save_segment(home.north, change)).version == 2
    assert await save_segment(home.north, change) == replace(first, version=2, changed=False, words="status is ACTIVE")
    assert [told["data"]["version"] for told in await events(home.north, "segment.saved")] == [1, 2]  # type: ignore[index]


async def test_a_change_of_the_tree_makes_the_members_stale_and_of_the_name_does_not(home: House) -> None:
    debt = await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    renamed = await save_segment(home.north, SaveSegment(name="old", tree=LATE, segment_id=segment_id, version=1))
    view = await segment(home.north, segment_id)
    assert (renamed.version, view.name, view.stale, view.members) == (2, "old", False, 1)
    await save_segment(home.north, SaveSegment(name="old", tree=Not(LATE), segment_id=segment_id, version=2))
    view = await segment(home.north, segment_id)
    assert (view.stale, view.members, view.evaluated_at) == (True, 1, NOW)
    assert list(await inside(home.north, segment_id)) == [debt]
    await save_segment(home.north, SaveSegment(name="older", tree=Not(LATE), segment_id=segment_id))
    assert (await segment(home.north, segment_id)).stale
    assert await counts(home.north, segment_id) == (0, 1, 0)
    assert not (await segment(home.north, segment_id)).stale


async def test_two_changes_from_one_version(home: House) -> None:
    segment_id = await saved(home.north)
    trees = [Compare("balance", Op.GTE, n) for n in range(8)]
    done = await asyncio.gather(
        *(save_segment(home.north, SaveSegment(name="late", tree=t, segment_id=segment_id, version=1)) for t in trees),
        return_exceptions=True,
    )
    refused = [problem for problem in done if isinstance(problem, BaseException)]
    assert [(type(problem), getattr(problem, "code", None)) for problem in refused] == [
        (Conflict, "SEGMENT_CHANGED")
    ] * 7
    assert (await segment(home.north, segment_id)).version == 2


async def test_a_name_is_one_segments(home: House) -> None:
    segment_id = await saved(home.north)
    other = await saved(home.north, ACTIVE, "active")
    for command in (
        SaveSegment(name="late", tree=ACTIVE),
        SaveSegment(name="late ", tree=ACTIVE, segment_id=other),
    ):
        with pytest.raises(Conflict) as refused:
            await save_segment(home.north, command)
        assert (refused.value.code, refused.value.field) == ("NAME_TAKEN", "name")
    assert await saved(home.south) != segment_id
    at_once = (save_segment(home.north, SaveSegment(name="new", tree=LATE)) for _ in range(8))
    done = await asyncio.gather(*at_once)
    assert (len({one.segment_id for one in done}), sum(one.changed for one in done)) == (1, 1)


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({}, "FILTER_SHAPE"),
        ({"and": LATE}, "FILTER_SHAPE"),
        ([], "FILTER_SHAPE"),
        (None, "FILTER_SHAPE"),
        ({"field": "balance", "op": "like", "value": 1}, "FILTER_SHAPE"),
        ({"field": "secret", "op": "eq", "value": 1}, "FILTER_FIELD"),
        ({"field": "d.balance_minor = 0 OR true --", "op": "eq", "value": 1}, "FILTER_FIELD"),
        ({"field": "stage", "op": "contains", "value": "E"}, "FILTER_OPERATOR"),
        ({"field": "stage", "op": "eq", "value": "LATE"}, "FILTER_VALUE"),
        ({"field": "balance", "op": "gte", "value": 1.5}, "FILTER_VALUE"),
        ({"field": "balance", "op": "gte", "value": 2**63}, "FILTER_VALUE"),
        ({"field": "due_on", "op": "gte", "value": "2026-02-30"}, "FILTER_VALUE"),
        ({"field": "creditor", "op": "in", "value": [str(new_id())] * 201}, "FILTER_TOO_LARGE"),
        (And((ACTIVE,) * 100), "FILTER_TOO_LARGE"),
        (Not(Not(Not(Not(Not(Not(Not(Not(LATE)))))))), "FILTER_TOO_LARGE"),
        (Compare("reference", Op.EQ, "a\0b"), "FILTER_VALUE"),
        (Compare("nothing", Op.EQ, 1), "FILTER_FIELD"),
    ],
)
async def test_what_is_no_filter_is_not_saved(home: House, tree: Any, code: str) -> None:
    segment_id = await saved(home.north)
    for target in (None, segment_id):
        with pytest.raises(DomainError) as refused:
            await save_segment(home.north, SaveSegment(name="bad", tree=tree, segment_id=target))
        assert (refused.value.code, refused.value.field) == (code, "filter")
    assert [view.name for view in (await segments(home.north, PageRequest())).rows] == ["late"]
    assert len(await events(home.north, "segment.saved")) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\0b"])
async def test_names_that_cannot_be(home: House, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await saved(home.north, name=name)
    assert refused.value.field == "name"


async def test_an_evaluation_stores_who_matches(home: House) -> None:
    late = [await owing(home.north, home.bank), await owing(home.north, home.shop, 30)]
    for days in (29, 0, None):
        await owing(home.north, home.bank, days)
    await owing(home.south, home.bank_south)
    segment_id = await saved(home.north)
    done = await evaluate_segment(home.north, segment_id)
    assert (done.entered, done.left, done.members, done.version, done.evaluated_at) == (2, 0, 2, 1, NOW)
    assert await inside(home.north, segment_id) == dict.fromkeys(late, NOW)
    view = await segment(home.north, segment_id)
    assert (view.members, view.evaluated_at, view.stale) == (2, NOW, False)
    (told,) = await events(home.north, "segment.evaluated")
    assert (told["subject_id"], told["creditor_id"]) == (segment_id, None)
    assert told["data"] == {"version": 1, "entered": 2, "left": 0, "members": 2}


async def test_what_stays_is_not_touched(home: House) -> None:
    async def places() -> dict[UUID, str]:
        async with db.transaction(home.north) as tx:
            rows = await tx.fetch("SELECT debt_id, ctid::text || xmin::text AS place FROM segment_member")
        return {row["debt_id"]: row["place"] for row in rows}

    stays, goes = (
        await owing(home.north, home.bank),
        await make_debt(home.north, home.bank, [(ComponentKind.PRINCIPAL, 1, date(2026, 1, 1))]),
    )
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    before = await places()
    await recall(home.north, goes, date(2026, 3, 9))
    with clock.at(NOW + timedelta(hours=1)):
        comes = await owing(home.north, home.shop)
        assert await counts(home.north, segment_id) == (1, 1, 2)
        assert await inside(home.north, segment_id) == {stays: NOW, comes: NOW + timedelta(hours=1)}
        assert (await places())[stays] == before[stays]
        after = await places()
        assert await counts(home.north, segment_id) == (0, 0, 2)
        assert await places() == after


async def test_days_count_in_the_zone_of_the_mandate(home: House) -> None:
    """Due on 8 February: 29 days by the 9th of March, which it is in Bogotá, 30 by the 10th, which it is in Madrid."""
    mandate = await make_mandate(home.north, home.shop.creditor_id, name="es", timezone="Europe/Madrid")
    spain = replace(
        home.shop,
        mandate_id=mandate,
        portfolio_id=await make_portfolio(home.north, home.shop.creditor_id, mandate),
    )
    bogota, madrid = await owing(home.north, home.bank, 29), await owing(home.north, spain, 29)
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    assert set(await inside(home.north, segment_id)) == {madrid}
    with clock.at(NOW + timedelta(hours=2)):  # midnight in Bogotá
        assert await counts(home.north, segment_id) == (1, 0, 2)
    assert set(await inside(home.north, segment_id)) == {bogota, madrid}


async def test_evaluations_at_once_follow_each_other(home: House) -> None:
    for _ in range(20):
        await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    done = await asyncio.gather(*(evaluate_segment(home.north, segment_id) for _ in range(8)))
    assert sorted((one.entered, one.left, one.members) for one in done) == [(0, 0, 20)] * 7 + [(20, 0, 20)]
    assert len(await inside(home.north, segment_id)) == 20
    assert len(await events(home.north, "segment.evaluated")) == 8


async def test_an_evaluation_waits_for_the_one_before(home: House) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    async with db.transaction(home.north) as tx:
        await tx.execute("SELECT 1 FROM segment WHERE id = $1 FOR NO KEY UPDATE", segment_id)
        waiting = asyncio.create_task(evaluate_segment(home.north, segment_id))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert (await waiting).members == 1


async def test_forgetting_takes_the_members_with_it(home: House) -> None:
    await owing(home.north, home.bank)
    segment_id, kept = await saved(home.north), await saved(home.north, ACTIVE, "active")
    for one in (segment_id, kept):
        await evaluate_segment(home.north, one)
    assert await delete_segment(home.north, segment_id) == 1
    assert await inside(home.north, segment_id) == {}
    assert len(await inside(home.north, kept)) == 1
    (told,) = await events(home.north, "segment.deleted")
    assert (told["subject_id"], told["data"]) == (segment_id, {"name": "late", "version": 1})
    with pytest.raises(NotFound):
        await delete_segment(home.north, segment_id)
    assert await saved(home.north) != segment_id


async def test_forgetting_during_an_evaluation_leaves_nobody(home: House) -> None:
    for _ in range(5):
        await owing(home.north, home.bank)
    for _ in range(5):
        segment_id = await saved(home.north)
        works = [evaluate_segment(home.north, segment_id) for _ in range(3)]
        done = await asyncio.gather(*works, delete_segment(home.north, segment_id), return_exceptions=True)
        assert {type(one) for one in done if isinstance(one, BaseException)} <= {NotFound}
        assert await inside(home.north, segment_id) == {}


async def test_a_job_evaluates(home: House, database: Database) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    assert await request_evaluation(home.north, segment_id) == job_id
    assert await run_jobs(database) == 1
    async with db.transaction(home.north) as tx:
        job = await tx.fetchrow("SELECT * FROM job WHERE id = $1", job_id)
    assert job is not None
    assert (job["state"], job["subject_id"], job["creditor_id"]) == ("DONE", segment_id, None)
    assert job["result"] == {"version": 1, "entered": 1, "left": 0, "members": 1}
    assert (job["progress_done"], job["progress_total"], job["progress_note"]) == (1, 1, "evaluating")
    assert len(await inside(home.north, segment_id)) == 1
    assert await request_evaluation(home.north, segment_id) != job_id


async def test_a_job_that_another_took_over_changes_nothing(home: House) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE job SET state = 'RUNNING', attempt = 2 WHERE id = $1", job_id)
    payload = {"segment_id": str(segment_id)}
    with pytest.raises(Conflict) as refused:
        await run_evaluation(Run(job_id, home.north.agency, 1, home.north, payload))
    assert refused.value.code == "JOB_TAKEN_OVER"
    assert await inside(home.north, segment_id) == {}
    assert await events(home.north, "segment.evaluated") == []
    await run_evaluation(Run(job_id, home.north.agency, 2, home.north, payload))
    with pytest.raises(Conflict):
        await run_evaluation(Run(job_id, home.north.agency, 2, home.north, payload))
    assert len(await events(home.north, "segment.evaluated")) == 1


async def test_a_job_of_a_forgotten_segment_fails_and_says_why(home: House, database: Database) -> None:
    segment_id = await saved(home.north)
    job_id = await request_evaluation(home.north, segment_id)
    await delete_segment(home.north, segment_id)
    await run_jobs(database)
    async with db.transaction(home.north) as tx:
        job = await tx.fetchrow("SELECT state, error_code FROM job WHERE id = $1", job_id)
    assert job is not None and tuple(job) == ("FAILED", "NOT_FOUND")


async def test_segments_by_name_in_pages(home: House) -> None:
    for name in ("c", "a", "b"):
        await saved(home.north, name=name)
    await saved(home.south, name="theirs")
    page = await segments(home.north, PageRequest(first=2), with_total=True)
    assert ([one.name for one in page.rows], page.has_next, page.total) == (["a", "b"], True, 3)
    rest = await segments(home.north, PageRequest(first=2, after=page.end_cursor))
    assert ([one.name for one in rest.rows], rest.has_next) == (["c"], False)


async def test_members_in_pages(home: House) -> None:
    expected = sorted([await owing(home.north, home.bank, minor=n, reference=f"r{n}") for n in range(1, 6)])
    segment_id, other = await saved(home.north), await saved(home.north, ACTIVE, "active")
    for one in (segment_id, other):
        await evaluate_segment(home.north, one)
    await change_stage(home.north, ChangeStage(debt_id=expected[0], stage=Stage.PRE_LEGAL, reason="x"))
    request, seen = PageRequest(first=2), []
    while True:
        page = await members(home.north, segment_id, request, with_total=True)
        assert page.total == 5
        seen += page.rows
        if not page.has_next:
            break
        request = PageRequest(first=2, after=page.end_cursor)
    assert [row.debt_id for row in seen] == expected
    assert {row.since for row in seen} == {NOW}
    assert (seen[0].stage, seen[0].reference, seen[0].balance.minor_units) == (Stage.PRE_LEGAL, "r1", 1)
    back = await members(home.north, segment_id, PageRequest(last=2))
    assert [row.debt_id for row in back.rows] == expected[-2:]


USES: list[Callable[[Scope, UUID], Awaitable[object]]] = [
    lambda scope, one: save_segment(scope, SaveSegment(name="x", tree=LATE, segment_id=one)),
    delete_segment,
    evaluate_segment,
    request_evaluation,
    segment,
    lambda scope, one: members(scope, one, PageRequest()),
]


@pytest.mark.parametrize("use", USES)
async def test_another_agencys_segment_is_none(home: House, use: Callable[[Scope, UUID], Awaitable[object]]) -> None:
    await owing(home.north, home.bank)
    segment_id = await saved(home.north)
    await evaluate_segment(home.north, segment_id)
    told: list[tuple[str, str, str | None]] = []
    for one in (segment_id, new_id()):
        with pytest.raises(NotFound) as refused:
            await use(home.south, one)
        told.append((refused.value.code, refused.value.message, refused.value.field))
    assert told[0] == told[1]
    assert len(await inside(home.north, segment_id)) == 1
    assert (await segments(home.south, PageRequest())).rows == ()
    assert await inside(home.south, segment_id) == {}


@pytest.mark.parametrize(
    "use",
    [
        *USES,
        lambda scope, _: segments(scope, PageRequest()),
        lambda scope, _: save_segment(scope, SaveSegment(name="x", tree=LATE)),
    ],
)
async def test_creditors_and_those_without_the_permission(
    home: House, use: Callable[[Scope, UUID], Awaitable[object]]
) -> None:
    segment_id = await saved(home.north)
    for scope in (
        home.bank_scope,
        replace(home.bank_scope, agency_id=home.north.agency),
        replace(home.north, permissions=frozenset(Permission) - {"segment:read", "segment:manage"}),
    ):
        with pytest.raises(Forbidden):
            await use(scope, segment_id)
    assert (await segment(home.north, segment_id)).version == 1


@pytest.mark.parametrize("table", ["segment", "segment_member"])
async def test_the_database_shuts_creditors_out(home: House, table: str) -> None:
    import asyncpg

    await saved(home.north)
    for statement in (f"SELECT * FROM {table}", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(home.bank_scope) as tx:
                await tx.execute(statement)


async def test_a_filter_that_asks_for_another_agencys_debts_finds_none(home: House) -> None:
    await owing(home.south, home.bank_south)
    mine = await owing(home.north, home.bank)
    tree = Compare("agency", Op.IN, (home.south.agency, home.north.agency))
    segment_id = await saved(home.north, tree)
    assert await counts(home.north, segment_id) == (1, 0, 1)
    assert list(await inside(home.north, segment_id)) == [mine]
    nobody = await saved(home.north, Compare("creditor", Op.EQ, (await make_client(home.south, "x")).creditor_id), "x")
    assert await counts(home.north, nobody) == (0, 0, 0)


def test_who_may_manage_and_who_may_read() -> None:
    managers = {role for role, rights in ROLE_PERMISSIONS.items() if Permission.SEGMENT_MANAGE in rights}
    readers = {role for role, rights in ROLE_PERMISSIONS.items() if Permission.SEGMENT_READ in rights}
    assert managers == {Role.AGENCY_ADMIN, Role.SUPERVISOR}
    assert readers == ROLES_OF_KIND[MembershipKind.AGENCY]
