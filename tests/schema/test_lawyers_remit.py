"""What lawyers remit in one line, and what they say of balances, over HTTP: seen from each side, and its walls."""

from datetime import date
from typing import Any

from core.kit import clock, db
from core.kit.ids import decode, encode
from tenants.models import Role
from tests.core.banking.samples import camt, entry, part
from tests.core.house import make_debt
from tests.schema.conftest import Api
from tests.schema.sql.furnish import insert
from tests.schema.test_banking import give, open_account

ENTRIES = """{ bankEntries { nodes { id state match matchReason shares { amount { formatted } kept { formatted }
  payment { reference } } } } }"""
MONEY = """query($ta: String) { legalMoney(remittance: $ta) { nodes { reference remittance
  payment { status bankShares { kept { minorUnits } entry { id } } } } } }"""
UNSHARED = """query($on: Date!, $id: ID!) { trustReconciliation(accountId: $id, asOf: $on) { reconciled
  classes { itemClass total { minorUnits } items { what paymentId } } } }"""


async def _held(api: Api) -> list[str]:
    """Two amounts of 100.00 that a firm holds of two debts, with its number, and a fee that it kept of the first."""
    today, keys = clock.today("America/Bogota"), list[str]()
    for n in (1, 2):
        debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 90_000, None)])
        async with db.transaction(api.house.north) as tx:
            of: dict[str, Any] = {"creditor_id": api.house.bank.creditor_id}
            handoff = {"state": "ACCEPTED", "channel": "firm", "idempotency_key": f"k-{n}"}
            of["handoff_id"] = await insert(tx, "legal_handoff", **of, **handoff, debt_id=debt.id)
            of["event_id"] = await insert(tx, "legal_event", **of, kind="OTHER", reference=f"m-{n}")
            of |= {"currency": "COP", "occurred_on": today, "remittance": "TA-77"}
            told = await insert(tx, "legal_money", **of, kind="RECEIVED", amount_minor=100_00, reference=f"m-{n}")
            keys.append(encode("legal_money", told))
            if n == 1:
                of |= {"state": "NOTED", "remittance": ""}
                await insert(tx, "legal_money", **of, kind="FEE", amount_minor=15_00, reference="f", of_reference="m-1")
    return keys


async def test_a_line_is_shared_out_among_what_lawyers_held(api: Api) -> None:
    admin, today = await api.person(Role.AGENCY_ADMIN), clock.today("America/Bogota").isoformat()
    account, keys = await open_account(admin), await _held(api)
    line = entry("185.00", ref="A", ccy="COP", day=today, parts=part(text="abogados"))
    await give(api, admin, camt(line, opening="0", closing="185.00", ccy="COP"))
    (found,) = (await admin.ask(ENTRIES))["bankEntries"]["nodes"]
    assert found["matchReason"] == (
        "the remittance TA-77 of firm adds up to just this, and 2 of its amounts are not booked"
    )
    for key in keys:
        decision = {"moneyId": key, "booked": True, "reason": "In their advice."}
        assert (await admin.do("legalMoneyDecide", decision, "money { state }"))["money"] == {"state": "BOOKED"}
    by_number = {"entryId": found["id"], "channel": "firm", "remittance": "TA-77"}
    by_id = {"entryId": found["id"], "moneyIds": keys}
    shape = "replayed entry { state match matchReason shares { amount { formatted } kept { formatted } } }"
    for person, given, code in (
        (await api.person(Role.AGENCY_ADMIN, south=True), by_id, "NOT_FOUND"),
        (admin, {**by_id, "moneyIds": keys[:1]}, "AMOUNTS_DIFFER"), (admin, by_number | by_id, "MONEY_OR_REMITTANCE"),
        (admin, {**by_id, "moneyIds": keys * 251}, "TOO_MANY_AMOUNTS"),
    ):  # fmt: skip
        refused = await person.attempt("bankRemittanceIdentify", given, shape)
        assert [error["code"] for error in refused["errors"]] == [code]
    for given, replayed in ((by_number, False), (by_id, True), (by_number, True)):
        done = await admin.do("bankRemittanceIdentify", given, shape)
        assert done["replayed"] is replayed
        assert done["entry"] == {
            "state": "MATCHED", "match": "MANUAL", "matchReason": "remittance TA-77 of firm: 2 amounts",
            "shares": [
                {"amount": {"formatted": "COP 100.00"}, "kept": {"formatted": "COP 0.00"}},
                {"amount": {"formatted": "COP 85.00"}, "kept": {"formatted": "COP 15.00"}},
            ],
        }  # fmt: skip
    rows = (await admin.ask(MONEY, ta="TA-77"))["legalMoney"]["nodes"]
    assert {row["reference"]: row["payment"]["bankShares"] for row in rows} == {
        "m-1": [{"kept": {"minorUnits": "1500"}, "entry": {"id": found["id"]}}],
        "m-2": [{"kept": {"minorUnits": "0"}, "entry": {"id": found["id"]}}],
    }
    assert (await admin.ask(MONEY, ta="TA-78"))["legalMoney"]["nodes"] == []
    trust = (await admin.ask(UNSHARED, id=account, on=today))["trustReconciliation"]
    assert trust["reconciled"] and [one["itemClass"] for one in trust["classes"]] == ["KEPT"]
    assert trust["classes"][0]["total"] == {"minorUnits": "1500"}
    assert decode("payment", trust["classes"][0]["items"][0]["paymentId"])

    bank = await api.person(Role.CREDITOR_VIEWER)
    seen = await bank.ask(MONEY.replace("bankShares { kept { minorUnits } entry { id } }", ""), ta="TA-77")
    assert len(seen["legalMoney"]["nodes"]) == 2, "the number is the creditor's to know; the bank is not"


STANDING = """query($differs: Boolean!) { legalHandoffs(differs: $differs) { nodes { standingOn theirBalance { formatted }
  ourBalance { formatted } balanceDifference { formatted } theirPaid { formatted } ourPaid { formatted } } } }"""


async def test_cases_whose_balances_differ_are_found(api: Api) -> None:
    debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 90_000, None)])
    async with db.transaction(api.house.north) as tx:
        of = {"creditor_id": api.house.bank.creditor_id, "debt_id": debt.id, "standing_on": date(2026, 5, 1)}
        for key, theirs in (("same", 90_000), ("more", 95_000)):
            told = {"their_minor": theirs, "our_minor": 90_000, "difference_minor": theirs - 90_000}
            await insert(tx, "legal_handoff", **of, **told, state="ACCEPTED", idempotency_key=key)
    admin, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    for person, differs, count in ((admin, False, 2), (admin, True, 1), (south, True, 0)):
        assert len((await person.ask(STANDING, differs=differs))["legalHandoffs"]["nodes"]) == count
    (row,) = (await admin.ask(STANDING, differs=True))["legalHandoffs"]["nodes"]
    assert row == {
        "standingOn": "2026-05-01", "theirBalance": {"formatted": "COP 950.00"}, "ourPaid": None, "theirPaid": None,
        "ourBalance": {"formatted": "COP 900.00"}, "balanceDifference": {"formatted": "COP 50.00"},
    }  # fmt: skip
