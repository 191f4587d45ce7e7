"""Money between an agency and a creditor beside what debtors pay: advances for costs, and invoices that are paid."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import DomainError, Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.ledger.verify import verify
from core.remittance.agree import AgreeRemittance, agree_remittance
from core.remittance.pay_invoice import InvoicePaid, PayInvoice, pay_invoice
from core.remittance.postings import invoice_legs
from core.remittance.reads import open_invoices
from core.remittance.record_advance import AdvanceRecorded, RecordAdvance, record_advance
from core.remittance.rules import Invoice
from tests.core.commissions.commission_house import FLAT, IVA, Desk, make_desk
from tests.core.house import House, events, house
from tests.core.remittance.test_statements import accounts, issue

TODAY = date(2026, 11, 20)
MEANS = {"RECEIVED": ["INVOICE"], "DIRECT": ["INVOICE"], "COSTS": ["ADVANCES", "INVOICE"]}


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(datetime(2026, 11, 20, 15, tzinfo=UTC)):
        yield await house(database)


def advance(desk: Desk, minor: int, key: str = "a", **changes: Any) -> RecordAdvance:
    given = {"amount": Money(minor, "COP"), "moved_on": date(2026, 1, 15), "reference": "ACH 1"} | changes
    return RecordAdvance(creditor_id=desk.client.creditor_id, idempotency_key=key, **given)


async def cost(desk: Desk, minor: int) -> None:
    async with db.transaction(desk.scope) as tx:
        await tx.execute(
            "INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, "
            "effective_on, source_id, actor) VALUES ($1, $2, $3, 'COURT_COST', 'CREDITOR_RECEIVABLE', "
            "'OPERATING_BANK', 'COP', $4, '2026-01-16', $2, 'test')",
            desk.scope.agency, new_id(), desk.client.creditor_id, minor,
        )  # fmt: skip


async def invoiced(desk: Desk) -> PayInvoice:
    """297.50 of fee and tax, and 50.00 of costs of which an advance pays 30.00: 317.50 to be paid by 100.00."""
    await agree_remittance(
        desk.scope, AgreeRemittance(creditor_id=desk.client.creditor_id, means=MEANS, shortfall="INVOICE")
    )
    await record_advance(desk.scope, advance(desk, 3_000))
    await cost(desk, 5_000)
    await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))
    issued = await issue(desk)
    assert (issued.remitted.minor_units, issued.invoiced.minor_units) == (100_000, 31_750)
    return PayInvoice(
        statement_id=issued.statement_id, amount=Money(10_000, "COP"), paid_on=TODAY, reference="ACH 9",
        idempotency_key="i",
    )  # fmt: skip


async def test_an_advance_is_the_creditors_until_costs_take_it(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    done = await asyncio.gather(*(record_advance(home.north, advance(desk, 8_000)) for _ in range(4)))
    assert sorted(one.replayed for one in done) == [False, True, True, True]
    assert {(one.advance_id, one.available.minor_units) for one in done} == {(done[0].advance_id, 8_000)}
    assert await accounts(home.north) == {"TRUST_BANK": 8_000, "COURT_COST_ADVANCE": -8_000}
    with pytest.raises(DomainError) as more:
        await record_advance(home.north, advance(desk, 8_001, "b", returned=True))
    assert (more.value.code, "80.00" in more.value.message) == ("ADVANCES_TOO_SMALL", True)
    back = await record_advance(home.north, advance(desk, 2_000, "b", returned=True))
    assert back == AdvanceRecorded(
        advance_id=back.advance_id, creditor_id=desk.client.creditor_id, available=Money(6_000, "COP"), replayed=False
    )
    terms = AgreeRemittance(creditor_id=desk.client.creditor_id, means=MEANS, shortfall="CARRY")
    await agree_remittance(home.north, terms)
    await cost(desk, 7_000)
    assert (await issue(desk)).invoiced.minor_units == 1_000
    assert await accounts(home.north) == {"CREDITOR_RECEIVABLE": 1_000, "OPERATING_BANK": -1_000}
    assert len(await events(home.north, "advance.recorded")) == 2
    assert (await verify(home.north)).holds


async def test_two_who_give_back_the_same_advance(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    await record_advance(home.north, advance(desk, 5_000))
    done = await asyncio.gather(
        *(record_advance(home.north, advance(desk, 5_000, key, returned=True)) for key in "xyz"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["AdvanceRecorded", "Conflict", "Conflict"]
    assert await accounts(home.north) == {}


@pytest.mark.parametrize(
    ("minor", "changes", "code"),
    [(0, {}, "ADVANCE_AMOUNT"), (-1, {}, "ADVANCE_AMOUNT"), (1, {"amount": Money(1, "XYZ")}, "UNKNOWN_CURRENCY"),
     (1, {"moved_on": date(2026, 11, 21)}, "MOVED_ON"), (1, {"reference": " "}, "INVALID_TEXT")],
)  # fmt: skip
async def test_what_is_no_advance(home: House, minor: int, changes: dict[str, Any], code: str) -> None:
    desk = await make_desk(home.north, FLAT)
    with pytest.raises(DomainError) as problem:
        await record_advance(home.north, advance(desk, minor, **changes))
    assert problem.value.code == code
    assert await accounts(home.north) == {}


async def test_an_invoice_is_paid_in_parts_costs_first(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    command = await invoiced(desk)
    owed = {"CREDITOR_RECEIVABLE": 2_000, "COMMISSION_RECEIVABLE": 29_750}
    before = await accounts(home.north, desk.client.creditor_id)
    assert {name: before[name] for name in owed} == owed

    done = await asyncio.gather(*(pay_invoice(home.north, command) for _ in range(3)))
    assert sorted(one.replayed for one in done) == [False, True, True]
    assert {one.open for one in done} == {Money(21_750, "COP")}
    after = await accounts(home.north, desk.client.creditor_id)
    assert (after.get("CREDITOR_RECEIVABLE"), after["COMMISSION_RECEIVABLE"]) == (None, 21_750)
    assert after["OPERATING_BANK"] - before["OPERATING_BANK"] == 10_000
    assert await open_invoices(home.north, [command.statement_id]) == {command.statement_id: Money(21_750, "COP")}

    more = replace(command, amount=Money(21_751, "COP"), idempotency_key="j")
    with pytest.raises(DomainError, match=r"217\.50") as refused:
        await pay_invoice(home.north, more)
    assert refused.value.code == "INVOICE_PAID"
    rest = replace(more, amount=Money(21_750, "COP"))
    assert await pay_invoice(home.north, rest) == InvoicePaid(
        statement_id=command.statement_id, open=Money(0, "COP"), replayed=False
    )
    bounced = replace(command, returned=True, reference="ACH 9 R01", idempotency_key="k", amount=Money(30_750, "COP"))
    assert (await pay_invoice(home.north, bounced)).open.minor_units == 30_750
    with pytest.raises(DomainError) as never:
        await pay_invoice(home.north, replace(bounced, idempotency_key="l", amount=Money(1_001, "COP")))
    assert never.value.code == "INVOICE_PAID"
    left = await accounts(home.north, desk.client.creditor_id)
    assert (left["CREDITOR_RECEIVABLE"], left["COMMISSION_RECEIVABLE"]) == (1_000, 29_750)
    assert [event["data"]["open_minor"] for event in await events(home.north, "statement.invoice_paid")] == [
        21_750, 0, 30_750,
    ]  # fmt: skip
    assert (await verify(home.north)).holds


async def test_a_credit_is_paid_to_the_creditor(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    await agree_remittance(
        home.north, AgreeRemittance(creditor_id=desk.client.creditor_id, means="GROSS", shortfall="INVOICE")
    )
    debt = await desk.debt()
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20), direct=True)
    first = await issue(desk)
    await pay_invoice(
        home.north,
        PayInvoice(
            statement_id=first.statement_id, amount=first.invoiced, paid_on=TODAY, reference="x", idempotency_key="1"
        ),
    )
    await desk.reverse(paid, date(2026, 2, 3))
    second = await issue(desk, date(2026, 2, 28))
    assert second.invoiced.minor_units == -29_750
    done = await pay_invoice(
        home.north,
        PayInvoice(
            statement_id=second.statement_id, amount=Money(29_750, "COP"), paid_on=TODAY, reference="y",
            idempotency_key="2",
        ),
    )  # fmt: skip
    assert done.open.minor_units == 0
    assert await accounts(home.north) == {}
    assert (await verify(home.north)).holds


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"amount": Money(0, "COP")}, "INVOICE_AMOUNT"), ({"amount": Money(1, "USD")}, "CURRENCY_MISMATCH"),
     ({"paid_on": date(2026, 11, 19)}, "PAID_ON"), ({"paid_on": date(2026, 11, 21)}, "PAID_ON"),
     ({"reference": ""}, "INVALID_TEXT"), ({"returned": True}, "INVOICE_PAID")],
)  # fmt: skip
async def test_what_does_not_pay_an_invoice(home: House, changes: dict[str, Any], code: str) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    command = await invoiced(desk)
    with pytest.raises(DomainError) as problem:
        await pay_invoice(home.north, replace(command, **changes))
    assert problem.value.code == code
    assert (await open_invoices(home.north, [command.statement_id]))[command.statement_id].minor_units == 31_750


async def test_nobody_else_advances_or_pays(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    command = await invoiced(desk)
    for scope, kind in ((home.south, NotFound), (replace(home.north, permissions=frozenset()), Forbidden)):
        with pytest.raises(kind):
            await pay_invoice(scope, command)
        with pytest.raises(kind):
            await record_advance(scope, advance(desk, 1, "z"))
    assert await open_invoices(home.south, [command.statement_id]) == {}


@given(st.integers(0, 500), st.integers(-500, 500), st.lists(st.floats(0, 1), max_size=5))
def test_parts_of_an_invoice_come_to_the_whole(laid_out: int, commission: int, shares: list[float]) -> None:
    """However it is paid, back and forth: what moves on the agency's account is what was paid, and in the end each of
    the two is paid whole."""
    invoice, before, sums = Invoice(laid_out, commission), 0, {"CREDITOR_RECEIVABLE": 0, "COMMISSION_RECEIVABLE": 0}
    if not invoice.total:
        return
    for now in [round(share * invoice.total) for share in shares] + [invoice.total]:
        moved = 0
        for leg in invoice_legs(invoice, before, now):
            assert leg.minor > 0
            into = leg.debit == "OPERATING_BANK"
            sums[leg.credit if into else leg.debit] += leg.minor if into else -leg.minor
            moved += leg.minor if into else -leg.minor
        assert moved == now - before
        before = now
    assert sums == {"CREDITOR_RECEIVABLE": laid_out, "COMMISSION_RECEIVABLE": commission}
