"""A list of debts of a segment holds its members, however it is read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from core.kit import clock
from core.kit.db import Database
from core.kit.errors import InvalidInput
from core.kit.filters import EVERYTHING, Compare, Not, Op
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.kit.scope import Scope
from core.permissions import Permission
from core.segments.delete_segment import delete_segment
from core.segments.evaluate_segment import evaluate_segment
from core.segments.save_segment import SaveSegment, save_segment
from core.worklists import segment
from core.worklists.reads import WorklistQuery, as_filter
from tests.core.house import House, house
from tests.core.lists import worklist
from tests.core.segments.segment_house import NOW, owing, saved


@pytest.fixture(params=[0, 1000], ids=["many", "few"])
async def home(
    database: Database, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(segment, "FEW", request.param)
    with clock.at(NOW):
        yield await house(database)


async def _refs(scope: Scope, segment_id: UUID, **more: object) -> tuple[str, int | None]:
    """References in the order of the list, and the total."""
    query = WorklistQuery(segment_id=segment_id, **more)  # type: ignore[arg-type]
    page = await worklist(scope, query, with_total=True)
    return "".join(row.reference for row in page.rows), page.total


async def test_members_in_the_order_of_the_list_with_any_other_condition(home: House) -> None:
    for reference, days, minor in (("a", 40, 300), ("b", 50, 200), ("c", 60, 100), ("d", 1, 900)):
        await owing(home.north, home.bank, days, minor, reference=reference)
    await owing(home.north, home.shop, 70, 50, reference="e", debtor="Zoe Núñez")
    await owing(home.south, home.bank_south, 70, 50, reference="x")
    late = await saved(home.north)
    assert await _refs(home.north, late) == ("", 0)
    await evaluate_segment(home.north, late)
    assert await _refs(home.north, late) == ("abce", 4)
    assert await _refs(home.north, late, days_past_due_from=50) == ("bce", 3)
    assert await _refs(home.north, late, days_past_due_to=50, balance_to=250) == ("b", 1)
    assert await _refs(home.north, late, creditor_ids=(home.shop.creditor_id,)) == ("e", 1)
    assert await _refs(home.north, late, search="nunez") == ("e", 1)
    assert await _refs(home.north, late, search="nobody") == ("", 0)
    assert await _refs(home.north, late, where=Not(Compare("segment", Op.EQ, late))) == ("", 0)

    first = await worklist(home.north, WorklistQuery(segment_id=late), PageRequest(first=3))
    rest = await worklist(home.north, WorklistQuery(segment_id=late), PageRequest(first=3, after=first.end_cursor))
    assert ["".join(row.reference for row in page.rows) for page in (first, rest)] == ["abc", "e"]
    back = await worklist(home.north, WorklistQuery(segment_id=late), PageRequest(last=2))
    assert "".join(row.reference for row in back.rows) == "ce"

    await delete_segment(home.north, late)
    assert await _refs(home.north, late) == ("", 0)


async def test_it_is_the_agencys_alone(home: House) -> None:
    await owing(home.north, home.bank, reference="a")
    late = await saved(home.north)
    await evaluate_segment(home.north, late)
    assert await _refs(home.north, late) == ("a", 1)
    for nothing in (late, new_id()):
        assert await _refs(home.south, nothing) == ("", 0)
    without = replace(home.north, permissions=frozenset(Permission) - {"segment:read"})
    for scope in (home.bank_scope, replace(home.bank_scope, agency_id=home.north.agency), without):
        for query in (
            WorklistQuery(segment_id=late),
            WorklistQuery(segment_id=late, search="perez"),
            WorklistQuery(where=Compare("segment", Op.EQ, late)),
        ):
            with pytest.raises(InvalidInput) as refused:
                await worklist(scope, query)
            assert refused.value.code == "FILTER_FIELD"


async def test_a_list_of_a_segment_is_no_segment(home: House) -> None:
    tree = as_filter(home.north, WorklistQuery(segment_id=await saved(home.north, EVERYTHING, "all")))
    with pytest.raises(InvalidInput) as refused:
        await save_segment(home.north, SaveSegment(name="x", tree=tree))
    assert refused.value.code == "FILTER_FIELD"
