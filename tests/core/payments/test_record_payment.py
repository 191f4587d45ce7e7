"""A payment is recorded once, whatever is repeated, and the books agree after it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from core.debts.models import ComponentKind, DebtStatus
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.pages import PageRequest
from core.kit.scope import Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.reads import payment, payments_of
from core.payments.record_payment import PaymentRecorded, PaymentWarning, RecordPayment, record_payment
from tests.core.house import DebtRow, House, assert_books, events, house, make_agency, make_debt, recall

K = ComponentKind
DUE = date(2026, 2, 1)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


def paying(debt_id: UUID, minor: int, key: str = "k", **changes: object) -> RecordPayment:
    command = RecordPayment(
        debt_id=debt_id,
        amount=Money(minor, "COP"),
        paid_on=date(2026, 3, 1),
        method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY,
        idempotency_key=key,
    )
    return replace(command, **changes)


async def loan(home: House, scope: Scope | None = None) -> DebtRow:
    parts = [(K.PRINCIPAL, 100_00, DUE), (K.INTEREST_DEFAULT, 20_00, date(2026, 2, 15)), (K.COLLECTION_FEE, 5_00, None)]
    return await make_debt(scope or home.north, home.bank, parts)


async def test_the_mandates_order_decides_and_everything_is_written(home: House) -> None:
    debt = await loan(home)
    principal, interest, fee = debt.components

    done = await record_payment(home.north, paying(debt.id, 30_00, reference="R1"))

    assert [(part.component_id, part.kind, part.minor) for part in done.allocations] == [
        (fee, K.COLLECTION_FEE, 5_00), (interest, K.INTEREST_DEFAULT, 20_00), (principal, K.PRINCIPAL, 5_00),
    ]  # fmt: skip
    assert (done.unapplied_minor, done.balance_after, done.warning) == (0, Money(95_00, "COP"), None)
    assert not done.replayed
    await assert_books(home.north, debt.id)
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT * FROM debt WHERE id = $1", debt.id)
        movements = await tx.fetch("SELECT * FROM debt_movement WHERE source_id = $1", done.payment_id)
    assert row is not None
    assert (row["balance_minor"], row["recovered_minor"], row["due_on"]) == (95_00, 30_00, DUE)
    assert row["last_payment_on"] == date(2026, 3, 1)
    assert {(m["component_id"], m["kind"], m["delta_minor"], m["effective_on"]) for m in movements} == {
        (part.component_id, "PAYMENT", -part.minor, date(2026, 3, 1)) for part in done.allocations
    }
    (told,) = await events(home.north, "payment.recorded")
    assert (told["subject_id"], told["creditor_id"]) == (done.payment_id, home.bank.creditor_id)
    assert told["data"]["balance_after_minor"] == 95_00  # type: ignore[index]


async def test_what_the_debtor_names_is_paid_first_and_kept(home: House) -> None:
    debt = await loan(home)
    principal, interest, _ = debt.components
    done = await record_payment(
        home.north, paying(debt.id, 110_00, designation=(principal, K.INTEREST_DEFAULT), purpose="GOODWILL")
    )
    assert [(part.component_id, part.minor) for part in done.allocations] == [(interest, 20_00), (principal, 90_00)]
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT purpose, designation FROM payment WHERE id = $1", done.payment_id)
    assert row is not None and tuple(row) == ("GOODWILL", [str(principal), "INTEREST_DEFAULT"])


async def test_a_disputed_portion_is_not_paid_and_the_answer_says_so(home: House) -> None:
    debt = await loan(home)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt_component SET disputed_minor = 6000 WHERE id = $1", debt.components[0])
    done = await record_payment(home.north, paying(debt.id, 100_00))
    assert (done.unapplied_minor, done.balance_after, done.warning) == (
        35_00, Money(60_00, "COP"), PaymentWarning.DISPUTED_PORTION,
    )  # fmt: skip
    assert (await record_payment(home.north, paying(debt.id, 100_00))).warning is PaymentWarning.DISPUTED_PORTION
    await assert_books(home.north, debt.id)


async def test_the_mandates_policy_decides_between_instalments(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "UPDATE mandate SET allocation_policy = $2 WHERE id = $1", home.bank.mandate_id,
            {"grouping": "HORIZONTAL", "future_by_purpose": {"REFUND": "LAST"}},
        )  # fmt: skip
    parts = [(kind, 10, date(2026, month, 1)) for month in (2, 4, 5) for kind in (K.PRINCIPAL, K.INTEREST_DEFAULT)]
    debt = await make_debt(home.north, home.bank, parts, instalments=[1, 1, 2, 2, 3, 3])
    first = await record_payment(home.north, paying(debt.id, 25))
    assert [(part.component_id, part.minor) for part in first.allocations] == [
        (debt.components[n], minor) for n, minor in ((1, 10), (0, 10), (3, 5))
    ]
    second = await record_payment(home.north, paying(debt.id, 15, "k2", purpose="REFUND"))
    assert [(part.component_id, part.minor) for part in second.allocations] == [
        (debt.components[n], minor) for n, minor in ((5, 10), (4, 5))
    ]


async def test_the_due_date_moves_to_the_oldest_part_still_owed(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 10, DUE), (K.PRINCIPAL, 10, date(2026, 3, 1))])
    await record_payment(home.north, paying(debt.id, 10))
    async with db.transaction(home.north) as tx:
        assert await tx.fetchval("SELECT due_on FROM debt WHERE id = $1", debt.id) == date(2026, 3, 1)


async def test_the_last_payment_closes_the_debt_and_more_stays_unapplied(home: House) -> None:
    debt = await loan(home)

    done = await record_payment(home.north, paying(debt.id, 130_00))
    assert (done.unapplied_minor, done.warning) == (5_00, PaymentWarning.OVERPAYMENT)
    assert done.debt_status is DebtStatus.CLOSED
    again = await record_payment(home.north, paying(debt.id, 7_00, "k2"))
    assert (again.allocations, again.unapplied_minor) == ((), 7_00)
    assert (again.warning, again.debt_status) == (PaymentWarning.OVERPAYMENT, DebtStatus.CLOSED)

    await assert_books(home.north, debt.id)
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT * FROM debt WHERE id = $1", debt.id)
    assert row is not None
    assert (row["closed_reason"], row["closed_on"], row["recovered_minor"]) == ("PAID", date(2026, 3, 1), 125_00)
    assert row["due_on"] is None


async def test_a_recalled_debt_takes_no_money(home: House) -> None:
    debt = await loan(home)
    done = await record_payment(home.north, paying(debt.id, 1_00, "before"))
    await recall(home.north, debt, date(2026, 3, 5))
    with pytest.raises(Conflict) as refused:
        await record_payment(home.north, paying(debt.id, 1_00))
    assert refused.value.code == "DEBT_CLOSED"
    # A repeated request is still answered: it asks what became of its payment.
    assert await record_payment(home.north, paying(debt.id, 1_00, "before")) == replace(done, replayed=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(0, "COP")}, "PAYMENT_AMOUNT"),
        ({"amount": Money(-1, "COP")}, "PAYMENT_AMOUNT"),
        ({"amount": Money(2**70, "COP")}, "PAYMENT_AMOUNT"),
        ({"amount": Money(1, "USD")}, "CURRENCY_MISMATCH"),
        ({"paid_on": date(2026, 3, 11)}, "PAID_ON_IN_FUTURE"),
        ({"paid_on": date(2025, 12, 31)}, "PAID_ON_BEFORE_DEBT"),
        ({"idempotency_key": ""}, "INVALID_TEXT"),
        ({"reference": "x" * 121}, "INVALID_TEXT"),
        ({"reference": "a\0b"}, "INVALID_TEXT"),
        ({"purpose": "no code"}, "INVALID_PURPOSE"),
        ({"designation": (K.PRINCIPAL, new_id())}, "UNKNOWN_DESIGNATION"),
    ],
)
async def test_what_cannot_be_recorded(home: House, changes: dict[str, object], code: str) -> None:
    debt = await loan(home)
    with pytest.raises(InvalidInput) as refused:
        await record_payment(home.north, paying(debt.id, 1_00, **changes))
    assert refused.value.code == code
    assert refused.value.field in (
        "amount", "paid_on", "idempotency_key", "reference", "purpose", "designation",
    )  # fmt: skip
    assert await events(home.north, "payment.recorded") == []


async def test_today_is_the_mandates_today(home: House) -> None:
    """23:30 in Bogotá on the 10th is the 11th in UTC: the 11th is not yet a day to pay on."""
    debt = await loan(home)
    with clock.at(datetime(2026, 3, 11, 4, 30, tzinfo=UTC)), pytest.raises(InvalidInput, match="future"):
        await record_payment(home.north, paying(debt.id, 1, paid_on=date(2026, 3, 11)))
    with clock.at(datetime(2026, 3, 11, 5, 0, tzinfo=UTC)):
        await record_payment(home.north, paying(debt.id, 1, paid_on=date(2026, 3, 11)))


async def test_the_same_request_again_gives_the_first_answer(home: House) -> None:
    debt = await loan(home)
    first = await record_payment(home.north, paying(debt.id, 30_00))
    await record_payment(home.north, paying(debt.id, 10_00, "other"))

    assert await record_payment(home.north, paying(debt.id, 30_00)) == replace(first, replayed=True)
    for other in (paying(debt.id, 30_01), paying((await loan(home)).id, 30_00), paying(debt.id, 30_00, reference="x")):
        with pytest.raises(Conflict) as refused:
            await record_payment(home.north, other)
        assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    await assert_books(home.north, debt.id)


async def test_an_id_as_the_driver_gives_it_is_the_same_request(home: House) -> None:
    """asyncpg's UUID is a subclass of its own, which orjson does not know."""
    debt = await loan(home)
    async with db.transaction(home.north) as tx:
        read = await tx.fetchval("SELECT id FROM debt WHERE id = $1", debt.id)
    first = await record_payment(home.north, paying(debt.id, 30_00))
    assert (await record_payment(home.north, paying(read, 30_00))).payment_id == first.payment_id


