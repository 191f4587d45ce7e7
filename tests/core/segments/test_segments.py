"""A segment is saved, changed, read and forgotten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.debts.change_stage import ChangeStage, change_stage
from core.debts.models import Stage
from core.kit import clock
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, InvalidInput, NotFound
from core.kit.filters import And, Compare, Not, Op, to_json
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.segments.delete_segment import delete_segment
from core.segments.evaluate_segment import evaluate_segment
from core.segments.reads import members, segment, segments
from core.segments.save_segment import SaveSegment, save_segment
from tests.core.house import House, events, house
from tests.core.segments.segment_house import ACTIVE, LATE, NOW, counts, inside, owing, saved


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


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
