"""A bank's file over HTTP: taken in, imported, matched, identified by a person; refused with a reason; and its walls."""

import json
from typing import Any

from core.kit.ids import encode, new_id
from tenants.models import Role
from tests.core.banking.samples import IBAN, camt, entry, part
from tests.core.house import make_debt
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.settling import charged, issued

FILE = """query($id: ID!) { bankFile(id: $id) { state format errorCode errorMessage errorRemedy
  statements { reference entriesNew opening { formatted } closing { formatted } account { name kind } warnings }
  jobs { name state } } }"""
ENTRIES = """query($state: BankEntryState) { bankEntries(state: $state) { totalCount nodes {
  id amount { minorUnits currency } direction state match matchReason counterpartyName
  debt { reference } payment { status amount { minorUnits } } } } }"""
WAITING = "{ unidentifiedMoney { age entries amount { formatted } oldestOn } }"


async def give(api: Api, person: Person, content: bytes, **given: Any) -> dict[str, Any]:
    """What became of a file."""
    operations = {
        "query": "mutation($input: BankStatementImportInput!) { bankStatementImport(input: $input) "
        "{ file { id state } repeated errors { code field } } }",
        "variables": {"input": {"file": None, **given}},
    }
    form = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})}
    answer = await api.http.post(
        "/graphql", data=form, files={"0": ("f.xml", content, "text/xml")}, headers=person.headers
    )
    payload = answer.json()["data"]["bankStatementImport"]
    assert payload["errors"] == [], payload
    file_id = payload["file"]["id"]
    await person.until(FILE, "bankFile", {"IMPORTED", "REJECTED"}, id=file_id)
    jobs = (await person.ask("query($id: ID!) { bankFile(id: $id) { jobs { id name } } }", id=file_id))["bankFile"][
        "jobs"
    ]
    for job in jobs:
        await person.job_done(job["id"])
    return (await person.ask(FILE, id=file_id))["bankFile"] | {"repeated": payload["repeated"]}


async def open_account(person: Person) -> str:
    given = {"name": "trust", "kind": "TRUST", "number": IBAN, "currency": "COP"}
    return (await person.do("bankAccountOpen", given, "account { id number }"))["account"]["id"]


async def test_a_statement_from_its_upload_to_the_last_receipt(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await open_account(admin)
    debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 90_000, None)], reference="ACC-77")
    other = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 90_000, None)], reference="ACC-78")
    lines = (
        entry("100.00", ref="A", ccy="COP", parts=part(text="ACC-77", name="Ana")),
        entry("50.00", ref="B", ccy="COP", parts=part(text="?", name="Berta")),
    )
    content = camt(*lines, opening="0", closing="150.00", ccy="COP")

    file = await give(api, admin, content)
    assert (file["state"], file["format"], file["errorCode"]) == ("IMPORTED", "CAMT", None)
    (statement,) = file["statements"]
    assert (statement["entriesNew"], statement["closing"]["formatted"], statement["account"]["name"]) == (
        2, "COP 150.00", "trust",
    )  # fmt: skip
    assert {job["name"] for job in file["jobs"]} == {"banking.import", "banking.match"}
    assert (await give(api, admin, content))["repeated"]

    found = (await admin.ask(ENTRIES))["bankEntries"]
    by_name = {one["counterpartyName"]: one for one in found["nodes"]}
    assert found["totalCount"] == 2
    assert (by_name["Ana"]["match"], by_name["Ana"]["debt"]) == ("ACCOUNT_NUMBER", {"reference": debt.reference})
    (waiting,) = (await admin.ask(WAITING))["unidentifiedMoney"]
    assert (waiting["entries"], waiting["amount"]["formatted"], waiting["oldestOn"]) == ("1", "COP 50.00", "2026-03-02")

    (open_one,) = (await admin.ask(ENTRIES, state="UNMATCHED"))["bankEntries"]["nodes"]
    given = {"entryId": open_one["id"], "debtId": encode("debt", other.id)}
    selected = "entry { state match debt { reference } payment { status } } replayed"
    done = await admin.do("bankEntryIdentify", given, selected)
    assert done["entry"] == {
        "state": "MATCHED", "match": "MANUAL", "debt": {"reference": "ACC-78"}, "payment": {"status": "CLEARED"},
    }  # fmt: skip
    assert (await admin.do("bankEntryIdentify", given, selected))["replayed"]
    assert (await admin.ask(WAITING))["unidentifiedMoney"] == []
    released = await admin.do(
        "bankEntryRelease", {"entryId": open_one["id"], "reason": "no"}, "entry { state debt { id } }"
    )
    assert released["entry"] == {"state": "UNMATCHED", "debt": None}


