"""Debt 360: what the agency and the creditor see of a debt, and what nobody else does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.debtor import debtor
from core.debts.models import ComponentKind, MovementKind
from core.debts.reads import balance_as_of, debt, movements
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.pages import PageRequest
from core.kit.scope import Scope, creditor_scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import CLIENT_USER, EVERYTHING, DebtRow, House, house, make_debt

K = ComponentKind
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def lived(home: House) -> DebtRow:
    """100 + 20 opened on 1 January, placed on 1 February; 50 paid, +7 adjusted, the 50 reversed."""
    parts = [(K.PRINCIPAL, 100, date(2026, 2, 1)), (K.INTEREST_DEFAULT, 20, date(2026, 1, 15))]
    row = await make_debt(home.north, home.bank, parts, placed_on=date(2026, 2, 1))
    paid = await record_payment(
        home.north,
        RecordPayment(
            debt_id=row.id,
            amount=Money(50, "COP"),
            paid_on=date(2026, 2, 10),
            method=PaymentMethod.CASH,
            received_by=ReceivedBy.CREDITOR,
            idempotency_key="k",
        ),
    )
    await adjust_component(
        home.north,
        AdjustComponent(
            debt_id=row.id,
            component_id=row.components[0],
            delta=Money(7, "COP"),
            effective_on=date(2026, 2, 20),
            reason="charge forgotten",
            idempotency_key="k",
        ),
    )
    await reverse_payment(
        home.north, ReversePayment(payment_id=paid.payment_id, reason="R01", reversed_on=date(2026, 3, 1))
    )
    return row


async def test_the_agency_sees_all_of_it(home: House) -> None:
    row = await lived(home)
    view = await debt(home.north, row.id)
    assert (view.creditor_name, view.mandate_name, view.portfolio_name) == ("Bank", "main", "first")
    assert (view.balance, view.placed, view.recovered) == (Money(127, "COP"), Money(120, "COP"), Money(0, "COP"))
    assert (view.due_on, view.days_past_due, view.bucket) == (date(2026, 1, 15), 54, "31-60")
    assert [(c.position, c.kind, c.balance.minor_units) for c in view.components] == [
        (1, K.PRINCIPAL, 107), (2, K.INTEREST_DEFAULT, 20),
    ]  # fmt: skip
    assert view.party_id == row.party_id


async def test_the_creditor_sees_its_debt_without_the_agencys_own_affairs(home: House) -> None:
    row = await lived(home)
    view = await debt(home.bank_scope, row.id)
    assert replace(await debt(home.north, row.id), party_id=None, assigned_to=None) == view
    history = await movements(home.bank_scope, row.id, PageRequest())
    assert {movement.actor for movement in history.rows} == {None}
    assert len(history.rows) == 7
    limited = creditor_scope(home.bank.creditor_id, CLIENT_USER, EVERYTHING, agency_id=home.south.agency)
    with pytest.raises(NotFound):
        await debt(limited, row.id)


async def test_the_history_pages_newest_first(home: House) -> None:
    row = await lived(home)
    kinds: list[MovementKind] = []
    page = PageRequest(first=2)
    while True:
        got = await movements(home.north, row.id, page)
        kinds += [movement.kind for movement in got.rows]
        if not got.has_next:
            break
        page = PageRequest(first=2, after=got.end_cursor)
    told = "PAYMENT_REVERSAL PAYMENT_REVERSAL ADJUSTMENT PAYMENT PAYMENT PLACEMENT PLACEMENT"
    assert kinds == [MovementKind(kind) for kind in told.split()]


@pytest.mark.parametrize(
    ("day", "minor", "parts"),
    [
        (date(2025, 12, 31), 0, [0, 0]),
        (date(2026, 1, 1), 120, [100, 20]),
        (date(2026, 2, 9), 120, [100, 20]),
        (date(2026, 2, 10), 70, [70, 0]),
        (date(2026, 2, 20), 77, [77, 0]),
        (date(2026, 3, 1), 127, [107, 20]),
        (date(2030, 1, 1), 127, [107, 20]),
    ],
)
async def test_the_balance_of_any_day(home: House, day: date, minor: int, parts: list[int]) -> None:
    row = await lived(home)
    for scope in (home.north, home.bank_scope):
        then = await balance_as_of(scope, row.id, day)
        assert then.balance == Money(minor, "COP")
        assert [part.balance.minor_units for part in then.components] == parts


async def test_the_debtor_is_the_agencys(home: House) -> None:
    row = await lived(home)
    await make_debt(home.north, home.shop, [(K.PRINCIPAL, 1, None)], party_id=row.party_id)
    found = await debtor(home.north, row.id)
    assert (found.id, found.name, found.debts) == (row.party_id, "Carlos Pérez", 2)
    assert [identifier.type for identifier in found.identifiers] == ["CC"]
    assert {contact.channel for contact in found.contacts} == {"PHONE", "EMAIL"}
    assert found.addresses[0].city == "Bogotá"
    with pytest.raises(Forbidden):
        await debtor(home.bank_scope, row.id)
    for table in ("party", "party_identifier", "contact_point", "postal_address"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(home.bank_scope) as tx:
                await tx.fetch(f"SELECT * FROM {table}")


READS: list[Callable[[Scope, UUID], Awaitable[object]]] = [
    debt,
    lambda scope, debt_id: movements(scope, debt_id, PageRequest()),
    lambda scope, debt_id: balance_as_of(scope, debt_id, date(2026, 3, 1)),
    debtor,
]


@pytest.mark.parametrize("read", READS)
async def test_somebody_elses_debt_is_no_debt(home: House, read: Callable[[Scope, UUID], Awaitable[object]]) -> None:
    row = await lived(home)
    strangers = [home.south] if read is debtor else [home.south, home.shop_scope]
    for scope in strangers:
        told: list[tuple[str, str, str | None]] = []
        for debt_id in (row.id, new_id()):
            with pytest.raises(NotFound) as refused:
                await read(scope, debt_id)
            told.append((refused.value.code, refused.value.message, refused.value.field))
        assert told[0] == told[1]
    with pytest.raises(Forbidden):
        await read(replace(home.north, permissions=frozenset()), row.id)


async def test_reads_may_share_a_transaction(home: House) -> None:
    row = await lived(home)
    async with db.transaction(home.north, read_only=True) as tx:
        view = await debt(home.north, row.id, tx=tx)
        history = await movements(home.north, row.id, PageRequest(), tx=tx)
    assert view.balance.minor_units == sum(movement.delta.minor_units for movement in history.rows)
