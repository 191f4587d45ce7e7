"""The statement of interest: what a court adds up."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader

from core.interest.models import PauseReason
from core.interest.pause_interest import PauseInterest, pause_interest
from core.interest.statement import as_csv, percent, statement_of_interest, unit
from core.interest.statement_pdf import as_pdf
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, InvalidInput, NotFound
from tests.core.house import House, house, make_debt
from tests.core.interest.interest_house import MILLION, NOW, K, bearing, certify, month_end, move

D = Decimal


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        found = await house(database)
        await certify(found.north)
        yield found


async def test_a_statement_shows_its_work(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    await month_end(home.north, date(2026, 3, 31))
    await move(home.north, debt, 0, "PAYMENT", date(2026, 4, 10), -MILLION // 4, paid=True)
    await pause_interest(
        home.north,
        PauseInterest(
            debt_id=debt.id, first_on=date(2026, 4, 12), last_on=date(2026, 4, 13), reason=PauseReason.DISPUTE
        ),
    )
    told = await statement_of_interest(home.north, debt.id, date(2026, 4, 15))
    assert [
        (str(x.first)[5:], str(x.last)[5:], x.days, x.base, x.annual_rate, x.resolution, x.paused) for x in told.lines
    ] == [
        ("03-15", "04-01", 17, MILLION, D("0.2677"), "R-2026-01-01", None),
        ("04-01", "04-10", 9, MILLION, D("0.2817"), "R-2026-04-01", None),
        ("04-10", "04-12", 2, MILLION * 3 // 4, D("0.2817"), "R-2026-04-01", None),
        ("04-12", "04-14", 2, MILLION * 3 // 4, D("0.2817"), "R-2026-04-01", "DISPUTE"),
        ("04-14", "04-15", 1, MILLION * 3 // 4, D("0.2817"), "R-2026-04-01", None),
    ]
    assert {line.contract_rate for line in told.lines} == {D("0.6")}
    assert told.opening == 0 and told.closing == sum(line.interest for line in told.lines) == told.lines[-1].total
    assert told.accrued.minor_units == told.posted.minor_units + told.unposted.minor_units == round(told.closing)
    assert told.posted.minor_units > 0 and told.unposted.minor_units > 0
    assert [(c.day, c.kind, c.minor) for c in told.changes] == [(date(2026, 4, 10), K.PRINCIPAL, -MILLION // 4)]
    assert told.payoff.total.minor_units == MILLION * 3 // 4 + told.accrued.minor_units

    part = await statement_of_interest(home.bank_scope, debt.id, date(2026, 4, 15), first=date(2026, 4, 11))
    assert part.lines[0].first == date(2026, 4, 11) and part.opening > 0 and part.changes == ()
    assert abs(part.closing - told.closing) < D("1e-10") and part.accrued == told.accrued
    for scope in (home.south, home.shop_scope):
        with pytest.raises(NotFound):
            await statement_of_interest(scope, debt.id, date(2026, 4, 15))


async def test_the_csv_adds_up_and_the_paper_says_the_same(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    told = await statement_of_interest(home.north, debt.id, date(2026, 4, 15))
    rows = list(csv.DictReader(StringIO(as_csv(told))))
    assert sum(D(row["interest"]) for row in rows) == D(rows[-1]["total"]) == told.closing.scaleb(-2)
    assert [(row["days"], row["cap_rate"], row["applied_rate"], row["agreed_rate"]) for row in rows] == [
        ("17", "26.77", "26.77", "60"), ("14", "28.17", "28.17", "60"),
    ]  # fmt: skip
    paper = as_pdf(told)
    assert paper == as_pdf(told)
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    for words in ("LIQUIDACIÓN", "R-2026-04-01", "20,574.21", "1,020,574.21", "2026-03-15", "Saldo de capital"):
        assert words in text, words
    assert not [kind for kind in K if kind.value in text], "a court reads words, not codes"
    assert (unit(D("110514591.2013"), "COP"), unit(D("5"), "JPY"), percent(D("0.5")), percent(None)) == (
        "1105145.912013", "5", "50", "",
    )  # fmt: skip


async def test_statements_that_cannot_be(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    plain = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 1, None)])
    for debt_id, last, code in (
        (debt.id, date(2026, 3, 1), "STATEMENT_DAYS"),
        (plain.id, date(2026, 4, 1), "NO_INTEREST"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await statement_of_interest(home.north, debt_id, last)
        assert refused.value.code == code
    strange = await bearing(home.north, home.bank)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt SET debtor_name = 'Łukasz' WHERE id = $1", strange.id)
    with pytest.raises(Conflict) as unprintable:
        as_pdf(await statement_of_interest(home.north, strange.id, date(2026, 4, 1)))
    assert unprintable.value.code == "UNPRINTABLE_TEXT"


async def test_a_statement_ahead_says_that_it_is_provisional(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    told = await statement_of_interest(home.north, debt.id, date(2026, 7, 15))
    assert [line.provisional for line in told.lines] == [False, False, True] and told.payoff.provisional
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(as_pdf(told))).pages)
    assert "PROVISIONAL" in text
    with clock.at(datetime(2026, 7, 20, tzinfo=UTC)):
        await certify(home.north, [(date(2026, 7, 1), date(2026, 7, 31), "0.27")])
        assert not (await statement_of_interest(home.north, debt.id, date(2026, 7, 15))).payoff.provisional
