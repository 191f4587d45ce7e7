"""What waits to be identified, and for how long."""

from datetime import UTC, datetime

import pytest

from core.banking.reads import accounts_listing, entries_listing, files_listing, unidentified
from core.kit import clock
from core.kit.errors import Forbidden
from core.kit.money import Money
from core.kit.scope import agency_scope
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import camt, entry, part
from tests.core.house import COLLECTOR

DAYS = ("2026-03-10", "2026-03-03", "2026-03-02", "2026-02-08", "2026-02-07", "2025-12-10", "2025-12-09", "2025-01-01")


async def test_unidentified_money_by_age_adds_up_to_the_ledger(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    lines = [entry(f"{n}.00", ref=f"r{n}", day=day) for n, day in enumerate(DAYS, start=1)]
    known = entry("90.00", ref="known", parts=part(text="ACC-1"))
    debit = entry("5.00", ref="out", cd="DBIT")
    await counter.give(camt(*lines, known, debit, opening="0", closing="121.00"))
    found = await unidentified(counter.scope)
    assert [(one.label, one.entries, one.amount.minor_units, str(one.oldest_on)) for one in found] == [
        ("0-7", 2, 300, "2026-03-03"),
        ("8-30", 2, 700, "2026-02-08"),
        ("31-90", 2, 1100, "2025-12-10"),
        ("91+", 2, 1500, "2025-01-01"),
    ]
    assert sum(one.amount.minor_units for one in found) == -(await counter.balances())["UNIDENTIFIED"]
    assert await unidentified(counter.home.south) == ()


async def test_days_are_counted_where_the_agency_is(counter: Counter) -> None:
    await counter.give(camt(entry("1.00", day="2026-03-02"), opening="0", closing="1.00"))
    for instant, label in (
        (datetime(2026, 3, 10, 4, tzinfo=UTC), "0-7"),
        (datetime(2026, 3, 10, 6, tzinfo=UTC), "8-30"),
    ):
        with clock.at(instant):
            (found,) = await unidentified(counter.scope)
        assert (found.label, found.amount) == (label, Money(100, "EUR"))


async def test_who_may_not_look(counter: Counter) -> None:
    scope = agency_scope(counter.scope.agency, COLLECTOR, {"payment:read"})
    for listing in (accounts_listing, files_listing, entries_listing):
        with pytest.raises(Forbidden):
            listing(scope)
    with pytest.raises(Forbidden):
        await unidentified(scope)
