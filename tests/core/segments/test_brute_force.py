"""Whatever debts there are and whatever a filter asks: a segment holds those that a loop over all of them finds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.filters import And, Compare, Filter, Not, Op, Or, to_json
from core.kit.ids import new_id
from core.segments.evaluate_segment import evaluate_segment
from core.segments.reads import segment
from core.segments.save_segment import SaveSegment, save_segment
from tests.core.house import USER_ID, House, house, make_debt, make_mandate, make_portfolio

NOW = datetime(2026, 3, 10, tzinfo=UTC)
ZONES = ("America/Bogota", "Pacific/Auckland")
USERS = (USER_ID, UUID(int=7))
PRODUCTS = ("", "card", "100%_Card")


@dataclass(frozen=True)
class State:
    """What changes of a debt from one evaluation to the next."""

    stage: str
    balance: int
    due_on: date | None
    disputed: bool
    assigned_to: UUID | None
    product: str


states = st.builds(
    State,
    stage=st.sampled_from(("EARLY", "PRE_LEGAL")),
    balance=st.integers(0, 3),
    due_on=st.none() | st.integers(-2, 4).map(lambda days: NOW.date() - timedelta(days=days)),
    disputed=st.booleans(),
    assigned_to=st.none() | st.sampled_from(USERS),
    product=st.sampled_from(PRODUCTS),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "stage": st.sampled_from(("EARLY", "PRE_LEGAL", "JUDICIAL")),
    "balance": st.integers(-1, 4),
    "due_on": st.integers(-2, 4).map(lambda days: NOW.date() - timedelta(days=days)),
    "days_past_due": st.integers(-1, 5),
    "disputed": st.booleans(),
    "assigned_to": st.sampled_from(USERS),
    "product": st.sampled_from((*PRODUCTS, "%", "CARD")),
}
ORDERED = ("balance", "due_on", "days_past_due")


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    name = draw(st.sampled_from(sorted(VALUES)))
    ops = [Op.EQ, Op.NE]
    ops += [] if name == "disputed" else [Op.IN, Op.NOT_IN]
    ops += [] if name == "stage" else [Op.IS_NULL]
    ops += [Op.LT, Op.LTE, Op.GT, Op.GTE, Op.BETWEEN] if name in ORDERED else []
    ops += [Op.CONTAINS, Op.STARTS_WITH] if name == "product" else []
    op = draw(st.sampled_from(ops))
    if op is Op.IS_NULL:
        return Compare(name, op, draw(st.booleans()))
    if op is Op.BETWEEN:
        return Compare(name, op, (draw(VALUES[name]), draw(VALUES[name])))
    if op in (Op.IN, Op.NOT_IN):
        return Compare(name, op, tuple(draw(st.lists(VALUES[name], max_size=3))))
    return Compare(name, op, draw(VALUES[name]))


trees: st.SearchStrategy[Filter] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(inner, max_size=3).map(lambda items: Or(tuple(items))),
    ),
    max_leaves=6,
)


def matches(tree: Filter, row: dict[str, Any]) -> bool:
    """What the filter language means, of one debt and in Python."""
    if isinstance(tree, Not):
        return not matches(tree.item, row)
    if isinstance(tree, And):
        return all(matches(item, row) for item in tree.items)
    if isinstance(tree, Or):
        return any(matches(item, row) for item in tree.items)
    found, value = row[tree.field], tree.value
    if tree.op is Op.IS_NULL:
        return (found is None) == value
    if tree.op in (Op.NE, Op.NOT_IN):
        return found not in (value if tree.op is Op.NOT_IN else (value,))
    if found is None:
        return False
    return {
        Op.EQ: lambda: found == value,
        Op.IN: lambda: found in value,
        Op.LT: lambda: found < value,
        Op.LTE: lambda: found <= value,
        Op.GT: lambda: found > value,
        Op.GTE: lambda: found >= value,
        Op.BETWEEN: lambda: value[0] <= found <= value[1],
        Op.CONTAINS: lambda: value.lower() in found.lower(),
        Op.STARTS_WITH: lambda: found.lower().startswith(value.lower()),
    }[tree.op]()


def as_row(state: State, zone: str, now: datetime) -> dict[str, Any]:
    today = now.astimezone(ZoneInfo(zone)).date()
    days = max(0, (today - state.due_on).days) if state.due_on else 0
    return {**vars(state), "days_past_due": days}


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


@pytest.fixture
async def debts(home: House) -> dict[UUID, str]:
    """Eight debts of the north with the zones of their mandates, and two of the south."""
    mandate = await make_mandate(home.north, home.shop.creditor_id, name="other", timezone=ZONES[1])
    far = replace(
        home.shop, mandate_id=mandate, portfolio_id=await make_portfolio(home.north, home.shop.creditor_id, mandate)
    )
    parts = [(ComponentKind.PRINCIPAL, 1, NOW.date() - timedelta(days=3))]
    found: dict[UUID, str] = {}
    for number in range(8):
        client, zone = ((home.bank, ZONES[0]), (far, ZONES[1]))[number % 2]
        found[(await make_debt(home.north, client, parts)).id] = zone
    for _ in range(2):
        await make_debt(home.south, home.bank_south, parts)
    return found


async def put(home: House, changed: dict[UUID, State]) -> None:
    async with db.transaction(home.north) as tx:
        await tx.connection.executemany(
            "UPDATE debt SET stage = $2, balance_minor = $3, due_on = $4, disputed = $5, assigned_to = $6, product = $7 "
            "WHERE id = $1",
            [(debt_id, *vars(state).values()) for debt_id, state in changed.items()],
        )


async def stored(home: House, segment_id: UUID) -> dict[UUID, datetime]:
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch("SELECT debt_id, since FROM segment_member WHERE segment_id = $1", segment_id)
    assert len({row["debt_id"] for row in rows}) == len(rows)
    return {row["debt_id"]: row["since"] for row in rows}


steps = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 7), states, max_size=8), st.none() | trees, st.integers(0, 23), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=st.lists(states, min_size=8, max_size=8), first=trees, steps=steps)
async def test_an_evaluation_equals_brute_force(
    home: House, debts: dict[UUID, str], beginning: list[State], first: Filter, steps: list[Any]
) -> None:
    now, tree, order = dict(zip(debts, beginning, strict=True)), first, list(debts)
    await put(home, now)
    name = str(new_id())
    segment_id = (await save_segment(home.north, SaveSegment(name=name, tree=tree))).segment_id
    before = await stored(home, segment_id)
    for changes, another, hour, as_stored in steps:
        moved = {order[place]: state for place, state in changes.items()}
        await put(home, moved)
        now |= moved
        tree = another or tree
        given_tree = to_json(tree) if as_stored else tree
        await save_segment(home.north, SaveSegment(name=name, tree=given_tree, segment_id=segment_id))
        at = NOW + timedelta(hours=hour)
        with clock.at(at):
            done = await evaluate_segment(home.north, segment_id)
        expected = {debt_id for debt_id, state in now.items() if matches(tree, as_row(state, debts[debt_id], at))}
        after = await stored(home, segment_id)
        assert after == {debt_id: before.get(debt_id, at) for debt_id in expected}
        assert done.entered == len(expected - before.keys())
        assert done.left == len(before.keys() - expected)
        view = await segment(home.north, segment_id)
        assert done.members == view.members == len(expected)
        assert (view.stale, view.evaluated_at) == (False, at)
        before = after
