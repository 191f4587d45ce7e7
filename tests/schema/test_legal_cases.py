"""A case with lawyers over HTTP: the agency hands over and records, the creditor approves what it costs and sees its own."""

from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from core.kit import clock, db
from core.kit.ids import decode, encode
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.settling import rival
from tests.schema.sql.furnish import insert

KINDS = ("POWER_OF_ATTORNEY", "PROMISSORY_NOTE", "INSTRUCTION_LETTER", "BALANCE_CERTIFICATE", "CREDITOR_STANDING")
CASE = """query($id: ID!) { node(id: $id) { ... on LegalHandoff {
  state stage dossierSha256 debt { id stage } documents { name sha256 url size }
  checklist { code satisfied missing dueOn blocks }
  history { state actor reason } events { kind on reference }
  deadlines { code title source party state dueOn event { kind } handoff { id } }
  costs { id state approver amount { minorUnits } charged decidedBy paidOn handoff { state } } } } }"""
COSTS = "{ legalCosts(state: ASKED) { totalCount nodes { id reason amount { formatted } handoff { debt { id } } } } }"
MONEY = """{ legalMoney(first: 5) { totalCount nodes { id kind state problem reference decidedBy
  payment { status receivedBy amount { minorUnits } } event { detail } handoff { id money { state } } } } }"""
DEADLINES = (
    "{ legalDeadlines(state: OPEN, party: OURS) { totalCount nodes { code dueOn handoff { debt { reference } } } } }"
)


async def _handed_over(api: Api, admin: Person) -> str:
    settings = {"firm_name": "Jurídicos del Norte", "firm_city": "Bogotá"}
    await admin.do("pluginEnable", {"code": "legal_handoff", "settings": settings}, "offer { enabled }")
    dated = clock.today("America/Bogota").isoformat()
    papers = [{"kind": kind, "reference": f"archive {kind}", "dated": dated} for kind in KINDS]
    missing = await admin.attempt(
        "legalHandOver",
        {
            "debtId": api.debt_id,
            "channel": "legal_handoff",
            "idempotencyKey": "h-0",
            "facts": {"documents": papers[1:]},
        },
        "handoff { state checklist { code missing blocks } history { state reason } }",
    )
    assert [error["code"] for error in missing["errors"]] == ["HANDOFF_REQUIREMENTS_MISSING"]
    blocking = [line for line in missing["handoff"]["checklist"] if line["blocks"]]
    assert blocking == [
        {"code": "power_of_attorney_valid", "missing": "There is no power of attorney.", "blocks": True}
    ]
    assert missing["handoff"]["history"] == [{"state": "CHECKLIST", "reason": "power_of_attorney_valid"}]
    done = await admin.do(
        "legalHandOver",
        {"debtId": api.debt_id, "channel": "legal_handoff", "idempotencyKey": "h-1", "facts": {"documents": papers}},
        "handoff { id state }",
    )
    assert done["handoff"]["state"] == "ACK"
    return done["handoff"]["id"]


def _cost(handoff: str, minor: int, reference: str) -> dict[str, Any]:
    amount = {"minorUnits": str(minor), "currency": "COP"}
    return {"handoffId": handoff, "kind": "COURT_FEE", "amount": amount, "reason": "Arancel", "reference": reference}