async def test_a_refused_file_says_why(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await open_account(admin)
    content = camt(entry("100.00", ccy="COP"), opening="0", closing="99.00", ccy="COP")
    file = await give(api, admin, content)
    assert (file["state"], file["errorCode"], file["statements"]) == ("REJECTED", "STATEMENT_DOES_NOT_ADD_UP", [])
    for figure in ("COP 0.00", "COP 100.00", "COP 99.00"):
        assert figure in file["errorMessage"]
    assert file["errorRemedy"]


async def test_returns_debits_and_references(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await open_account(admin)
    debt = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 90_000, None)])
    debt_id = encode("debt", debt.id)
    reference = (await admin.do("paymentReferenceGive", {"debtId": debt_id, "kind": "RF"}, "reference"))["reference"]
    lines = (
        entry("100.00", ref="A", ccy="COP", parts=part(rf=reference)),
        entry("100.00", ref="B", ccy="COP", cd="DBIT"),
        entry("1.00", ref="C", ccy="COP", cd="DBIT"),
    )
    await give(api, admin, camt(*lines, opening="0", closing="-1.00", ccy="COP"))
    nodes = (await admin.ask(ENTRIES))["bankEntries"]["nodes"]
    receipt = next(one for one in nodes if one["direction"] == "CREDIT")
    assert receipt["match"] == "CREDITOR_REFERENCE"
    back, fee = sorted(
        (one for one in nodes if one["direction"] == "DEBIT"), key=lambda one: -int(one["amount"]["minorUnits"])
    )
    payment = (await admin.ask("query($id: ID!) { debt(id: $id) { payments { nodes { id } } } }", id=debt_id))["debt"]
    given = {"entryId": back["id"], "paymentId": payment["payments"]["nodes"][0]["id"]}
    done = await admin.do("bankReturnIdentify", given, "entry { state payment { status reversalReason } }")
    assert done["entry"] == {
        "state": "MATCHED", "payment": {"status": "REVERSED", "reversalReason": "returned by the bank: reversal"},
    }  # fmt: skip
    ignored = await admin.do("bankEntryIgnore", {"entryId": fee["id"], "reason": "fee"}, "entry { state matchReason }")
    assert ignored["entry"] == {"state": "IGNORED", "matchReason": "fee"}


MOVED = """query($id: ID!, $on: Date!) { trustReconciliation(accountId: $id, asOf: $on) { reconciled
  books { minorUnits } unplaced { minorUnits } accounts { name reconciled books { minorUnits } difference { minorUnits }
  explained { minorUnits } balance { minorUnits } } classes { itemClass accountId items { entryId what } } } }"""


