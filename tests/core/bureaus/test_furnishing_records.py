"""Debts as a bureau is to know them: no report before its time, no day re-aged, and one statement for all of them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from core.bureaus.furnishing_records import Furnishable, FurnishingAsked, furnishing_records
from core.bureaus.note_furnished import note_furnished
from core.bureaus.record_consent import record_consent
from core.bureaus.record_notice import RecordNotice, record_notice
from core.bureaus.rules import ConsentGiven
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.permissions import Permission
from recobro_sdk import DisputeMark, FurnishedStatus, FurnishingAction, FurnishingBatch, Money
from tests.core.house import EVERYTHING, DebtRow, House, events, house, make_debt, recall

BUREAU = "co_bureau"
DUE = date(2026, 1, 10)
CONSENT = ConsentGiven(reference="contract-7", medium="paper", granted_at=datetime(2026, 1, 2, tzinfo=UTC), text_version="v3")  # fmt: skip
LARGE, SMALL = 9_000_000_00, 262_635_00


def at(day: date) -> datetime:
    """Noon in Bogotá."""
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


@dataclass
class Case:
    house: House

    async def debt(self, minor: int = LARGE, *, due: date = DUE, consent: bool = True, **more: Any) -> DebtRow:
        debt = await make_debt(self.house.north, self.house.bank, [("PRINCIPAL", minor, due)], **more)
        if consent:
            with clock.at(at(date(2026, 1, 3))):
                assert await record_consent(self.house.north, debt.id, CONSENT)
        return debt

    async def notice(self, debt: DebtRow, day: date) -> bool:
        with clock.at(at(day)):
            given = RecordNotice(debt_id=debt.id, sent_at=at(day) - timedelta(hours=1), medium="letter", proof="GUIA-1")
            return await record_notice(self.house.north, given)

    async def on(self, day: date, **changes: Any) -> Furnishable:
        with clock.at(at(day)):
            asked = FurnishingAsked(creditor_id=self.house.bank.creditor_id, provider=BUREAU, **changes)
            return await furnishing_records(self.house.north, asked)

    async def report(self, day: date) -> int:
        """Hand over what may go on a day; how many debts were told of for the first time."""
        found = await self.on(day)
        batch = FurnishingBatch(
            reference=f"B-{day}", furnisher="North", subscriber="1", as_of=day, prepared_at=at(day),
            records=found.records,
        )  # fmt: skip
        with clock.at(at(day)):
            async with db.transaction(self.house.north) as tx:
                return await note_furnished(tx, BUREAU, self.house.bank.creditor_id, batch, told_in=None)

    async def gate(self, day: date, **changes: Any) -> list[tuple[str, date | None]]:
        return [(one.rule, one.from_day) for one in (await self.on(day, **changes)).withheld]


@pytest.fixture
async def case(database: Database) -> Case:
    return Case(await house(database))


async def test_no_report_before_the_twenty_first_day_after_the_notice(case: Case) -> None:
    debt = await case.debt()
    assert await case.gate(date(2026, 3, 1)) == [("CO-BUR-01", None)]
    assert await case.notice(debt, date(2026, 3, 2)) and not await case.notice(debt, date(2026, 3, 2))
    first = date(2026, 3, 23)
    assert await case.gate(first - timedelta(days=1)) == [("CO-BUR-01", first)]
    assert await case.gate(first - timedelta(days=1), strict=False) == []
    found = await case.on(first)
    (record,) = found.records
    assert found.withheld == () and record.reference == debt.reference and record.action is FurnishingAction.REPORT
    assert (record.status, record.days_past_due) == (FurnishedStatus.IN_COLLECTION, 72)
    assert (record.defaulted_on, record.first_negative_on, record.as_of) == (DUE, None, first)
    assert record.original == record.balance == record.past_due == Money(LARGE, "COP")
    assert record.primary.document_type == "CC" and record.primary.surnames == "Carlos Pérez"
    assert record.primary.address is not None and record.primary.address.city == "Bogotá"
    assert record.consent is not None and record.consent.reference == "contract-7"
    assert [notice.proof for notice in record.notices] == ["GUIA-1"]
    assert (record.gate.rule, record.gate.allows) == ("CO-BUR-01", True)
    assert [event["data"]["medium"] for event in await events(case.house.north, "debt.notice_recorded")] == ["letter"]


async def test_a_notice_of_before_the_default_is_none(case: Case) -> None:
    debt = await case.debt()
    await case.notice(debt, DUE - timedelta(days=1))
    assert await case.gate(date(2026, 3, 1)) == [("CO-BUR-01", None)]


async def test_a_small_debt_needs_two_notices_on_different_days(case: Case) -> None:
    small, large = await case.debt(SMALL), await case.debt(SMALL + 1_00)
    for debt in (small, large):
        await case.notice(debt, date(2026, 2, 1))
    found = await case.on(date(2026, 3, 1))
    assert [(one.reference, one.rule, one.from_day) for one in found.withheld] == [(small.reference, "CO-BUR-02", None)]
    assert [one.reference for one in found.records] == [large.reference]
    # Another one on the same day is not a second one.
    with clock.at(at(date(2026, 3, 1))):
        same_day = RecordNotice(debt_id=small.id, sent_at=at(date(2026, 2, 1)), medium="email", proof="E-1")
        assert await record_notice(case.house.north, same_day)
    assert await case.gate(date(2026, 3, 1)) == [("CO-BUR-02", None)]
    await case.notice(small, date(2026, 3, 2))
    assert await case.gate(date(2026, 3, 22)) == [("CO-BUR-02", date(2026, 3, 23))]
    assert await case.gate(date(2026, 3, 23)) == []


async def test_in_a_year_without_a_known_wage_every_debt_is_small(case: Case) -> None:
    debt = await case.debt(due=date(2027, 1, 10))
    await case.notice(debt, date(2027, 2, 1))
    assert await case.gate(date(2027, 3, 1)) == [("CO-BUR-02", None)]


async def test_nothing_without_authorisation_or_document_and_not_after_eighteen_months(case: Case) -> None:
    debt = await case.debt(consent=False)
    await case.notice(debt, date(2026, 2, 1))
    assert await case.gate(date(2026, 3, 1)) == [("CO-BUR-09", None)]
    with clock.at(at(date(2026, 3, 1))):
        assert await record_consent(case.house.north, debt.id, CONSENT)
        assert not await record_consent(case.house.north, debt.id, CONSENT)
    assert await case.gate(date(2026, 3, 1)) == []
    late = date(2027, 7, 11)
    assert await case.gate(late - timedelta(days=1)) == [("CO-BUR-02", None)]
    assert await case.gate(late) == [("CO-BUR-03", None)]
    async with db.transaction(case.house.north) as tx:
        await tx.execute("DELETE FROM party_identifier WHERE party_id = $1", debt.party_id)
    assert await case.gate(date(2026, 3, 1)) == [("NO_DOCUMENT", None)]


async def test_another_countrys_rules_are_not_guessed(case: Case) -> None:
    await case.debt()
    async with db.transaction(case.house.north) as tx:
        await tx.execute("UPDATE creditor SET country = 'PE' WHERE id = $1", case.house.bank.creditor_id)
    assert await case.gate(date(2026, 3, 1)) == [("NO_RULES", None)]


async def test_first_negative_day_and_default_are_never_re_aged(case: Case) -> None:
    parts = [("PRINCIPAL", LARGE, DUE), ("PRINCIPAL", LARGE, date(2026, 2, 10))]
    debt = await make_debt(case.house.north, case.house.bank, parts)
    with clock.at(at(date(2026, 1, 3))):
        await record_consent(case.house.north, debt.id, CONSENT)
    await case.notice(debt, date(2026, 2, 15))
    first = date(2026, 3, 10)
    assert await case.report(first) == 1 and await case.report(first) == 0
    # The oldest instalment is paid: the debt is younger now, and its default is not.
    async with db.transaction(case.house.north) as tx:
        await tx.execute("UPDATE debt_component SET balance_minor = 0 WHERE id = $1", debt.components[0])
        await tx.execute("UPDATE debt SET due_on = $2, balance_minor = $3 WHERE id = $1", debt.id, parts[1][2], LARGE)
    later = date(2026, 4, 10)
    (record,) = (await case.on(later)).records
    assert (record.defaulted_on, record.first_negative_on, record.days_past_due) == (DUE, first, 59)
    assert record.past_due == record.balance == Money(LARGE, "COP")
    assert record.gate.inputs["first_negative_on"] == first.isoformat()
    assert await case.report(later) == 0
    (again,) = (await case.on(later + timedelta(days=30))).records
    assert (again.defaulted_on, again.first_negative_on) == (DUE, first)
    for statement in ("UPDATE negative_report SET first_negative_on = now()", "DELETE FROM negative_report"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(case.house.north) as tx:
                await tx.execute(statement)


async def test_a_default_is_that_of_the_oldest_instalment_placed(case: Case) -> None:
    parts = [("PRINCIPAL", LARGE, DUE), ("PRINCIPAL", LARGE, date(2026, 2, 10))]
    debt = await make_debt(case.house.north, case.house.bank, parts)
    async with db.transaction(case.house.north) as tx:
        await tx.execute("UPDATE debt_component SET balance_minor = 0 WHERE id = $1", debt.components[0])
        await tx.execute("UPDATE debt SET due_on = $2, balance_minor = $3 WHERE id = $1", debt.id, parts[1][2], LARGE)
    with clock.at(at(date(2026, 2, 12))):
        await record_consent(case.house.north, debt.id, CONSENT)
    await case.notice(debt, date(2026, 2, 15))
    (record,) = (await case.on(date(2026, 3, 10))).records
    assert record.defaulted_on == DUE


async def test_what_was_reported_goes_on_until_its_permanence_ends(case: Case) -> None:
    debt = await case.debt()
    await case.notice(debt, date(2026, 2, 1))
    await case.report(date(2026, 3, 1))
    await recall(case.house.north, debt, date(2026, 9, 10))
    async with db.transaction(case.house.north) as tx:
        await tx.execute("UPDATE debt SET closed_reason = 'PAID', disputed = true WHERE id = $1", debt.id)
    # 8 months of arrears are reported for 16 months after the payment.
    (paid,) = (await case.on(date(2028, 1, 9))).records
    assert (paid.status, paid.action, paid.dispute) == (
        FurnishedStatus.PAID, FurnishingAction.REPORT, DisputeMark.CLAIM_PENDING,
    )  # fmt: skip
    assert paid.past_due == paid.balance == Money(0, "COP") and paid.closed_on == date(2026, 9, 10)
    (gone,) = (await case.on(date(2028, 1, 10))).records
    assert (gone.action, gone.gate.rule) == (FurnishingAction.DELETE, "CO-BUR-04")


async def test_an_unpaid_datum_ends_after_eight_years(case: Case) -> None:
    debt = await case.debt()
    await case.notice(debt, date(2026, 2, 1))
    await case.report(date(2026, 3, 1))
    (kept,) = (await case.on(date(2034, 1, 9))).records
    (gone,) = (await case.on(date(2034, 1, 10))).records
    assert (kept.action, gone.action, gone.gate.rule) == (
        FurnishingAction.REPORT, FurnishingAction.DELETE, "CO-BUR-05",
    )  # fmt: skip


async def test_pages_are_bounded_and_whole(case: Case) -> None:
    made = [await case.debt(reference=f"R-{number}") for number in range(5)]
    for debt in made:
        await case.notice(debt, date(2026, 2, 1))
    seen, after = list[str](), None
    while True:
        page = await case.on(date(2026, 3, 1), first=2, after=after)
        seen += [record.reference for record in page.records]
        if (after := page.last) is None:
            break
    assert sorted(seen) == sorted(debt.reference for debt in made)
    for wrong in (0, 10_001):
        with pytest.raises(InvalidInput, match="1 to 10000"):
            await case.on(date(2026, 3, 1), first=wrong)


async def test_only_who_may_and_only_ones_own(case: Case) -> None:
    debt, day = await case.debt(), date(2026, 3, 1)
    asked = FurnishingAsked(creditor_id=case.house.bank.creditor_id, provider=BUREAU)
    without = replace(case.house.north, permissions=EVERYTHING - {Permission.BUREAU_FURNISH})
    for scope in (case.house.bank_scope, without):
        with pytest.raises(Forbidden):
            await furnishing_records(scope, asked)
    with clock.at(at(day)):
        theirs = await furnishing_records(case.house.south, asked)
        assert (theirs.records, theirs.withheld) == ((), ())
        with pytest.raises(NotFound):
            await record_consent(case.house.south, debt.id, CONSENT)
        given = RecordNotice(debt_id=debt.id, sent_at=at(day), medium="letter", proof="GUIA-1")
        with pytest.raises(NotFound):
            await record_notice(case.house.south, given)
        for changes, field in (({"proof": " "}, "proof"), ({"sent_at": at(day) + timedelta(days=1)}, "sent_at")):
            with pytest.raises(InvalidInput) as refused:
                await record_notice(case.house.north, replace(given, **changes))
            assert refused.value.field == field
        await recall(case.house.north, debt, day)
        with pytest.raises(Conflict):
            await record_notice(case.house.north, given)
