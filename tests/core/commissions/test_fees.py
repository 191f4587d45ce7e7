"""What a payment costs the creditor: the vectors of the field (domain vocabulary 5.6, 5.7, 9.11), one dimension each."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.scope import Scope
from core.payments.reprocess_payments import ReprocessPayments, reprocess_payments
from tests.core.commissions.commission_house import FLAT, IVA, MARGINAL, Desk, K, make_desk
from tests.core.house import house

DUE = date(2026, 1, 31)


@pytest.fixture
async def north(database: Database) -> Scope:
    return (await house(database)).north


async def test_a_payment_that_crosses_a_tier_is_split_in_marginal_mode(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    payment = await desk.pay(await desk.debt(), 150_000)

    done = await desk.assess()

    lines = await desk.lines(payment)
    assert [(r["tier"], r["base_minor"], r["rate"], r["amount_minor"]) for r in lines] == [
        (1, 100_000, Decimal("0.3"), 30_000),
        (2, 50_000, Decimal("0.2"), 10_000),
    ]
    assert (done.assessed[0].fee_minor, done.assessed[0].tax_minor, done.assessed[0].payments) == (40_000, 0, 1)


async def test_whole_mode_has_the_rate_of_the_tier_that_the_payment_reaches(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL | {"mode": "WHOLE"})
    debt = await desk.debt()
    crossing, edge = await desk.pay(debt, 150_000), await desk.pay(await desk.debt(), 100_000)

    await desk.assess()

    assert await desk.amounts(crossing) == [("COMMISSION", 30_000)]
    assert await desk.amounts(edge) == [("COMMISSION", 30_000)], "a tier ends with its up_to, which belongs to it"


async def test_what_was_paid_before_counts_by_day_not_by_recording(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    debt = await desk.debt()
    late, early = await desk.pay(debt, 90_000, date(2026, 3, 2)), await desk.pay(debt, 60_000, date(2026, 3, 1))

    await desk.assess()

    assert await desk.amounts(early) == [("COMMISSION", 18_000)]
    assert await desk.amounts(late) == [("COMMISSION", 12_000), ("COMMISSION", 10_000)]
    assert [row["paid_before_minor"] for row in await desk.lines(late)] == [60_000, 60_000]


@pytest.mark.parametrize(("tiers_by", "up_to"), [("PAID_TO_DATE", 100_000), ("REMAINING_BALANCE", 320_000)])
async def test_a_payment_that_is_split_anew_keeps_its_place_among_those_of_its_day(
    north: Scope, tiers_by: str, up_to: int
) -> None:
    """Only the first of two is split otherwise, and so recorded after the second."""
    desk = await make_desk(north, by(tiers_by, [{"up_to": up_to, "rate": "0.3"}, {"rate": "0.2"}]))
    day, orders = date(2026, 3, 2), (["PRINCIPAL", "COLLECTION_FEE"], ["COLLECTION_FEE", "PRINCIPAL"])
    fees: list[list[list[tuple[str, int]]]] = []
    for anew in (False, True):
        debt = await desk.debt((K.PRINCIPAL, 300_000, DUE), (K.COLLECTION_FEE, 90_000, DUE))
        await _pay_in_order(desk, orders[0] if anew else orders[1])
        first, second = await desk.pay(debt, 90_000, day), await desk.pay(debt, 70_000, day)
        if anew:
            await _pay_in_order(desk, orders[1])
            command = ReprocessPayments(debt_id=debt.id, first_day=day, reason="test")
            (pair,) = (await reprocess_payments(north, command)).replaced
            assert pair[0] == first
            first = pair[1]
        await desk.assess()
        fees.append([await desk.amounts(first), await desk.amounts(second)])
    assert fees[0] == fees[1] and fees[0][0] != fees[0][1]


async def _pay_in_order(desk: Desk, order: list[str]) -> None:
    async with db.transaction(desk.scope) as tx:
        await tx.execute("UPDATE mandate SET allocation_order = $2 WHERE id = $1", desk.client.mandate_id, order)


async def test_tax_is_a_line_of_its_own(north: Scope) -> None:
    desk = await make_desk(north, FLAT, tax_rate=IVA)
    payment = await desk.pay(await desk.debt(), 100_000)

    await desk.assess()

    assert await desk.amounts(payment) == [("COMMISSION", 25_000), ("TAX", 4_750)]
    assert 100_000 - 25_000 - 4_750 == 70_250


@pytest.mark.parametrize(
    ("demanded", "paid_on", "expected"),
    [
        (None, date(2026, 3, 1), 0),
        (date(2026, 3, 2), date(2026, 3, 1), 0),
        (date(2026, 3, 1), date(2026, 3, 1), 15_000),
        (date(2026, 2, 1), date(2026, 3, 1), 15_000),
    ],
)
async def test_what_the_creditor_got_before_the_first_demand_is_free(
    north: Scope, demanded: date | None, paid_on: date, expected: int
) -> None:
    terms = {"tiers": [{"rate": "0.25", "direct_rate": "0.15"}], "no_fee_before_demand": True, "minimum_minor": 7}
    desk = await make_desk(north, terms, tax_rate=IVA)
    debt = await desk.debt(first_demand_on=demanded)
    direct, ours = await desk.pay(debt, 100_000, paid_on, direct=True), await desk.pay(debt, 100_000, paid_on)

    done = await desk.assess()

    tax = [("TAX", expected * 19 // 100)] if expected else []
    assert await desk.amounts(direct) == [("COMMISSION", expected), *tax]
    assert await desk.amounts(ours) == [("COMMISSION", 25_000), ("TAX", 4_750)]
    assert done.assessed[0].payments == 2
    assert (await desk.assess()).assessed == (), "a free payment is assessed, too"


async def test_court_costs_bear_their_own_rate_and_count_for_no_tier(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL | {"component_rates": {"LEGAL_COST": "0", "INTEREST_DEFAULT": "0.5"}})
    debt = await desk.debt((K.INTEREST_DEFAULT, 1_000, DUE), (K.PRINCIPAL, 200_000, DUE), (K.LEGAL_COST, 90_000, None))
    payment = await desk.pay(debt, 291_000)

    await desk.assess()

    found = {(r["component"], r["tier"], r["base_minor"], r["amount_minor"]) for r in await desk.lines(payment)}
    assert found == {
        (None, 1, 100_000, 30_000),
        (None, 2, 100_000, 20_000),
        ("INTEREST_DEFAULT", None, 1_000, 500),
        ("LEGAL_COST", None, 90_000, 0),
    }


TIERS = [{"up_to": 10, "rate": "0.1"}, {"up_to": 20, "rate": "0.2"}, {"rate": "0.3"}]


def by(dimension: str, tiers: list[dict[str, Any]] = TIERS, **more: Any) -> dict[str, Any]:
    return {"tiers_by": dimension, "mode": "WHOLE", "tiers": tiers, **more}


def days(start: str, end: str) -> dict[str, Any]:
    return by("DAYS", days_from=start, days_to=end)


STAGES = [{"values": ["PRE_LEGAL"], "rate": "0.3"}, {"values": ["JUDICIAL"], "rate": "0.5"}, {"rate": "0.2"}]
OFF = [{"values": ["CHARGED_OFF"], "rate": "0.4"}, {"rate": "0.2"}]
PRODUCTS = [{"values": ["card", "loan"], "rate": "0.4"}, {"rate": "0.2"}]
AMOUNTS = [{"up_to": 5_000, "rate": "0.1"}, {"up_to": 10_000, "rate": "0.2"}, {"rate": "0.3"}]
SPLIT = {"tiers_by": "REMAINING_BALANCE", "mode": "MARGINAL", "tiers": AMOUNTS}


@pytest.mark.parametrize(
    ("terms", "debt", "paid_on", "fee"),
    [
        (days("PLACEMENT", "PAYMENT"), {}, date(2026, 1, 20), 100),
        (days("PLACEMENT", "PAYMENT"), {}, date(2026, 1, 21), 200),
        (days("OPENING", "PAYMENT"), {"opened_on": date(2026, 1, 5)}, date(2026, 1, 20), 200),
        (days("OPENING", "PLACEMENT"), {"opened_on": date(2025, 1, 5)}, date(2026, 1, 20), 300),
        (days("DELINQUENCY", "PAYMENT"), {}, date(2026, 2, 10), 100),
        (days("LAST_PAYMENT", "CLEARED"), {}, date(2026, 1, 31), 300),
        (by("DAYS_PAST_DUE"), {}, date(2026, 1, 31), 100),
        (by("DAYS_PAST_DUE"), {}, date(2026, 2, 11), 200),
        (by("STAGE", STAGES), {"stage": "EARLY"}, date(2026, 2, 1), 200),
        (by("STAGE", STAGES), {"stage": "JUDICIAL"}, date(2026, 2, 1), 500),
        (by("STAGE", STAGES, suit_fee_rate="0.1"), {"stage": "JUDICIAL"}, date(2026, 2, 1), 600),
        (by("STAGE", STAGES, suit_fee_rate="0.1"), {"stage": "PRE_LEGAL"}, date(2026, 2, 1), 300),
        (by("CHARGE_OFF", OFF), {"charged_off_on": date(2026, 2, 1)}, date(2026, 2, 1), 400),
        (by("CHARGE_OFF", OFF), {"charged_off_on": date(2026, 2, 2)}, date(2026, 2, 1), 200),
        (by("CHARGE_OFF", OFF), {}, date(2026, 2, 1), 200),
        (by("PRODUCT", PRODUCTS), {"product": "loan"}, date(2026, 2, 1), 400),
        (by("PRODUCT", PRODUCTS), {"product": ""}, date(2026, 2, 1), 200),
        (by("LISTED_AMOUNT", AMOUNTS), {}, date(2026, 2, 1), 200),
        (by("PAYMENT_AMOUNT", AMOUNTS), {}, date(2026, 2, 1), 100),
        (by("REMAINING_BALANCE", AMOUNTS), {}, date(2026, 2, 1), 200),
        (SPLIT, {}, date(2026, 2, 1), 200),
        ({"tiers": [{"rate": "0.25", "second_placement_rate": "0.4"}]}, {}, date(2026, 2, 1), 250),
        ({"tiers": [{"rate": "0.25", "second_placement_rate": "0.4"}]}, {"placement_number": 2}, date(2026, 2, 1), 400),
    ],
)
async def test_a_dimension(
    north: Scope, terms: Mapping[str, Any], debt: Mapping[str, Any], paid_on: date, fee: int
) -> None:
    """A payment of 10.00 for a debt of 60.00, placed on 10 January and due on the 31st."""
    desk = await make_desk(north, terms)
    payment = await desk.pay(await desk.debt((K.PRINCIPAL, 6_000, DUE), **debt), 1_000, paid_on)

    await desk.assess()

    assert sum(amount for _, amount in await desk.amounts(payment)) == fee


async def test_a_falling_balance_crosses_its_tiers_downwards(north: Scope) -> None:
    desk = await make_desk(north, SPLIT)
    debt = await desk.debt((K.PRINCIPAL, 6_000, DUE))
    first, second = await desk.pay(debt, 2_000), await desk.pay(debt, 4_500)

    await desk.assess()

    assert [(r["tier"], r["base_minor"]) for r in await desk.lines(first)] == [(1, 1_000), (2, 1_000)]
    assert [(r["tier"], r["base_minor"]) for r in await desk.lines(second)] == [(1, 4_000)], "500 found no balance"


async def test_bounds_are_lines_of_their_own(north: Scope) -> None:
    desk = await make_desk(north, FLAT | {"minimum_minor": 2_000, "maximum_minor": 9_000})
    debt = await desk.debt((K.PRINCIPAL, 100_000, DUE))
    small, large = await desk.pay(debt, 1_200, date(2026, 3, 1)), await desk.pay(debt, 60_000, date(2026, 3, 2))
    middle, last = await desk.pay(debt, 38_000, date(2026, 3, 3)), await desk.pay(debt, 800, date(2026, 3, 4))

    await desk.assess()

    assert await desk.amounts(small) == [("COMMISSION", 300), ("MINIMUM", 900)], "no fee is above the money itself"
    assert await desk.amounts(large) == [("COMMISSION", 15_000), ("MAXIMUM", -6_000)]
    assert await desk.amounts(middle) == [("COMMISSION", 9_500), ("MAXIMUM", -500)]
    assert await desk.amounts(last) == [("COMMISSION", 200), ("MINIMUM", 600)]


async def test_the_cap_ends_what_a_debt_costs(north: Scope) -> None:
    desk = await make_desk(north, FLAT | {"cap_rate": "0.1"}, tax_rate=IVA)
    debt = await desk.debt((K.PRINCIPAL, 100_000, DUE))
    first, second = await desk.pay(debt, 36_000, date(2026, 3, 1)), await desk.pay(debt, 40_000, date(2026, 3, 2))

    await desk.assess()

    assert await desk.amounts(first) == [("COMMISSION", 9_000), ("TAX", 1_710)]
    assert await desk.amounts(second) == [("COMMISSION", 10_000), ("CAP", -9_000), ("TAX", 190)]


@pytest.mark.parametrize(
    ("minor", "fee", "rounding"), [(9_999, 0, "-2499.75"), (10_000, 5_000, "2500"), (30_000, 10_000, "2500")]
)
async def test_lines_round_half_up_to_the_step(north: Scope, minor: int, fee: int, rounding: str) -> None:
    """To 50 pesos: 24.9975 to nothing, 25 up, 75 to 100."""
    desk = await make_desk(north, FLAT | {"step_minor": 5_000})
    payment = await desk.pay(await desk.debt(), minor)

    await desk.assess()

    (line,) = await desk.lines(payment)
    assert (line["amount_minor"], line["rounding"]) == (fee, Decimal(rounding))


async def test_half_a_minor_unit_goes_up(north: Scope) -> None:
    desk = await make_desk(north, FLAT)
    payments = [await desk.pay(await desk.debt(), minor) for minor in (1, 2, 3)]

    await desk.assess()

    assert [(await desk.amounts(payment))[0][1] for payment in payments] == [0, 1, 1]


async def test_an_overpayment_bears_no_fee(north: Scope) -> None:
    desk = await make_desk(north, FLAT)
    debt = await desk.debt((K.PRINCIPAL, 1_000, DUE))
    over, only_over = await desk.pay(debt, 1_500), await desk.pay(debt, 300)

    await desk.assess()

    assert (await desk.amounts(over), await desk.amounts(only_over)) == ([("COMMISSION", 250)], [("COMMISSION", 0)])


async def test_payments_after_the_day_wait(north: Scope) -> None:
    desk: Desk = await make_desk(north, FLAT)
    payment = await desk.pay(await desk.debt(), 1_000, date(2026, 4, 1))

    assert (await desk.assess(date(2026, 3, 31))).assessed == ()
    assert (await desk.assess(date(2026, 4, 1))).assessed[0].fee_minor == 250
    assert (await desk.assess(date(2026, 4, 2))).assessed == ()
    assert [row["assessed_on"] for row in await desk.lines(payment)] == [date(2026, 4, 1)]
