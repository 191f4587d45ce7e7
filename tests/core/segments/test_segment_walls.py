"""Segments are the agency's own: another agency finds none, a creditor has none, and each role has its part."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Forbidden, NotFound
from core.kit.filters import Compare, Op
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.kit.scope import Scope
from core.permissions import Permission
from core.segments.delete_segment import delete_segment
from core.segments.evaluate_segment import evaluate_segment
from core.segments.reads import members, segment, segments
from core.segments.request_evaluation import request_evaluation
from core.segments.save_segment import SaveSegment, save_segment
from tenants.models import MembershipKind, Role
from tenants.permissions import ROLE_PERMISSIONS, ROLES_OF_KIND
from tests.core.house import House, house, make_client
from tests.core.segments.segment_house import LATE, NOW, counts, inside, owing, saved


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


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