async def test_the_same_key_at_another_agency_is_another_payment(home: House) -> None:
    here = await loan(home)
    there = await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 100, DUE)])
    assert not (await record_payment(home.north, paying(here.id, 1))).replayed
    assert not (await record_payment(home.south, paying(there.id, 1))).replayed


async def test_fifty_at_once_with_one_key_are_one_payment(home: House) -> None:
    debt = await loan(home)
    answers = await asyncio.gather(*(record_payment(home.north, paying(debt.id, 30_00)) for _ in range(50)))

    assert sum(not answer.replayed for answer in answers) == 1
    assert len({replace(answer, replayed=False) for answer in answers}) == 1
    page = await payments_of(home.north, debt.id, PageRequest())
    assert len(page.rows) == 1
    await assert_books(home.north, debt.id)


async def test_a_charge_added_while_the_payment_waits_is_paid_too(home: House) -> None:
    """The component is not in the snapshot of the waiting statement; the sum tells, and it reads again."""
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, DUE)])
    fee = new_id()
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt SET balance_minor = balance_minor + 30 WHERE id = $1", debt.id)
        waiting = asyncio.create_task(record_payment(home.north, paying(debt.id, 40)))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await tx.execute(
            "INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, placed_minor, "
            "balance_minor) VALUES ($1, $2, $3, $4, 2, 'COLLECTION_FEE', 30, 30)",
            home.north.agency, fee, home.bank.creditor_id, debt.id,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, "
            "delta_minor, source_id, actor) "
            "VALUES ($1, $2, $3, $4, $2, 'ADJUSTMENT', '2026-03-01', 30, $2, 'system:test')",
            home.north.agency, fee, home.bank.creditor_id, debt.id,
        )  # fmt: skip
    done = await waiting
    assert [(part.component_id, part.minor) for part in done.allocations] == [(fee, 30), (debt.components[0], 10)]
    await assert_books(home.north, debt.id)


