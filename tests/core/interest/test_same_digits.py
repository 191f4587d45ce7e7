"""The statement that accrues many debts gives what the pure rules give, to the last digit."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from core.interest.book import Book, read_book
from core.interest.models import PauseReason
from core.interest.pause_interest import PauseInterest, pause_interest
from core.interest.rates import EXACT, growth, interest_of
from core.interest.rules import accrued_on, certified_until
from core.interest.set_terms import SetTerms, set_terms
from core.kit import clock, db
from core.kit.db import Database
from core.kit.money import Rounding
from core.mandates.interest import DayCount, InterestMethod, InterestTerms
from tests.core.house import DebtRow, House, assert_books, house, make_debt
from tests.core.interest.interest_house import K, certify, month_end, move, state

pytestmark = pytest.mark.both_servers

D, M = Decimal, InterestMethod
START, END = date(2027, 6, 1), date(2029, 3, 17)
DEBTS = 25


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(datetime(2029, 6, 1, 12, tzinfo=UTC)):
        yield await house(database)


def some_day(random: Random, first: date = START, last: date = END) -> date:
    return first + timedelta(days=random.randrange((last - first).days))


def some_rate(random: Random) -> Decimal:
    return D(random.choice([0, random.randrange(10**8), random.randrange(10**4) * 10**4])).scaleb(-8)


async def rounds(home: House, seed: int) -> None:
    """The mandate rounds in a way of its own, before any debt has interest."""
    how = (list(Rounding)[seed % 3].value, (1, 100, 5_000)[seed // 2])
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET rounding = $1, rounding_unit_minor = $2", *how)


async def random_caps(home: House, random: Random) -> None:
    """One modality without a gap, and one with a gap."""
    for modality, gap in (("CO", 0), ("MICRO", random.randrange(2, 300))):
        first, caps = date(2027, 1, 1), list[tuple[date, date, str]]()
        while first < END + timedelta(days=40):
            last = first + timedelta(days=random.randrange(20, 100))
            caps.append((first, last, str(some_rate(random))))
            first = last + timedelta(days=1 + (gap if len(caps) == 4 else 0))
        await certify(home.north, caps, modality)


def random_terms(random: Random) -> InterestTerms:
    method = random.choice(list(M))
    counts = list(DayCount) if method is M.SIMPLE_NOMINAL else [DayCount.ACT_365]
    count = random.choice(counts)
    modality = None if count is DayCount.THIRTY_360 else random.choice([None, "CO", "CO", "MICRO"])
    return InterestTerms(
        method=method,
        annual_rate=None if modality and random.random() < 0.3 else some_rate(random),
        day_count=count,
        modality=modality,
        base=random.choice([(K.PRINCIPAL,), (K.PRINCIPAL, K.LEGAL_COST), (K.LEGAL_COST,)]),
        overdue_only=random.random() < 0.5,
    )


async def random_debt(home: House, random: Random) -> DebtRow:
    dues = [random.choice([None, some_day(random)]) for _ in range(3)]
    parts = [
        (kind, random.randrange(10**10, 10**13), due)
        for kind, due in zip((K.PRINCIPAL, K.LEGAL_COST, K.INTEREST_DEFAULT), dues, strict=True)
    ]
    debt = await make_debt(home.north, home.bank, parts)
    for n in range(random.randrange(1, 4)):
        since = some_day(random) if n else some_day(random, START, START + timedelta(days=30))
        await set_terms(home.north, SetTerms(debt_id=debt.id, valid_from=since, terms=random_terms(random), reason="r"))
    for _ in range(random.randrange(4)):
        first = some_day(random)
        last = random.choice([first + timedelta(days=random.randrange(60)), *([None] if random.random() < 0.2 else [])])
        await pause_interest(
            home.north, PauseInterest(debt_id=debt.id, first_on=first, last_on=last, reason=PauseReason.OTHER)
        )
    await random_moves(home, random, debt)
    return debt


async def random_moves(home: House, random: Random, debt: DebtRow) -> None:
    for _ in range(random.randrange(5)):
        kind = random.choice(["PAYMENT", "ADJUSTMENT"])
        await move(home.north, debt, random.randrange(3), kind, some_day(random), random.randrange(-(10**9), 0))


async def books(home: House, debts: list[DebtRow]) -> list[Book]:
    async with db.transaction(home.north) as tx:
        return [await read_book(tx, debt.id) for debt in debts]


@pytest.mark.parametrize("seed", range(3))
async def test_the_statement_gives_what_the_rules_give(home: House, seed: int) -> None:
    random = Random(seed)
    await rounds(home, seed)
    await random_caps(home, random)
    debts = [await random_debt(home, random) for _ in range(DEBTS)]
    await month_end(home.north, END)
    for book in await books(home, debts):
        found, start = await state(home.north, book.debt_id), book.history.terms[0].valid_from
        assert found["accrued_to"] == certified_until(book.history, start, END)
        assert found["accrued"] == accrued_on(book.history, found["accrued_to"])
        assert found["posted_minor"] == book.minor_of(found["accrued"]) == book.posted_on(date.max)
        await assert_books(home.north, book.debt_id)
    assert any([(await state(home.north, debt.id))["accrued"] > 10**6 for debt in debts])


@pytest.mark.parametrize("seed", range(3, 5))
async def test_so_it_does_in_steps_and_when_movements_come_late(home: House, seed: int) -> None:
    random = Random(seed)
    await rounds(home, seed)
    await random_caps(home, random)
    debts = [await random_debt(home, random) for _ in range(DEBTS)]
    for day in (date(2027, 8, 31), date(2027, 12, 31), date(2028, 2, 29), END):
        await month_end(home.north, day)
        for debt in debts:
            await random_moves(home, random, debt)
    await month_end(home.north, END)
    for book in await books(home, debts):
        found = await state(home.north, book.debt_id)
        assert abs(found["accrued"] - accrued_on(book.history, found["accrued_to"])) < D("1e-8")
        assert found["posted_minor"] == book.posted_on(date.max) == book.minor_of(found["accrued"])
        await assert_books(home.north, book.debt_id)


async def test_the_functions_of_the_database(database: Database, home: House) -> None:
    random = Random(7)
    async with db.transaction(home.north) as tx:
        for _ in range(200):
            daily, days = D(random.randrange(10**28)).scaleb(-30), random.randrange(4000)
            base, accrued = D(random.randrange(10**15)), D(random.randrange(10**20)).scaleb(-12)
            assert await tx.fetchval("SELECT interest_growth($1, $2)", daily, days) == growth(daily, days)
            for compounds in (True, False):
                added = await tx.fetchval(
                    "SELECT interest_add(NULL, $1, $2, $3, $4, $5)", accrued, base, daily, days, compounds
                )
                bearing = EXACT.add(base, accrued) if compounds else base
                assert added == EXACT.add(accrued, interest_of(bearing, daily, days, compounds=compounds))
