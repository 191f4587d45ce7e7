"""The whole path, as its users walk it: an agency takes in a portfolio, works it, and the creditor watches the recovery."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import openpyxl
import pytest
from argon2 import PasswordHasher

from core.kit import clock
from core.kit.ids import encode
from core.plugin_host import host
from tenants import passwords
from tenants.create_agency import CreateAgency, create_agency
from tenants.create_client import CreateClient, create_client
from tenants.identity import installation_scope
from tenants.models import ClientKind
from tests.journey.client import CALLBACK, Person, hidden, serving, sign_in

ADMIN, VIEWER, RIVAL = "ana@andina.test.co", "vera@banco.test.co", "remo@tienda.test.co"
PASSWORD = "correct horse battery staple"
TODAY = clock.today("America/Bogota")


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).strftime("%d/%m/%Y")


HEADER = "obligacion;titular;tipo_doc;documento;celular;correo;fecha_credito;vencimiento;capital;interes"
ROWS = [
    f"C-001;María Peña;CC;52.345.678;300 123 4567;maria@correo.test;{day(400)};{day(120)};1.500.000,00;230.500,50",
    f"C-002;José Niño;CC;80123456;3109876543;;{day(300)};{day(45)};820.000,00;0",
    f"C-003;Ferretería Ñandú SAS;NIT;800.197.268-4;6015551234;pagos@nandu.test;{day(200)};{day(10)};3.250.000,75;12.000,00",
    f"C-003;Ferretería Ñandú SAS;NIT;800.197.268-4;;;{day(200)};{day(10)};1,00;0",
    f"C-004;Sin Monto;CC;1020304050;;;{day(100)};{day(5)};mucho;0",
]
LAYOUT = {
    "decimal": ",",
    "thousands": ".",
    "dates": "DD/MM/YYYY",
    "columns": {
        "reference": "obligacion",
        "debtor_name": "titular",
        "identifier_type": "tipo_doc",
        "identifier_number": "documento",
        "phones": ["celular"],
        "emails": ["correo"],
        "opened_on": "fecha_credito",
        "due_on": "vencimiento",
        "product": {"constant": "crédito de consumo"},
        "components": [
            {"kind": "PRINCIPAL", "column": "capital", "required": True},
            {"kind": "INTEREST_ORDINARY", "column": "interes"},
        ],
    },
}


@dataclass
class Stage:
    address: str
    client_id: str
    agency_id: str


@pytest.fixture
async def stage(app_url: str) -> AsyncIterator[Stage]:
    """A running installation with one agency and an application of people: what an operator sets up."""
    passwords.use_parameters(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with serving(app_url) as address:
        operator = installation_scope()
        made = await create_agency(
            operator,
            CreateAgency(
                name="Cobranzas Andinas", slug="andina", tax_id="860.034.313-7", admin_email=ADMIN, admin_name="Ana",
                admin_password=PASSWORD,
            ),
        )  # fmt: skip
        public = CreateClient(name="Desk", kind=ClientKind.PUBLIC, redirect_uris=(CALLBACK,))
        client = await create_client(operator, public)
        yield Stage(address, client.client_id, encode("agency", made.agency_id))
    passwords.use_parameters(PasswordHasher())


async def test_an_agency_works_a_portfolio_and_the_creditor_watches(stage: Stage) -> None:
    ana = await sign_in(stage.address, stage.client_id, ADMIN, PASSWORD)
    assert (await ana.ask("{ viewer { audience name } agency { name } }"))["agency"]["name"] == "Cobranzas Andinas"

    creditor, mandate, portfolio = await _mandate(ana, "Banco Cordillera", "banco", "860.003.020-1")
    other, other_mandate, other_portfolio = await _mandate(ana, "Tienda Sol", "tienda", "890.903.938-8")
    await _place(ana, mandate, portfolio, [HEADER, *ROWS], accepted=3, duplicate=1, rejected=1)
    await _place(ana, other_mandate, other_portfolio, [HEADER, ROWS[0].replace("C-001", "T-777")], accepted=1)

    debt = await _worklist(ana, creditor)
    await _bureau(ana, debt["id"])
    await _pay(ana, debt["id"])
    await _legal(ana, debt["id"])

    vera = await _invite(stage, ana, creditor, VIEWER)
    await _creditor_watches(vera, creditor, debt["id"])
    await _creditor_sees_nothing_else(vera, other, other_mandate, other_portfolio)
    await _report(ana, vera, creditor)


async def _mandate(ana: Person, name: str, code: str, tax_id: str) -> tuple[str, str, str]:
    made = await ana.do("creditorRegister", {"name": name, "code": code, "taxId": tax_id}, "creditor { id name }")
    creditor = made["creditor"]["id"]
    made = await ana.do(
        "mandateCreate", {"creditorId": creditor, "name": "2026", "currency": "COP"}, "mandate { id allocationOrder }"
    )
    mandate = made["mandate"]["id"]
    made = await ana.do("portfolioCreate", {"mandateId": mandate, "name": "Consumo"}, "portfolio { id }")
    await ana.do("fileLayoutSave", {"mandateId": mandate, "kind": "NEW", "layout": LAYOUT}, "layout { version }")
    return creditor, mandate, made["portfolio"]["id"]


BATCH = """query($id: ID!) { placement(id: $id) { state rowsTotal rowsAccepted rowsDuplicate rowsRejected errorCode errorMessage
  encoding sumAccepted { minorUnits } jobs { name state progressDone progressTotal } } }"""


async def _place(
    ana: Person, mandate: str, portfolio: str, lines: list[str], *, accepted: int, duplicate: int = 0, rejected: int = 0
) -> None:
    content = ("\r\n".join(lines) + "\r\n").encode("latin-1")
    done = await ana.upload(content, mandate=mandate, kind="NEW", portfolio=portfolio, name="asignación.csv")
    dry = await ana.until(BATCH, "placement", {"VALIDATED", "REJECTED"}, id=done["batchId"])
    assert dry["errorCode"] is None, dry
    assert (dry["rowsAccepted"], dry["rowsDuplicate"], dry["rowsRejected"]) == (
        str(accepted),
        str(duplicate),
        str(rejected),
    )
    assert (await ana.ask('{ debts(filter: {search: "C-002"}) { nodes { id } } }'))["debts"][
        "nodes"
    ] == [] or accepted < 3

    issues = await ana.ask(
        "query($id: ID!) { placementIssues(batchId: $id) { totalCount nodes { line outcome code column given } } }",
        id=done["batchId"],
    )
    assert issues["placementIssues"]["totalCount"] >= duplicate + rejected

    job = (await ana.do("placementAccept", {"batchId": done["batchId"]}, "job { id }"))["job"]
    await ana.job_done(job["id"])
    active = await ana.until(BATCH, "placement", {"ACTIVE"}, id=done["batchId"])
    assert active["rowsAccepted"] == str(accepted)

    again = await ana.upload(content, mandate=mandate, kind="NEW", portfolio=portfolio, name="again.csv")
    assert (again["repeated"], again["batchId"]) == (True, done["batchId"])


async def _worklist(ana: Person, creditor: str) -> dict[str, str]:
    page = (
        await ana.ask(
            """query($creditor: ID!) { debts(filter: {creditorIds: [$creditor]}, order: OLDEST_DUE, first: 2) {
              totalCount pageInfo { hasNextPage endCursor }
              nodes { id reference daysPastDue ageingBucket stage balance { minorUnits formatted } debtorName
                      creditor { name } nextReason components { kind balance { minorUnits } }
                      debtor { name identifiers { number verified } contactPoints { channel value valid lineType } } } } }""",
            creditor=creditor,
        )
    )["debts"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    first = page["nodes"][0]
    assert (first["reference"], first["daysPastDue"], first["stage"]) == ("C-001", 120, "PRE_LEGAL")
    assert first["balance"]["minorUnits"] == "173050050"
    assert first["debtor"]["contactPoints"][1]["value"] == "+573001234567"
    rest = await ana.ask(
        """query($creditor: ID!, $after: String) { debts(filter: {creditorIds: [$creditor]}, order: OLDEST_DUE, after: $after) {
          nodes { reference debtor { identifiers { number verified } } } } }""",
        creditor=creditor,
        after=page["pageInfo"]["endCursor"],
    )
    assert rest["debts"]["nodes"][0]["debtor"]["identifiers"] == [{"number": "8001972684", "verified": True}]
    return first


async def _bureau(ana: Person, debt: str) -> None:
    settings = {"code": "sandbox", "settings": {"api_key": "a-key-for-tests"}}
    offers = {offer.code: status for status in host.plugins() for offer in status.offers}
    settings["code"] = next(code for code, status in offers.items() if "BUREAU" in str(status.capabilities).upper())
    await ana.do("pluginEnable", settings, "offer { enabled }")
    ask = {"debtId": debt, "provider": settings["code"], "idempotencyKey": "inquiry-1"}
    refused = await ana.attempt("bureauInquire", ask, "inquiry { id }")
    assert [error["code"] for error in refused["errors"]] == ["PURPOSE_MISSING"]
    consent = {
        "reference": "contract 17",
        "medium": "signed contract",
        "grantedAt": "2025-01-05T10:00:00Z",
        "textVersion": "3",
    }
    ask |= {"purpose": "REVIEW_OR_COLLECTION_OF_ACCOUNT", "consent": consent}
    answered = await ana.do("bureauInquire", ask, "inquiry { id state score report purpose requestedBy } replayed")
    assert answered["inquiry"]["state"] == "ANSWERED"
    again = await ana.do("bureauInquire", ask, "inquiry { id } replayed")
    assert (again["inquiry"]["id"], again["replayed"]) == (answered["inquiry"]["id"], True)


async def _pay(ana: Person, debt: str) -> None:
    payment = {
        "debtId": debt,
        "amount": {"minorUnits": "30000000", "currency": "COP"},
        "paidOn": TODAY.isoformat(),
        "idempotencyKey": "receipt-4711",
    }
    selection = (
        "payment { id allocations { componentKind amount { minorUnits } } } debt { balance { minorUnits } } replayed"
    )
    first = await ana.do("paymentRecord", payment, selection)
    # Interest before principal (C.C. 1653): all of it, and principal takes what is left.
    assert [(part["componentKind"], part["amount"]["minorUnits"]) for part in first["payment"]["allocations"]] == [
        ("PRINCIPAL", "6949950"),
        ("INTEREST_ORDINARY", "23050050"),
    ]
    second = await ana.do("paymentRecord", payment, selection)
    assert (second["payment"]["id"], second["replayed"]) == (first["payment"]["id"], True)
    assert second["debt"]["balance"]["minorUnits"] == "143050050"
    other = payment | {"amount": {"minorUnits": "1", "currency": "COP"}}
    refused = await ana.attempt("paymentRecord", other, "payment { id }")
    assert [error["code"] for error in refused["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def _legal(ana: Person, debt: str) -> None:
    code = next(o.code for s in host.plugins() for o in s.offers if "LEGAL" in str(s.capabilities).upper())
    await ana.do("pluginEnable", {"code": code, "settings": {"firm_name": "Jurídicos del Norte", "firm_city": "Bogotá"}},
                 "offer { enabled }")  # fmt: skip
    missing = await ana.attempt(
        "legalHandOver", {"debtId": debt, "channel": code, "idempotencyKey": "handoff-0"},
        "handoff { state checklist { code satisfied remedy } }",
    )  # fmt: skip
    assert missing["errors"][0]["code"] == "HANDOFF_REQUIREMENTS_MISSING"
    assert missing["handoff"]["state"] == "CHECKLIST"
    kinds = ("POWER_OF_ATTORNEY", "PROMISSORY_NOTE", "INSTRUCTION_LETTER", "BALANCE_CERTIFICATE", "CREDITOR_STANDING")
    dated = (TODAY - timedelta(days=2)).isoformat()
    facts = {"documents": [{"kind": kind, "reference": f"archive {kind.lower()}", "dated": dated} for kind in kinds]}
    done = await ana.do(
        "legalHandOver",
        {"debtId": debt, "channel": code, "idempotencyKey": "handoff-1", "facts": facts},
        "handoff { state receipt documents { name mediaType url sha256 } } debt { stage }",
    )
    assert (done["handoff"]["state"], done["debt"]["stage"]) == ("ACK", "JUDICIAL")
    kinds_of_files = {document["mediaType"] for document in done["handoff"]["documents"]}
    assert kinds_of_files == {"application/pdf", "application/json"}
    pdf = next(d for d in done["handoff"]["documents"] if d["mediaType"] == "application/pdf")
    answer = await ana.http.get(pdf["url"], headers=ana.headers)
    assert answer.content.startswith(b"%PDF")


async def _invite(stage: Stage, ana: Person, creditor: str, email: str) -> Person:
    made = await ana.do(
        "memberAdd", {"email": email, "name": "Vera", "role": "CREDITOR_VIEWER", "creditorId": creditor}, "invitation"
    )
    async with httpx.AsyncClient(base_url=stage.address) as browser:
        page = await browser.get("/sign-in/invitation", params={"code": made["invitation"]}, follow_redirects=True)
        assert page.status_code == 200, page.text
        form = {name: hidden(page.text, name) for name in ("csrf", "code")} | {"password": PASSWORD, "again": PASSWORD}
        accepted = await browser.post("/sign-in/invitation", data=form)
        assert accepted.status_code == 303, accepted.text
    return await sign_in(stage.address, stage.client_id, email, PASSWORD)


RECOVERY = """query($creditor: ID!, $by: RecoveryGroup!) { recovery(creditorId: $creditor, groupBy: $by) {
  totals { placed { minorUnits } recovered { minorUnits } balance { minorUnits } debts
           liquidation { numerator { minorUnits } denominator { minorUnits } value } }
  rows { key label recovered { minorUnits } payments } } }"""


async def _creditor_watches(vera: Person, creditor: str, debt: str) -> None:
    by_month = (await vera.ask(RECOVERY, creditor=creditor, by="MONTH"))["recovery"]
    month = next(row for row in by_month["rows"] if row["key"] == TODAY.strftime("%Y-%m"))
    assert (month["recovered"]["minorUnits"], month["payments"]) == ("30000000", "1")
    total = by_month["totals"][0]
    assert total["liquidation"]["denominator"] == total["placed"] == {"minorUnits": "581250125"}
    assert total["liquidation"]["value"] == "0.0516"
    for group in ("PORTFOLIO", "STAGE", "BUCKET"):
        grouped = (await vera.ask(RECOVERY, creditor=creditor, by=group))["recovery"]
        assert sum(int(row["recovered"]["minorUnits"]) for row in grouped["rows"]) == 30000000
    seen = (
        await vera.ask(
            """query($id: ID!) { debt(id: $id) { debtorName nextReason debtor { name } bureauInquiries { id }
               payments { nodes { amount { minorUnits } } } legalHandoffs { state receipt } movements { nodes { kind delta { minorUnits } } } } }""",
            id=debt,
        )
    )["debt"]
    assert (seen["debtorName"], seen["debtor"], seen["nextReason"], seen["bureauInquiries"]) == (
        "María Peña",
        None,
        None,
        [],
    )
    assert seen["legalHandoffs"][0]["state"] == "ACK"


async def _creditor_sees_nothing_else(vera: Person, other: str, mandate: str, portfolio: str) -> None:
    """Neither anything of another creditor, nor whether it exists: an id of theirs answers as one that nobody has."""
    creditors = await vera.ask("{ creditors { nodes { name } totalCount } debts { totalCount } }")
    assert [row["name"] for row in creditors["creditors"]["nodes"]] == ["Banco Cordillera"]
    assert creditors["debts"]["totalCount"] == 3
    nobody = other[:-4] + "0000"
    for query, theirs, none in (
        ("query($id: ID!) { node(id: $id) { id } }", other, nobody),
        ("query($id: ID!) { node(id: $id) { id } }", mandate, mandate[:-4] + "0000"),
        ("query($id: ID!) { recovery(creditorId: $id, groupBy: STAGE) { truncated } }", other, nobody),
        ("query($id: ID!) { debts(filter: {creditorIds: [$id]}) { totalCount nodes { id } } }", other, nobody),
        ("query($id: ID!) { debts(filter: {portfolioIds: [$id]}) { totalCount } }", portfolio, portfolio[:-4] + "0000"),
    ):
        answers = []
        for asked in (theirs, none):
            answer = await vera.http.post(
                "/graphql", json={"query": query, "variables": {"id": asked}}, headers=vera.headers
            )
            answers.append((answer.status_code, answer.text.replace(asked, "ID")))
        assert answers[0] == answers[1], query
    refused = await vera.http.post(
        "/graphql",
        json={"query": 'mutation { portfolioCreate(input: {mandateId: "x", name: "y"}) { errors { code } } }'},
        headers=vera.headers,
    )
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def _report(ana: Person, vera: Person, creditor: str) -> None:
    code = "recovery_report"
    await ana.do("pluginEnable", {"code": code, "settings": {}}, "offer { enabled }")
    asked = await ana.do(
        "reportRequest",
        {"creditorId": creditor, "report": code, "periodFrom": TODAY.replace(day=1).isoformat(),
         "periodTo": TODAY.isoformat(), "parameters": {"language": "es"}},
        "report { id state }",
    )  # fmt: skip
    query = """query($id: ID!) { report(id: $id) { state errorCode errorMessage files { name mediaType url size } } }"""
    ready = await vera.until(query, "report", {"READY", "FAILED"}, id=asked["report"]["id"])
    assert ready["state"] == "READY", ready
    by_month = (await vera.ask(RECOVERY, creditor=creditor, by="MONTH"))["recovery"]
    recovered = sum(
        int(row["recovered"]["minorUnits"]) for row in by_month["rows"] if row["key"] == TODAY.strftime("%Y-%m")
    )

    sheets, tables = [], []
    for file in ready["files"]:
        content = (await vera.http.get(file["url"], headers=vera.headers)).content
        assert len(content) == int(file["size"])
        if file["name"].endswith(".xlsx"):
            sheets.append(openpyxl.load_workbook(io.BytesIO(content), read_only=True))
        elif file["name"].endswith(".csv"):
            tables.append((file["name"], list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))))
    assert sheets and tables
    payments = next(rows for name, rows in tables if "pago" in name or "payment" in name)
    assert any(cell.replace(".", "") == str(recovered) for cell in payments[-1]), payments[-1]
