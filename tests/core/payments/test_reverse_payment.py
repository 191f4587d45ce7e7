"""A reversal gives back what was taken, once; and whatever is paid and reversed in whatever order, the books agree."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.debts.models import ComponentKind, DebtStatus
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import PaymentReversed, ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, assert_books, books, events, house, make_debt, recall

K = ComponentKind
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PARTS = [(K.PRINCIPAL, 60, date(2026, 2, 1)), (K.PRINCIPAL, 40, date(2026, 3, 1)), (K.INTEREST_DEFAULT, 20, None)]


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def pay(home: House, debt: DebtRow, minor: int, key: str, paid_on: date = date(2026, 3, 1)) -> PaymentRecorded:
    command = RecordPayment(
        debt_id=debt.id,
        amount=Money(minor, "COP"),
        paid_on=paid_on,
        method=PaymentMethod.CHEQUE,
        received_by=ReceivedBy.AGENCY,
        idempotency_key=key,
    )
    return await record_payment(home.north, command)


def back(payment_id: UUID, reversed_on: date = date(2026, 3, 9), reason: str = "cheque returned") -> ReversePayment:
    return ReversePayment(payment_id=payment_id, reason=reason, reversed_on=reversed_on)


async def test_the_stored_split_comes_back_exactly(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    first = await pay(home, debt, 50, "a")
    await pay(home, debt, 65, "b", date(2026, 3, 2))

    done = await reverse_payment(home.north, back(first.payment_id))

    assert {(p.component_id, p.minor) for p in done.restored} == {(p.component_id, p.minor) for p in first.allocations}
    assert done.balance_after == Money(55, "COP")
    _, recovered, components, _ = await books(home.north, debt.id)
    assert recovered == 65
    assert components == dict(zip(debt.components, (30, 5, 20), strict=True))
    await assert_books(home.north, debt.id)
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT * FROM debt WHERE id = $1", debt.id)
        kept = await tx.fetchrow("SELECT * FROM payment WHERE id = $1", first.payment_id)
        moved = await tx.fetch("SELECT * FROM debt_movement WHERE kind = 'PAYMENT_REVERSAL'")
    assert row is not None
    assert kept is not None
    assert (row["due_on"], row["last_payment_on"]) == (date(2026, 2, 1), date(2026, 3, 2))
    assert (kept["status"], kept["reversed_on"], kept["reversal_reason"]) == (
        "REVERSED",
        date(2026, 3, 9),
        "cheque returned",
    )
    assert {(m["source_id"], m["effective_on"], m["reason"]) for m in moved} == {
        (first.payment_id, date(2026, 3, 9), "cheque returned")
    }
    (told,) = await events(home.north, "payment.reversed")
    assert told["subject_id"] == first.payment_id and told["data"]["received_by"] == "AGENCY"


async def test_a_paid_debt_is_open_again_and_a_recalled_one_is_not(home: House) -> None:
    paid, gone = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    last, early = await pay(home, paid, 130, "a"), await pay(home, gone, 10, "b")
    await recall(home.north, gone, date(2026, 3, 5))

    reopened = await reverse_payment(home.north, back(last.payment_id))
    assert (reopened.reopened, reopened.debt_status, reopened.unapplied_minor) == (True, DebtStatus.ACTIVE, 10)
    kept = await reverse_payment(home.north, back(early.payment_id))
    assert (kept.reopened, kept.debt_status, kept.balance_after.minor_units) == (False, DebtStatus.CLOSED, 10)
    for debt in (paid, gone):
        await assert_books(home.north, debt.id)


async def test_an_overpayment_of_a_paid_debt_reopens_nothing(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    await pay(home, debt, 120, "a")
    extra = await pay(home, debt, 30, "b")
    done = await reverse_payment(home.north, back(extra.payment_id))
    assert (done.restored, done.reopened, done.debt_status) == ((), False, DebtStatus.CLOSED)
    await assert_books(home.north, debt.id)


async def test_a_second_reversal_is_refused_also_at_the_same_time(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    paid = await pay(home, debt, 50, "a")
    attempts = (reverse_payment(home.north, back(paid.payment_id)) for _ in range(20))
    answers = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(answer, PaymentReversed) for answer in answers) == 1
    codes = {answer.code for answer in answers if isinstance(answer, Conflict)}
    assert codes == {"PAYMENT_ALREADY_REVERSED"}
    assert sum(isinstance(answer, Conflict) for answer in answers) == 19
    await assert_books(home.north, debt.id)


async def test_payments_and_reversals_of_one_debt_at_once(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    paid = [await pay(home, debt, 5, f"a{n}") for n in range(10)]
    work = [reverse_payment(home.north, back(one.payment_id)) for one in paid]
    await asyncio.gather(*work, *(pay(home, debt, 7, f"b{n}") for n in range(10)))
    balance, recovered, _, _ = await books(home.north, debt.id)
    assert (balance, recovered) == (50, 70)
    await assert_books(home.north, debt.id)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"reversed_on": date(2026, 3, 11)}, "REVERSED_ON_IN_FUTURE"),
        ({"reversed_on": date(2026, 2, 28)}, "REVERSED_ON_BEFORE_PAYMENT"),
        ({"reason": "  "}, "REASON_NEEDED"),
        ({"reason": "x" * 201}, "REASON_NEEDED"),
    ],
)
async def test_what_cannot_be_reversed(home: House, command: dict[str, object], code: str) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    paid = await pay(home, debt, 50, "a")
    with pytest.raises(InvalidInput) as refused:
        await reverse_payment(home.north, back(paid.payment_id, **command))  # type: ignore[arg-type]
    assert refused.value.code == code


async def test_strangers_cannot_reverse(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    paid = await pay(home, debt, 50, "a")
    told: list[tuple[str, str, str | None]] = []
    for payment_id in (paid.payment_id, new_id()):
        with pytest.raises(NotFound) as refused:
            await reverse_payment(home.south, back(payment_id))
        told.append((refused.value.code, refused.value.message, refused.value.field))
    assert told[0] == told[1]
    with pytest.raises(Forbidden):
        await reverse_payment(home.bank_scope, back(paid.payment_id))


steps = st.lists(
    st.tuples(st.just("pay"), st.integers(1, 70), st.integers(0, 40))
    | st.tuples(st.just("back"), st.integers(0, 9), st.just(0)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=steps)
async def test_whatever_is_paid_and_reversed_the_books_agree(home: House, sequence: list[tuple[str, int, int]]) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    cleared: dict[UUID, int] = {}
    for kind, number, day in sequence:
        if kind == "pay":
            done = await pay(home, debt, number, str(new_id()), date(2026, 1, 20 + day % 10))
            cleared[done.payment_id] = number - done.unapplied_minor
        elif cleared:
            payment_id = list(cleared)[number % len(cleared)]
            await reverse_payment(home.north, back(payment_id))
            del cleared[payment_id]
        await assert_books(home.north, debt.id)
        balance, recovered, _, _ = await books(home.north, debt.id)
        assert recovered == sum(cleared.values())
        assert balance + recovered == 120
        async with db.transaction(home.north) as tx:
            row = await tx.fetchrow("SELECT status, closed_reason, due_on FROM debt WHERE id = $1", debt.id)
        assert row is not None
        assert (row["status"] == "CLOSED") == (balance == 0)