async def test_two_trust_accounts_and_a_move_between_them(api: Api) -> None:
    admin, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    first, other = await open_account(admin), "ES9121000418450200051332"
    opened = {"name": "second", "kind": "TRUST", "number": other, "currency": "COP"}
    second = (await admin.do("bankAccountOpen", opened, "account { id }"))["account"]["id"]
    lines = (entry("100.00", ref="A", ccy="COP"), entry("40.00", cd="DBIT", ref="B", ccy="COP"))
    await give(api, admin, camt(*lines, opening="0", closing="60.00", ccy="COP"))
    came = entry("40.00", ref="C", ccy="COP", day="2026-03-03")
    await give(api, admin, camt(came, opening="0", closing="40.00", ccy="COP", account=other))
    nodes = (await admin.ask("{ bankEntries { nodes { id bankReference } } }"))["bankEntries"]["nodes"]
    ids = {one["bankReference"]: one["id"] for one in nodes}
    given = {"entryId": ids["B"], "counterpartId": ids["C"]}
    for replayed in (False, True):
        fields = "entry { state match counterpartId } counterpart { id counterpartId matchReason } replayed"
        done = await admin.do("bankMoveIdentify", given, fields)
        assert done["entry"] == {"state": "MATCHED", "match": "MANUAL", "counterpartId": ids["C"]}
        assert done["counterpart"] == {
            "id": ids["C"], "counterpartId": ids["B"], "matchReason": "moved from the trust account 'trust'",
        }  # fmt: skip
        assert done["replayed"] is replayed
    for person, wrong, code in (
        (south, given, "NOT_FOUND"), (admin, given | {"counterpartId": ids["A"]}, "NOT_A_MOVE"),
    ):  # fmt: skip
        refused = await person.attempt("bankMoveIdentify", wrong, "__typename")
        assert [error["code"] for error in refused["errors"]] == [code]

    found = (await admin.ask(MOVED, id=second, on="2026-03-02"))["trustReconciliation"]
    assert found["reconciled"] and found["unplaced"]["minorUnits"] == "0"
    assert {one["name"]: (one["balance"]["minorUnits"], one["books"]["minorUnits"]) for one in found["accounts"]} == {
        "trust": ("6000", "6000"), "second": ("0", "4000"),
    }  # fmt: skip
    (way,) = found["classes"]
    assert (way["itemClass"], way["accountId"]) == ("IN_TRANSIT", second)
    assert way["items"][0]["what"] == "from one trust account to another"
    assert way["items"][0]["entryId"] in (ids["B"], ids["C"])
    found = (await admin.ask(MOVED, id=first, on="2026-03-03"))["trustReconciliation"]
    assert found["reconciled"] and found["classes"] == [] and found["books"]["minorUnits"] == "10000"


RECONCILED = """query($id: ID!, $on: Date!) { trustReconciliation(accountId: $id, asOf: $on) {
  reconciled bank { minorUnits } books { minorUnits } explained { minorUnits } difference { minorUnits } gapCount
  clearing { minorUnits } owedTotal { minorUnits } owed { account amount { minorUnits } }
  accounts { accountId name statementOn opening { minorUnits } balance { minorUnits } untold { minorUnits }
    books { minorUnits } explained { minorUnits } difference { minorUnits } reconciled }
  gaps { statementId accountId fromOn opening { minorUnits } expected { minorUnits } }
  unplaced { minorUnits } classes { itemClass accountId count total { minorUnits } items { on what amount { minorUnits } orderId entryId paymentId } } } }"""


