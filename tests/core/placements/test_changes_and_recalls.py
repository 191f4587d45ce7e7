"""MAINTENANCE and RECALL files: the history stays whole, and the same file twice does nothing."""

from datetime import date

from core.mandates.models import FileKind
from tests.core.placements.conftest import Desk

DEBTS = {
    "columns": {
        "reference": "ref", "debtor_name": "name", "identifier_type": {"constant": "CC"}, "identifier_number": "doc",
        "opened_on": {"constant": "2024-01-01"}, "placed_on": {"constant": "2024-01-01"}, "due_on": "due",
        "components": [{"kind": "PRINCIPAL", "column": "principal"}, {"kind": "TAX", "column": "tax"}],
    }
}  # fmt: skip
CHANGES = {
    "columns": {
        "reference": "ref", "due_on": "due", "product": "product", "disputed": "disputed", "phones": ["phone"],
        "emails": ["mail"], "address": {"lines": ["street"], "city": "city"},
        "components": [{"kind": "PRINCIPAL", "column": "principal"}, {"kind": "PENALTY", "column": "penalty"}],
    }
}  # fmt: skip
RECALLS = {"columns": {"reference": "ref", "reason": "why", "closed_on": "day"}}
PLACED = "ref,name,doc,due,principal,tax\nA,Ana,1001,2024-02-01,100,5\nB,Bob,1002,2024-02-01,50,\nC,Eve,1003,,30,\n"
HEAD = "ref,due,product,disputed,phone,mail,street,city,principal,penalty\n"
CHANGED = HEAD + (
    "A,2024-06-01,Card,yes,3001234567,ANA@example.com,Calle 1,Bogotá,80.50,7\n"
    "B,,,,,,,,,\n"
    "C,,,no,,,,,30,\n"
    "X,,Card,,,,,,,\n"
    "A,,Loan,,,,,,,\n"
)


async def _desk(desk: Desk) -> None:
    await desk.layout(DEBTS)
    assert (await desk.accept(PLACED))["rows_accepted"] == 3


async def test_changes_are_written_as_adjustments_and_twice_is_once(desk: Desk) -> None:
    await _desk(desk)
    await desk.layout(CHANGES, FileKind.MAINTENANCE)
    batch = await desk.accept(CHANGED, FileKind.MAINTENANCE)
    assert [(line, code) for line, code, _, _ in await desk.issues(batch["id"])] == [
        (3, "NOTHING_CHANGES"), (4, "NOTHING_CHANGES"), (5, "UNKNOWN_REFERENCE"), (6, "DUPLICATE_IN_FILE"),
    ]  # fmt: skip
    debt = (await desk.fetch("SELECT * FROM debt WHERE reference = 'A'"))[0]
    assert (debt["product"], debt["disputed"], debt["due_on"]) == ("Card", True, date(2024, 6, 1))
    assert (debt["balance_minor"], debt["placed_minor"]) == (8050 + 500 + 700, 10500)
    moved = await desk.fetch(
        "SELECT kind, delta_minor, source_id FROM debt_movement WHERE kind = 'ADJUSTMENT' ORDER BY 2"
    )
    assert [(row["delta_minor"], row["source_id"]) for row in moved] == [(-1950, batch["id"]), (700, batch["id"])]
    assert (
        await desk.value("SELECT sum(delta_minor) FROM debt_movement WHERE debt_id = $1", debt["id"])
        == debt["balance_minor"]
    )
    points = await desk.fetch("SELECT value, valid FROM contact_point ORDER BY value")
    assert [(row["value"], row["valid"]) for row in points] == [("+573001234567", True), ("ana@example.com", True)]
    assert await desk.value("SELECT city FROM postal_address") == "Bogotá"

    again = await desk.accept(CHANGED + "\n", FileKind.MAINTENANCE)
    assert (again["rows_accepted"], again["rows_duplicate"], again["rows_rejected"]) == (0, 4, 1)
    assert await desk.value("SELECT count(*) FROM debt_movement") == 6


async def test_recalled_debts_are_closed_at_zero(desk: Desk) -> None:
    await _desk(desk)
    await desk.layout(RECALLS, FileKind.RECALL)
    content = "ref,why,day\nA,sold elsewhere,2024-05-31\nA,again,\nX,,\nB,,2023-01-01\n"
    batch = await desk.accept(content, FileKind.RECALL)
    assert [(line, code) for line, code, _, _ in await desk.issues(batch["id"])] == [
        (3, "DUPLICATE_IN_FILE"), (4, "UNKNOWN_REFERENCE"), (5, "RECALLED_BEFORE_PLACING"),
    ]  # fmt: skip
    assert batch["details"]["acknowledgement"]["recalled"] == 1
    debt = (await desk.fetch("SELECT * FROM debt WHERE reference = 'A'"))[0]
    assert (debt["status"], debt["closed_reason"], debt["closed_on"]) == ("CLOSED", "RECALLED", date(2024, 5, 31))
    assert (debt["balance_minor"], debt["placed_minor"]) == (0, 10500)
    assert await desk.value("SELECT sum(balance_minor) FROM debt_component WHERE debt_id = $1", debt["id"]) == 0
    moved = await desk.fetch(
        "SELECT delta_minor, effective_on, reason FROM debt_movement WHERE kind = 'RECALL' ORDER BY 1"
    )
    assert [row["delta_minor"] for row in moved] == [-10000, -500] and moved[0]["reason"] == "sold elsewhere"
    again = await desk.accept(content.replace("X,,\n", ""), FileKind.RECALL)
    assert (again["rows_accepted"], again["issues_by_code"]["ALREADY_RECALLED"]) == (0, 2)


async def test_a_batch_of_which_every_debt_was_recalled_is_recalled(desk: Desk) -> None:
    await _desk(desk)
    await desk.layout(RECALLS, FileKind.RECALL)
    await desk.accept("ref,why,day\nA,,\nB,,\n", FileKind.RECALL)
    assert await desk.value("SELECT state FROM placement_batch WHERE kind = 'NEW'") == "ACTIVE"
    await desk.accept("ref,why,day\nC,,\n", FileKind.RECALL)
    assert await desk.value("SELECT state FROM placement_batch WHERE kind = 'NEW'") == "RECALLED"


async def test_a_balance_of_a_debt_with_two_such_components_is_ambiguous(desk: Desk) -> None:
    twice = {
        **DEBTS["columns"],
        "components": [{"kind": "PRINCIPAL", "column": "principal"}, {"kind": "PRINCIPAL", "column": "tax"}],
    }
    await desk.layout({"columns": twice})
    await desk.accept(PLACED)
    await desk.layout(CHANGES, FileKind.MAINTENANCE)
    batch = await desk.accept(CHANGED.replace("B,,,,,,,,,\n", "B,,New,,,,,,,\n"), FileKind.MAINTENANCE)
    assert (2, "AMBIGUOUS_COMPONENT") in [(line, code) for line, code, _, _ in await desk.issues(batch["id"])]
    assert await desk.value("SELECT product FROM debt WHERE reference = 'B'") == "New"
