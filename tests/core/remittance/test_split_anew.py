"""Money whose payment was split anew is stated as received once; the statements after it have what has changed."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from pypdf import PdfReader

from core.commissions.simulate_fees import SimulateFees, simulate_fees
from core.kit import clock, db
from core.kit.db import Database
from core.kit.pages import PageRequest
from core.ledger.verify import verify
from core.payments import reprocess_payments
from core.payments.clear_payments import request_clearing
from core.remittance import lines as rule
from core.remittance.issue_statement import IssueStatement, StatementIssued, issue_statement
from core.remittance.print_csv import print_csv
from core.remittance.print_pdf import print_pdf
from core.remittance.reads import statement_document
from tests.core.commissions.commission_house import NO_TAX, Desk, K, make_desk
from tests.core.house import DebtRow, House, house
from tests.helpers_jobs import run_jobs
from tests.money.proofs import wrongs

assert reprocess_payments.reprocess, "whoever runs jobs has to know this one"
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
DUE = date(2026, 1, 11)
TERMS = {"tiers": [{"rate": "0.25", "direct_rate": "0.1"}], "component_rates": {"INTEREST_DEFAULT": "0.5"}}
SHIFTED = {"PRINCIPAL": 10_000, "INTEREST_DEFAULT": -10_000}


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def furnished(home: House) -> tuple[Desk, DebtRow]:
    """A debt of 100.00 of interest, on which the fee is twice as high, and principal. Where a payment comes late, it pays
    what is left, and then both it and the later one are split anew."""
    desk = await make_desk(home.north, TERMS)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET allocation_policy = '{\"reprocess\": true}'")
    return desk, await desk.debt((K.INTEREST_DEFAULT, 10_000, DUE), (K.PRINCIPAL, 1_000_000, DUE))


async def issue(desk: Desk, last_on: date) -> tuple[StatementIssued, dict[str, Any]]:
    command = IssueStatement(creditor_id=desk.client.creditor_id, currency="COP", last_on=last_on)
    issued = await issue_statement(desk.scope, command)
    return issued, orjson.loads((await statement_document(desk.scope, issued.statement_id))[0])


def lines_of(document: dict[str, Any], *kinds: str) -> list[tuple[str, int, dict[str, int] | None]]:
    return [
        (line["kind"], line["amount"], line.get("takes_back")) for line in document["lines"] if line["kind"] in kinds
    ]


async def test_what_was_received_is_received_once_and_only_the_fee_differs(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20))
    _, first = await issue(desk, JANUARY)
    assert (first["totals"]["received"], first["totals"]["fee_received"]) == (100_000, 5_000 + 22_500)

    await desk.pay(debt, 30_000, date(2026, 1, 15))
    await run_jobs(database)
    issued, second = await issue(desk, FEBRUARY)

    totals = second["totals"]
    assert (second["format"], totals["received"], totals["adjustments"]) == (2, 30_000, 0)
    assert totals["fee_received"] == (5_000 + 5_000) + (25_000 - 27_500)
    assert issued.remitted.minor_units == 30_000 - 7_500
    (come,) = (line["position"] for line in second["lines"] if line["kind"] == "PAYMENT")
    assert sorted(lines_of(second, "PAYMENT", "REVERSAL", "SPLIT_ANEW"), key=lambda line: line[:2][::-1]) == [
        ("SPLIT_ANEW", -100_000, {"statement": 1, "position": 1}),
        ("SPLIT_ANEW", -30_000, {"statement": None, "position": come}),
        ("PAYMENT", 30_000, None), ("SPLIT_ANEW", 30_000, None), ("SPLIT_ANEW", 100_000, None),
    ]  # fmt: skip
    anew = sorted((line for line in second["lines"] if line["kind"] == "SPLIT_ANEW"), key=lambda line: line["amount"])
    assert [line["shares"] for line in anew] == [
        {"PRINCIPAL": -90_000, "INTEREST_DEFAULT": -10_000}, {"PRINCIPAL": -30_000},
        {"PRINCIPAL": 20_000, "INTEREST_DEFAULT": 10_000}, {"PRINCIPAL": 100_000},
    ]  # fmt: skip
    assert (anew[0]["payment"], anew[-1]["first_payment"]) == (str(paid), str(paid))
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT l.amount_minor, p.amount_minor AS posted, p.debit FROM statement_line l "
            "JOIN ledger_posting p ON p.id = l.posting_id WHERE l.kind = 'SPLIT_ANEW' ORDER BY 1"
        )
    assert [tuple(row) for row in rows] == [
        (-100_000, 100_000, "CLIENT"), (-30_000, 30_000, "CLIENT"), (30_000, 30_000, "TRUST_BANK"),
        (100_000, 100_000, "TRUST_BANK"),
    ]  # fmt: skip
    assert await wrongs(home.north) == {}


async def test_prints_say_it_in_words_and_older_ones_stay(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    await desk.pay(debt, 100_000, date(2026, 1, 20))
    issued, _ = await issue(desk, JANUARY)
    before = [await statement_document(home.north, issued.statement_id)]
    before += [print_csv(before[0][0], "es"), print_pdf(*before[0], "es")]  # pyright: ignore[reportArgumentType]
    await desk.pay(debt, 30_000, date(2026, 1, 15))
    await run_jobs(database)
    issued_next, _ = await issue(desk, FEBRUARY)
    text, digest = await statement_document(home.north, issued_next.statement_id)
    rows = list(csv.reader(io.StringIO(print_csv(text, "en").decode("utf-8-sig"))))
    assert sorted((row[7], row[9]) for row in rows if row[2:3] == ["Split anew"]) == [
        ("", "1000.00"), ("", "300.00"), ("line 1", "-300.00"), ("line 1 of No. 1", "-1000.00"),
    ]  # fmt: skip
    assert ["Received by the agency", "300.00"] in rows and ["Reversals and adjustments", "0.00"] in rows
    (page,) = PdfReader(io.BytesIO(print_pdf(text, digest, "es"))).pages
    assert page.extract_text().count("Nueva imputación") == 4
    after = await statement_document(home.north, issued.statement_id)
    assert [after, print_csv(after[0], "es"), print_pdf(*after, "es")] == before


async def test_within_one_period_and_twice(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    await desk.pay(debt, 100_000, date(2026, 1, 20))
    for day, minor in ((16, 4_000), (15, 2_000)):
        await desk.pay(debt, minor, date(2026, 1, day))
        await run_jobs(database)
    _, only = await issue(desk, JANUARY)
    assert (only["totals"]["received"], only["totals"]["adjustments"]) == (106_000, 0)
    # 20.00, 40.00 and 40.00 of the interest, at half; the rest at a quarter.
    assert only["totals"]["fee_received"] == 5_000 + 96_000 // 4
    taken = [line for line in lines_of(only, "SPLIT_ANEW") if line[1] < 0]
    received = {line["position"]: line["amount"] for line in only["lines"] if line["kind"] == "PAYMENT"}
    assert len(taken) >= 2, "the last payment was split anew twice"
    for _, minor, back in taken:
        assert back is not None and received[back["position"]] == -minor
    assert await wrongs(home.north) == {}


async def test_what_bounces_after_it_is_a_reversal_of_the_money_that_came(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20))
    await issue(desk, JANUARY)
    await desk.pay(debt, 30_000, date(2026, 1, 15))
    await run_jobs(database)
    await issue(desk, FEBRUARY)
    await desk.reverse(paid, date(2026, 3, 2))
    await run_jobs(database)
    _, third = await issue(desk, MARCH)
    assert lines_of(third, "PAYMENT", "REVERSAL", "SPLIT_ANEW")[-1:] == [
        ("REVERSAL", -100_000, {"statement": 1, "position": 1})
    ]
    assert (third["totals"]["received"], third["totals"]["adjustments"]) == (0, -100_000)
    assert third["totals"]["fee_received"] == -25_000
    assert await wrongs(home.north) == {}


async def test_a_surplus_that_pays_more_now_is_an_adjustment(home: House, database: Database) -> None:
    """The debt was paid in full with 50.00 over; the first payment bounces, and the other one moves up."""
    desk, debt = await furnished(home)
    gone = await desk.pay(debt, 1_000_000, date(2026, 1, 12))
    await desk.pay(debt, 15_000, date(2026, 1, 20))
    _, first = await issue(desk, JANUARY)
    assert first["totals"]["received"] == 1_010_000
    await desk.reverse(gone, date(2026, 2, 2))
    await run_jobs(database)
    _, second = await issue(desk, FEBRUARY)
    assert (second["totals"]["received"], second["totals"]["adjustments"]) == (0, -1_000_000 + 5_000)
    assert await wrongs(home.north) == {}


async def test_a_cheque_that_was_split_anew_is_received_when_it_clears(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = '{\"CASH\": 5}'")
    with clock.at(datetime(2026, 1, 21, 15, tzinfo=UTC)):
        desk_paid = await desk.paying(debt, 100_000, date(2026, 10, 30))
    assert desk_paid.payment is not None and desk_paid.payment["status"] == "PENDING"
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = '{}'")
    await desk.pay(debt, 30_000, date(2026, 10, 15))
    await run_jobs(database)
    await request_clearing(home.north)
    await run_jobs(database)
    _, said = await issue(desk, date(2026, 11, 20))
    assert said["totals"]["received"] == 130_000
    assert sorted((kind, minor) for kind, minor, _ in lines_of(said, "PAYMENT", "REVERSAL", "SPLIT_ANEW")) == [
        ("PAYMENT", 30_000), ("PAYMENT", 100_000), ("SPLIT_ANEW", -30_000), ("SPLIT_ANEW", 30_000),
    ]  # fmt: skip
    assert await wrongs(home.north) == {}


async def test_what_the_creditor_received_itself(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20), direct=True)
    _, first = await issue(desk, JANUARY)
    assert (first["totals"]["paid_direct"], first["totals"]["fee_direct"]) == (100_000, 5_000 + 9_000)
    await desk.pay(debt, 30_000, date(2026, 1, 15), direct=True)
    await run_jobs(database)
    _, second = await issue(desk, FEBRUARY)
    assert (second["totals"]["paid_direct"], second["totals"]["adjustments"]) == (30_000, 0)
    assert second["totals"]["fee_direct"] == (5_000 + 2_000) + (10_000 - 14_000)
    assert sorted(lines_of(second, "DIRECT", "DIRECT_REVERSAL", "SPLIT_ANEW")) == [
        ("DIRECT", 30_000, None), ("SPLIT_ANEW", 0, None), ("SPLIT_ANEW", 0, None),
    ]  # fmt: skip
    shares = [line["shares"] for line in second["lines"] if line["kind"] == "SPLIT_ANEW"]
    assert sorted(shares, key=lambda one: one["PRINCIPAL"]) == [{name: -SHIFTED[name] for name in SHIFTED}, SHIFTED]
    await desk.reverse(paid, date(2026, 3, 2))
    await run_jobs(database)
    _, third = await issue(desk, MARCH)
    assert ("DIRECT_REVERSAL", -100_000, {"statement": 1, "position": 1}) in lines_of(third, "DIRECT_REVERSAL")
    assert (third["totals"]["paid_direct"], third["totals"]["fee_direct"]) == (-100_000, -10_000)
    assert await wrongs(home.north) == {}


async def test_what_an_older_statement_said_of_it_is_not_said_again(
    home: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements of format 1 had the new split as a payment and the earlier one as a reversal."""
    desk, debt = await furnished(home)
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20))
    direct = await desk.pay(debt, 100_000, date(2026, 1, 21), direct=True)
    await issue(desk, JANUARY)
    await desk.pay(debt, 3_000, date(2026, 1, 15))
    await run_jobs(database)
    with monkeypatch.context() as patch:
        patch.setattr(rule, "_STATE", as_it_was(rule._STATE))  # pyright: ignore[reportPrivateUsage]
        _, old = await issue(desk, FEBRUARY)
    assert (old["totals"]["received"], old["totals"]["adjustments"]) == (106_000, -103_000)
    assert list(await wrongs(home.north)) == [
        "a statement has money as received once more, though it was only split anew"
    ], "the proof sees what was wrong then"
    await desk.reverse(paid, date(2026, 3, 2))
    await desk.reverse(direct, date(2026, 3, 2))
    await run_jobs(database)
    _, third = await issue(desk, MARCH)
    kinds = ("PAYMENT", "REVERSAL", "SPLIT_ANEW", "DIRECT", "DIRECT_REVERSAL")
    assert sorted((kind, minor) for kind, minor, _ in lines_of(third, *kinds)) == [
        ("DIRECT_REVERSAL", -100_000), ("REVERSAL", -100_000),
    ]  # fmt: skip


