"""The filter language: what it lets through in SQL is what it says in words and keeps in JSON."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kit import db, filters
from core.kit.db import Database
from core.kit.errors import InvalidInput, LimitExceeded
from core.kit.filters import And, Compare, FieldType, Filter, FilterField, FilterSchema, Not, Op, Or, to_json
from core.kit.ids import encode, new_id
from core.kit.pages import Args
from core.kit.scope import Actor, agency_scope

SCHEMA = FilterSchema(
    (
        FilterField("stage", "t.stage", FieldType.ENUM, choices=("EARLY", "PRE_LEGAL")),
        FilterField("balance", "t.balance", FieldType.MONEY),
        FilterField("name", "t.name", FieldType.TEXT),
        FilterField("due_on", "t.due_on", FieldType.DATE, words="due date"),
        FilterField("owner", "t.owner", FieldType.UUID),
        FilterField("disputed", "t.disputed", FieldType.BOOL),
        FilterField("product", "t.product", FieldType.TEXT, frozenset({Op.EQ})),
    )
)


def test_it_says_itself_in_words() -> None:
    tree = And(
        (
            Compare("stage", Op.IN, ("EARLY", "PRE_LEGAL")),
            Or((Compare("balance", Op.GTE, 1000), Not(Compare("disputed", Op.EQ, True)))),
            Compare("due_on", Op.BETWEEN, (date(2026, 1, 1), date(2026, 1, 31))),
        )
    )
    assert SCHEMA.describe(tree) == (
        "stage is EARLY or PRE_LEGAL, and (balance is at least 1000, or not (disputed is yes)), "
        "and due date is from 2026-01-01 to 2026-01-31"
    )
    assert SCHEMA.describe(filters.EVERYTHING) == "everything"
    assert SCHEMA.describe(Or(())) == "nothing"


def test_a_row_may_be_in_one_or_in_any_of_several() -> None:
    group = FilterField("group", "EXISTS (SELECT FROM m WHERE m.id = t.id AND m.group_id = {})", FieldType.MEMBERSHIP)
    schema, one, two, args = FilterSchema((group,)), new_id(), new_id(), Args()
    either = Or((Compare("group", Op.EQ, encode("segment", one)), Compare("group", Op.IN, (one, two))))
    assert schema.compile(either, args) == (
        "(EXISTS (SELECT FROM m WHERE m.id = t.id AND m.group_id = $1::uuid)) OR "
        "(EXISTS (SELECT FROM m WHERE m.id = t.id AND m.group_id = ANY ($2::uuid[])))"
    )
    assert args.values == [one, [one, two]]
    assert schema.describe(either) == f"group is {one}, or group is {one} or {two}"
    for op in set(Op) - {Op.EQ, Op.IN}:
        with pytest.raises(InvalidInput) as refused:
            schema.check(Compare("group", op, one))
        assert refused.value.code == "FILTER_OPERATOR"


def test_it_is_stored_and_read_again() -> None:
    owner = new_id()
    tree = And((Compare("owner", Op.EQ, owner), Not(Or((Compare("due_on", Op.LT, date(2026, 1, 1)),)))))
    stored = orjson.loads(orjson.dumps(to_json(tree)))
    assert SCHEMA.from_json(stored) == tree
    assert SCHEMA.from_json({"field": "owner", "op": "eq", "value": encode("user", owner)}) == Compare(
        "owner", Op.EQ, owner
    )


def test_the_statement_holds_nothing_of_the_caller() -> None:
    args = Args("first")
    sql = SCHEMA.compile(Compare("name", Op.CONTAINS, "50%_\\'; DROP TABLE debt --"), args)
    assert sql == "t.name ILIKE $2::text"
    assert args.values == ["first", "%50\\%\\_\\\\'; DROP TABLE debt --%"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"field": "nothing", "op": "eq", "value": 1}, "FILTER_FIELD"),
        ({"field": "stage; DROP TABLE debt", "op": "eq", "value": 1}, "FILTER_FIELD"),
        ({"field": "product", "op": "contains", "value": "x"}, "FILTER_OPERATOR"),
        ({"field": "stage", "op": "lt", "value": "EARLY"}, "FILTER_OPERATOR"),
        ({"field": "stage", "op": "eq", "value": "NEVER"}, "FILTER_VALUE"),
        ({"field": "stage", "op": "in", "value": "EARLY"}, "FILTER_VALUE"),
        ({"field": "balance", "op": "eq", "value": "1"}, "FILTER_VALUE"),
        ({"field": "balance", "op": "eq", "value": True}, "FILTER_VALUE"),
        ({"field": "balance", "op": "eq", "value": 2**63}, "FILTER_VALUE"),
        ({"field": "balance", "op": "between", "value": [1]}, "FILTER_VALUE"),
        ({"field": "due_on", "op": "eq", "value": "2026-02-30"}, "FILTER_VALUE"),
        ({"field": "due_on", "op": "eq", "value": None}, "FILTER_VALUE"),
        ({"field": "owner", "op": "eq", "value": "1 OR 1=1"}, "INVALID_ID"),
        ({"field": "name", "op": "eq", "value": "a\0b"}, "FILTER_VALUE"),
        ({"field": "name", "op": "eq", "value": "x" * 201}, "FILTER_VALUE"),
        ({"field": "disputed", "op": "is_null", "value": 1}, "FILTER_VALUE"),
        ({"and": []} | {"or": []}, "FILTER_SHAPE"),
        ({"and": {"field": "stage"}}, "FILTER_SHAPE"),
        ({"field": "stage", "op": "EQ", "value": "EARLY"}, "FILTER_SHAPE"),
        ({"field": ["stage"], "op": {}, "value": "EARLY"}, "FILTER_SHAPE"),
        ([], "FILTER_SHAPE"),
        ("stage", "FILTER_SHAPE"),
        (None, "FILTER_SHAPE"),
    ],
)
def test_what_is_no_filter(data: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SCHEMA.from_json(data)
    assert refused.value.code == code


def test_it_is_bounded() -> None:
    deep: Any = {"field": "balance", "op": "eq", "value": 1}
    for _ in range(5000):
        deep = {"not": deep}
    wide = {"and": [{"field": "balance", "op": "eq", "value": 1}] * 100}
    many = {"field": "balance", "op": "in", "value": list(range(201))}
    for data in (deep, wide, many):
        with pytest.raises(LimitExceeded):
            SCHEMA.from_json(data)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "stage": st.sampled_from(["EARLY", "PRE_LEGAL"]),
    "balance": st.integers(-3, 3),
    "name": st.sampled_from(["a", "A%", "b_", "\\"]),
    "due_on": st.dates(date(2026, 1, 1), date(2026, 1, 4)),
    "owner": st.sampled_from([UUID(int=1), UUID(int=2)]),
    "disputed": st.booleans(),
    "product": st.just("p"),
}


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    known = draw(st.sampled_from(SCHEMA.fields))
    op, value = draw(st.sampled_from(sorted(known.allowed))), VALUES[known.name]
    if op is Op.IS_NULL:
        return Compare(known.name, op, draw(st.booleans()))
    if op is Op.BETWEEN:
        return Compare(known.name, op, (draw(value), draw(value)))
    if op in (Op.IN, Op.NOT_IN):
        return Compare(known.name, op, tuple(draw(st.lists(value, max_size=2))))
    return Compare(known.name, op, draw(value))


trees = st.recursive(
    compares(),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, max_size=3).map(lambda items: And(tuple(items)))
        | st.lists(inner, max_size=3).map(lambda items: Or(tuple(items)))
    ),
    max_leaves=6,
)
rows = st.fixed_dictionaries({name: st.none() | value for name, value in VALUES.items()})


def holds(tree: Filter, row: dict[str, Any]) -> bool:
    """What a filter means, in Python."""
    if isinstance(tree, Not):
        return not holds(tree.item, row)
    if isinstance(tree, And):
        return all(holds(item, row) for item in tree.items)
    if isinstance(tree, Or):
        return any(holds(item, row) for item in tree.items)
    have, want = row[tree.field], tree.value
    if tree.op is Op.IS_NULL:
        return (have is None) == want
    if have is None:
        return tree.op in (Op.NE, Op.NOT_IN)
    return {
        Op.EQ: lambda: have == want,
        Op.NE: lambda: have != want,
        Op.LT: lambda: have < want,
        Op.LTE: lambda: have <= want,
        Op.GT: lambda: have > want,
        Op.GTE: lambda: have >= want,
        Op.BETWEEN: lambda: want[0] <= have <= want[1],
        Op.IN: lambda: have in want,
        Op.NOT_IN: lambda: have not in want,
        Op.CONTAINS: lambda: want.lower() in have.lower(),
        Op.STARTS_WITH: lambda: have.lower().startswith(want.lower()),
    }[tree.op]()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees, row=rows)
async def test_sql_means_the_same_as_python(database: Database, tree: Filter, row: dict[str, Any]) -> None:
    args = Args(*(row[name] for name in VALUES))
    columns = "$1::text AS stage, $2::bigint AS balance, $3::text AS name, $4::date AS due_on, $5::uuid AS owner, "
    columns += "$6::boolean AS disputed, $7::text AS product"
    try:
        condition = SCHEMA.compile(tree, args)
    except LimitExceeded:  # nested too deeply, which has a test of its own
        return
    async with db.transaction(agency_scope(new_id(), Actor("user", "x"))) as tx:
        found = await tx.fetch(f"SELECT 1 FROM (SELECT {columns}) AS t WHERE {condition}", *args.values)
    assert bool(found) == holds(tree, row)
    assert SCHEMA.from_json(orjson.loads(orjson.dumps(to_json(SCHEMA.check(tree))))) == SCHEMA.check(tree)
    assert SCHEMA.describe(tree)
