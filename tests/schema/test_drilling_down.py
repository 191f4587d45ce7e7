"""From the bank's line to the journal, the payment, the debt's history and the statement, and back; for the agency and,
but for the bank, for the creditor."""

from typing import Any

from core.kit.ids import encode
from tenants.models import Role
from tests.core.banking.samples import camt, entry, part
from tests.core.house import make_debt
from tests.schema.conftest import Api
from tests.schema.settling import charged, issued, rival
from tests.schema.test_banking import give, open_account

BOOKS = """query($creditor: ID!) { payments(creditorId: $creditor, first: 5) { nodes { id
  postings { id kind debit credit bankEntry { bankReference } payment { id } }
  bankEntries { bankReference postings { id kind bankEntry { bankReference } } payment { id } }
  debt { movements(first: 5) { nodes { kind payment { id } } } } } } }"""


async def test_from_the_line_of_the_bank_to_the_history_of_the_debt(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    await open_account(admin)
    await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 9_000, None)], reference="ACC-77")
    line = entry("100.00", ref="A", ccy="COP", parts=part(text="ACC-77", name="Ana"))
    await give(api, admin, camt(line, opening="0", closing="100.00", ccy="COP"))
    creditor = encode("creditor", api.house.bank.creditor_id)

    (paid,) = (await admin.ask(BOOKS, creditor=creditor))["payments"]["nodes"]
    # Of one statement and moment: which is first is chance.
    assert sorted((one["kind"], one["debit"], one["credit"]) for one in paid["postings"]) == [
        ("IDENTIFICATION", "UNIDENTIFIED", "CLIENT"), ("IDENTIFICATION", "UNIDENTIFIED", "UNAPPLIED"),
    ]  # fmt: skip
    assert all(one["payment"] == {"id": paid["id"]} and one["bankEntry"] is None for one in paid["postings"])
    (told,) = paid["bankEntries"]
    assert (told["bankReference"], told["payment"]) == ("A", {"id": paid["id"]})
    (receipt,) = told["postings"]
    assert (receipt["kind"], receipt["bankEntry"]) == ("RECEIPT", {"bankReference": "A"})
    history = paid["debt"]["movements"]["nodes"]
    assert [(one["kind"], one["payment"]) for one in history] == [
        ("PAYMENT", {"id": paid["id"]}), ("PLACEMENT", None),
    ]  # fmt: skip
    # The creditor sees the same but for the bank; the money that was too much is the debtor's.
    (seen,) = (await bank.ask(BOOKS, creditor=creditor))["payments"]["nodes"]
    assert seen == paid | {"bankEntries": []}


async def test_from_an_order_to_its_lines(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await open_account(admin)
    await charged(api, admin)
    await issued(api, admin)
    ask = """{ remittanceOrders { nodes { kind orderedOn endToEndId bankEntries { direction postings { kind } } } }
      ledgerPostings(filter: {kind: REMITTANCE}) { nodes { debit order { kind } statement { number } } } }"""
    (remit,) = [one for one in (await admin.ask(ask))["remittanceOrders"]["nodes"] if one["kind"] == "REMIT"]
    sent = {"ref": "S", "ccy": "COP", "day": remit["orderedOn"], "parts": part(e2e=remit["endToEndId"])}
    lines = (entry("643.00", cd="DBIT", **sent), entry("643.00", **sent | {"ref": "T"}))
    await give(api, admin, camt(*lines, opening="700.00", closing="700.00", ccy="COP"))
    found = await admin.ask(ask)
    (remit,) = [one for one in found["remittanceOrders"]["nodes"] if one["kind"] == "REMIT"]
    told = {one["direction"]: one["postings"] for one in remit["bankEntries"]}
    assert told == {"DEBIT": [], "CREDIT": [{"kind": "RECEIPT"}, {"kind": "IDENTIFICATION"}]}
    assert {(one["debit"], bool(one["order"]), bool(one["statement"])) for one in found["ledgerPostings"]["nodes"]} == {
        ("CLIENT", False, True), ("TRUST_BANK", True, False),
    }  # fmt: skip


async def test_the_payments_of_a_creditor(api: Api) -> None:
    admin, bank, shop = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER), await rival(api)
    ours, direct = await charged(api, admin)
    creditor = encode("creditor", api.house.bank.creditor_id)

    async def listed(person: Any, narrowed: str = "") -> list[str]:
        query = f'{{ payments(creditorId: "{creditor}"{narrowed}) {{ totalCount nodes {{ id debt {{ id }} }} }} }}'
        found = (await person.ask(query))["payments"]
        assert found["totalCount"] == len(found["nodes"])
        return [one["id"] for one in found["nodes"]]

    for person in (admin, bank):
        assert await listed(person) == [direct, ours]
        assert await listed(person, ", receivedBy: CREDITOR") == [direct]
        assert await listed(person, ', since: "2026-06-20", until: "2026-06-20", method: CASH') == [direct, ours]
        assert await listed(person, ', until: "2026-06-19"') == await listed(person, ", status: REVERSED") == []
    assert await listed(shop) == []
    wrong = await api.http.post(
        "/graphql", headers=admin.headers, json={"query": f'''{{ payments(creditorId: "{creditor}",
          since: "2026-06-02", until: "2026-06-01") {{ totalCount }} }}'''},
    )  # fmt: skip
    assert wrong.json()["errors"][0]["extensions"]["code"] == "PERIOD"


