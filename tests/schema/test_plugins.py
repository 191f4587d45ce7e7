"""Plugins over HTTP: enabled with their terms and budgets, refused over them, seen to fare well or not."""

from tenants.models import Role
from tests.schema.conftest import Api

OFFER = "offer { code enabled price { minorUnits currency } reuseDays }"
INQUIRY = "inquiry { id state answeredFromId } replayed"
HEALTH = """{ pluginHealth { code paused p50Ms p99Ms cost { minorUnits } calls { outcome calls }
  budgets { creditorId period maxCalls usedCalls maxAmount { formatted } usedAmount { minorUnits } } } }"""


async def test_terms_budgets_reuse_and_health(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await admin.do("pluginEnable", {"code": "bureau_sandbox", "settings": {"api_key": "sandbox-key"}}, "offer { code }")
    terms = {"code": "bureau_sandbox", "price": {"minorUnits": "250000", "currency": "COP"}, "reuseDays": 30}
    assert (await admin.do("pluginTermsSet", terms, OFFER))["offer"] == {
        "code": "bureau_sandbox", "enabled": True, "price": {"minorUnits": "250000", "currency": "COP"}, "reuseDays": 30,
    }  # fmt: skip
    budget = {"code": "bureau_sandbox", "period": "MONTH", "maxAmount": {"minorUnits": "400000", "currency": "COP"}}
    await admin.do("pluginBudgetSet", budget, "offer { code }")

    consent = {"reference": "c-1", "medium": "paper", "grantedAt": "2026-01-05T00:00:00Z", "textVersion": "v1"}
    given = {"debtId": api.debt_id, "provider": "bureau_sandbox", "consent": consent}
    asked = {**given, "purpose": "REVIEW_OR_COLLECTION_OF_ACCOUNT", "idempotencyKey": "k1"}
    first = (await admin.do("bureauInquire", asked, INQUIRY))["inquiry"]
    assert first["state"] == "ANSWERED" and first["answeredFromId"] is None
    again = (await admin.do("bureauInquire", {**asked, "idempotencyKey": "k2"}, INQUIRY))["inquiry"]
    assert (again["state"], again["answeredFromId"]) == ("ANSWERED", first["id"])

    other = {**asked, "purpose": "SUBJECT_INSTRUCTION", "idempotencyKey": "k3"}
    (refused,) = (await admin.attempt("bureauInquire", other, "replayed"))["errors"]
    assert refused["code"] == "BUDGET_EXCEEDED" and "pluginBudgetSet" in refused["remedy"]

    health = {one["code"]: one for one in (await admin.ask(HEALTH))["pluginHealth"]}
    sandbox = health["bureau_sandbox"]
    assert {one["outcome"]: one["calls"] for one in sandbox["calls"]} == {"SETTLED": 1, "CACHED": 1, "FAILED": 1}
    assert sandbox["cost"] == {"minorUnits": "250000"} and sandbox["paused"] is False and sandbox["p99Ms"] >= 0
    assert sandbox["budgets"] == [
        {
            "creditorId": None, "period": "MONTH", "maxCalls": None, "usedCalls": 1,
            "maxAmount": {"formatted": "COP 4,000.00"}, "usedAmount": {"minorUnits": "250000"},
        }
    ]  # fmt: skip
    assert health["recovery_report"]["calls"] == [] and health["recovery_report"]["p50Ms"] is None
    south = await api.person(Role.AGENCY_ADMIN, south=True)
    theirs = {one["code"]: one for one in (await south.ask(HEALTH))["pluginHealth"]}
    assert theirs["bureau_sandbox"]["calls"] == [] and theirs["bureau_sandbox"]["budgets"] == []