async def test_what_the_agency_sent_and_the_three_ways(api: Api) -> None:
    admin, south = await api.person(Role.AGENCY_ADMIN), await api.person(Role.AGENCY_ADMIN, south=True)
    account_id = await open_account(admin)
    await charged(api, admin)
    await issued(api, admin)
    asked = "{ remittanceOrders { nodes { id kind endToEndId orderedOn status amount { amount minorUnits } } } }"
    orders = {one["kind"]: one for one in (await admin.ask(asked))["remittanceOrders"]["nodes"]}
    remit, sweep = orders["REMIT"], orders["SWEEP"]
    on = remit["orderedOn"]

    async def classes() -> dict[str, int]:
        found = (await admin.ask(RECONCILED, id=account_id, on=on))["trustReconciliation"]
        assert found["reconciled"] and found["difference"] == {"minorUnits": "0"}, found
        assert found["books"] == found["owedTotal"]
        (account,) = found["accounts"]
        assert account["reconciled"] and (account["books"], found["unplaced"]["minorUnits"]) == (found["books"], "0")
        assert {one["accountId"] for one in found["classes"]} <= {account_id}
        return {one["itemClass"]: int(one["total"]["minorUnits"]) for one in found["classes"]}

    assert await classes() == {"IN_TRANSIT": 100_000, "ORDER": -100_000}
    lines = (
        entry(remit["amount"]["amount"], cd="DBIT", ref="J", ccy="COP", day=on, parts=part(e2e=remit["endToEndId"])),
        entry(sweep["amount"]["amount"], cd="DBIT", ref="K", ccy="COP", day=on, parts=part(paid="Nobody knows")),
    )
    await give(api, admin, camt(*lines, opening="1000.00", closing="0.00", ccy="COP"))
    nodes = "{ bankEntries { nodes { id state match charge bankReference order { id status } } } }"
    first, second = sorted((await admin.ask(nodes))["bankEntries"]["nodes"], key=lambda one: one["bankReference"])
    assert (first["match"], first["order"]) == ("END_TO_END", {"id": remit["id"], "status": "EXECUTED"})
    assert (second["state"], second["order"], second["charge"]) == ("UNMATCHED", None, False)
    assert await classes() == {
        "OPENING": -100_000, "IN_TRANSIT": 100_000, "ORDER": -int(sweep["amount"]["minorUnits"]),
        "UNBOOKED": int(sweep["amount"]["minorUnits"]),
    }  # fmt: skip

    given = {"entryId": second["id"], "orderId": sweep["id"]}
    for replayed in (False, True):
        done = await admin.do("bankTransferIdentify", given, "entry { state order { id status } } replayed")
        assert done["entry"] == {"state": "MATCHED", "order": {"id": sweep["id"], "status": "EXECUTED"}}
        assert done["replayed"] is replayed
    assert await classes() == {"OPENING": -100_000, "IN_TRANSIT": 100_000}
    checks = (await admin.ask("{ ledgerVerify { holds checks { name holds lookedAt } } }"))["ledgerVerify"]
    assert checks["holds"] and checks["checks"][-1] == {"name": "bank", "holds": True, "lookedAt": "1"}
    refused = await south.attempt("bankTransferIdentify", given, "__typename")
    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]


async def test_the_layout_of_csv(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    account_id = await open_account(admin)
    layout = {"columns": {"booked_on": "day", "amount": "amount"}}
    saved = await admin.do("bankCsvLayoutSave", {"accountId": account_id, "layout": layout}, "account { csvLayout }")
    assert saved["account"]["csvLayout"]["columns"]["booked_on"] == "day"
    file = await give(api, admin, b"day,amount\n2026-03-02,5.00\n", accountId=account_id)
    assert (file["state"], file["format"]) == ("IMPORTED", "CSV")
    refused = await admin.attempt("bankCsvLayoutSave", {"accountId": account_id, "layout": {}}, "__typename")
    assert [error["code"] for error in refused["errors"]] == ["INVALID_LAYOUT"]


async def test_what_an_agency_does_not_have_is_not_there(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    given = {"entryId": encode("bank_entry", new_id()), "debtId": encode("debt", new_id())}
    refused = await admin.attempt("bankEntryIdentify", given, "__typename")
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [("NOT_FOUND", "entryId")]
    assert (await admin.ask(FILE, id=encode("bank_file", new_id())))["bankFile"] is None


async def test_a_balance_that_the_bank_does_not_give_is_null_whatever_is_asked_of_it(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    account_id = await open_account(admin)
    await admin.do(
        "bankCsvLayoutSave",
        {"accountId": account_id, "layout": {"columns": {"booked_on": "day", "amount": "amount"}}},
        "account { id }",
    )
    await give(api, admin, b"day,amount\n2026-03-02,5.00\n", accountId=account_id)
    asked = "opening { currency } closing { __typename formatted } credits { currency }"
    for query, path in (
        (f"{{ bankFiles {{ nodes {{ statements {{ {asked} }} }} }} }}", ("bankFiles", "statements")),
        (f"{{ bankEntries {{ nodes {{ statement {{ {asked} }} }} }} }}", ("bankEntries", "statement")),
    ):
        (node,) = (await admin.ask(query))[path[0]]["nodes"]
        found = node[path[1]][0] if isinstance(node[path[1]], list) else node[path[1]]
        assert found == {"opening": None, "closing": None, "credits": {"currency": "COP"}}
