"""Statements: what they say, what they move, that they stay as they are, and whose they are."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from pypdf import PdfReader

from core.kit import clock, db
from core.kit.db import Database, Row
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.pages import PageRequest
from core.kit.scope import Scope, creditor_scope
from core.ledger.verify import verify
from core.remittance.agree import AgreeRemittance, agree_remittance
from core.remittance.issue_statement import IssueStatement, StatementIssued, issue_statement
from core.remittance.print_csv import print_csv
from core.remittance.print_pdf import print_pdf
from core.remittance.reads import orders_listing, statement_document, statements_listing
from core.remittance.settle_order import SettleOrder, settle_order
from tests.core.commissions.commission_house import FLAT, IVA, Desk, make_desk
from tests.core.house import CLIENT_USER, EVERYTHING, House, events, house
from tests.core.lists import page_of

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
PAGE = PageRequest(first=100)
TERMS = {"tiers": [{"rate": "0.25", "direct_rate": "0.1"}]}


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(datetime(2026, 11, 20, 15, tzinfo=UTC)):
        yield await house(database)


async def issue(desk: Desk, last_on: date = JANUARY, **changes: Any) -> StatementIssued:
    command = IssueStatement(creditor_id=desk.client.creditor_id, currency="COP", last_on=last_on)
    return await issue_statement(desk.scope, replace(command, **changes))


async def said(desk: Desk, issued: StatementIssued) -> dict[str, Any]:
    text, digest = await statement_document(desk.scope, issued.statement_id)
    assert sha256(text.encode()).hexdigest() == digest == issued.sha256
    return orjson.loads(text)


async def accounts(scope: Scope, creditor_id: UUID | None = None) -> dict[str, int]:
    """Debits less credits by account, of one creditor or of all; without those at 0."""
    async with db.transaction(scope) as tx:
        rows: list[Row] = await tx.fetch(
            "SELECT account, sum(sign * amount_minor)::bigint AS minor FROM ledger_posting, "
            "LATERAL (VALUES (debit, 1), (credit, -1)) AS v (account, sign) "
            "WHERE $1::uuid IS NULL OR creditor_id = $1 GROUP BY 1",
            creditor_id,
        )
    return {row["account"]: row["minor"] for row in rows if row["minor"]}


async def line_count(scope: Scope, statement_id: UUID) -> int:
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetchval("SELECT count(*) FROM statement_line WHERE statement_id = $1", statement_id)


async def orders(desk: Desk) -> dict[str, tuple[int, str]]:
    page = await page_of(desk.scope, orders_listing(desk.scope, desk.client.creditor_id), PAGE)
    return {row.kind: (row.amount_minor, row.status) for row in page.rows}


async def test_the_example_of_the_field(home: House) -> None:
    """1000.00 at 25 % with IVA 19 %: fee 250.00, tax 47.50, 702.50 to the creditor; and it all adds up in the ledger."""
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    payment = await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))

    issued = await issue(desk)

    assert (issued.number, issued.remitted, issued.invoiced.minor_units) == (1, Money(70_250, "COP"), 0)
    document = await said(desk, issued)
    assert [(line["kind"], line["amount"]) for line in document["lines"]] == [
        ("PAYMENT", 100_000), ("FEE", 25_000), ("TAX", 4_750),
    ]  # fmt: skip
    assert {line["payment"] for line in document["lines"]} == {str(payment)}
    assert document["lines"][1] | {"base": 100_000, "rate": "0.25", "tier": 1} == document["lines"][1]
    assert (document["first_on"], document["last_on"], document["previous_sha256"]) == (
        "2026-01-01",
        "2026-01-31",
        None,
    )
    assert await orders(desk) == {"REMIT": (70_250, "ORDERED"), "SWEEP": (29_750, "ORDERED")}
    assert await accounts(home.north) == {"OPERATING_BANK": 29_750, "COMMISSION": -25_000, "TAX_PAYABLE": -4_750}
    assert (await verify(home.north)).holds
    (event,) = await events(home.north, "statement.issued")
    assert event["creditor_id"] == desk.client.creditor_id


async def test_a_large_period_is_stated_as_a_small_one(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.remittance.issue_statement._MANY", 1)
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))
    issued = await issue(desk)
    assert issued.remitted.minor_units == 70_250
    assert [line["amount"] for line in (await said(desk, issued))["lines"]] == [100_000, 25_000, 4_750]


async def test_gross_and_combined_leave_the_fees_owed(home: House) -> None:
    for means, remitted, invoiced, owed in (("GROSS", 100_000, 39_750, 39_750), ("COMBINED", 70_250, 10_000, 10_000)):
        desk = await make_desk(home.north, TERMS, code=means, tax_rate=IVA)
        await agree_remittance(
            home.north, AgreeRemittance(creditor_id=desk.client.creditor_id, means=means, shortfall="INVOICE")
        )
        debt = await desk.debt()
        await desk.pay(debt, 100_000, date(2026, 1, 20))
        await desk.pay(debt, 84_034, date(2026, 1, 21), direct=True)  # 84.03 and 15.97 of tax
        issued = await issue(desk)
        assert (issued.remitted.minor_units, issued.invoiced.minor_units) == (remitted, invoiced)
        books = await accounts(home.north, desk.client.creditor_id)
        assert books["COMMISSION_RECEIVABLE"] == owed
        assert (await said(desk, issued))["totals"]["paid_direct"] == 84_034
    assert (await verify(home.north)).holds


async def test_a_payment_that_bounces_after_its_statement_is_a_line_of_the_next(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    debt = await desk.debt()
    bounced = await desk.pay(debt, 100_000, date(2026, 1, 20))
    first = await issue(desk)
    before = await statement_document(home.north, first.statement_id)
    await desk.pay(debt, 20_000, date(2026, 2, 10))
    await desk.reverse(bounced)

    second = await issue(desk, FEBRUARY)

    document = await said(desk, second)
    lines = [(line["kind"], line["amount"], line.get("takes_back")) for line in document["lines"]]
    assert sorted((kind, amount) for kind, amount, back in lines if not back) == [
        ("FEE", 5_000), ("PAYMENT", 20_000), ("TAX", 950),
    ]  # fmt: skip
    taken = {kind: (amount, back) for kind, amount, back in lines if back}
    assert taken["FEE"] == (-25_000, {"statement": 1, "position": 2})
    assert taken["TAX"] == (-4_750, {"statement": 1, "position": 3})
    assert {back["statement"] for _, back in taken.values()} == {1}
    assert sum(amount for kind, amount, _ in lines if kind == "REVERSAL") == -100_000
    # 200.00 less 59.50 of fee came in; 702.50 net went to the creditor for nothing.
    assert (second.remitted.minor_units, second.carried.minor_units) == (0, 20_000 - 5_950 - 70_250)
    assert document["previous_sha256"] == first.sha256
    assert await statement_document(home.north, first.statement_id) == before
    assert (await accounts(home.north, desk.client.creditor_id)).get("CLIENT") is None
    assert (await verify(home.north)).holds

    await desk.pay(debt, 100_000, date(2026, 3, 10))
    third = await issue(desk, MARCH)
    assert (third.remitted.minor_units, third.carried.minor_units) == (70_250 - 56_200, 0)
    books = await accounts(home.north)
    assert books == {"OPERATING_BANK": 35_700, "COMMISSION": -30_000, "TAX_PAYABLE": -5_700}
    assert (await verify(home.north)).holds


async def test_one_creditors_negative_never_touches_anothers_money(home: House) -> None:
    low, rich = [await make_desk(home.north, FLAT, code=code) for code in ("low", "rich")]
    bounced = await low.pay(await low.debt(), 100_000, date(2026, 1, 20))
    await issue(low)
    await rich.pay(await rich.debt(), 500_000, date(2026, 2, 10))
    await low.reverse(bounced)

    owing, paid = await issue(low, FEBRUARY), await issue(rich, FEBRUARY)

    assert (owing.remitted.minor_units, owing.carried.minor_units) == (0, -75_000)
    assert paid.remitted.minor_units == 375_000
    assert (await verify(home.north)).holds


async def test_what_is_missing_is_invoiced_where_that_was_agreed(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    command = AgreeRemittance(creditor_id=desk.client.creditor_id, means="NET", shortfall="INVOICE")
    assert (await agree_remittance(home.north, command)).version == 1
    bounced = await desk.pay(debt := await desk.debt(), 100_000, date(2026, 1, 20))
    await issue(desk)
    await desk.reverse(bounced)
    await desk.pay(debt, 40_000, date(2026, 2, 10), direct=True)
    second = await issue(desk, FEBRUARY)
    assert (second.invoiced.minor_units, second.carried.minor_units) == (75_000 + 10_000, 0)
    books = await accounts(home.north, desk.client.creditor_id)
    assert (books["CREDITOR_RECEIVABLE"], books["COMMISSION_RECEIVABLE"]) == (75_000, 10_000)
    with pytest.raises(Conflict) as refused:
        await issue(desk, MARCH)
    assert refused.value.code == "NOTHING_TO_STATE"


async def test_only_cleared_money_is_remitted(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = '{\"CASH\": 5}' WHERE id = $1", desk.client.mandate_id)
    await desk.pay(debt := await desk.debt(), 100_000, date(2026, 10, 31))
    await desk.pay(debt, 10_000, date(2026, 10, 20))
    assert (await issue(desk, date(2026, 11, 20))).remitted.minor_units == 7_500


async def test_money_that_came_and_bounced_after_the_period_waits_with_its_bounce(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    debt = await desk.debt()
    await desk.pay(debt, 100_000, date(2026, 1, 20))
    await desk.reverse(await desk.pay(debt, 50_000, date(2026, 2, 10)), date(2026, 2, 12))
    first, second = await issue(desk), await issue(desk, FEBRUARY)
    assert (first.remitted.minor_units, second.remitted.minor_units, second.carried.minor_units) == (75_000, 0, 0)
    assert [line["amount"] for line in (await said(desk, second))["lines"]] == [50_000, -50_000]
    assert (await verify(home.north)).holds


async def test_a_fee_is_stated_with_its_money_whenever_it_was_charged(home: House) -> None:
    """The nightly run charges a period's last day on the day after, and turns then what bounced: none of it may fall
    into another statement than the money, and no reversal before what it turns."""
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    debt = await desk.debt()
    await desk.pay(debt, 100_000, JANUARY)
    bounced = await desk.pay(debt, 40_000, JANUARY)
    await desk.pay(debt, 20_000, date(2026, 2, 1))
    await desk.assess(date(2026, 2, 1))
    await desk.reverse(bounced, date(2026, 2, 1))

    first = await issue(desk)
    assert first.remitted.minor_units == 70_250
    lines = [line for line in (await said(desk, first))["lines"] if line["payment"] == str(bounced)]
    assert [(line["kind"], line["amount"], line["day"]) for line in lines] == [
        ("PAYMENT", 40_000, "2026-01-31"), ("FEE", 10_000, "2026-02-01"), ("FEE", -10_000, "2026-02-01"),
        ("REVERSAL", -40_000, "2026-02-01"), ("TAX", 1_900, "2026-02-01"), ("TAX", -1_900, "2026-02-01"),
    ]  # fmt: skip
    assert [line.get("takes_back", {}).get("position") for line in lines] == [
        None, None, lines[1]["position"], lines[0]["position"], None, lines[4]["position"],
    ]  # fmt: skip

    late = await desk.pay(debt, 10_000, date(2026, 2, 28))
    second = await issue(desk, FEBRUARY)
    assert second.remitted.minor_units == 30_000 * 70_250 // 100_000
    await desk.reverse(late, date(2026, 3, 1))
    await desk.assess(date(2026, 3, 1))
    third = await issue(desk, MARCH)
    assert [(line["kind"], line["amount"]) for line in (await said(desk, third))["lines"]] == [
        ("FEE", -2_500), ("REVERSAL", -10_000), ("TAX", -475),
    ]  # fmt: skip
    assert (await verify(home.north)).holds


async def test_costs_and_advances(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    means = {"RECEIVED": ["WITHHOLD"], "DIRECT": ["WITHHOLD"], "COSTS": ["ADVANCES", "WITHHOLD"]}
    await agree_remittance(
        home.north, AgreeRemittance(creditor_id=desk.client.creditor_id, means=means, shortfall="CARRY")
    )
    await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))
    async with db.transaction(home.north) as tx:
        for kind, debit, credit, minor in (
            ("ADVANCE", "TRUST_BANK", "COURT_COST_ADVANCE", 3_000),
            ("COURT_COST", "CREDITOR_RECEIVABLE", "OPERATING_BANK", 8_000),
        ):
            await tx.execute(
                "INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, "
                "effective_on, source_id, actor) VALUES ($1, $2, $3, $4, $5, $6, 'COP', $7, '2026-01-15', $2, 'test')",
                home.north.agency, new_id(), desk.client.creditor_id, kind, debit, credit, minor,
            )  # fmt: skip
    issued = await issue(desk)
    document = await said(desk, issued)
    assert issued.remitted.minor_units == 100_000 - 25_000 - 5_000
    assert document["charges"]["COSTS"] | {"from_advances": 3_000, "withheld": 5_000} == document["charges"]["COSTS"]
    assert await accounts(home.north) == {"OPERATING_BANK": 25_000, "COMMISSION": -25_000}
    assert (await verify(home.north)).holds


async def test_a_remittance_that_comes_back_is_in_the_next_statement(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    await desk.pay(await desk.debt(), 100_000, date(2026, 1, 20))
    await issue(desk)
    page = await page_of(home.north, orders_listing(home.north), PAGE)
    ids = {row.kind: row.id for row in page.rows}
    today = date(2026, 11, 20)
    done = SettleOrder(order_id=ids["REMIT"], settled_on=today, reference="B-1")
    assert [(await settle_order(home.north, done)).replayed for _ in range(2)] == [False, True]
    with pytest.raises(Conflict, match="settled"):
        await settle_order(home.north, replace(done, reference="B-2"))
    with pytest.raises(Conflict, match="own money"):
        await settle_order(
            home.north, SettleOrder(order_id=ids["SWEEP"], settled_on=today, reference="x", returned=True)
        )
    for day in (date(2026, 11, 19), date(2026, 11, 21)):
        with pytest.raises(InvalidInput):
            await settle_order(home.north, SettleOrder(order_id=ids["SWEEP"], settled_on=day, reference="x"))
    for scope, kind in ((home.south, NotFound), (replace(home.north, permissions=frozenset()), Forbidden)):
        with pytest.raises(kind):
            await settle_order(scope, done)

    await settle_order(home.north, replace(done, returned=True, reference="account closed"))

    again = await issue(desk, today)
    assert again.remitted.minor_units == 75_000
    assert [(line["kind"], line["amount"]) for line in (await said(desk, again))["lines"]] == [("ADJUSTMENT", 75_000)]
    assert (await verify(home.north)).holds


async def test_prints_are_the_same_bytes_and_say_what_the_document_says(home: House) -> None:
    desk = await make_desk(home.north, FLAT, tax_rate=IVA)
    await desk.pay(await desk.debt(debtor="=Čukas Ñandú"), 123_456, date(2026, 1, 20))
    for _ in range(60):
        await desk.pay(await desk.debt(), 1_000, date(2026, 1, 21))
    issued = await issue(desk)
    text, digest = await statement_document(home.north, issued.statement_id)

    for language in ("es", "en"):
        pdf, table = print_pdf(text, digest, language), print_csv(text, language)
        assert (pdf, table) == (print_pdf(text, digest, language), print_csv(text, language))
        pages = PdfReader(io.BytesIO(pdf)).pages
        words = [page.extract_text() for page in pages]
        assert f"{len(pages)}" in words[-1] and all(digest in page for page in words)
        assert "1,234.56" in words[0]
        assert "Cukas Ñandú" in " ".join(words)
        rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
        assert len(rows) == 1 + 3 * 61 + 1 + 15
        assert rows[1][4] == "'=Čukas Ñandú"
        assert rows[-1][1] == issued.remitted.decimal()
    printed = [int(place) for place in re.findall(r"\n(\d+)\n2026-01-\d\d\n", "".join(words))]
    assert printed == list(range(1, 3 * 61 + 1)), "every line is on some page, in order"


async def test_a_statement_and_its_lines_cannot_be_changed(home: House) -> None:
    for statement in (
        "UPDATE remittance_statement SET remitted_minor = 0",
        "DELETE FROM statement_line",
        "UPDATE remittance_agreement SET version = 2",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(home.north) as tx:
                await tx.execute(statement)


async def test_who_sees_what(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    await desk.pay(await desk.debt(), 1_000, date(2026, 1, 20))
    issued = await issue(desk)
    owner = creditor_scope(desk.client.creditor_id, CLIENT_USER, EVERYTHING)
    assert len((await page_of(owner, statements_listing(owner), PAGE)).rows) == 1
    assert await line_count(owner, issued.statement_id) == 2
    assert [row.kind for row in (await page_of(owner, orders_listing(owner), PAGE)).rows] == ["REMIT"]
    assert (await statement_document(owner, issued.statement_id))[1] == issued.sha256
    for stranger in (home.bank_scope, home.south):
        assert (await page_of(stranger, statements_listing(stranger), PAGE)).rows == ()
        assert await line_count(stranger, issued.statement_id) == 0
        assert (await page_of(stranger, orders_listing(stranger), PAGE)).rows == ()
        with pytest.raises(NotFound):
            await statement_document(stranger, issued.statement_id)
    command = IssueStatement(creditor_id=desk.client.creditor_id, currency="COP", last_on=FEBRUARY)
    for scope, kind in ((owner, Forbidden), (home.south, NotFound)):
        with pytest.raises(kind):
            await issue_statement(scope, command)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"last_on": date(2026, 1, 31)}, "PERIOD_STATED"),
        ({"last_on": date(2026, 11, 21)}, "PERIOD"),
        ({"last_on": FEBRUARY, "first_on": date(2026, 2, 2)}, "PERIOD"),
        ({"last_on": FEBRUARY, "currency": "XXQ"}, "UNKNOWN_CURRENCY"),
        ({"last_on": FEBRUARY}, "NOTHING_TO_STATE"),
    ],
)
async def test_periods_go_on_from_each_other(home: House, changes: dict[str, Any], code: str) -> None:
    desk = await make_desk(home.north, FLAT)
    await desk.pay(await desk.debt(), 1_000, date(2026, 1, 20))
    await issue(desk)
    with pytest.raises(DomainError) as refused:
        await issue(desk, **changes)
    assert refused.value.code == code


async def test_two_who_issue_at_once_state_everything_once(home: House) -> None:
    desk = await make_desk(home.north, FLAT)
    await desk.pay(await desk.debt(), 1_000, date(2026, 1, 20))
    done = await asyncio.gather(*(issue(desk) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Conflict", "StatementIssued"]
    assert len((await page_of(home.north, statements_listing(home.north), PAGE)).rows) == 1
