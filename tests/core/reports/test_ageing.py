"""Ageing from movements at any day, checked against a plain walk through the same small history."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Forbidden, InvalidInput, LimitExceeded, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.reports.ageing import AgeingQuery, AgeingRow, AgeingSeriesQuery, ageing, ageing_series
from tests.core.house import House, assert_books, house, make_debt, make_mandate, recall

K = ComponentKind
NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)
BOUNDS = (30, 60, 90)
D = date(2026, 6, 30)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def pay(home: House, debt_id: object, minor: int, day: date) -> object:
    command = RecordPayment(
        debt_id=debt_id,  # type: ignore[arg-type]
        amount=Money(minor, "COP"),
        paid_on=day,
        method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.CREDITOR,
        idempotency_key=str(new_id()),
    )
    return (await record_payment(home.north, command)).payment_id


async def at(home: House, day: date, **changes: object) -> AgeingRow:
    query = AgeingQuery(creditor_id=home.bank.creditor_id, as_of=day, bounds=BOUNDS)
    (row,) = await ageing(home.north, replace(query, **changes))
    return row


def cells(row: AgeingRow) -> dict[str, tuple[int, int]]:
    return {bucket.label: (bucket.debts, bucket.balance.minor_units) for bucket in row.buckets if bucket.debts}


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (-5, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
        (90, "61-90"), (91, "90+"),
    ],
)  # fmt: skip
async def test_edges_of_buckets(home: House, days: int, label: str) -> None:
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 7, D - timedelta(days=days))])
    assert cells(await at(home, D)) == {label: (1, 7)}


async def test_no_due_date_is_current(home: House) -> None:
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 7, None)])
    assert cells(await at(home, D)) == {"current": (1, 7)}


async def test_opened_and_paid_on_the_day_itself(home: House) -> None:
    """Opened on D is open at D; paid on D is settled at D, and counts in the month of D."""
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 10, D)], opened_on=date(2026, 6, 1))
    await pay(home, debt.id, 10, D)
    before, on, after = [await at(home, day) for day in (date(2026, 6, 29), D, date(2026, 7, 1))]
    assert (before.open_debts, before.settled_debts) == (1, 0)
    assert (on.open_debts, on.settled_debts, on.settled) == (0, 1, Money(10, "COP"))
    assert (after.open_debts, after.settled_debts) == (0, 0)
    assert (await at(home, date(2026, 6, 1))).open_debts == 1
    assert (await at(home, date(2026, 5, 31))).open_debts == 0


async def test_a_history_placed_later_counts_from_its_opening(home: House) -> None:
    debt = await make_debt(
        home.north,
        home.bank,
        [(K.PRINCIPAL, 10, date(2026, 2, 1))],
        opened_on=date(2026, 1, 1),
        placed_on=date(2026, 12, 1),
    )
    await pay(home, debt.id, 10, date(2026, 3, 15))
    assert cells(await at(home, date(2026, 2, 28))) == {"1-30": (1, 10)}
    march = await at(home, date(2026, 3, 31))
    assert (march.open_debts, march.settled_debts) == (0, 1)


async def test_age_counts_from_the_oldest_part_still_owed(home: House) -> None:
    parts = [(K.PRINCIPAL, 10, D - timedelta(days=70)), (K.PRINCIPAL, 20, D - timedelta(days=10))]
    debt = await make_debt(home.north, home.bank, parts)
    assert cells(await at(home, D)) == {"61-90": (1, 30)}
    await pay(home, debt.id, 12, D)
    assert cells(await at(home, D)) == {"1-30": (1, 18)}
    assert cells(await at(home, D - timedelta(days=1))) == {"61-90": (1, 30)}


async def test_a_reversal_opens_it_again_and_a_recall_settles_nothing(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 10, D)])
    payment = await pay(home, debt.id, 10, date(2026, 6, 10))
    await reverse_payment(
        home.north,
        ReversePayment(payment_id=payment, reason="R01", reversed_on=date(2026, 7, 5)),  # type: ignore[arg-type]
    )
    gone = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 5, D)])
    await recall(home.north, gone, date(2026, 7, 7))
    june, july = await at(home, D), await at(home, date(2026, 7, 31))
    assert (june.open_debts, june.settled_debts) == (1, 1)
    assert (july.open_debts, july.settled_debts, july.open_balance.minor_units) == (1, 0, 10)


async def test_a_year_of_a_hundred_debts_equals_a_plain_walk(home: House) -> None:
    random, start = Random(7), date(2026, 1, 1)
    history: list[tuple[date, date, date | None, int]] = []
    for _ in range(60):
        opened = start + timedelta(days=random.randrange(300))
        due, minor = opened + timedelta(days=30), random.randrange(1, 10_000)
        settled = opened + timedelta(days=random.randrange(1, 120)) if random.random() < 0.8 else None
        settled = settled if settled and settled <= NOW.date() else None
        debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, minor, due)], opened_on=opened)
        if settled:
            await pay(home, debt.id, minor, settled)
            await assert_books(home.north, debt.id)
        history.append((opened, due, settled, minor))
    ends = [clock.month_end(date(2026, month, 1)) for month in range(1, 13)]

    query = AgeingSeriesQuery(creditor_id=home.bank.creditor_id, days=ends, bounds=BOUNDS)
    rows = await ageing_series(home.north, query)
    assert rows == await ageing_series(home.bank_scope, query)

    assert [row.as_of for row in rows] == ends
    for row, end in zip(rows, ends, strict=True):
        still = [
            (due, minor) for opened, due, settled, minor in history if opened <= end and (not settled or settled > end)
        ]
        wanted: dict[str, tuple[int, int]] = {}
        for due, minor in still:
            days = (end - due).days
            label = (
                "current"
                if days <= 0
                else "1-30"
                if days <= 30
                else "31-60"
                if days <= 60
                else "61-90"
                if days <= 90
                else "90+"
            )
            debts, total = wanted.get(label, (0, 0))
            wanted[label] = (debts + 1, total + minor)
        assert cells(row) == wanted
        assert (row.open_debts, row.open_balance.minor_units) == (len(still), sum(minor for _, minor in still))
        done = [
            minor
            for _, _, settled, minor in history
            if settled and (settled.year, settled.month) == (end.year, end.month)
        ]
        assert (row.settled_debts, row.settled.minor_units) == (len(done), sum(done))


async def test_creditors_agencies_mandates_and_currencies_stay_apart(home: House) -> None:
    dollars = await make_mandate(home.north, home.bank.creditor_id, name="usd", currency="USD")
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 1, D)])
    await make_debt(home.north, replace(home.bank, mandate_id=dollars), [(K.PRINCIPAL, 2, D)], currency="USD")
    await make_debt(home.north, home.shop, [(K.PRINCIPAL, 4, D)])
    await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 8, D)])
    bank = AgeingQuery(creditor_id=home.bank.creditor_id, as_of=D, bounds=BOUNDS)

    def totals(rows: tuple[AgeingRow, ...]) -> dict[str, int]:
        return {row.currency: row.open_balance.minor_units for row in rows}

    assert totals(await ageing(home.north, bank)) == {"COP": 1, "USD": 2}
    assert totals(await ageing(home.south, bank)) == {"COP": 8}
    assert totals(await ageing(home.bank_scope, bank)) == {"COP": 9, "USD": 2}
    assert totals(await ageing(home.north, replace(bank, mandate_id=dollars))) == {"USD": 2}
    assert totals(await ageing(home.north, replace(bank, creditor_id=home.shop.creditor_id))) == {"COP": 4}


async def test_nobody_asks_about_somebody_else(home: House) -> None:
    shop = AgeingQuery(creditor_id=home.shop.creditor_id, as_of=D)
    bank = AgeingQuery(creditor_id=home.bank.creditor_id, as_of=D, mandate_id=home.bank_south.mandate_id)
    nobody = AgeingQuery(creditor_id=new_id(), as_of=D)
    for scope, query in ((home.south, shop), (home.bank_scope, shop), (home.north, bank), (home.north, nobody)):
        with pytest.raises(NotFound) as refused:
            await ageing(scope, query)
        assert refused.value.field in ("creditor_id", "mandate_id")
    assert await ageing(home.north, shop) == ()
    with pytest.raises(Forbidden):
        await ageing(replace(home.north, permissions=frozenset()), shop)


async def test_what_cannot_be_asked(home: House) -> None:
    with pytest.raises(InvalidInput):
        await at(home, D, bounds=(30, 30))
    with pytest.raises(LimitExceeded):
        days = [D + timedelta(days=n) for n in range(121)]
        await ageing_series(home.north, AgeingSeriesQuery(creditor_id=home.bank.creditor_id, days=days))


async def test_a_closed_debt_with_a_balance_is_not_open(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 10, D)])
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "UPDATE debt SET status = 'CLOSED', closed_reason = 'TIME_BARRED', closed_on = $2 WHERE id = $1", debt.id, D
        )
    assert ((await at(home, D - timedelta(days=1))).open_debts, (await at(home, D)).open_debts) == (1, 0)
