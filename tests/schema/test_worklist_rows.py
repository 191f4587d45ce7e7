"""What a debt in the worklist says about itself, to its agency and to its creditor."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.kit import clock, db
from core.kit.db import Database
from core.kit.scope import Scope
from schema.kit.context import Context
from schema.schema import build_schema
from tests.core.house import House, house
from tests.core.worklists.test_worklist import NOW, furnish

SCHEMA = build_schema()
ROWS = (
    "query Rows($filter: DebtFilter) { debts(filter: $filter, first: 100) { nodes { reference daysPastDue ageingBucket "
    "nextReason debtorName debtor { id } creditor { name } portfolio { name } } } }"
)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        found = await house(database)
        await furnish(found)
        yield found


async def _rows(scope: Scope, **filter: Any) -> dict[str, Any]:
    found = await SCHEMA.execute(ROWS, {"filter": filter}, Context(bearer=scope))
    assert found.errors is None and found.data is not None, found.errors
    return {row["reference"]: row for row in found.data["debts"]["nodes"]}


async def test_a_row_says_what_to_do(home: House) -> None:
    rows = await _rows(home.north, statuses=["ACTIVE", "CLOSED"])
    b = rows["b"]
    assert (b["creditor"]["name"], b["portfolio"]["name"], b["daysPastDue"], b["ageingBucket"]) == (
        "Bank", "first", 45, "31-60",
    )  # fmt: skip
    assert {name: row["nextReason"] for name, row in rows.items()} == {
        "a": "PAYING", "b": "DISPUTE_OPEN", "c": "STAGE_BEHIND", "d": "READY_FOR_LEGAL", "e": "NOT_YET_DUE",
        "g": "CLOSED",
    }  # fmt: skip
    assert rows["d"]["creditor"]["name"] == "Shop"
    assert rows["a"]["debtor"] is not None


async def test_a_creditor_does_not_see_who_works_how(home: House) -> None:
    rows = await _rows(home.bank_scope)
    assert set(rows) == {"a", "b", "c", "e", "f"}
    hidden = {(row["nextReason"], row["debtor"]) for row in rows.values()}
    assert hidden == {(None, None)}
    assert rows["a"]["debtorName"] == "Ana Gómez"


async def test_the_days_are_those_of_the_mandate(home: House) -> None:
    """At 03:00 UTC of the 11th it is still the 10th in Bogotá, and already the 11th in Madrid."""
    async with db.transaction(home.south) as tx:
        await tx.execute("UPDATE mandate SET timezone = 'Europe/Madrid'")
    with clock.at(datetime(2026, 3, 11, 3, tzinfo=UTC)):
        rows = await _rows(home.bank_scope)
        assert (rows["a"]["daysPastDue"], rows["f"]["daysPastDue"]) == (10, 1)
