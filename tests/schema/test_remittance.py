"""Commission and remittance over HTTP: the agency charges, states and settles; the creditor sees what is its own."""

from hashlib import sha256
from typing import Any

from core.kit.ids import encode
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.settling import FEES, SIMULATE, STATEMENT, TERMS, charged, issued, minors, rival


async def test_from_the_schedule_to_the_settled_order(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    payment, direct = await charged(api, admin)
    for person in (admin, bank):
        lines = (await person.ask(FEES, payment=payment))["feeLines"]
        assert [(one["kind"], one["rate"], one["amount"]["minorUnits"]) for one in lines["nodes"]] == [
            ("COMMISSION", "0.25", "25000"), ("TAX", "0.19", "4750"),
        ]  # fmt: skip
        first = lines["nodes"][0]
        assert (lines["totalCount"], first["base"], first["rounding"]) == (2, {"minorUnits": "100000"}, "0")
        assert (first["payment"], first["debt"]) == ({"id": payment}, {"id": api.debt_id})
        assert first["schedule"] == {"version": 1, "taxRate": "0.19", "terms": first["schedule"]["terms"]}
        (posting,) = first["postings"]
        assert (posting["debit"], posting["credit"]) == ("COMMISSION_RECEIVABLE", "COMMISSION")

    statement_id = await issued(api, admin)
    for person in (admin, bank):
        found = (await person.ask(STATEMENT, id=statement_id))["remittanceStatement"]
        said = minors(found)
        # 1,000.00 less 297.50 of its own and 59.50 of the direct payment
        assert (said["received"], said["paidDirect"], said["remitted"], said["withheld"]) == (
            100_000, 50_000, 64_300, 35_700,
        )  # fmt: skip
        assert said["feeReceived"] + said["feeDirect"] + said["tax"] + said["costs"] == (
            said["withheld"] + said["fromAdvances"] + said["invoiced"] - said["credited"]
        )
        assert said["opening"] + said["received"] + said["adjustments"] + said["credited"] == (
            said["withheld"] + said["remitted"] + said["carried"]
        )
        lines = found["lines"]["nodes"]
        sums = {
            kind: sum(int(line["amount"]["minorUnits"]) for line in lines if line["kind"] == kind)
            for kind in {line["kind"] for line in lines}
        }
        assert sums == {"PAYMENT": 100_000, "DIRECT": 50_000, "FEE": 30_000, "TAX": 5_700}
        assert [line["position"] for line in lines] == [1, 2, 3, 4, 5, 6] and found["lines"]["totalCount"] == 6
        assert {line["payment"]["id"] for line in lines} == {payment, direct}
        for line in lines:
            back = [{"position": line["position"]}]
            assert line["feeLine"] is None or line["feeLine"]["statementLines"] == back
            assert line["posting"] is None or line["posting"]["statementLines"] == back
            assert line["statement"] == {"id": statement_id} and len(line["payment"]["statementLines"]) == 3
        assert sha256(found["document"].encode()).hexdigest() == found["sha256"]
        assert {one["statement"]["id"] for one in found["postings"]} == {statement_id}
        seen = ["REMIT", "SWEEP"] if person is admin else []
        assert [order["kind"] for order in found["orders"]] == seen

    ordered = "{ remittanceOrders { nodes { id kind amount { minorUnits } status reference statement { number } } } }"
    (order,) = (await bank.ask(ordered))["remittanceOrders"]["nodes"]
    assert (order["kind"], order["amount"], order["status"]) == ("REMIT", {"minorUnits": "64300"}, "ORDERED")
    given = {"orderId": order["id"], "settledOn": await _issued_on(admin, statement_id), "reference": "ACH 7"}
    for replayed in (False, True):
        settled = await admin.do("remittanceOrderSettle", given, "order { status reference } replayed")
        assert (settled["order"], settled["replayed"]) == ({"status": "EXECUTED", "reference": "ACH 7"}, replayed)
    refused = await admin.attempt("remittanceOrderSettle", given | {"reference": "ACH 8"}, "__typename")
    assert [error["code"] for error in refused["errors"]] == ["ORDER_SETTLED"]


async def _issued_on(person: Person, statement_id: str) -> str:
    """The day of its orders."""
    orders = (await person.ask("{ remittanceOrders { nodes { orderedOn statement { id } } } }"))["remittanceOrders"]
    return next(one["orderedOn"] for one in orders["nodes"] if one["statement"]["id"] == statement_id)


async def test_a_print_is_the_same_bytes_and_its_owners_alone(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    south, shop = await api.person(Role.AGENCY_ADMIN, south=True), await rival(api)
    await charged(api, admin)
    statement_id = await issued(api, admin)
    found = (await bank.ask(STATEMENT, id=statement_id))["remittanceStatement"]
    for url, begins in ((found["csvUrl"], b"\xef\xbb\xbfNo.,Fecha"), (found["pdfUrl"], b"%PDF-")):
        first = await api.http.get(url, headers=bank.headers)
        assert first.status_code == 200 and first.content.startswith(begins), first.text[:200]
        assert (await api.http.get(url, headers=admin.headers)).content == first.content
        english = await api.http.get(url, params={"language": "en"}, headers=bank.headers)
        assert english.status_code == 200 and english.content != first.content
        for person in (south, shop):
            assert (await api.http.get(url, headers=person.headers)).status_code == 404
        assert (await api.http.get(url)).status_code == 401
        assert (await api.http.get(url, params={"language": "fr"}, headers=bank.headers)).status_code == 400
    other = await api.http.get(found["csvUrl"].replace(".csv", ".exe"), headers=bank.headers)
    assert other.status_code == 404
    collector = await api.person(Role.COLLECTOR)
    assert (await api.http.get(found["csvUrl"], headers=collector.headers)).status_code == 403


async def test_nobody_sees_what_is_charged_to_another(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    payment, _ = await charged(api, admin)
    statement_id = await issued(api, admin)
    bank, creditor = await api.person(Role.CREDITOR_ADMIN), encode("creditor", api.house.bank.creditor_id)
    mandate = encode("mandate", api.house.bank.mandate_id)
    fee = (await bank.ask("query($id: ID!) { feeLines(debtId: $id) { nodes { id } } }", id=api.debt_id))["feeLines"]
    every = """query($creditor: ID!, $mandate: ID!, $payment: ID!, $statement: ID!, $fee: ID!) {
      a: remittanceStatements { totalCount } b: remittanceStatements(creditorId: $creditor) { totalCount }
      c: remittanceOrders { totalCount } d: remittanceAgreements(creditorId: $creditor) { totalCount }
      e: commissionSchedules(mandateId: $mandate) { totalCount } f: feeLines(paymentId: $payment) { totalCount }
      g: remittanceStatement(id: $statement) { id } h: node(id: $statement) { id } i: node(id: $fee) { id } }"""
    ids = {
        "creditor": creditor, "mandate": mandate, "payment": payment, "statement": statement_id,
        "fee": fee["nodes"][0]["id"],
    }  # fmt: skip
    agreed = await admin.do(
        "remittanceAgree", {"creditorId": creditor, "preset": "GROSS", "shortfall": "INVOICE"},
        "agreement { version terms }",
    )  # fmt: skip
    assert agreed["agreement"]["terms"]["means"]["RECEIVED"] == ["INVOICE"]
    own = await bank.ask(every, **ids)
    assert [own[key]["totalCount"] for key in "abcdef"] == [1, 1, 1, 1, 1, 2]
    assert own["g"] == own["h"] == {"id": statement_id} and own["i"] == {"id": ids["fee"]}
    for person in (await rival(api), await api.person(Role.AGENCY_ADMIN, south=True)):
        found = await person.ask(every, **ids)
        assert [found[key]["totalCount"] for key in "abcdef"] == [0] * 6
        assert [found[key] for key in "ghi"] == [None] * 3
        answer = await api.http.post(
            "/graphql", json={"query": SIMULATE, "variables": {"mandate": mandate, "terms": TERMS}},
            headers=person.headers,
        )  # fmt: skip
        assert answer.json()["errors"][0]["extensions"]["code"] in ("NOT_FOUND", "FORBIDDEN")


LINES = """query($creditor: ID, $mandate: ID, $since: Date, $until: Date, $kinds: [FeeKind!], $status: FeeLineStatus) {
  feeLines(creditorId: $creditor, mandateId: $mandate, since: $since, until: $until, kinds: $kinds, status: $status) {
    totalCount nodes { kind reverses { id } reversedBy { id } } } }"""


async def test_fee_lines_of_a_period(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    payment, _ = await charged(api, admin)
    of = {
        "creditor": encode("creditor", api.house.bank.creditor_id),
        "mandate": encode("mandate", api.house.bank.mandate_id),
    }

    async def found(person: Person, **more: Any) -> list[tuple[str, bool, bool]]:
        lines = (await person.ask(LINES, **more))["feeLines"]
        assert lines["totalCount"] == len(lines["nodes"])
        return [(one["kind"], one["reverses"] is not None, bool(one["reversedBy"])) for one in lines["nodes"]]

    four = [("COMMISSION", False, False)] * 2 + [("TAX", False, False)] * 2
    for person in (admin, bank):
        for more in ({}, of, {"since": "2026-06-30", "until": "2026-06-30"}, {"status": "STANDING"}):
            assert sorted(await found(person, **more)) == four
        assert await found(person, kinds=["TAX"]) == four[2:]
        for none in ({"until": "2026-06-29"}, {"since": "2026-07-01"}, {"kinds": ["SUIT_FEE"]}, {"status": "REVERSAL"}):
            assert await found(person, **none) == []
    for stranger in (await rival(api), await api.person(Role.AGENCY_ADMIN, south=True)):
        assert await found(stranger) == [] == await found(stranger, **of)

    given = {"paymentId": payment, "reason": "bounced", "reversedOn": "2026-06-30"}
    await admin.do("paymentReverse", given, "payment { id }")
    job = await admin.do("feesAssess", {"creditorId": of["creditor"], "until": "2026-06-30"}, "job { id }")
    await admin.job_done(job["job"]["id"])
    assert sorted(await found(bank, status="REVERSAL")) == [("COMMISSION", True, False), ("TAX", True, False)]
    assert sorted(await found(bank, status="REVERSED")) == [("COMMISSION", False, True), ("TAX", False, True)]
    assert sorted(await found(bank, status="STANDING")) == four[1:3]
    answer = await api.http.post(
        "/graphql", headers=bank.headers,
        json={"query": LINES, "variables": {"since": "2026-07-01", "until": "2026-06-01"}},
    )  # fmt: skip
    assert answer.json()["errors"][0]["extensions"]["code"] == "PERIOD"


async def test_other_terms_are_tried_before_they_are_agreed(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    payment, _ = await charged(api, admin)
    mandate = encode("mandate", api.house.bank.mandate_id)
    tried = {"mandate": mandate, "terms": {"tiers": [{"rate": "0.3"}]}}
    found = (await admin.ask(SIMULATE, **tried))["commissionSimulate"]
    by_payment = {one["paymentId"]: minors(one) for one in found["nodes"]}
    assert by_payment[payment] == {"charged": 25_000, "simulated": 30_000, "simulatedTax": 5_700, "difference": 5_000}
    assert found["total"]["payments"] == "2"
    assert minors(found["total"]) == {"charged": 30_000, "simulated": 45_000, "difference": 15_000}
    paged = (await admin.ask(SIMULATE, **tried, first=1))["commissionSimulate"]
    assert len(paged["nodes"]) == 1 and paged["pageInfo"]["hasNextPage"] and paged["total"] == found["total"]
    lines = (await admin.ask(FEES, payment=payment))["feeLines"]
    assert lines["totalCount"] == 2, "it writes nothing"

    job = (
        await admin.do(
            "feesRecalculate",
            {"creditorId": encode("creditor", api.house.bank.creditor_id), "on": "2026-06-30"},
            "job { id }",
        )
    )["job"]
    await admin.job_done(job["id"])
    assert (await admin.ask(FEES, payment=payment))["feeLines"]["totalCount"] == 2, "nothing is due for it"


async def test_what_is_refused_says_why(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    mandate, creditor = encode("mandate", api.house.bank.mandate_id), encode("creditor", api.house.bank.creditor_id)
    given = {"mandateId": mandate, "terms": TERMS, "validFrom": "2026-01-01", "taxRate": "0.19"}
    for change, code in (
        ({"terms": []}, "INVALID_TERMS"), ({"terms": {}}, "INVALID_TERMS"), ({"taxRate": "x"}, "TAX_RATE"),
        ({"taxRate": "NaN"}, "TAX_RATE"), ({"taxRate": "19"}, "TAX_RATE"),
    ):  # fmt: skip
        refused = await admin.attempt("commissionScheduleSave", given | change, "__typename")
        assert [error["code"] for error in refused["errors"]] == [code], change
    means = {"received": ["WITHHOLD"], "direct": ["ADVANCES", "INVOICE"], "costs": ["INVOICE"]}
    agree = {"creditorId": creditor, "shortfall": "CARRY"}
    for change in ({}, {"preset": "NET", "means": means}, {"means": means | {"costs": []}}):
        refused = await admin.attempt("remittanceAgree", agree | change, "__typename")
        assert [error["code"] for error in refused["errors"]] == ["REMITTANCE_TERMS"], change
    agreed = await admin.do("remittanceAgree", agree | {"means": means}, "agreement { version terms }")
    assert agreed["agreement"]["terms"]["means"]["DIRECT"] == ["ADVANCES", "INVOICE"]

    issue = {"creditorId": creditor, "currency": "COP", "lastOn": "2026-06-30"}
    for change, code in (({"currency": "XXQ"}, "UNKNOWN_CURRENCY"), ({"lastOn": "9999-12-31"}, "PERIOD")):
        refused = await admin.attempt("remittanceIssue", issue | change, "__typename")
        assert [error["code"] for error in refused["errors"]] == [code]
    done = await admin.do("remittanceIssue", issue, "job { id }")
    failed = await admin.until(
        "query($id: ID!) { job(id: $id) { state errorCode } }", "job", {"DONE", "FAILED"}, id=done["job"]["id"]
    )
    assert failed == {"state": "FAILED", "errorCode": "NOTHING_TO_STATE"}
    supervisor = await api.person(Role.SUPERVISOR)
    body = {
        "query": "mutation($i: RemittanceIssueInput!) { remittanceIssue(input: $i) { statementId } }",
        "variables": {"i": issue},
    }
    answer = await api.http.post("/graphql", json=body, headers=supervisor.headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_a_creditor_advances_and_pays_on_an_invoice(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    creditor = encode("creditor", api.house.bank.creditor_id)
    await admin.do("remittanceAgree", {"creditorId": creditor, "preset": "GROSS", "shortfall": "CARRY"}, "__typename")
    await charged(api, admin)
    statement_id = await issued(api, admin)
    ask = """query($id: ID!) { remittanceStatement(id: $id) { invoiced { minorUnits } invoiceOpen { minorUnits }
      postings { kind debit amount { minorUnits } statement { id } } } }"""
    found = (await bank.ask(ask, id=statement_id))["remittanceStatement"]
    assert found["invoiced"] == found["invoiceOpen"] == {"minorUnits": "35700"}
    given = {
        "statementId": statement_id, "amount": {"minorUnits": "20000", "currency": "COP"}, "reference": "ACH 8",
        "paidOn": await _issued_on(admin, statement_id), "idempotencyKey": "invoice-1",
    }  # fmt: skip
    for replayed in (False, True):
        paid = await admin.do(
            "remittanceInvoicePay", given, "open { minorUnits } statement { invoiceOpen { minorUnits } } replayed"
        )
        assert paid["open"] == paid["statement"]["invoiceOpen"] == {"minorUnits": "15700"}
        assert paid["replayed"] == replayed
    found = (await bank.ask(ask, id=statement_id))["remittanceStatement"]
    assert found["invoiceOpen"] == {"minorUnits": "15700"}
    assert {
        "kind": "INVOICE_PAYMENT", "debit": "OPERATING_BANK", "amount": {"minorUnits": "20000"},
        "statement": {"id": statement_id},
    } in found["postings"]  # fmt: skip
    more = given | {"idempotencyKey": "invoice-2"}
    refused = await admin.attempt("remittanceInvoicePay", more, "open { minorUnits }")
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [("INVOICE_PAID", "amount")]

    advance = {
        "creditorId": creditor, "amount": {"minorUnits": "500000", "currency": "COP"}, "movedOn": given["paidOn"],
        "reference": "anticipo", "idempotencyKey": "advance-1",
    }  # fmt: skip
    done = await admin.do("advanceRecord", advance, "advanceId available { minorUnits }")
    assert done["advanceId"].startswith("advance_") and done["available"] == {"minorUnits": "500000"}
    balances = f'{{ ledgerBalances(on: "{given["paidOn"]}") {{ account creditorId balance {{ minorUnits }} }} }}'
    for person in (admin, bank):
        held = (await person.ask(balances))["ledgerBalances"]
        assert {"account": "COURT_COST_ADVANCE", "creditorId": creditor, "balance": {"minorUnits": "-500000"}} in held
    supervisor = await api.person(Role.SUPERVISOR)
    for name, wanted in (("advanceRecord", advance), ("remittanceInvoicePay", given)):
        for person in (bank, supervisor):
            given_type = f"{name[0].upper()}{name[1:]}Input"
            query = f"mutation($i: {given_type}!) {{ {name}(input: $i) {{ replayed }} }}"
            answer = await api.http.post(
                "/graphql", json={"query": query, "variables": {"i": wanted}}, headers=person.headers
            )
            assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
