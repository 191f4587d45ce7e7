"""Interest in the books: single debts, month's end, late changes, what nobody may post."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader

from core.interest.accrue_due import request_accrual
from core.interest.accrue_interest import reaccrue
from core.interest.colombia import CONSUMER
from core.interest.install_rate_caps import install_rate_caps
from core.interest.models import PauseReason
from core.interest.pause_interest import EndPause, PauseInterest, end_pause, pause_interest
from core.interest.payoff import payoff
from core.interest.rates import minor_of
from core.interest.reads import rate_caps
from core.interest.save_rate_cap import SaveRateCap, save_rate_cap
from core.interest.set_terms import SetTerms, set_terms
from core.interest.statement import statement_of_interest
from core.interest.statement_pdf import as_pdf
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.verify import verify
from core.mandates.interest import InterestMethod, InterestTerms
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import House, assert_books, events, house, make_debt
from tests.core.interest.interest_house import (
    CAPPED,
    CAPS,
    MILLION,
    NOW,
    K,
    accrue,
    bearing,
    certify,
    interest_moves,
    month_end,
    move,
    state,
)

D = Decimal


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        found = await house(database)
        await certify(found.north)
        yield found


async def owed(scope: Scope, debt_id: UUID) -> dict[str, int]:
    async with db.transaction(scope) as tx:
        rows = await tx.fetch("SELECT kind, balance_minor FROM debt_component WHERE debt_id = $1", debt_id)
    return {row["kind"]: row["balance_minor"] for row in rows}


async def fix(scope: Scope, debt_id: UUID, day: date, cause: str) -> int:
    async with db.transaction(scope) as tx:
        await tx.fetchval(
            "SELECT 1 FROM debt WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", scope.agency, debt_id
        )
        return await reaccrue(tx, debt_id, day, cause)


async def test_interest_is_posted_split_at_the_change_of_the_cap(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    done = await accrue(home.north, debt.id, date(2026, 4, 15))
    assert done is not None and (done.posted_minor, done.accrued_to, done.later_minor) == (
        2_057_421,
        date(2026, 4, 15),
        0,
    )
    assert await owed(home.north, debt.id) == {"PRINCIPAL": MILLION, "INTEREST_DEFAULT": 2_057_421}
    assert await interest_moves(home.north, debt.id) == [
        ("INTEREST", date(2026, 4, 15), 2_057_421, "Interest from 2026-03-15 to 2026-04-15")
    ]
    await assert_books(home.north, debt.id)
    (told,) = await events(home.north, "interest.accrued")
    assert (told["subject_id"], told["creditor_id"]) == (debt.id, home.bank.creditor_id)

    again = await accrue(home.north, debt.id, date(2026, 4, 15))
    assert again is not None and again.posted_minor == 0
    assert len(await interest_moves(home.north, debt.id)) == 1


async def test_a_debt_without_terms_bears_nothing(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, MILLION, None)])
    assert await accrue(home.north, debt.id, date(2026, 5, 1)) is None
    told = await payoff(home.north, debt.id, date(2026, 5, 1))
    assert (told.total.minor_units, told.per_diem, told.interest) == (MILLION, 0, 0)


async def test_postings_of_any_days_add_up_to_the_rounded_exact_sum(home: House) -> None:
    often = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, 12_345, None)])
    once = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, 12_345, None)])
    for n in range(16, 32):
        await accrue(home.north, often.id, date(2026, 3, n))
    await accrue(home.north, once.id, date(2026, 3, 31))
    assert await owed(home.north, often.id) == await owed(home.north, once.id)
    left, right = await state(home.north, often.id), await state(home.north, once.id)
    assert abs(left["accrued"] - right["accrued"]) < D("1e-10")
    assert left["posted_minor"] == minor_of(left["accrued"]) == (await owed(home.north, often.id))["INTEREST_DEFAULT"]


async def test_interest_waits_for_a_cap_that_is_not_certified(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    with clock.at(datetime(2026, 7, 20, 12, tzinfo=UTC)):
        done = await accrue(home.north, debt.id, date(2026, 7, 20))
        assert done is not None and done.accrued_to == date(2026, 7, 1)
        told = await payoff(home.north, debt.id, date(2026, 7, 20))
        assert told.provisional and told.total.minor_units > MILLION + done.posted_minor
        assert (await month_end(home.north, date(2026, 7, 20)))["waiting"] == 1
        await certify(home.north, [(date(2026, 7, 1), date(2026, 9, 30), "0.2500")])
        assert (await month_end(home.north, date(2026, 7, 20)))["waiting"] == 0
        told = await payoff(home.north, debt.id, date(2026, 7, 20))
        assert not told.provisional
        assert told.total.minor_units == sum((await owed(home.north, debt.id)).values())
    assert (await state(home.north, debt.id))["accrued_to"] == date(2026, 7, 20)


async def test_nothing_is_posted_without_any_cap(home: House) -> None:
    debt = await bearing(home.north, home.bank, InterestTerms(modality="MICRO"))
    done = await accrue(home.north, debt.id, date(2026, 5, 1))
    assert done is not None and (done.posted_minor, done.accrued_to) == (0, date(2026, 3, 15))
    with pytest.raises(Conflict) as refused:
        await payoff(home.north, debt.id, date(2026, 5, 1))
    assert refused.value.code == "RATE_CAP_MISSING"


async def test_nobody_accrues_into_the_future(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    done = await accrue(home.north, debt.id, date(2026, 6, 20))
    assert done is not None and done.accrued_to == date(2026, 6, 1)


async def test_a_payment_dated_back_over_a_rate_change(home: House) -> None:
    """What was posted beyond its day is corrected by one movement, to what it would be had the payment come in time."""
    late, timely = [await bearing(home.north, home.bank) for _ in range(2)]
    paid_on = date(2026, 3, 25)
    await accrue(home.north, timely.id, paid_on)
    await move(home.north, timely, 0, "PAYMENT", paid_on, -40_000_000, paid=True)
    await month_end(home.north, date(2026, 4, 30))
    assert (await accrue(home.north, timely.id, date(2026, 4, 30))) is not None

    done = await accrue(home.north, late.id, paid_on)
    assert done is not None and done.accrued_to == date(2026, 4, 30)
    before = (await payoff(home.north, late.id, paid_on)).interest
    interest = (await owed(home.north, late.id))["INTEREST_DEFAULT"]
    assert done.later_minor == interest - minor_of(before)
    await move(home.north, late, 0, "PAYMENT", paid_on, -40_000_000, paid=True)
    difference = await fix(home.north, late.id, paid_on, "payment of 2026-03-25")
    assert difference < 0
    assert await owed(home.north, late.id) == await owed(home.north, timely.id)
    assert (await interest_moves(home.north, late.id))[-1] == (
        "INTEREST_CORRECTION", date(2026, 4, 30), difference,
        "Interest from 2026-03-25 to 2026-04-30: payment of 2026-03-25",
    )  # fmt: skip
    assert await fix(home.north, late.id, paid_on, "again") == 0
    await assert_books(home.north, late.id)
    (told,) = await events(home.north, "interest.corrected")
    assert told["subject_id"] == late.id


async def test_a_late_movement_is_found_by_the_next_accrual(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    await month_end(home.north, date(2026, 4, 30))
    await move(home.north, debt, 0, "ADJUSTMENT", date(2026, 4, 10), -MILLION // 2)
    assert (await month_end(home.north, date(2026, 4, 30)))["postings"] == 1
    kind, day, minor, reason = (await interest_moves(home.north, debt.id))[-1]
    assert (kind, day, minor < 0) == ("INTEREST_CORRECTION", date(2026, 4, 30), True)
    assert reason == "Interest from 2026-03-15 to 2026-04-30: its history changed late"
    exact = (await payoff(home.north, debt.id, date(2026, 4, 30))).interest
    assert (await state(home.north, debt.id))["accrued"] == exact
    assert (await month_end(home.north, date(2026, 4, 30)))["postings"] == 0


async def test_a_due_date_that_was_moved_is_found_by_the_next_accrual(home: House) -> None:
    debt = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, MILLION, date(2026, 3, 20))])
    await month_end(home.north, date(2026, 4, 30))
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt_component SET due_on = '2026-04-20' WHERE id = $1", debt.components[0])
    await month_end(home.north, date(2026, 4, 30))
    exact = (await payoff(home.north, debt.id, date(2026, 4, 30))).interest
    assert (
        minor_of(exact)
        == (await owed(home.north, debt.id))["INTEREST_DEFAULT"]
        == minor_of(10 * MILLION * D("0.000680196494"))
    )


async def test_interest_paid_too_much_pays_what_is_owed_next(home: House) -> None:
    debt = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, MILLION, None), (K.INTEREST_DEFAULT, 0, None)])
    await month_end(home.north, date(2026, 4, 30))
    interest = (await owed(home.north, debt.id))["INTEREST_DEFAULT"]
    await move(home.north, debt, 1, "PAYMENT", date(2026, 4, 30), -interest, paid=True)
    paused = await pause_interest(
        home.north,
        PauseInterest(
            debt_id=debt.id, first_on=date(2026, 4, 1), last_on=date(2026, 4, 30), reason=PauseReason.DISPUTE
        ),
    )
    left = await owed(home.north, debt.id)
    assert left == {"PRINCIPAL": MILLION + paused.corrected_minor, "INTEREST_DEFAULT": 0}
    assert paused.corrected_minor == (await interest_moves(home.north, debt.id))[-1][2] < 0
    await assert_books(home.north, debt.id)


async def test_a_debt_that_a_correction_pays_is_closed_and_none_owes_less_than_nothing(home: House) -> None:
    debt = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, MILLION, None), (K.INTEREST_DEFAULT, 0, None)])
    await month_end(home.north, date(2026, 4, 30))
    interest = (await owed(home.north, debt.id))["INTEREST_DEFAULT"]
    await move(home.north, debt, 0, "PAYMENT", date(2026, 3, 15), -MILLION, paid=True)
    assert await fix(home.north, debt.id, date(2026, 3, 15), "payment of 2026-03-15") == -interest
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow(
            "SELECT status, closed_reason, closed_on, balance_minor FROM debt WHERE id = $1", debt.id
        )
    assert row is not None and tuple(row) == ("CLOSED", "PAID", date(2026, 3, 15), 0)

    other = await bearing(home.north, home.bank, parts=[(K.PRINCIPAL, MILLION, None), (K.INTEREST_DEFAULT, 0, None)])
    await accrue(home.north, other.id, date(2026, 4, 30))
    await move(home.north, other, 1, "PAYMENT", date(2026, 4, 30), -interest, paid=True)
    await move(home.north, other, 0, "PAYMENT", date(2026, 3, 15), -MILLION, paid=True)
    assert await fix(home.north, other.id, date(2026, 3, 15), "late") == 0
    overpaid = await state(home.north, other.id)
    assert (overpaid["accrued"], overpaid["posted_minor"]) == (0, interest)
    await assert_books(home.north, other.id)


async def test_pauses_of_days_gone_by_and_their_end(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    await month_end(home.north, date(2026, 4, 30))
    whole = (await owed(home.north, debt.id))["INTEREST_DEFAULT"]
    paused = await pause_interest(
        home.north,
        PauseInterest(debt_id=debt.id, first_on=date(2026, 4, 11), last_on=None, reason=PauseReason.INSOLVENCY),
    )
    exact = (await payoff(home.north, debt.id, date(2026, 4, 11))).interest
    assert (await owed(home.north, debt.id))["INTEREST_DEFAULT"] == minor_of(exact) == whole + paused.corrected_minor
    assert (await payoff(home.north, debt.id, date(2026, 9, 1))).interest == exact
    ended = await end_pause(home.north, EndPause(pause_id=paused.pause_id, last_on=date(2026, 4, 20)))
    assert ended.corrected_minor > 0
    undone = await end_pause(home.north, EndPause(pause_id=paused.pause_id, last_on=date(2026, 4, 10)))
    assert undone.corrected_minor > 0
    assert (await owed(home.north, debt.id))["INTEREST_DEFAULT"] == whole
    with pytest.raises(NotFound):
        await end_pause(home.north, EndPause(pause_id=paused.pause_id, last_on=date(2026, 4, 20)))
    for first, last in ((date(2026, 4, 2), date(2026, 4, 1)), (date(2025, 1, 1), None)):
        with pytest.raises(InvalidInput) as refused:
            await pause_interest(
                home.north, PauseInterest(debt_id=debt.id, first_on=first, last_on=last, reason=PauseReason.OTHER)
            )
        assert refused.value.code == "PAUSE_DAYS"


async def test_terms_after_a_judgment_dated_back(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    await month_end(home.north, date(2026, 4, 30))
    judgment = InterestTerms(annual_rate=D("0.06"))
    done = await set_terms(
        home.north, SetTerms(debt_id=debt.id, valid_from=date(2026, 4, 1), terms=judgment, reason="judgment 2026-123")
    )
    assert done.corrected_minor < 0
    assert (await interest_moves(home.north, debt.id))[-1][3] == (
        "Interest from 2026-04-01 to 2026-04-30: other terms of interest: judgment 2026-123"
    )
    with pytest.raises(Conflict) as refused:
        await set_terms(
            home.north,
            SetTerms(
                debt_id=debt.id,
                valid_from=date(2026, 5, 1),
                terms=replace(judgment, receives=K.INTEREST_ORDINARY),
                reason="x",
            ),
        )
    assert refused.value.code == "INTEREST_RECEIVER"
    with pytest.raises(InvalidInput) as early:
        await set_terms(
            home.north, SetTerms(debt_id=debt.id, valid_from=date(2025, 12, 31), terms=judgment, reason="x")
        )
    assert early.value.code == "INTEREST_FROM"


async def test_a_corrected_cap_corrects_what_was_posted_above_it(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    uncapped = await bearing(home.north, home.bank, InterestTerms(annual_rate=D("0.6")))
    await month_end(home.north, date(2026, 4, 30))
    cap = SaveRateCap(
        modality="CO",
        valid_from=CAPS[1][0],
        valid_to=CAPS[1][1],
        annual_rate=D("0.2"),
        resolution="R",
        source="erratum",
    )
    saved = await save_rate_cap(home.north, cap)
    assert (saved.changed, saved.stale_debts) == (True, 1)
    assert await save_rate_cap(home.north, cap) == replace(saved, changed=False, stale_debts=0)
    await month_end(home.north, date(2026, 4, 30))
    assert (await interest_moves(home.north, debt.id))[-1][2] < 0
    assert len(await interest_moves(home.north, uncapped.id)) == 1
    exact = (await payoff(home.north, debt.id, date(2026, 4, 30))).interest
    assert minor_of(exact) == (await owed(home.north, debt.id))["INTEREST_DEFAULT"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_from": date(2026, 6, 30), "valid_to": date(2026, 7, 31)}, "RATE_CAP_OVERLAP"),
        ({"valid_from": date(2026, 9, 1)}, "RATE_CAP_DAYS"), ({"annual_rate": D("-0.1")}, "INTEREST_TERMS"),
        ({"annual_rate": D("28.17")}, "INTEREST_TERMS"), ({"annual_rate": D("0.123456789")}, "INTEREST_TERMS"),
        ({"modality": "co"}, "INTEREST_TERMS"), ({"resolution": " "}, "INVALID_TEXT"),
    ],
)  # fmt: skip
async def test_caps_that_cannot_be(home: House, changes: dict[str, object], code: str) -> None:
    cap = SaveRateCap(
        modality="CO",
        valid_from=date(2026, 7, 1),
        valid_to=date(2026, 7, 31),
        annual_rate=D("0.2"),
        resolution="R",
        source="s",
    )
    with pytest.raises((InvalidInput, Conflict)) as refused:
        await save_rate_cap(home.north, replace(cap, **changes))  # type: ignore[arg-type]
    assert refused.value.code == code


async def test_mandates_give_their_debts_terms_and_month_ends_accrue_them(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "UPDATE mandate SET interest = $2 WHERE id = $1", home.bank.mandate_id,
            InterestTerms(annual_rate=D("0.2"), modality="CO").to_json(),
        )  # fmt: skip
    debts = [
        await make_debt(home.north, home.bank, [(K.PRINCIPAL, MILLION, None)], placed_on=date(2026, 2, 1))
        for _ in range(3)
    ]
    theirs = await make_debt(home.north, home.shop, [(K.PRINCIPAL, MILLION, None)])
    result = await month_end(home.north, date(2026, 3, 31))
    assert result == {"postings": 3, "waiting": 0, "day": "2026-03-31"}
    assert {(await owed(home.north, debt.id))["INTEREST_DEFAULT"] for debt in debts} == {2_897_888}
    assert await owed(home.north, theirs.id) == {"PRINCIPAL": MILLION}
    (told,) = await events(home.north, "interest.posted")
    assert told["creditor_id"] == home.bank.creditor_id
    assert told["data"] == {"day": "2026-03-31", "postings": 3, "minor": 3 * 2_897_888, "currency": "COP", "waiting": 0}


async def test_one_statement_for_all_posts_what_batches_do(home: House) -> None:
    """A run in batches of two, and one of all debts at once: the same postings on the same books."""
    for day, at_once in ((date(2026, 3, 31), 2), (date(2026, 4, 30), 1_000_000)):
        debts = [await bearing(home.north, home.bank) for _ in range(5)]
        result = await month_end(home.north, day, debts_at_once=at_once)
        alike = await make_debt(home.north, home.bank, [(K.PRINCIPAL, MILLION, None)])
        await set_terms(
            home.north, SetTerms(debt_id=alike.id, valid_from=date(2026, 3, 15), terms=CAPPED, reason="contract")
        )
        alone = await accrue(home.north, alike.id, day)
        assert alone is not None and result["postings"] >= 5
        for debt in debts:
            assert (await interest_moves(home.north, debt.id))[0][2] == alone.posted_minor
            await assert_books(home.north, debt.id)
    assert (await month_end(home.north, date(2026, 4, 30), debts_at_once=1_000_000))["postings"] == 0
    async with db.transaction(home.north) as tx:
        assert await tx.fetchval("SELECT count(*) FROM event WHERE name = 'interest.posted'") == 2
    for many in (0, 1_000_001):
        with pytest.raises(InvalidInput):
            await request_accrual(home.north, date(2026, 4, 30), debts_at_once=many)


async def test_interest_in_whole_pesos_never_above_what_is_exact(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET rounding = 'DOWN', rounding_unit_minor = 100")
    debt = await bearing(home.north, home.bank)
    done = await accrue(home.north, debt.id, date(2026, 4, 15))
    assert done is not None and done.posted_minor == 2_057_400, "20,574.21 is exact"
    ahead = await payoff(home.north, debt.id, date(2026, 5, 15))
    assert ahead.total.minor_units % 100 == 0 and ahead.total.minor_units <= MILLION + ahead.interest
    await accrue(home.north, debt.id, date(2026, 5, 15))
    assert (await payoff(home.north, debt.id, date(2026, 5, 15))).total == ahead.total
    found = await state(home.north, debt.id)
    assert 0 <= found["accrued"] - found["posted_minor"] < 100, "the rest is carried"
    paper = as_pdf(await statement_of_interest(home.north, debt.id, date(2026, 5, 15)))
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    assert "se redondea a COP 1.00, hacia abajo" in words
    await assert_books(home.north, debt.id)


async def test_day_by_day_the_last_month_is_posted(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    assert (await month_end(home.north, None))["day"] == "2026-05-31"
    assert (await state(home.north, debt.id))["accrued_to"] == date(2026, 5, 31)


async def test_real_payments_and_their_reversal(home: House) -> None:
    """Money recorded late and taken back again: the books stay whole, and interest is what the history says."""
    debt = await bearing(home.north, home.bank)
    await month_end(home.north, date(2026, 4, 30))
    paid = await record_payment(
        home.north,
        RecordPayment(
            debt_id=debt.id, amount=Money(30_000_000, "COP"), paid_on=date(2026, 3, 25), method=PaymentMethod.TRANSFER,
            received_by=ReceivedBy.AGENCY, idempotency_key="k",
        ),
    )  # fmt: skip
    await month_end(home.north, date(2026, 5, 31))
    await reverse_payment(
        home.north, ReversePayment(payment_id=paid.payment_id, reversed_on=date(2026, 5, 10), reason="R01")
    )
    await month_end(home.north, date(2026, 5, 31))
    kinds = [kind for kind, *_ in await interest_moves(home.north, debt.id)]
    assert kinds == ["INTEREST", "INTEREST_CORRECTION", "INTEREST", "INTEREST_CORRECTION"]
    told = await payoff(home.north, debt.id, date(2026, 5, 31))
    assert (
        told.total.minor_units == sum((await owed(home.north, debt.id)).values()) == MILLION + minor_of(told.interest)
    )
    await assert_books(home.north, debt.id)
    assert (await verify(home.north)).holds


async def test_many_debts_are_done_in_batches(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.interest.accrue_due.BATCH", 2)
    debts = [await bearing(home.north, home.bank) for _ in range(5)]
    assert (await month_end(home.north, date(2026, 4, 15)))["postings"] == 5
    assert {(await owed(home.north, debt.id))["INTEREST_DEFAULT"] for debt in debts} == {2_057_421}
    assert (await month_end(home.north, date(2026, 4, 15)))["postings"] == 0


async def test_closed_debts_earn_nothing_more(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "UPDATE debt SET status = 'CLOSED', closed_reason = 'SOLD', closed_on = '2026-04-01' WHERE id = $1", debt.id
        )
    assert (await month_end(home.north, date(2026, 4, 30)))["postings"] == 0
    at_close = await payoff(home.north, debt.id, date(2026, 4, 1))
    later = await payoff(home.north, debt.id, date(2026, 5, 1))
    assert at_close.interest == later.interest > 0 and later.per_diem == 0


async def test_payoff_of_any_day(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    ahead = await payoff(home.north, debt.id, date(2026, 6, 20))
    past = await payoff(home.north, debt.id, date(2026, 4, 15))
    assert past.total.minor_units == MILLION + 2_057_421
    assert [(part.component_id, part.owed.minor_units) for part in past.parts] == [
        (debt.components[0], MILLION),
        (None, 2_057_421),
    ]
    await month_end(home.north, date(2026, 4, 30))
    assert (await payoff(home.north, debt.id, date(2026, 4, 15))).total == past.total
    assert (await payoff(home.north, debt.id, date(2026, 6, 20))).total == ahead.total
    day_before = (await payoff(home.north, debt.id, date(2026, 6, 19))).interest
    assert abs(ahead.interest - day_before - ahead.per_diem) <= D("1e-11")
    assert (await payoff(home.bank_scope, debt.id, date(2026, 4, 15))).total == past.total
    assert (await payoff(home.north, debt.id, date(2026, 2, 1))).total.minor_units == MILLION
    for scope in (home.south, home.shop_scope):
        with pytest.raises(NotFound):
            await payoff(scope, debt.id, date(2026, 4, 15))


async def test_interest_upon_interest_in_the_books(home: House) -> None:
    terms = InterestTerms(method=InterestMethod.COMPOUND, annual_rate=D("0.2817"))
    debt = await bearing(home.north, home.bank, terms, since=date(2026, 1, 1))
    await month_end(home.north, date(2026, 1, 31))
    assert await owed(home.north, debt.id) == {"PRINCIPAL": MILLION, "INTEREST_DEFAULT": 2_060_844}
    await month_end(home.north, date(2026, 4, 1))
    assert await owed(home.north, debt.id) == {"PRINCIPAL": MILLION, "INTEREST_DEFAULT": 6_310_819}


async def test_accruals_at_once_post_once(home: House) -> None:
    debts = [await bearing(home.north, home.bank) for _ in range(3)]
    await asyncio.gather(
        *(accrue(home.north, debt.id, date(2026, 4, 30)) for debt in debts for _ in range(4)),
        *(month_end(home.north, date(2026, 4, 30)) for _ in range(2)),
    )
    for debt in debts:
        assert len(await interest_moves(home.north, debt.id)) == 1
        await assert_books(home.north, debt.id)


async def test_who_reads_which_caps(home: House) -> None:
    await certify(home.south, [(date(2026, 1, 1), date(2026, 3, 31), "0.1")], "THEIRS")

    async def seen(scope: Scope) -> set[str]:
        return {cap.modality for cap in await rate_caps(scope)}

    assert (await seen(home.north), await seen(home.south)) == ({"CO"}, {"THEIRS"})
    assert (await seen(home.shop_scope), await seen(home.bank_scope)) == ({"CO"}, {"CO", "THEIRS"})
    assert await rate_caps(home.north, "THEIRS") == []


async def test_the_published_caps_of_colombia(home: House) -> None:
    assert all(saved.changed for saved in await install_rate_caps(home.north, "CO"))
    assert not any(saved.changed for saved in await install_rate_caps(home.north, "CO"))
    debt = await bearing(home.north, home.bank, InterestTerms(modality=CONSUMER))
    done = await accrue(home.north, debt.id, date(2026, 4, 15))
    assert done is not None and done.posted_minor == 2_057_421


async def test_only_who_manages_interest_does(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    reader = replace(home.north, permissions=frozenset({"debt:read"}))
    for scope in (reader, home.bank_scope):
        with pytest.raises(Forbidden):
            await set_terms(scope, SetTerms(debt_id=debt.id, valid_from=date(2026, 5, 1), terms=CAPPED, reason="x"))
        with pytest.raises(Forbidden):
            await request_accrual(scope, date(2026, 5, 1))
        with pytest.raises(Forbidden):
            await pause_interest(
                scope, PauseInterest(debt_id=debt.id, first_on=date(2026, 5, 1), last_on=None, reason=PauseReason.OTHER)
            )
        with pytest.raises(Forbidden):
            await certify(scope)
    for debt_id in (debt.id, new_id()):
        with pytest.raises(NotFound):
            await set_terms(
                home.south, SetTerms(debt_id=debt_id, valid_from=date(2026, 5, 1), terms=CAPPED, reason="x")
            )
