"""What tests of commission and remittance ask for over HTTP, and a bank whose payments are charged and stated."""

from typing import Any

from core.kit.ids import encode
from tenants.add_user import AddUser, add_user
from tenants.identity import installation_scope
from tenants.issue_token import IssueToken, issue_token
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api

TERMS = {"tiers": [{"rate": "0.25", "direct_rate": "0.1"}]}
FEES = """query($payment: ID!) { feeLines(paymentId: $payment) { totalCount nodes {
  kind line tier rate rounding base { minorUnits } amount { minorUnits } assessedOn payment { id } debt { id }
  schedule { version taxRate terms } postings { debit credit amount { minorUnits } feeLine { id } } } } }"""
STATEMENT = """query($id: ID!) { remittanceStatement(id: $id) {
  id number currency firstOn lastOn sha256 document csvUrl pdfUrl creditor { name }
  opening { minorUnits } received { minorUnits } adjustments { minorUnits } paidDirect { minorUnits }
  feeReceived { minorUnits } feeDirect { minorUnits } tax { minorUnits } costs { minorUnits }
  withheld { minorUnits } fromAdvances { minorUnits } credited { minorUnits } invoiced { minorUnits }
  remitted { minorUnits } carried { minorUnits }
  orders { id kind amount { minorUnits } status } postings { kind debit credit amount { minorUnits } statement { id } }
  lines { totalCount nodes { position kind direct amount { minorUnits formatted } statement { id }
    payment { id feeLines { id } statementLines { position } } feeLine { kind statementLines { position } }
    posting { debit payment { id } statementLines { position } } } } } }"""
SIMULATE = """query($mandate: ID!, $terms: JSON!, $first: Int) {
  commissionSimulate(mandateId: $mandate, terms: $terms, taxRate: "0.19", since: "2026-06-01", until: "2026-06-30",
    first: $first) {
    total { payments charged { minorUnits } simulated { minorUnits } difference { minorUnits } }
    pageInfo { hasNextPage }
    nodes { paymentId charged { minorUnits } simulated { minorUnits } simulatedTax { minorUnits }
      difference { minorUnits } } } }"""


async def pay(person: Person, debt_id: str, minor: int, received_by: str = "AGENCY") -> str:
    given = {
        "debtId": debt_id, "amount": {"minorUnits": str(minor), "currency": "COP"}, "paidOn": "2026-06-20",
        "method": "CASH", "receivedBy": received_by, "idempotencyKey": f"{minor} {received_by}",
    }  # fmt: skip
    return (await person.do("paymentRecord", given, "payment { id }"))["payment"]["id"]


async def rival(api: Api) -> Person:
    """Somebody of the shop."""
    command = AddUser(
        email="shop@people.test.co", name="Shop", role=Role.CREDITOR_ADMIN, password="correct horse battery staple",
        creditor_id=api.house.shop.creditor_id,
    )  # fmt: skip
    member = await add_user(installation_scope(), command)
    return Person(api.http, await issue_token(installation_scope(), IssueToken(membership_id=member.membership_id)))


async def charged(api: Api, admin: Person) -> tuple[str, str]:
    """1,000.00 to the agency at 25 % and 500.00 to the bank at 10 %, with 19 % tax, both charged; the payments' ids."""
    mandate = encode("mandate", api.house.bank.mandate_id)
    given = {"mandateId": mandate, "terms": TERMS, "validFrom": "2026-01-01", "taxRate": "0.19"}
    saved = await admin.do("commissionScheduleSave", given, "schedule { version taxRate terms mandate { id } }")
    assert (saved["schedule"]["version"], saved["schedule"]["taxRate"]) == (1, "0.19")
    assert saved["schedule"]["mandate"] == {"id": mandate}
    demanded = await admin.do(
        "demandRecord", {"debtId": api.debt_id, "demandedOn": "2026-06-01"}, "debt { id firstDemandOn }"
    )
    assert demanded["debt"]["firstDemandOn"] == "2026-06-01"
    payments = await pay(admin, api.debt_id, 100_000), await pay(admin, api.debt_id, 50_000, "CREDITOR")
    given = {"creditorId": encode("creditor", api.house.bank.creditor_id), "until": "2026-06-30"}
    job = (await admin.do("feesAssess", given, "job { id name }"))["job"]
    assert job["name"] == "commissions.assess"
    await admin.job_done(job["id"])
    told = (await admin.ask("query($id: ID!) { job(id: $id) { result } }", id=job["id"]))["job"]["result"]
    assert (told["assessed"], told["without_schedule"]) == (2, 0)
    return payments


async def issued(api: Api, admin: Person) -> str:
    given = {
        "creditorId": encode("creditor", api.house.bank.creditor_id), "currency": "COP", "lastOn": "2026-06-30",
    }  # fmt: skip
    done = await admin.do("remittanceIssue", given, "statementId job { id name }")
    assert done["job"]["name"] == "remittance.issue"
    await admin.job_done(done["job"]["id"])
    return done["statementId"]


def minors(found: dict[str, Any]) -> dict[str, int]:
    return {
        name: int(value["minorUnits"])
        for name, value in found.items()
        if isinstance(value, dict) and "minorUnits" in value
    }
