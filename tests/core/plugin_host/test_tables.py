"""A plugin's own tables: what it may do with them, what it may not, and that a test's fake is as strict."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from core.kit import db
from core.kit.db import Database
from core.plugin_host import tables as host_tables
from core.plugin_host.table_shapes import read_shapes
from core.plugin_host.tables import Tables, asked_of
from recobro_sdk import InRange, Money, OneOf, PluginTables, ProviderTimeout, ProviderUnavailable
from recobro_sdk.table_rules import MAX_BYTES, MAX_CHANGED, MAX_ROWS
from recobro_sdk.testing import FakeTables
from tests.core.house import make_agency
from tests.core.tables_house import LINE, VISIT, tables_of, with_tables

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ODD = 'Odd "name"; --'


@pytest.fixture
async def opened(own_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    async with with_tables(own_url, tmp_path) as found:
        yield found


async def refused(asking: Awaitable[object]) -> str:
    try:
        answer = await asking
    except ValueError as problem:
        return str(problem)
    raise AssertionError(f"not refused: {answer!r}")


class Kind(StrEnum):
    FIRST = "first"


FULL: dict[str, Any] = {
    "id": UUID(int=7), "code": "a", "note": "ñ 💶 'quoted' \"--;", "amount_minor": -(2**63), "currency": "COP",
    "tries": 2**31 - 1, "rank": 1, "due_on": date(1, 1, 1), "seen_at": datetime(2026, 1, 1, 5, 30, 15, 999999, UTC),
    "done": True, "route": UUID(int=2**128 - 1), "doc": {"deep": [None, True, 2**53 + 1, 0.1, {"a": "ñ"}], "": []},
    ODD: "kept",
}  # fmt: skip


async def test_what_was_written_comes_back_as_it_was(opened: Database) -> None:
    tables = tables_of(await make_agency("north"))
    assert await tables.insert("keeper__visit", [FULL]) == 1
    (found,) = await tables.select("keeper__visit", {})
    assert found == FULL and [type(one) for one in found.values()] == [type(one) for one in FULL.values()]
    bogota = timezone(timedelta(hours=-5))
    given = {"code": Kind.FIRST, "seen_at": datetime(2026, 1, 1, 0, 30, tzinfo=bogota), "due_on": date(9999, 12, 31),
             "doc": [], "amount_minor": 2**63 - 1}  # fmt: skip
    await tables.insert("keeper__visit", [given])
    (found,) = await tables.select("keeper__visit", {"code": "first"})
    assert found["seen_at"] == datetime(2026, 1, 1, 5, 30, tzinfo=UTC) and found["seen_at"].tzinfo is UTC
    assert (found["due_on"], found["doc"], found["amount_minor"]) == (date(9999, 12, 31), [], 2**63 - 1)
    assert (found["tries"], found["done"], found["note"]) == (0, False, None), "what the database fills"
    assert isinstance(found["id"], UUID) and "agency_id" not in found and "weight" not in found
    assert await tables.update("keeper__visit", {"code": "first"}, {"doc": {"a": 1}, "note": None, ODD: "x"}) == 1
    assert (await tables.select("keeper__visit", {ODD: "x"}))[0]["doc"] == {"a": 1}


async def test_another_agencys_rows_are_out_of_reach(opened: Database) -> None:
    north, south = await make_agency("north"), await make_agency("south")
    ours, theirs = tables_of(north), tables_of(south)
    mine, yours = UUID(int=1), UUID(int=2)
    await ours.insert("keeper__visit", [{"id": mine, "code": "same", "note": "of the north"}])
    await theirs.insert("keeper__visit", [{"id": yours, "code": "same", "note": "of the south"}])
    assert [row["note"] for row in await ours.select("keeper__visit", {})] == ["of the north"]
    assert await ours.select("keeper__visit", {"id": yours}) == []
    assert await ours.update("keeper__visit", {"id": yours}, {"note": "changed"}) == 0
    assert await ours.delete("keeper__visit", {"id": yours}) == 0
    # A key of theirs is no key of ours, and says nothing of theirs.
    assert await ours.insert("keeper__visit", [{"id": yours, "code": "other"}]) == 1
    assert await ours.insert("keeper__visit", [{"code": "same", "note": "again"}], key=["code"]) == 1
    assert await ours.delete("keeper__visit", {}) == 2
    assert [row["note"] for row in await theirs.select("keeper__visit", {})] == ["of the south"]
    for name in ("agency_id", '"agency_id"', "AGENCY_ID", "agency_id ", "tableoid", "ctid"):
        other = {name: south.agency}
        for asking in (
            ours.insert("keeper__visit", [{"code": "x", **other}]),
            ours.select("keeper__visit", other),
            ours.select("keeper__visit", {}, order=[name]),
            ours.update("keeper__visit", {}, other),
            ours.update("keeper__visit", other, {"note": "x"}),
            ours.delete("keeper__visit", {name: OneOf([south.agency])}),
            ours.insert("keeper__visit", [{"code": "x"}], key=[name, "code"]),
        ):
            assert "keeper__visit" in await refused(asking)


async def test_the_policies_hold_where_the_statement_would_not(opened: Database) -> None:
    north, south = await make_agency("north"), await make_agency("south")
    await tables_of(south).insert("keeper__visit", [{"code": "theirs"}])
    async with db.transaction(north) as tx:
        assert await tx.fetchval("SELECT count(*) FROM keeper__visit") == 0
        with pytest.raises(Exception, match="row-level security"):
            await tx.execute("INSERT INTO keeper__visit (agency_id, code) VALUES ($1, 'x')", south.agency)


async def test_no_other_table_is_a_table_of_the_plugin(opened: Database) -> None:
    north = await make_agency("north")
    ours = tables_of(north)
    for name in (
        "acme__note", "debt", "agency", "plugin_setting", "public.debt", "pg_catalog.pg_class", "pg_class",
        'keeper__visit"; DROP TABLE debt; --', '"keeper__visit"', "KEEPER__VISIT", "Keeper__visit", "keeper__visit ",
        "public.keeper__visit", "keeper__visit_code", "keeper__nothing", "keeper__", "", "alembic_version_keeper",
        "keeper__visit\0", "information_schema.tables", "x" * 70_000,
    ):  # fmt: skip
        for asking in (
            ours.select(name, {}), ours.delete(name, {}), ours.insert(name, [{"code": "x"}]),
            ours.update(name, {}, {"note": "x"}),
        ):  # fmt: skip
            told = await refused(asking)
            assert "no table" in told and "keeper__line, keeper__visit" in told and len(told) < 300
    assert "of the type int" in await refused(ours.select(7, {}))  # type: ignore[arg-type]
    assert "it has: acme__note" in await refused(tables_of(north, "acme").select("keeper__visit", {}))
    assert "it has: none" in await refused(tables_of(north, "keep").select("keeper__visit", {}))
    assert "it has: none" in await refused(tables_of(north, "keeper__visit").select("keeper__visit", {}))
    assert "scope 'table:own:write'" in await refused(tables_of(north, asked_for=False).select("keeper__visit", {}))


async def test_the_database_is_read_as_a_test_declares_it(opened: Database) -> None:
    async with db.transaction(await make_agency("north"), read_only=True) as tx:
        found = await read_shapes(tx, "keeper")
    assert {name: (shape.columns, set(shape.keys)) for name, shape in found.items()} == {
        shape.name: (shape.columns, set(shape.keys)) for shape in (VISIT, LINE)
    }


Call = Callable[[PluginTables], Awaitable[object]]


def _row(**values: Any) -> dict[str, Any]:
    return {"code": "new", **values}


V = "keeper__visit"
CALLS: dict[str, Call] = {
    "insert": lambda t: t.insert(V, [_row(note="n"), _row(code="new2", note=None)]),
    "nothing": lambda t: t.insert(V, []),
    "taken": lambda t: t.insert(V, [_row(code="b")]),
    "replace": lambda t: t.insert(V, [_row(code="b", note="x"), _row(code="n", note="y")], key=["code"]),
    "generator": lambda t: t.insert(V, ({"code": c, "note": "k"} for c in "b"), key=["code"], existing="keep"),  # type: ignore[arg-type]
    "keep_list": lambda t: t.insert(V, [_row(code="b", note="x"), _row(note="y")], key=("code",), existing="keep"),
    "only_key": lambda t: t.insert(V, [_row(code="b"), _row()], key=["code"]),
    "key_twice": lambda t: t.insert(V, [_row(), _row()], key=["code"]),
    "same_twice": lambda t: t.insert(V, [_row(), _row()]),
    "no_key": lambda t: t.insert(V, [_row(route=UUID(int=1))], key=["route"]),
    "key_of_two": lambda t: t.insert(V, [_row(id=UUID(int=3))], key=["code", "id"]),
    "key_empty": lambda t: t.insert(V, [_row()], key=[]),
    "key_text": lambda t: t.insert(V, [_row()], key="code"),
    "key_missing": lambda t: t.insert(V, [_row()], key=["id"]),
    "existing": lambda t: t.insert(V, [_row()], key=["code"], existing="drop"),  # type: ignore[arg-type]
    "missing": lambda t: t.insert(V, [{"note": "x"}]),
    "null": lambda t: t.insert(V, [_row(tries=None)]),
    "unlike": lambda t: t.insert(V, [_row(), {"code": "y", "note": "x"}]),
    "no_row": lambda t: t.insert(V, ["x"]),  # type: ignore[list-item]
    "text_rows": lambda t: t.insert(V, "code"),  # type: ignore[arg-type]
    "unknown": lambda t: t.insert(V, [_row(nothing=1)]),
    "unreached": lambda t: t.insert(V, [_row(weight=1)]),
    "too_many": lambda t: t.insert(V, [_row()] * (MAX_ROWS + 1)),
    "too_large": lambda t: t.insert(V, [_row(note="x" * (MAX_BYTES + 1))]),
    "too_long": lambda t: t.insert(V, [_row(currency="EURO")]),
    "int_large": lambda t: t.insert(V, [_row(amount_minor=2**63)]),
    "int_4": lambda t: t.insert(V, [_row(tries=2**31)]),
    "int_2": lambda t: t.insert(V, [_row(rank=-(2**15) - 1)]),
    "bool_int": lambda t: t.insert(V, [_row(amount_minor=True)]),
    "int_bool": lambda t: t.insert(V, [_row(done=1)]),
    "float": lambda t: t.insert(V, [_row(amount_minor=1.5)]),  # type: ignore[dict-item]
    "nul": lambda t: t.insert(V, [_row(note="a\0")]),
    "half": lambda t: t.insert(V, [_row(note="\ud800")]),
    "date_text": lambda t: t.insert(V, [_row(due_on="2026-01-01")]),
    "date_moment": lambda t: t.insert(V, [_row(due_on=NOW)]),
    "text_date": lambda t: t.insert(V, [_row(note=date(2026, 1, 1))]),
    "naive": lambda t: t.insert(V, [_row(seen_at=NOW.replace(tzinfo=None))]),
    "no_moment": lambda t: t.insert(V, [_row(seen_at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))))]),
    "uuid_text": lambda t: t.insert(V, [_row(route=str(uuid4()))]),
    "json_text": lambda t: t.insert(V, [_row(doc="x")]),
    "json_nul": lambda t: t.insert(V, [_row(doc={"a": "\0"})]),
    "json_nan": lambda t: t.insert(V, [_row(doc={"a": float("nan")})]),
    "json_large": lambda t: t.insert(V, [_row(doc=[2**64])]),
    "json_key": lambda t: t.insert(V, [_row(doc={1: 2})]),  # type: ignore[dict-item]
    "json_date": lambda t: t.insert(V, [_row(doc=[NOW])]),  # type: ignore[list-item]
    "json_uuid": lambda t: t.insert(V, [_row(doc=[UUID(int=1)])]),  # type: ignore[list-item]
    "json_deep": lambda t: t.insert(V, [_row(doc=_deep(65))]),
    "json_deepest": lambda t: t.insert(V, [_row(doc=_deep(64))]),
    "all": lambda t: t.select(V, {}, order=["code"]),
    "equal": lambda t: t.select(V, {"note": "b"}),
    "null_is": lambda t: t.select(V, {"note": None}, order=["code"]),
    "two": lambda t: t.select(V, {"tries": 2, "done": False}, order=["code"]),
    "one_of": lambda t: t.select(V, {"code": OneOf(["a", "c", "zz"])}, order=["-code"]),
    "one_of_none": lambda t: t.select(V, {"code": OneOf([])}),
    "one_of_null": lambda t: t.select(V, {"note": OneOf(["a", None])}),
    "one_of_text": lambda t: t.select(V, {"code": OneOf("abc")}),
    "one_of_many": lambda t: t.select(V, {"code": OneOf(["a"] * 1001)}),
    "range": lambda t: t.select(V, {"tries": InRange(at_least=1, less_than=3)}, order=["code"]),
    "range_open": lambda t: t.select(V, {"tries": InRange(more_than=1)}, order=["code"]),
    "range_date": lambda t: t.select(V, {"due_on": InRange(at_most=date(2026, 1, 2))}, order=["code"]),
    "range_moment": lambda t: t.select(V, {"seen_at": InRange(more_than=NOW)}, order=["code"]),
    "range_uuid": lambda t: t.select(V, {"id": InRange(more_than=UUID(int=1), at_most=UUID(int=3))}, order=["id"]),
    "range_text": lambda t: t.select(V, {"note": InRange(at_least="Z", less_than="é")}, order=["note"]),
    "range_none": lambda t: t.select(V, {"tries": InRange()}),
    "range_both": lambda t: t.select(V, {"tries": InRange(at_least=1, more_than=1)}),
    "range_bool": lambda t: t.select(V, {"done": InRange(at_least=False)}),
    "range_type": lambda t: t.select(V, {"tries": InRange(at_least="1")}),
    "json_where": lambda t: t.select(V, {"doc": {"a": 1}}),
    "json_null": lambda t: t.select(V, {"doc": None}, order=["code"]),
    "json_order": lambda t: t.select(V, {}, order=["doc"]),
    "order_two": lambda t: t.select(V, {}, order=["tries", "-code"]),
    "order_null": lambda t: t.select(V, {}, order=["note", "code"]),
    "order_null_back": lambda t: t.select(V, {}, order=["-note", "code"]),
    "order_twice": lambda t: t.select(V, {}, order=["code", "-code"]),
    "order_text": lambda t: t.select(V, {}, order="code"),
    "order_sql": lambda t: t.select(V, {}, order=["code; DROP TABLE debt"]),
    "order_number": lambda t: t.select(V, {}, order=[1]),  # type: ignore[list-item]
    "page": lambda t: t.select(V, {"code": InRange(more_than="a")}, order=["code"], limit=2),
    "limit_0": lambda t: t.select(V, {}, limit=0),
    "limit_many": lambda t: t.select(V, {}, limit=MAX_ROWS + 1),
    "limit_bool": lambda t: t.select(V, {}, limit=True),
    "where_none": lambda t: t.select(V, None),  # type: ignore[arg-type]
    "where_type": lambda t: t.select(V, {"code": 7}),
    "where_column": lambda t: t.select(V, {"code = code OR 1": 1}),
    "update": lambda t: t.update(V, {"tries": 2}, {"note": "u", "done": True}),
    "update_null": lambda t: t.update(V, {"code": "a"}, {"note": None, "doc": None}),
    "update_never_null": lambda t: t.update(V, {}, {"code": None}),
    "update_nothing": lambda t: t.update(V, {}, {}),
    "update_taken": lambda t: t.update(V, {"code": "a"}, {"code": "b"}),
    "update_none": lambda t: t.update(V, {"code": "zz"}, {"note": "x"}),
    "update_row": lambda t: t.update(V, {}, ["note"]),  # type: ignore[arg-type]
    "delete": lambda t: t.delete(V, {"tries": OneOf([1, 2])}),
    "delete_all": lambda t: t.delete(V, {}),
    "no_table": lambda t: t.select("debt", {}),
}  # fmt: skip
SOME: list[dict[str, Any]] = [
    {"id": UUID(int=1), "code": "a", "note": "a", "tries": 1, "due_on": date(2026, 1, 1), "seen_at": NOW, "doc": {}},
    {"id": UUID(int=2), "code": "b", "note": "B", "tries": 2, "due_on": None, "seen_at": None, "doc": None},
    {"id": UUID(int=3), "code": "c", "note": "é", "tries": 2, "due_on": date(2026, 1, 2), "seen_at": None, "doc": [1]},
    {"id": UUID(int=4), "code": "d", "note": None, "tries": 3, "due_on": date(2026, 1, 3), "seen_at": NOW.replace(year=2027), "doc": None},
    {"id": UUID(int=5), "code": "e", "note": "😀", "tries": 4, "due_on": None, "seen_at": None, "doc": {"a": None}},
]  # fmt: skip


def _deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels - 1):
        found = [found]
    return found


async def _outcome(tables: PluginTables, call: Call) -> tuple[str, object]:
    await tables.delete(V, {})
    await tables.insert(V, SOME)
    try:
        answer: object = await call(tables)
    except ValueError as problem:
        return "refused", str(problem)
    left = await tables.select(V, {}, order=["code"])
    if not isinstance(answer, list):
        left = [{name: value for name, value in row.items() if name != "id"} for row in left]
    return "done", (answer, left)


async def test_the_fake_of_a_test_answers_and_refuses_as_the_database(opened: Database) -> None:
    real = tables_of(await make_agency("north"))
    fake = FakeTables((VISIT, LINE), lambda: NOW)
    outcomes: dict[str, str] = {}
    for name, call in CALLS.items():
        theirs, ours = await _outcome(fake, call), await _outcome(real, call)
        assert ours[0] == theirs[0], (name, ours, theirs)
        # Of a row that is there already, the database names the key by its name.
        named = name in ("taken", "same_twice", "update_taken")
        assert named or ours[1] == theirs[1], name
        outcomes[name] = ours[0]
    done = {name for name, outcome in outcomes.items() if outcome == "done"}
    assert len(done) > 25 and len(outcomes) - len(done) > 50
    fake.granted = False
    assert await refused(fake.select(V, {})) == await refused(
        tables_of(await make_agency("south"), asked_for=False).select(V, {})
    )


def _drawn(dice: random.Random) -> Call:
    """A call of few values, so that it often meets what is there."""
    texts = ("a", "A", "é", "zz", "", None)
    wanted: dict[str, Any] = dice.choice((
        {}, {"code": dice.choice("abcdef")}, {"note": dice.choice(texts)}, {"tries": dice.randrange(4), "done": False},
        {"tries": InRange(at_least=dice.randrange(3), less_than=dice.randrange(4))},
        {"note": InRange(more_than=dice.choice(texts[:-1]))}, {"note": OneOf(dice.sample(texts[:-1], 2)), "rank": None},
    ))  # fmt: skip
    every = {
        "note": dice.choice(texts), "tries": dice.randrange(4), "done": dice.random() < 0.2,
        "code": dice.choice("abcdef"), "doc": dice.choice(({"a": [1]}, [], None)),
    }  # fmt: skip
    given = {name: value for name, value in every.items() if dice.random() < 0.5}
    kind = dice.randrange(6)
    rows = [{**given, "code": code} for code in dice.sample("abcdef", dice.randrange(4))]
    existing: Any = dice.choice(("replace", "keep"))
    order = (*dice.sample(("note", "-tries", "-note", "done"), 2), "code")
    if kind < 2:
        return lambda t: t.insert(V, rows, key=dice.choice((["code"], ["code"], None)), existing=existing)
    if kind == 2:
        return lambda t: t.update(V, wanted, given)
    if kind == 3:
        return lambda t: t.delete(V, {**wanted, "code": OneOf(["a", "f"])})
    return lambda t: t.select(V, wanted, order=order, limit=3)


async def test_the_fake_goes_the_same_way_through_calls_as_they_come(opened: Database) -> None:
    real, fake = tables_of(await make_agency("north")), FakeTables((VISIT, LINE), lambda: NOW)
    seen: set[str] = set()
    for number in range(400):
        told: list[object] = []
        for tables in (real, fake):
            try:
                found = await _drawn(random.Random(number))(tables)
                seen.add(f"{type(found).__name__} {found and True}")
            except ValueError as problem:
                found = str(problem).replace("key (keeper__visit_code)", "code")
                seen.add(found)
            left = await tables.select(V, {}, order=["code"])
            for row in (*left, *(found if isinstance(found, list) else ())):
                row.pop("id", None)
            told.append((found, left))
        assert told[0] == told[1], number
    assert {"int 0", "int True", "list []", "list True"} <= seen and any("is there already" in one for one in seen)


async def test_limits_hold(opened: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = tables_of(await make_agency("north"))
    for start in range(0, MAX_CHANGED + 1, MAX_ROWS):
        rows = [{"code": f"{n:05}"} for n in range(start, min(start + MAX_ROWS, MAX_CHANGED + 1))]
        assert await tables.insert(V, rows) == len(rows)
    assert len(await tables.select(V, {}, order=["code"], limit=MAX_ROWS)) == MAX_ROWS
    assert len(await tables.select(V, {})) == 100
    for asking in (tables.update(V, {}, {"note": "x"}), tables.delete(V, {})):
        assert "none is changed" in await refused(asking)
    assert await tables.select(V, {"note": "x"}) == [] and len(await tables.select(V, {})) == 100
    assert await tables.delete(V, {"code": InRange(less_than="10000")}) == MAX_CHANGED
    half = "x" * (MAX_BYTES // 2)
    for code in ("h1", "h2", "h3"):
        await tables.insert(V, [{"code": code, "note": half}])
    assert len(await tables.select(V, {"code": "h1"})) == 1
    assert "lower the limit" in await refused(tables.select(V, {"code": OneOf(["h1", "h2", "h3"])}))


async def test_what_the_database_refuses_is_told_without_a_value(opened: Database) -> None:
    tables = tables_of(await make_agency("north"))
    await tables.insert(V, [{"code": "secret-1"}])
    taken = await refused(tables.insert(V, [{"code": "free"}, {"code": "secret-1"}]))
    assert taken == f"{V}: a row with this key (keeper__visit_code) is there already; give key= to replace or keep it"
    assert [row["code"] for row in await tables.select(V, {})] == ["secret-1"], "all of it, or nothing"
    assert await refused(tables.insert(V, [{"code": "x", "rank": 0}])) == (
        f"{V} refuses this (keeper__visit_rank): CheckViolation"
    )
    line = {"visit_code": "secret-2", "number": 1, "kind": "k"}
    told = await refused(tables.insert("keeper__line", [line]))
    assert "ForeignKeyViolation" in told and "secret" not in told
    await tables.insert("keeper__line", [{**line, "visit_code": "secret-1"}])
    assert "ForeignKeyViolation" in await refused(tables.delete(V, {"code": "secret-1"}))
    async with db.transaction(await make_agency("west")) as tx:
        assert await tx.fetchval("SELECT count(*) FROM plugin_call") == 0


async def test_of_many_who_race_one_writes_and_no_change_is_lost(opened: Database) -> None:
    tables = tables_of(await make_agency("north"))
    kept = [tables.insert(V, [{"code": "one", "note": str(n)}], key=["code"], existing="keep") for n in range(8)]
    assert sum(await asyncio.gather(*kept)) == 1

    async def add_one() -> None:
        while True:
            (row,) = await tables.select(V, {"code": "one"})
            tries = row["tries"]
            assert isinstance(tries, int)
            if await tables.update(V, {"code": "one", "tries": tries}, {"tries": tries + 1}):
                return

    await asyncio.gather(*(add_one() for _ in range(8)))
    assert (await tables.select(V, {"code": "one"}))[0]["tries"] == 8


async def test_a_call_that_waits_for_rows_ends_in_time_and_leaves_nothing(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_tables, "TABLE_S", 0.3)
    north = await make_agency("north")
    tables = tables_of(north)
    await tables.insert(V, [{"code": "held"}, {"code": "free"}])
    async with db.transaction(north) as tx:
        await tx.execute("UPDATE keeper__visit SET note = 'held' WHERE agency_id = $1 AND code = 'held'", north.agency)
        with pytest.raises(ProviderTimeout) as caught:
            await tables.update(V, {}, {"note": "x"})
        assert caught.value.code == "tables_timeout" and caught.value.retryable
        cut = asyncio.ensure_future(tables.update(V, {}, {"note": "cut"}))
        await asyncio.sleep(0.1)
        cut.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cut
    assert {row["code"]: row["note"] for row in await tables.select(V, {})} == {"held": "held", "free": None}


async def test_two_that_wait_for_each_other_are_told_to_try_again(opened: Database) -> None:
    north = await make_agency("north")
    tables = tables_of(north)
    await tables.insert(V, [{"code": "a"}, {"code": "b"}])
    change = "UPDATE keeper__visit SET note = 'x' WHERE agency_id = $1 AND code = $2"
    # The call waits longer, and so it is the one that finds out.
    async with db.transaction(north) as tx:
        await tx.execute(change, north.agency, "b")
        other = asyncio.ensure_future(
            tables.insert(V, [{"code": "a", "note": "y"}, {"code": "b", "note": "y"}], key=["code"])
        )
        await asyncio.sleep(0.2)
        waiting = asyncio.ensure_future(tx.execute(change, north.agency, "a"))
        found, _ = await asyncio.gather(other, waiting, return_exceptions=True)
    assert isinstance(found, ProviderUnavailable) and found.code == "tables_busy" and found.retryable


async def test_what_no_plugin_of_ours_would_send_is_refused(opened: Database) -> None:
    north = await make_agency("north")
    ours = Tables.of("keeper", north.agency, asked_for=True)
    await tables_of(north).insert(V, [{"code": "there"}])
    for what, told in (
        ("tables.drop", {"table": V}), ("tables.select", []), ("tables.select", {"table": V}),
        ("tables.select", {"table": [V], "where": {}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"code": {"sql": "1=1"}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"code": {"in": 7}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"code": {"range": {}}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"code": {"range": 1}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"id": {"uuid": 7}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"id": {"uuid": "7"}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {"id": {}}, "order": [], "limit": 1}),
        ("tables.select", {"table": V, "where": {}, "order": [["code"]], "limit": 1}),
        ("tables.select", {"table": V, "where": {}, "order": [], "limit": "1; DROP TABLE debt"}),
        ("tables.insert", {"table": V, "rows": 7, "key": None, "existing": "replace"}),
        ("tables.insert", {"table": V, "rows": [[]], "key": None, "existing": "replace"}),
        ("tables.insert", {"table": V, "rows": [{"code": "x"}], "key": [["code"]], "existing": "keep"}),
        ("tables.insert", {"table": V, "rows": [{"agency_id": str(north.agency)}], "key": None, "existing": "keep"}),
        ("tables.update", {"table": V, "where": {}, "values": 7}),
        ("tables.delete", {"table": V, "where": "code"}),
        ("tables.delete", {"table": V}),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError)):
            await asked_of(ours, what, orjson.dumps(told))
    for body, words in (
        (b"", "empty"),
        (b"{", "unexpected end"),
        (b"7", "an object"),
        (b" " * (9 << 20), "at most 4 MiB"),
    ):
        with pytest.raises(ValueError, match=words):
            await asked_of(ours, "tables.delete", body)
    assert [row["code"] for row in await tables_of(north).select(V, {})] == ["there"]
    for value in (1.5, Decimal(1), Money(1, "COP"), b"x", object(), (1, 2), {1}):
        assert f"{V}.note" in await refused(tables_of(north).update(V, {}, {"note": value}))  # type: ignore[dict-item]
