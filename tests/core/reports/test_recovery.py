"""Recovery figures: they add up, their denominators show, and each scope gets its own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.models import ComponentKind
from core.kit import clock
from core.kit.db import Database
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.reports.rates import Rate, RateBasis
from core.reports.recovery import RecoveryGroup, RecoveryQuery, RecoveryReport, RecoveryRow, recovery
from tests.core.house import House, house, make_debt, make_portfolio, recall

K = ComponentKind
NOW = datetime(2026, 6, 30, 20, tzinfo=UTC)
END = date(2026, 6, 30)


async def pay(scope: Scope, debt_id: UUID, minor: int, day: date) -> UUID:
    command = RecordPayment(
        debt_id=debt_id,
        amount=Money(minor, "COP"),
        paid_on=day,
        method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY,
        idempotency_key=str(new_id()),
    )
    return (await record_payment(scope, command)).payment_id


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    """The bank at the north: 1000 (300 paid, of which 100 reversed, 5 let off), 500 paid whole and 20 over, 400 of
    which 50 were paid before its recall, in a portfolio of its own. At the south 100."""
    with clock.at(NOW):
        home = await house(database)
        own = replace(
            home.bank,
            portfolio_id=await make_portfolio(home.north, home.bank.creditor_id, home.bank.mandate_id, name="own"),
        )
        one = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 1000, date(2026, 5, 1))], stage="EARLY")
        two = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 500, date(2026, 5, 1))])
        adjusted = AdjustComponent(
            debt_id=one.id, component_id=one.components[0], delta=Money(-5, "COP"), effective_on=date(2026, 6, 5),
            reason="discount", idempotency_key="a",
        )  # fmt: skip
        await adjust_component(home.north, adjusted)
        three = await make_debt(home.north, own, [(K.PRINCIPAL, 400, date(2026, 5, 1))])
        await pay(home.north, one.id, 200, date(2026, 4, 30))
        bounced = await pay(home.north, one.id, 100, date(2026, 5, 1))
        await reverse_payment(
            home.north, ReversePayment(payment_id=bounced, reason="R01", reversed_on=date(2026, 6, 2))
        )
        await pay(home.north, two.id, 520, date(2026, 5, 20))
        await pay(home.north, three.id, 50, date(2026, 6, 1))
        await recall(home.north, three, date(2026, 6, 15))
        await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 100, None)])
        await make_debt(home.north, home.shop, [(K.PRINCIPAL, 77, None)])
        yield home


async def report(home: House, group: RecoveryGroup, scope: Scope | None = None, **changes: object) -> RecoveryReport:
    query = RecoveryQuery(creditor_id=home.bank.creditor_id, as_of=END, group_by=group, bounds=(30, 60, 90))
    return await recovery(scope or home.north, replace(query, **changes))


def figures(row: RecoveryRow) -> tuple[int, ...]:
    money = (row.placed, row.recalled, row.net_placed, row.recovered, row.balance)
    return (row.debts, *(amount.minor_units for amount in money))


TOTAL = (3, 1900, 350, 1550, 750, 795)


async def test_by_portfolio(home: House) -> None:
    got = await report(home, RecoveryGroup.PORTFOLIO)
    assert [(row.label, figures(row)) for row in got.rows] == [
        ("first", (2, 1500, 0, 1500, 700, 795)),
        ("own", (1, 400, 350, 50, 50, 0)),
    ]
    assert [figures(row) for row in got.totals] == [TOTAL]
    assert got.rows[0].key == str(home.bank.portfolio_id)
    assert not got.truncated


async def test_rates_show_their_denominators(home: House) -> None:
    (total,) = (await report(home, RecoveryGroup.STAGE)).totals
    assert total.liquidation == Rate(RateBasis.NET_PLACED, 750, 1550)
    assert total.liquidation.value == "0.4839"
    assert total.liquidation_of_placed == Rate(RateBasis.PLACED, 750, 1900)
    assert total.liquidation_of_placed.value == "0.3947"


async def test_by_stage_and_bucket(home: House) -> None:
    stages = await report(home, RecoveryGroup.STAGE)
    assert [(row.key, row.debts, row.recovered.minor_units) for row in stages.rows] == [
        ("PREVENTION", 2, 550),
        ("EARLY", 1, 200),
    ]
    buckets = await report(home, RecoveryGroup.BUCKET)
    assert [(row.key, figures(row)) for row in buckets.rows] == [
        ("31-60", (1, 1000, 0, 1000, 200, 795)),
        ("settled", (2, 900, 350, 550, 550, 0)),
    ]
    may = await report(home, RecoveryGroup.BUCKET, as_of=date(2026, 5, 1))
    assert [(row.key, figures(row)) for row in may.rows] == [("current", (3, 1900, 0, 1900, 300, 1600))]
    for got in (stages, buckets):
        assert [figures(row) for row in got.totals] == [TOTAL]


async def test_by_month_is_the_cash_view(home: House) -> None:
    """A reversal counts in its own month; the overpayment is no recovery; every month has the same denominator."""
    got = await report(home, RecoveryGroup.MONTH)
    assert [(row.key, row.recovered.minor_units, row.payments, row.reversals) for row in got.rows] == [
        ("2026-04", 200, 1, 0), ("2026-05", 600, 2, 0), ("2026-06", -50, 1, 1),
    ]  # fmt: skip
    (total,) = got.totals
    assert figures(total) == TOTAL
    assert sum(row.recovered.minor_units for row in got.rows) == total.recovered.minor_units
    assert {(row.liquidation.denominator, row.liquidation.basis) for row in got.rows} == {(1550, RateBasis.NET_PLACED)}
    assert (total.payments, total.reversals) == (4, 1)
    april = await report(home, RecoveryGroup.MONTH, as_of=date(2026, 4, 30))
    assert [row.key for row in april.rows] == ["2026-04"]


@pytest.mark.parametrize("group", list(RecoveryGroup))
async def test_as_it_stands_equals_the_history_until_today(home: House, group: RecoveryGroup) -> None:
    for scope in (home.north, home.south, home.bank_scope):
        then, now = await report(home, group, scope), await report(home, group, scope, as_of=None)
        assert replace(then, as_of=None) == now
    one = await report(home, group, portfolio_id=home.bank.portfolio_id)
    assert replace(one, as_of=None) == await report(home, group, portfolio_id=home.bank.portfolio_id, as_of=None)


@pytest.mark.parametrize("group", list(RecoveryGroup))
async def test_each_its_own(home: House, group: RecoveryGroup) -> None:
    (south,) = (await report(home, group, home.south)).totals
    (bank,) = (await report(home, group, home.bank_scope)).totals
    assert (south.placed.minor_units, bank.placed.minor_units) == (100, 2000)
    (shop,) = (await report(home, group, creditor_id=home.shop.creditor_id)).totals
    assert shop.placed.minor_units == 77
    (one,) = (await report(home, group, portfolio_id=home.bank.portfolio_id)).totals
    (mandate,) = (await report(home, group, mandate_id=home.bank.mandate_id)).totals
    assert (one.placed.minor_units, mandate.placed.minor_units) == (1500, 1900)
    early = await report(home, group, as_of=date(2025, 1, 1))
    assert (early.rows, early.totals) == ((), ())


@pytest.mark.parametrize("group", list(RecoveryGroup))
async def test_nobody_asks_about_somebody_else(home: House, group: RecoveryGroup) -> None:
    shop = {"creditor_id": home.shop.creditor_id}
    for scope, changes in (
        (home.bank_scope, shop),
        (home.south, shop),
        (home.north, {"creditor_id": new_id()}),
        (home.north, {"mandate_id": home.bank_south.mandate_id}),
        (home.north, {"portfolio_id": home.shop.portfolio_id}),
    ):
        with pytest.raises(NotFound):
            await report(home, group, scope, **changes)
    with pytest.raises(Forbidden):
        await report(home, group, replace(home.bank_scope, permissions=frozenset({"debt:read"})))


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (0, 0, None),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 20_000, "0.0000"),  # 0.00005 goes to the even 0.0000
        (3, 20_000, "0.0002"),  # 0.00015 goes to the even 0.0002
        (-1, 3, "-0.3333"),
        (-1, 10**9, "0.0000"),
        (1_006_712, 1_299_581, "0.7746"),
        (150, 100, "1.5000"),
    ],
)
def test_a_rate_is_rounded_half_to_even(numerator: int, denominator: int, value: str | None) -> None:
    assert Rate(RateBasis.PLACED, numerator, denominator).value == value


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**18))
def test_a_rate_is_within_half_of_its_last_digit(numerator: int, denominator: int) -> None:
    value = Rate(RateBasis.PLACED, numerator, denominator).value
    assert value is not None
    scaled = int(value.replace(".", ""))
    assert abs(scaled * denominator - numerator * 10_000) * 2 <= denominator
