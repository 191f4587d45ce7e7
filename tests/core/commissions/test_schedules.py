"""Terms are checked when they are saved, are versions that placed debts do not feel, and are nobody else's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from core.commissions.reads import FeeLinesQuery, fee_lines_listing, schedules_listing
from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.commissions.simulate_fees import SimulateFees, simulate_fees
from core.debts.record_demand import RecordDemand, record_demand
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.money import Money
from core.kit.pages import PageRequest
from tests.core.commissions.commission_house import FLAT, IVA, LATER, MARGINAL, make_desk
from tests.core.house import House, events, house, make_debt
from tests.core.lists import page_of

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PAGE = PageRequest(first=50)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


def saving(home: House, terms: dict[str, Any], day: date = date(2026, 1, 1), **changes: Any) -> SaveSchedule:
    return replace(
        SaveSchedule(mandate_id=home.bank.mandate_id, terms=terms, valid_from=day, tax_rate=IVA), **changes
    )  # fmt: skip


ONE = [{"rate": "0.25"}]
TWO = [{"up_to": 10, "rate": "0.3"}, {"rate": "0.2"}]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"tiers": []}, "terms.tiers"),
        ({"tiers": [{"up_to": n, "rate": "0.1"} for n in range(6)] + ONE, "tiers_by": "DAYS"}, "terms.tiers"),
        ({"tiers": TWO}, "terms"),
        ({"tiers": TWO, "tiers_by": "PAID_TO_DATE"}, "terms"),
        ({"tiers": TWO, "tiers_by": "LISTED_AMOUNT", "mode": "MARGINAL"}, "terms"),
        ({"tiers": TWO, "tiers_by": "DAYS", "mode": "WHOLE"}, "terms"),
        ({"tiers": TWO, "tiers_by": "DAYS", "mode": "WHOLE", "days_from": "OPENING"}, "terms"),
        ({"tiers": [TWO[0], TWO[0]], "tiers_by": "PAID_TO_DATE", "mode": "WHOLE"}, "terms"),
        ({"tiers": [TWO[0], TWO[0], ONE[0]], "tiers_by": "PAID_TO_DATE", "mode": "WHOLE"}, "terms"),
        ({"tiers": TWO, "tiers_by": "STAGE", "mode": "WHOLE"}, "terms"),
        ({"tiers": [{"values": ["LATE"], "rate": "0"}, *ONE], "tiers_by": "STAGE", "mode": "WHOLE"}, "terms"),
        ({"tiers": [{"values": ["a", "a"], "rate": "0"}, *ONE], "tiers_by": "PRODUCT", "mode": "WHOLE"}, "terms"),
        ({"tiers": [{"rate": "25"}]}, "terms.tiers.0.rate"),
        ({"tiers": [{"rate": "1.000001"}]}, "terms.tiers.0.rate"),
        ({"tiers": [{"rate": 0.25}]}, "terms.tiers.0.rate"),
        ({"tiers": ONE, "component_rates": {"PRINCIPLE": "0"}}, "terms.component_rates.PRINCIPLE.[key]"),
        ({"tiers": ONE, "minimum_minor": 2, "maximum_minor": 1}, "terms"),
        ({"tiers": ONE, "step_minor": 0}, "terms.step_minor"),
        ({"tiers": ONE, "averaged": True}, "terms.averaged"),
    ],
)
async def test_terms_that_do_not_fit_are_refused(home: House, terms: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await save_schedule(home.north, saving(home, terms))
    assert (refused.value.code, refused.value.field) == ("INVALID_TERMS", field)


@pytest.mark.parametrize("rate", ["-0.01", "1", "0.0000001", "NaN", "Infinity"])
async def test_a_tax_rate_is_a_share(home: House, rate: str) -> None:
    with pytest.raises(InvalidInput, match="tax rate") as refused:
        await save_schedule(home.north, saving(home, FLAT, tax_rate=Decimal(rate)))
    assert refused.value.code == "TAX_RATE"


async def test_a_placed_debt_keeps_its_version(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    await save_schedule(
        home.north,
        SaveSchedule(
            mandate_id=desk.client.mandate_id, terms=MARGINAL, valid_from=date(2026, 4, 1), tax_rate=Decimal(0)
        ),
    )
    old, new = await desk.debt(placed_on=date(2026, 3, 31)), await desk.debt(placed_on=date(2026, 4, 1))
    before = await desk.debt(placed_on=date(2025, 12, 31))
    day = date(2026, 10, 1)
    payments = [await desk.pay(debt, 10_000, day) for debt in (old, new, before)]

    done = await desk.assess()

    assert [await desk.amounts(one) for one in payments] == [[("COMMISSION", 2_500)], [("COMMISSION", 3_000)], []]
    assert done.without_schedule == 1
    assert (done.assessed[0].payments, done.assessed[0].fee_minor) == (2, 5_500)


async def test_no_version_comes_before_those_that_debts_have(home: House) -> None:
    first = await save_schedule(home.north, saving(home, FLAT))
    for day in (date(2026, 1, 1), date(2026, 3, 10)):
        with pytest.raises(Conflict) as refused:
            await save_schedule(home.north, saving(home, MARGINAL, day))
        assert refused.value.code == "SCHEDULE_TOO_EARLY"
    second = await save_schedule(home.north, saving(home, MARGINAL, date(2026, 3, 20)))
    with pytest.raises(Conflict, match="placed under"):
        await save_schedule(home.north, saving(home, FLAT, date(2026, 3, 15)))

    page = await page_of(home.bank_scope, schedules_listing(home.bank_scope, home.bank.mandate_id))
    assert [(row.version, row.id) for row in page.rows] == [(2, second.schedule_id), (1, first.schedule_id)]
    assert [event["subject_id"] for event in await events(home.north, "commission_schedule.saved")] == [
        first.schedule_id, second.schedule_id,
    ]  # fmt: skip


async def test_who_may_what(home: House) -> None:
    with pytest.raises(NotFound):
        await save_schedule(home.south, saving(home, FLAT))
    with pytest.raises(Forbidden):
        await save_schedule(replace(home.north, permissions=frozenset({"commission:read"})), saving(home, FLAT))
    await save_schedule(home.north, saving(home, FLAT))
    desk = await make_desk(home.north, FLAT, code="other")
    payment = await desk.pay(debt := await desk.debt(), 10_000)
    await desk.assess()
    assert len((await page_of(home.north, fee_lines_listing(home.north, FeeLinesQuery(payment_id=payment)))).rows) == 1
    for stranger in (home.south, home.bank_scope, home.shop_scope):
        for query in (FeeLinesQuery(payment_id=payment), FeeLinesQuery(debt_id=debt.id), FeeLinesQuery()):
            assert (await page_of(stranger, fee_lines_listing(stranger, query))).rows == ()
        assert (await page_of(stranger, schedules_listing(stranger, desk.client.mandate_id))).rows == ()
    for statement in ("UPDATE fee_line SET amount_minor = 0", "DELETE FROM commission_schedule"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(home.north) as tx:
                await tx.execute(statement)


async def test_a_what_if_says_old_new_and_difference_and_writes_nothing(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    debts = [await desk.debt() for _ in range(2)]
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
    paid = [await desk.pay(debt, 80_000, day) for day in days for debt in debts]
    await desk.assess(date(2026, 2, 10))
    february = SimulateFees(
        mandate_id=desk.client.mandate_id, terms=MARGINAL, tax_rate=Decimal(0), first=days[1], last=days[2]
    )

    first = await simulate_fees(home.north, february, PageRequest(first=3))
    rest = await simulate_fees(home.north, february, PageRequest(first=3, after=first.page.end_cursor))

    rows = [*first.page.rows, *rest.page.rows]
    assert [row.payment_id for row in rows] == paid[2:6]
    # 80 000 came before in January: 20 000 at 30 %, 60 000 at 20 %; after that all at 20 %.
    assert [row.simulated.minor_units for row in rows] == [18_000, 18_000, 16_000, 16_000]
    assert [row.charged.minor_units for row in rows] == [20_000, 20_000, 0, 0], "the last two are not assessed yet"
    assert [row.difference.minor_units for row in rows] == [-2_000, -2_000, 16_000, 16_000]
    assert [row.charged_tax.minor_units for row in rows] == [3_800, 3_800, 0, 0]
    assert first.total == rest.total
    assert first.total is not None
    assert (first.total.payments, first.total.paid, first.total.difference) == (
        4, Money(320_000, "COP"), Money(28_000, "COP"),
    )  # fmt: skip
    empty = await simulate_fees(home.north, replace(february, first=LATER, last=LATER), PAGE)
    assert (empty.page.rows, empty.total and empty.total.payments) == ((), 0)
    with pytest.raises(InvalidInput, match="period"):
        await simulate_fees(home.north, replace(february, first=LATER), PAGE)
    with pytest.raises(NotFound):
        await simulate_fees(home.south, february, PAGE)
    with pytest.raises(Forbidden):
        await simulate_fees(home.bank_scope, february, PAGE)
    async with db.transaction(home.north) as tx:
        assert await tx.fetchval("SELECT count(DISTINCT payment_id) FROM fee_line") == 4


async def test_the_first_demand_is_the_earliest(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [("PRINCIPAL", 100, None)])
    days = (date(2026, 2, 10), date(2026, 3, 1), date(2026, 2, 1))
    first = [
        (await record_demand(home.north, RecordDemand(debt_id=debt.id, demanded_on=day))).first_demand_on
        for day in days
    ]  # fmt: skip
    assert first == [days[0], days[0], days[2]]
    for day in (date(2025, 12, 31), date(2026, 3, 11)):
        with pytest.raises(InvalidInput) as refused:
            await record_demand(home.north, RecordDemand(debt_id=debt.id, demanded_on=day))
        assert refused.value.code == "DEMANDED_ON"
    with pytest.raises(NotFound):
        await record_demand(home.south, RecordDemand(debt_id=debt.id, demanded_on=days[0]))