async def test_one_key_for_two_debts_at_once_is_one_payment_and_conflicts(home: House) -> None:
    debts = [await loan(home) for _ in range(2)]
    attempts = (record_payment(home.north, paying(debts[n % 2].id, 1_00)) for n in range(20))
    answers = await asyncio.gather(*attempts, return_exceptions=True)

    won = {answer.debt_id for answer in answers if isinstance(answer, PaymentRecorded)}
    assert len(won) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 10
    for debt in debts:
        await assert_books(home.north, debt.id)


async def test_fifty_different_payments_at_once_never_take_more_than_is_owed(home: House) -> None:
    debt = await loan(home)
    answers = await asyncio.gather(*(record_payment(home.north, paying(debt.id, 3_00, f"k{n}")) for n in range(50)))

    assert sum(part.minor for answer in answers for part in answer.allocations) == 125_00
    assert sum(answer.unapplied_minor for answer in answers) == 25_00
    assert sorted(a.balance_after.minor_units for a in answers if a.allocations) == [
        max(0, 125_00 - 3_00 * n) for n in range(42, 0, -1)
    ]
    await assert_books(home.north, debt.id)


async def test_another_agencys_debt_is_no_debt(home: House) -> None:
    theirs = await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 100, DUE)])
    told: list[tuple[str, str, str | None, str | None]] = []
    for debt_id in (theirs.id, new_id()):
        with pytest.raises(NotFound) as refused:
            await record_payment(home.north, paying(debt_id, 1))
        told.append((refused.value.code, refused.value.message, refused.value.field, refused.value.remedy))
    assert told[0] == told[1]
    await assert_books(home.south, theirs.id)


