"""Charges after placement: what they add, once; and that a collection fee has its grounds."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.debts.add_charge import AddCharge, add_charge
from core.debts.fees import FeeGrounds, is_housing
from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tests.core.house import DebtRow, House, assert_books, events, house, make_agency, make_debt, recall

K = ComponentKind
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
GROUNDS = FeeGrounds(tariff="5 % of what is recovered", disclosed_on=date(2026, 2, 1), activity="call of 2026-03-02")


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


def charge(debt_id: UUID, minor: int = 30, key: str = "k", **changes: Any) -> AddCharge:
    command = AddCharge(
        debt_id=debt_id, kind=K.PENALTY, amount=Money(minor, "COP"), reason="late", idempotency_key=key,
        due_on=date(2026, 1, 20), effective_on=date(2026, 3, 1),
    )  # fmt: skip
    return replace(command, **changes)


async def loan(home: House, **changes: Any) -> DebtRow:
    return await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, date(2026, 2, 1))], **changes)


async def test_a_charge_is_a_component_with_a_movement(home: House) -> None:
    debt = await loan(home)
    done = await add_charge(home.north, charge(debt.id, instalment=2))
    assert (done.component_balance, done.debt_balance) == (Money(30, "COP"), Money(130, "COP"))
    assert (done.reopened, done.replayed) == (False, False)
    again = await add_charge(home.north, charge(debt.id, 5, "more", component_id=done.component_id))
    assert (again.component_id, again.component_balance, again.debt_balance) == (
        done.component_id, Money(35, "COP"), Money(135, "COP"),
    )  # fmt: skip

    await assert_books(home.north, debt.id)
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT * FROM debt WHERE id = $1", debt.id)
        part = await tx.fetchrow("SELECT * FROM debt_component WHERE id = $1", done.component_id)
        moved = await tx.fetchrow("SELECT * FROM debt_movement WHERE source_id = $1", done.charge_id)
    assert row is not None and part is not None and moved is not None
    assert (row["due_on"], row["placed_minor"], row["balance_minor"]) == (date(2026, 1, 20), 100, 135)
    assert (part["kind"], part["position"], part["instalment"], part["placed_minor"]) == ("PENALTY", 2, 2, 0)
    assert (moved["kind"], moved["delta_minor"], moved["effective_on"]) == ("CHARGE", 30, date(2026, 3, 1))
    told = await events(home.north, "debt.charged")
    assert [one["data"]["amount_minor"] for one in told] == [30, 5]  # type: ignore[index]


async def test_once_per_key(home: House) -> None:
    debt = await loan(home)
    first = await add_charge(home.north, charge(debt.id))
    await add_charge(home.north, charge(debt.id, 5, "other"))
    assert await add_charge(home.north, charge(debt.id)) == replace(
        first, replayed=True, debt_balance=Money(135, "COP")
    )
    with pytest.raises(Conflict) as refused:
        await add_charge(home.north, charge(debt.id, 31))
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    await assert_books(home.north, debt.id)


async def test_a_paid_debt_is_open_again_and_a_recalled_one_takes_no_charge(home: House) -> None:
    paid, gone = await loan(home), await loan(home)
    command = RecordPayment(
        debt_id=paid.id, amount=Money(100, "COP"), paid_on=date(2026, 3, 2), method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key="p",
    )  # fmt: skip
    await record_payment(home.north, command)
    assert (await add_charge(home.north, charge(paid.id))).reopened
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT status, closed_reason, closed_on FROM debt WHERE id = $1", paid.id)
    assert row is not None and tuple(row.values()) == ("ACTIVE", None, None)
    await recall(home.north, gone, date(2026, 3, 5))
    with pytest.raises(Conflict) as refused:
        await add_charge(home.north, charge(gone.id, key="g"))
    assert refused.value.code == "DEBT_CLOSED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(0, "COP")}, "CHARGE_AMOUNT"),
        ({"amount": Money(2**70, "COP")}, "CHARGE_AMOUNT"),
        ({"amount": Money(1, "USD")}, "CURRENCY_MISMATCH"),
        ({"effective_on": date(2026, 3, 11)}, "EFFECTIVE_ON"),
        ({"effective_on": date(2025, 12, 31)}, "EFFECTIVE_ON"),
        ({"instalment": 0}, "INSTALMENT"),
        ({"instalment": 2**15}, "INSTALMENT"),
        ({"reason": " "}, "INVALID_TEXT"),
        ({"idempotency_key": ""}, "INVALID_TEXT"),
        ({"grounds": replace(GROUNDS, tariff="x" * 201)}, "INVALID_TEXT"),
        ({"component_id": "principal"}, "KIND_MISMATCH"),
        ({"component_id": new_id()}, "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_charged(home: House, changes: dict[str, Any], code: str) -> None:
    debt = await loan(home)
    if changes.get("component_id") == "principal":
        changes = {"component_id": debt.components[0]}
    with pytest.raises(DomainError) as refused:
        await add_charge(home.north, charge(debt.id, **changes))
    assert refused.value.code == code
    await assert_books(home.north, debt.id)
    assert await events(home.north, "debt.charged") == []


async def test_a_collection_fee_needs_an_activity_and_a_tariff_that_was_told(home: House) -> None:
    """CO-FEE-01: SFC CE 048/2008."""
    debt = await loan(home)
    fee = charge(debt.id, kind=K.COLLECTION_FEE)
    for grounds, code in (
        (None, "FEE_WITHOUT_ACTIVITY"),
        (replace(GROUNDS, activity=" "), "FEE_WITHOUT_ACTIVITY"),
        (replace(GROUNDS, tariff=""), "FEE_NOT_DISCLOSED"),
        (replace(GROUNDS, disclosed_on=date(2026, 3, 2)), "FEE_NOT_DISCLOSED"),
    ):
        with pytest.raises(Conflict) as refused:
            await add_charge(home.north, replace(fee, grounds=grounds))
        assert refused.value.code == code
    done = await add_charge(home.north, replace(fee, grounds=replace(GROUNDS, activity="", activity_id=new_id())))
    assert done.debt_balance == Money(130, "COP")
    assert (await events(home.north, "debt.charged"))[0]["data"]["grounds"]["tariff"] == GROUNDS.tariff  # type: ignore[index]


async def test_no_fee_on_housing_before_it_is_in_court(home: House) -> None:
    home_loan, court = (
        await loan(home, product="Crédito hipotecario"),
        await loan(home, product="VIVIENDA", stage="JUDICIAL"),
    )
    with pytest.raises(Conflict) as refused:
        await add_charge(home.north, charge(home_loan.id, kind=K.COLLECTION_FEE, grounds=GROUNDS))
    assert refused.value.code == "FEE_ON_HOUSING"
    assert (await add_charge(home.north, charge(court.id, kind=K.COLLECTION_FEE, grounds=GROUNDS))).charge_id
    assert (await add_charge(home.north, charge(home_loan.id, key="c", kind=K.LEGAL_COST))).charge_id
    assert [is_housing(name) for name in ("Leasing habitacional", "Mortgage", "Crédito de consumo")] == [
        True,
        True,
        False,
    ]


async def test_strangers_charge_nothing(home: House) -> None:
    debt = await loan(home)
    told: list[tuple[str, str, str | None]] = []
    for debt_id in (debt.id, new_id()):
        with pytest.raises(NotFound) as refused:
            await add_charge(home.south, charge(debt_id))
        told.append((refused.value.code, refused.value.message, refused.value.field))
    assert told[0] == told[1]
    for scope in (home.bank_scope, await make_agency("plain", permissions=["debt:read"])):
        with pytest.raises(Forbidden):
            await add_charge(scope, charge(debt.id))