def as_it_was(sql: str) -> str:
    """The rule of the lines before new splits were told apart."""
    taken, replaces = rule._REPLACED, rule._REPLACES  # pyright: ignore[reportPrivateUsage]
    for now, before in (
        ("y.replaces_id IS NOT NULL THEN 'SPLIT_ANEW'", "y.replaces_id IS NOT NULL THEN 'PAYMENT'"),
        (f"{taken.format('y')} THEN 'SPLIT_ANEW'", "true THEN 'REVERSAL'"),
        (f"'SPLIT_ANEW', p.cleared_on, own.minor - (SELECT o.applied FROM ({replaces}) o)", "'DIRECT', p.cleared_on, own.minor"),
        (f" AND NOT {taken.format('p')}", ""),
    ):  # fmt: skip
        assert now in sql
        sql = sql.replace(now, before)
    return sql


async def test_what_came_before_the_lawsuit_bears_no_fee_of_it(home: House, database: Database) -> None:
    desk = await make_desk(home.north, {"tiers": [{"rate": "0.25"}], "suit_fee_rate": "0.1"}, code="suit")
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET allocation_policy = '{\"reprocess\": true}'")
    debt = await desk.debt((K.INTEREST_DEFAULT, 10_000, DUE), (K.PRINCIPAL, 1_000_000, DUE))
    paid = await desk.pay(debt, 100_000, date(2026, 1, 20))
    await issue(desk, JANUARY)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt SET stage = 'JUDICIAL' WHERE id = $1", debt.id)
    await desk.pay(debt, 30_000, date(2026, 1, 15))
    await run_jobs(database)
    _, second = await issue(desk, FEBRUARY)
    assert second["totals"]["fee_received"] == 30_000 * 35 // 100, "of the money that came first nothing has changed"
    fees = [line for line in second["lines"] if line["kind"] == "FEE" and line.get("first_payment") == str(paid)]
    assert [line["amount"] for line in fees] == [25_000]


async def test_a_period_once_more_under_other_terms_has_it_once(home: House, database: Database) -> None:
    desk, debt = await furnished(home)
    await desk.pay(debt, 100_000, date(2026, 1, 20))
    await issue(desk, JANUARY)
    await desk.pay(debt, 30_000, date(2026, 1, 15))
    await run_jobs(database)
    await issue(desk, FEBRUARY)
    command = SimulateFees(
        mandate_id=desk.client.mandate_id, terms={"tiers": [{"rate": "0.1"}]}, tax_rate=NO_TAX, first=DUE,
        last=JANUARY,
    )  # fmt: skip
    found = await simulate_fees(home.north, command, PageRequest(first=10))
    assert found.total is not None
    sums = (found.total.payments, found.total.paid, found.total.charged, found.total.simulated)
    assert [one if isinstance(one, int) else one.minor_units for one in sums] == [2, 130_000, 35_000, 13_000]
    assert (await verify(home.north)).holds