async def test_what_was_paid_too_much_shows_on_the_debt_until_it_is_given_back(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 100_00, None)])
    debt_id, ask = encode("debt", debt.id), "query($id: ID!) { debt(id: $id) { surplus { minorUnits } } }"

    async def surplus(person: Any) -> str | None:
        found = (await person.ask(ask, id=debt_id))["debt"]["surplus"]
        return found and found["minorUnits"]

    given = {
        "debtId": debt_id, "amount": {"minorUnits": "15000", "currency": "COP"}, "paidOn": "2026-06-20",
        "idempotencyKey": "too much",
    }  # fmt: skip
    assert await surplus(admin) is None
    paid = await admin.do("paymentRecord", given, "warning payment { id }")
    assert (paid["warning"], await surplus(admin), await surplus(bank)) == ("OVERPAYMENT", "5000", "5000")
    back = {
        "debtId": debt_id, "amount": {"minorUnits": "3000", "currency": "COP"}, "refundedOn": "2026-06-21",
        "reason": "paid twice", "idempotencyKey": "back",
    }  # fmt: skip
    await admin.do("surplusRefund", back, "debt { surplus { minorUnits } }")
    assert await surplus(admin) == "2000"
    await admin.do(
        "paymentReverse",
        {"paymentId": paid["payment"]["id"], "reason": "R01", "reversedOn": "2026-06-22"},
        "__typename",
    )
    assert await surplus(admin) is None


async def test_what_is_owed_of_a_refund_that_bounced_shows_on_the_debt_until_it_is_repaid(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 100_00, None)])
    debt_id, ask = encode("debt", debt.id), "query($id: ID!) { debt(id: $id) { refundOwed { minorUnits } } }"
    given = {
        "debtId": debt_id, "amount": {"minorUnits": "15000", "currency": "COP"}, "paidOn": "2026-06-20",
        "idempotencyKey": "too much",
    }  # fmt: skip
    paid = await admin.do("paymentRecord", given, "payment { id }")
    back = {"debtId": debt_id, "amount": {"minorUnits": "3000", "currency": "COP"}, "idempotencyKey": "back"}
    await admin.do("surplusRefund", {**back, "refundedOn": "2026-06-21", "reason": "paid twice"}, "__typename")
    away = {"paymentId": paid["payment"]["id"], "reason": "R01", "reversedOn": "2026-06-22"}
    await admin.do("paymentReverse", away, "__typename")
    for person, owed in ((admin, {"minorUnits": "3000"}), (bank, None)):
        assert (await person.ask(ask, id=debt_id))["debt"]["refundOwed"] == owed
    repaid = {**back, "repaidOn": "2026-06-23", "reference": "TRX 1", "idempotencyKey": "again"}
    for replayed in (False, True):
        said = await admin.do("refundRepay", repaid, "owed { minorUnits } replayed debt { refundOwed { minorUnits } }")
        assert said["owed"] == {"minorUnits": "0"} and said["debt"] == {"refundOwed": None}
        assert said["replayed"] is replayed
    postings = "query($id: ID!) { ledgerPostings(filter: {debtId: $id, account: NSF_RECEIVABLE}) { nodes { debit } } }"
    nodes = (await admin.ask(postings, id=debt_id))["ledgerPostings"]["nodes"]
    assert sorted(node["debit"] for node in nodes) == ["NSF_RECEIVABLE", "OPERATING_BANK"]