async def test_from_the_handoff_to_a_paid_cost(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_APPROVER)
    handoff, today = await _handed_over(api, admin), clock.today("America/Bogota").isoformat()
    answered = await admin.do("legalHandoffAnswer", {"handoffId": handoff, "accepted": True}, "handoff { state }")
    assert answered["handoff"]["state"] == "ACCEPTED"
    event = {"handoffId": handoff, "kind": "INADMITTED", "on": today, "reference": "auto-1"}
    told = await admin.do("legalEventRecord", event, "replayed handoff { deadlines { id code } }")
    assert [one["code"] for one in told["handoff"]["deadlines"]] == ["correct_claim"] and not told["replayed"]
    assert (await admin.do("legalEventRecord", event, "replayed"))["replayed"]

    limits = {
        "mandateId": encode("mandate", api.house.bank.mandate_id), "approver": "CREDITOR",
        "single": {"minorUnits": "100", "currency": "COP"}, "case": {"minorUnits": "100", "currency": "COP"},
    }  # fmt: skip
    assert (await admin.do("legalCostTermsSet", limits, "terms { version }"))["terms"] == {"version": 1}
    small = await admin.do("legalCostAsk", _cost(handoff, 100, "c-0"), "cost { state approver decidedBy }")
    assert small["cost"]["state"] == "APPROVED" and small["cost"]["approver"] == "LIMIT"
    cost = (await admin.do("legalCostAsk", _cost(handoff, 5_000_00, "c-1"), "cost { id state }"))["cost"]
    assert cost["state"] == "ASKED"
    (waiting,) = (await bank.ask(COSTS))["legalCosts"]["nodes"]
    assert (waiting["id"], waiting["handoff"]["debt"]["id"]) == (cost["id"], api.debt_id)
    decision = {"costId": cost["id"], "approved": True, "reason": "Needed."}
    refused = await admin.attempt("legalCostDecide", decision, "cost { state }")
    assert [error["code"] for error in refused["errors"]] == ["COST_NEEDS_CREDITOR"]
    decided = await bank.do("legalCostDecide", decision, "replayed cost { state decidedBy }")
    assert decided["cost"]["state"] == "APPROVED" and decided["cost"]["decidedBy"].startswith("user:")
    paid = await admin.do("legalCostPay", {"costId": cost["id"], "paidOn": today}, "cost { state paidOn }")
    assert paid["cost"] == {"state": "PAID", "paidOn": today}
    owed = (await bank.ask("query($id: ID!) { debt(id: $id) { balance { minorUnits } } }", id=api.debt_id))["debt"]
    assert owed["balance"]["minorUnits"] == str(105_000_00 + 100 + 5_000_00)

    deadline = told["handoff"]["deadlines"][0]["id"]
    for person in (admin, bank):
        (one,) = (await person.ask(DEADLINES))["legalDeadlines"]["nodes"]
        assert one["code"] == "correct_claim"
        case = (await person.ask(CASE, id=handoff))["node"]
        assert [step["state"] for step in case["history"]] == ["PACKAGED", "ACK", "ACCEPTED"]
        assert (case["debt"]["stage"], len(case["dossierSha256"])) == ("JUDICIAL", 64)
        assert {one["state"] for one in case["costs"]} == {"APPROVED", "PAID"}
        (found,) = case["deadlines"]
        assert (found["source"], found["event"], found["handoff"]) == (
            "CGP art. 90", {"kind": "INADMITTED"}, {"id": handoff},
        )  # fmt: skip
        for document in case["documents"]:
            content = [(await person.http.get(document["url"], headers=person.headers)).content for _ in range(2)]
            assert content[0] == content[1] and sha256(content[0]).hexdigest() == document["sha256"]
    closed = {"deadlineId": deadline, "note": "Filed.", "state": "DONE"}
    assert (await admin.do("legalDeadlineChange", closed, "deadline { state }"))["deadline"] == {"state": "DONE"}


async def test_another_creditor_and_another_agency_see_and_decide_nothing(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    handoff = await _handed_over(api, admin)
    cost = (await admin.do("legalCostAsk", _cost(handoff, 5_000_00, "c-1"), "cost { id }"))["cost"]["id"]
    decision = {"costId": cost, "approved": True, "reason": "Mine."}
    for person in (await rival(api), await api.person(Role.AGENCY_ADMIN, south=True)):
        assert (await person.ask(CASE, id=handoff))["node"] is None
        assert (await person.ask(COSTS))["legalCosts"]["totalCount"] == 0
        refused = await person.attempt("legalCostDecide", decision, "cost { id }")
        assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"] and refused["cost"] is None


async def test_money_at_the_lawyers_is_booked_arrives_and_is_seen_by_its_creditor_alone(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_APPROVER)
    handoff, today = await _handed_over(api, admin), clock.today("America/Bogota")
    async with db.transaction(api.house.north) as tx:
        of = {"creditor_id": api.house.bank.creditor_id, "handoff_id": decode("handoff", handoff)}
        event = await insert(
            tx, "legal_event", **of, kind="OTHER", reference="m-1", detail="received", occurred_on=today
        )
        told = {
            **of,
            "event_id": event,
            "kind": "RECEIVED",
            "currency": "COP",
            "amount_minor": 500,
            "occurred_on": today,
        }
        key = encode("legal_money", await insert(tx, "legal_money", **told, reference="m-1"))
    wrong = await rival(api)
    for person, seen in ((bank, 1), (wrong, 0), (await api.person(Role.AGENCY_ADMIN, south=True), 0)):
        assert (await person.ask(MONEY))["legalMoney"]["totalCount"] == seen
    decision = {"moneyId": key, "booked": True, "reason": "In their report."}
    with pytest.raises(AssertionError, match="payment:record"):
        await bank.attempt("legalMoneyDecide", decision, "money { state }")
    early = await admin.attempt("legalMoneyArrive", _arrived(key, today), "money { id }")
    assert [error["code"] for error in early["errors"]] == ["MONEY_NOT_HELD"]
    shape = "replayed money { state payment { status clearsOn receivedBy amount { minorUnits } } }"
    payment = {"status": "PENDING", "clearsOn": None, "receivedBy": "AGENCY", "amount": {"minorUnits": "500"}}
    for replayed in (False, True):
        done = await admin.do("legalMoneyDecide", decision, shape)
        assert done == {"errors": [], "replayed": replayed, "money": {"state": "BOOKED", "payment": payment}}
    for replayed in (False, True):
        assert (await admin.do("legalMoneyArrive", _arrived(key, today), "replayed"))["replayed"] is replayed
    (row,) = (await bank.ask(MONEY))["legalMoney"]["nodes"]
    assert (row["event"], row["handoff"]) == ({"detail": "received"}, {"id": handoff, "money": [{"state": "BOOKED"}]})
    assert row["decidedBy"].startswith("user:")


def _arrived(money: str, day: date) -> dict[str, Any]:
    return {"moneyId": money, "arrivedOn": day.isoformat(), "reason": "Line 4 of the statement."}
