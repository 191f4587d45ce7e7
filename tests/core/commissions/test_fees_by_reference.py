"""Random schedules, debts, payments and reversals: the statement charges what the reference says, to the minor unit."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from core.commissions.recalculate_fees import RecalculateFees, recalculate_fees
from core.commissions.simulate_fees import SimulateFees, simulate_fees
from core.commissions.terms import MARGINAL, NUMBERS, DaysFrom, DaysTo, TiersBy
from core.debts.models import Stage
from core.kit import db
from core.kit.db import Database
from core.kit.money import Rounding
from core.kit.pages import PageRequest
from tests.core.commissions.commission_house import LATER, Desk, K, make_desk
from tests.core.commissions.reference import Owed, Paid, Rounds, expected
from tests.core.house import DebtRow, house

START = date(2026, 1, 1)
TAX = Decimal("0.19")
KINDS = (K.PRINCIPAL, K.INTEREST_DEFAULT, K.LEGAL_COST, K.COLLECTION_FEE)
AMOUNTS = (TiersBy.PAID_TO_DATE, TiersBy.PAYMENT_AMOUNT, TiersBy.REMAINING_BALANCE, TiersBy.LISTED_AMOUNT)


def rate(dice: random.Random) -> str:
    return dice.choice(["0", "1", f"0.{dice.randrange(1, 10**6):06d}", f"0.{dice.randrange(1, 100):02d}"])


def terms_of(dice: random.Random, by: TiersBy | None) -> dict[str, Any]:
    tiers: list[dict[str, Any]] = [{"rate": rate(dice)} for _ in range(dice.randint(1, 6) if by else 1)]
    for tier in tiers:
        tier |= {n: rate(dice) for n in ("direct_rate", "second_placement_rate") if dice.random() < 0.3}
    made: dict[str, Any] = {"tiers": tiers}
    if by in NUMBERS:
        reach = 40_000 if by in AMOUNTS else 200
        for tier, end in zip(tiers, sorted(dice.sample(range(reach), len(tiers) - 1)), strict=False):
            tier["up_to"] = end
    elif by is not None:
        words = {TiersBy.STAGE: list(Stage), TiersBy.PRODUCT: ["loan", "card", "x"]}.get(by, ["CHARGED_OFF", "CURRENT"])
        del tiers[len(words) + 1 :]
        for tier, word in zip(tiers[:-1], words, strict=False):
            tier["values"] = [str(word)]
    if by:
        made |= {"tiers_by": by.value, "mode": dice.choice(["WHOLE", "MARGINAL"] if by in MARGINAL else ["WHOLE"])}
    if by is TiersBy.DAYS:
        made |= {"days_from": dice.choice(list(DaysFrom)).value, "days_to": dice.choice(list(DaysTo)).value}
    options = {
        "component_rates": {kind.value: rate(dice) for kind in dice.sample(KINDS[1:], dice.randint(1, 2))},
        "no_fee_before_demand": True,
        "minimum_minor": dice.randint(1, 300),
        "maximum_minor": dice.randint(300, 4_000),
        "cap_rate": f"0.{dice.randint(5, 60):02d}",
        "suit_fee_rate": "0.05",
        "step_minor": dice.choice([1, 7, 50, 500]),
        "tax_step_minor": dice.choice([1, 100]),
    }
    return made | {name: value for name, value in options.items() if dice.random() < 0.35}


async def some_debt(dice: random.Random, desk: Desk) -> tuple[DebtRow, Owed]:
    day = START + timedelta(days=dice.randint(0, 30))
    dues = (None, day - timedelta(days=dice.randint(0, 90)), day + timedelta(days=dice.randint(0, 90)))
    owed = Owed(
        components=[(str(kind), dice.randint(0, 20_000), dice.choice(dues)) for kind in dice.choices(KINDS, k=3)],
        placed_on=day,
        opened_on=day - timedelta(days=dice.randint(0, 60)),
        product=dice.choice(["loan", "card", "other"]),
        stage=str(dice.choice(list(Stage))),
        first_demand_on=dice.choice([None, day + timedelta(days=60)]),
        charged_off_on=dice.choice([None, day + timedelta(days=60)]),
        placement_number=dice.randint(1, 2),
    )
    made = await desk.debt(
        *[(K(kind), minor, due) for kind, minor, due in owed.components], placed_on=day, opened_on=owed.opened_on,
        product=owed.product, stage=owed.stage, first_demand_on=owed.first_demand_on,
        charged_off_on=owed.charged_off_on, placement_number=owed.placement_number,
    )  # fmt: skip
    return made, owed


async def some_payments(dice: random.Random, desk: Desk, debt: DebtRow, owed: Owed) -> list[Paid]:
    found: list[Paid] = []
    for order in range(dice.randint(1, 6)):
        paid_on, direct = owed.placed_on + timedelta(days=dice.randint(0, 150)), dice.random() < 0.4
        done = await desk.paying(debt, dice.randint(1, 15_000), paid_on, direct=direct)
        parts = [(debt.components.index(part.component_id), part.minor) for part in done.allocations]
        back = paid_on + timedelta(days=dice.randint(0, 60)) if dice.random() < 0.2 else None
        found.append(
            Paid(id=done.payment_id, order=order, paid_on=paid_on, direct=direct, parts=parts, reversed_on=back)
        )
    return found


async def charged(desk: Desk) -> dict[UUID, tuple[int, int]]:
    async with db.transaction(desk.scope) as tx:
        rows = await tx.fetch(
            "SELECT payment_id, COALESCE(sum(amount_minor) FILTER (WHERE kind <> 'TAX'), 0)::bigint AS fee, "
            "COALESCE(sum(amount_minor) FILTER (WHERE kind = 'TAX'), 0)::bigint AS tax, bool_or(rounding "
            "NOT BETWEEN -500 AND 250) AS far FROM fee_line WHERE creditor_id = $1 GROUP BY 1",
            desk.client.creditor_id,
        )
    assert not any(row["far"] for row in rows)
    return {row["payment_id"]: (row["fee"], row["tax"]) for row in rows}


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_charged_is_what_the_reference_says(database: Database, seed: int) -> None:
    north, dice = (await house(database)).north, random.Random(seed)
    for number, by in enumerate([None, *TiersBy]):
        terms = terms_of(dice, by)
        rounds = Rounds(dice.choice(list(Rounding)).value, dice.choice([1, 1, 20, 100]))
        desk = await make_desk(
            north, terms, code=f"client {number}", tax_rate=TAX, rounding=Rounding(rounds.way),
            rounding_unit=rounds.unit,
        )  # fmt: skip
        debts = [await some_debt(dice, desk) for _ in range(3)]
        paid = [await some_payments(dice, desk, *debt) for debt in debts]
        everything = [payment for payments in paid for payment in payments]
        before: dict[UUID, tuple[int, int]] = {}
        for (_, owed), payments in zip(debts, paid, strict=True):
            standing = [Paid(**{n: getattr(p, n) for n in Paid.__slots__} | {"reversed_on": None}) for p in payments]
            before |= expected(terms, Fraction(TAX), owed, standing, rounds)

        assert (await desk.assess()).recalculation_due == ()
        assert await charged(desk) == before, terms

        gone = [payment for payment in everything if payment.reversed_on]
        for payment in gone:
            await desk.reverse(payment.id, payment.reversed_on or LATER)
        done = await desk.assess()
        after = {payment.id: (0, 0) for payment in gone}
        for (_, owed), payments in zip(debts, paid, strict=True):
            after |= expected(terms, Fraction(TAX), owed, payments, rounds)
        assert await charged(desk) == before | {payment.id: (0, 0) for payment in gone}
        assert set(done.recalculation_due) == {
            one for one in after if sum(after[one]) != sum(before[one]) and one not in {p.id for p in gone}
        }

        command = SimulateFees(mandate_id=desk.client.mandate_id, terms=terms, tax_rate=TAX, first=START, last=LATER)
        replay = await simulate_fees(north, command, PageRequest(first=100))
        again = {row.payment_id: (row.simulated.minor_units, row.simulated_tax.minor_units) for row in replay.page.rows}
        assert again == {one: fee for one, fee in after.items() if one not in {p.id for p in gone}}

        await recalculate_fees(north, RecalculateFees(creditor_id=desk.client.creditor_id, on=LATER))
        assert await charged(desk) == after
        assert (await desk.assess()).recalculation_due == ()
