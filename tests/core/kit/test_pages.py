"""Keyset pages: every row once, in order, forwards and backwards, whatever its keys are."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kit import db
from core.kit.db import Database, Row, Tx
from core.kit.errors import InvalidInput
from core.kit.ids import new_id
from core.kit.pages import (
    Args,
    Key,
    KeyType,
    Order,
    Page,
    PageRequest,
    decode_cursor,
    encode_cursor,
    fetch_page,
)  # fmt: skip
from core.kit.scope import Actor, agency_scope

SCOPE = agency_scope(new_id(), Actor("user", "x"))
ID = Key("t.id", KeyType.INT)
ORDERS = [
    Order("amount", (Key("t.amount", KeyType.INT), ID)),
    Order("amount_down", (Key("t.amount", KeyType.INT, descending=True), Key("t.id", KeyType.INT, descending=True))),
    Order("mixed", (Key("t.amount", KeyType.INT, descending=True), ID)),
    Order("day", (Key("t.day", KeyType.DATE, nullable=True), ID)),
    Order("day_down", (Key("t.day", KeyType.DATE, descending=True, nullable=True), ID)),
    Order("both", (Key("t.day", KeyType.DATE, nullable=True), Key("t.amount", KeyType.INT, descending=True), ID)),
]
Data = list[tuple[int, date | None]]


async def page(tx: Tx, data: Data, order: Order, request: PageRequest, *, with_total: bool = False) -> Page[int]:
    args = Args(list(range(len(data))), [amount for amount, _ in data], [day for _, day in data])

    def make(row: Row) -> int:
        return row["id"]

    source = "unnest($1::bigint[], $2::bigint[], $3::date[]) AS t (id, amount, day)"
    return await fetch_page(
        tx, select="t.id", source=source, where="true", args=args, order=order, request=request, make=make,
        with_total=with_total,
    )  # fmt: skip


def expected(data: Data, order: Order) -> list[int]:
    def place(number: int) -> list[Any]:
        amount, day = data[number]
        values: dict[str, Any] = {"t.amount": amount, "t.id": number, "t.day": day.toordinal() if day else None}
        return [
            (values[key.sql] is None, -(values[key.sql] or 0) if key.descending else values[key.sql] or 0)
            for key in order.keys
        ]

    return sorted(range(len(data)), key=place)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(st.tuples(st.integers(-2, 2), st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3))), max_size=9),
    order=st.sampled_from(ORDERS),
    size=st.integers(1, 4),
)
async def test_all_rows_come_once_in_order_both_ways(database: Database, data: Data, order: Order, size: int) -> None:
    wanted = expected(data, order)
    async with db.transaction(SCOPE) as tx:
        seen: list[int] = []
        request = PageRequest(first=size)
        while True:
            got = await page(tx, data, order, request)
            seen += got.rows
            assert got.has_previous == (request.after is not None)
            assert got.has_next == (len(seen) < len(data))
            if not got.has_next:
                break
            request = PageRequest(first=size, after=got.end_cursor)
        assert seen == wanted
        seen, request = [], PageRequest(last=size)
        while True:
            got = await page(tx, data, order, request, with_total=True)
            seen = [*got.rows, *seen]
            assert got.total == len(data)
            assert got.has_previous == (len(seen) < len(data))
            if not got.has_previous:
                break
            request = PageRequest(last=size, before=got.start_cursor)
        assert seen == wanted


async def test_the_total_is_known_on_an_empty_page(database: Database) -> None:
    async with db.transaction(SCOPE) as tx:
        got = await page(tx, [(1, None)] * 3, ORDERS[0], PageRequest(first=0), with_total=True)
    assert (got.rows, got.total, got.has_next, got.start_cursor) == ((), 3, True, None)


def test_a_cursor_gives_back_its_values() -> None:
    order = Order("all", tuple(Key("x", kind, nullable=True) for kind in KeyType))
    values = [7, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 6, UTC), UUID(int=5), "ñ \" '"]
    assert decode_cursor(order, encode_cursor(order, values)) == values
    assert decode_cursor(order, encode_cursor(order, [None] * 5)) == [None] * 5


GOOD = encode_cursor(ORDERS[0], [5, 1])


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "ñ", "a" * 3000, GOOD[:-1], GOOD[:-4], "A" + GOOD[1:], GOOD + "AAAA",
        encode_cursor(ORDERS[1], [5, 1]), encode_cursor(ORDERS[0], [5]), encode_cursor(ORDERS[0], [None, 1]),
        encode_cursor(ORDERS[0], ["5", 1]), encode_cursor(ORDERS[0], [True, 1]), encode_cursor(ORDERS[0], [2**63, 1]),
        encode_cursor(ORDERS[0], [1.5, 1]),
    ],
)  # fmt: skip
async def test_a_cursor_that_is_none_of_this_list(database: Database, cursor: str) -> None:
    for request in (PageRequest(first=1, after=cursor), PageRequest(last=1, before=cursor)):
        async with db.transaction(SCOPE) as tx:
            with pytest.raises(InvalidInput) as refused:
                await page(tx, [(1, None)], ORDERS[0], request)
        assert (refused.value.code, refused.value.field) == (
            "INVALID_CURSOR",
            "after" if request.forwards else "before",
        )


def test_a_cursor_with_a_nul_in_a_text_does_not_reach_the_database() -> None:
    order = Order("name", (Key("t.name", KeyType.TEXT),))
    with pytest.raises(InvalidInput):
        decode_cursor(order, encode_cursor(order, ["a\0b"]))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (PageRequest(first=101), "PAGE_SIZE"),
        (PageRequest(first=-1), "PAGE_SIZE"),
        (PageRequest(last=101), "PAGE_SIZE"),
        (PageRequest(first=1, last=1), "PAGE_DIRECTION"),
        (PageRequest(after="x", before="y"), "PAGE_DIRECTION"),
    ],
)
def test_a_page_has_a_direction_and_an_end(request_: PageRequest, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_.check()
    assert refused.value.code == code