async def test_no_creditor_records_and_nobody_without_the_permission(home: House) -> None:
    debt = await loan(home)
    with pytest.raises(Forbidden):
        await record_payment(home.bank_scope, paying(debt.id, 1))
    plain = await make_agency("plain", permissions=["debt:read"])
    with pytest.raises(Forbidden):
        await record_payment(plain, paying(debt.id, 1))


async def test_reads_of_payments(home: House) -> None:
    debt = await loan(home)
    done = [await record_payment(home.north, paying(debt.id, minor, str(minor))) for minor in (1_00, 2_00, 200_00)]

    first = await payments_of(home.north, debt.id, PageRequest(first=2))
    rest = await payments_of(home.north, debt.id, PageRequest(first=2, after=first.end_cursor))
    assert [row.id for row in (*first.rows, *rest.rows)] == [one.payment_id for one in reversed(done)]
    assert (first.has_next, rest.has_next) == (True, False)
    assert first.rows[0].unapplied == Money(78_00, "COP")
    assert {part.component_id: part.minor for part in rest.rows[0].allocations} == {debt.components[2]: 1_00}

    seen = await payments_of(home.bank_scope, debt.id, PageRequest())
    assert [row.id for row in seen.rows] == [one.payment_id for one in reversed(done)]
    assert {row.recorded_by for row in seen.rows} == {None}
    assert (await payment(home.bank_scope, done[0].payment_id)).amount == Money(1_00, "COP")
    for stranger in (home.south, home.shop_scope):
        with pytest.raises(NotFound):
            await payments_of(stranger, debt.id, PageRequest())
        with pytest.raises(NotFound):
            await payment(stranger, done[0].payment_id)
