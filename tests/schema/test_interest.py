"""Interest over HTTP: caps and terms set, a month's end posted by a job, payoff figures and the statement read."""

from typing import Any

from core.kit.ids import encode
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api
from tests.schema.settling import rival

PAYOFF = """query($id: ID!, $on: Date!) { payoff(debtId: $id, on: $on) {
  total { minorUnits formatted } interest perDiem provisional parts { kind posted { minorUnits } unposted { minorUnits } } } }"""
STATEMENT = """query($id: ID!, $to: Date!) { interestStatement(debtId: $id, to: $to) {
  first opening closing csv accrued { minorUnits } posted { minorUnits }
  lines { first last days base agreedRate capRate appliedRate interest resolution paused }
  payoff { total { minorUnits } } } }"""


async def certify(person: Person) -> None:
    for first, last, rate in (("2026-01-01", "2026-03-31", "26.77"), ("2026-04-01", "2026-06-30", "28.17")):
        given = {
            "modality": "CO_CONSUMER", "validFrom": first, "validTo": last, "annualRate": rate,
            "resolution": f"R {rate}", "source": "test",
        }  # fmt: skip
        saved = await person.do("rateCapSave", given, "rateCapId changed staleDebts")
        assert saved["changed"] and saved["rateCapId"].startswith("ratecap_")


async def set_terms(person: Person, debt_id: str, **terms: Any) -> dict[str, Any]:
    given = {"debtId": debt_id, "validFrom": "2026-03-15", "terms": terms, "reason": "contract"}
    return await person.do("interestTermsSet", given, "debt { id } correctedMinor")


async def test_interest_from_its_terms_to_the_statement(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    await certify(admin)
    done = await set_terms(admin, api.debt_id, annual_rate="0.6", modality="CO_CONSUMER")
    assert done == {"debt": {"id": api.debt_id}, "correctedMinor": "0", "errors": []}

    for person in (admin, bank):
        told = (await person.ask(PAYOFF, id=api.debt_id, on="2026-04-15"))["payoff"]
        # 100,000.00 bear 2,057.42 in 17 days of the first quarter's cap, and 14 of the second's
        assert told["total"] == {"minorUnits": "10705742", "formatted": "COP 107,057.42"}
        assert told["interest"] == "2057.42100342495164" or told["interest"].startswith("2057.4210034249516")
        assert (told["provisional"], told["perDiem"][:7]) == (False, "68.0196")
        caps = (await person.ask("{ rateCaps { modality validFrom validTo annualRate resolution } }"))["rateCaps"]
        assert [(cap["validFrom"], cap["annualRate"]) for cap in caps] == [
            ("2026-04-01", "28.17"),
            ("2026-01-01", "26.77"),
        ]

    job = (await admin.do("interestAccrue", {"day": "2026-03-31"}, "job { id name }"))["job"]
    assert job["name"] == "interest.accrue"
    await admin.job_done(job["id"])
    told = (await bank.ask(STATEMENT, id=api.debt_id, to="2026-04-15"))["interestStatement"]
    assert [(line["days"], line["agreedRate"], line["capRate"], line["appliedRate"], line["resolution"]) for line in told["lines"]] == [
        (17, "60", "26.77", "26.77", "R 26.77"), (14, "60", "28.17", "28.17", "R 28.17"),
    ]  # fmt: skip
    assert told["accrued"]["minorUnits"] == "205742" and 0 < int(told["posted"]["minorUnits"]) < 205742
    assert told["payoff"]["total"]["minorUnits"] == "10705742"
    assert told["csv"].startswith("from,to,days")


async def test_pauses_over_http(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    await set_terms(admin, api.debt_id, annual_rate="0.2")
    await admin.job_done((await admin.do("interestAccrue", {"day": "2026-04-30"}, "job { id }"))["job"]["id"])
    given = {"debtId": api.debt_id, "firstOn": "2026-04-01", "lastOn": "2026-04-10", "reason": "DISPUTE"}
    paused = await admin.do(
        "interestPause", given, "pauseId correctedMinor debt { interestPauses { id firstOn reason } }"
    )
    assert int(paused["correctedMinor"]) < 0
    assert paused["debt"]["interestPauses"] == [{"id": paused["pauseId"], "firstOn": "2026-04-01", "reason": "DISPUTE"}]
    undone = await admin.do(
        "interestResume",
        {"pauseId": paused["pauseId"], "lastOn": "2026-03-31"},
        "correctedMinor debt { interestPauses { id } }",
    )
    assert undone["debt"]["interestPauses"] == []
    assert int(undone["correctedMinor"]) == -int(paused["correctedMinor"])


async def test_what_is_refused_says_why(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    for terms in ([], {}, {"rate": "1"}, {"annual_rate": 0.2}, {"annual_rate": "0.2", "base": "PRINCIPAL"}):
        given = {"debtId": api.debt_id, "validFrom": "2026-03-15", "terms": terms, "reason": "x"}
        refused = await admin.attempt("interestTermsSet", given, "__typename")
        assert [(error["code"], error["field"]) for error in refused["errors"]] == [("INTEREST_TERMS", "terms")]
    mandate = {
        "creditorId": encode("creditor", api.house.bank.creditor_id), "name": "n", "currency": "COP",
        "interest": {"annual_rate": "11"},
    }  # fmt: skip
    refused = await admin.attempt("mandateCreate", mandate, "__typename")
    assert [error["code"] for error in refused["errors"]] == ["INTEREST_TERMS"]
    made = await admin.do("mandateCreate", mandate | {"interest": {"modality": "CO_CONSUMER"}}, "mandate { interest }")
    assert made["mandate"]["interest"]["modality"] == "CO_CONSUMER"


async def test_the_statement_as_a_file(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_VIEWER)
    installed = await admin.do("rateCapsInstall", {"country": "CO"}, "rateCapIds changed staleDebts")
    assert (len(installed["rateCapIds"]), installed["changed"]) == (2, 2)
    assert (await admin.do("rateCapsInstall", {"country": "CO"}, "changed"))["changed"] == 0
    refused = await admin.attempt("rateCapsInstall", {"country": "XX"}, "__typename")
    assert [(one["code"], one["field"]) for one in refused["errors"]] == [("RATE_CAPS_UNKNOWN", "country")]
    await set_terms(admin, api.debt_id, modality="CO_CONSUMER")

    query = 'query($id: ID!) { interestStatement(debtId: $id, to: "2026-04-15") { csv csvUrl pdfUrl } }'
    told = (await bank.ask(query, id=api.debt_id))["interestStatement"]
    for person in (admin, bank):
        lines = await api.http.get(told["csvUrl"], headers=person.headers)
        assert (lines.status_code, lines.text) == (200, told["csv"])
        paper = await api.http.get(told["pdfUrl"], headers=person.headers)
        assert paper.headers["content-type"] == "application/pdf" and paper.content.startswith(b"%PDF-")
        assert (await api.http.get(told["pdfUrl"], headers=person.headers)).content == paper.content
    for stranger in (await rival(api), await api.person(Role.AGENCY_ADMIN, south=True)):
        assert (await api.http.get(told["pdfUrl"], headers=stranger.headers)).status_code == 404
    assert (await api.http.get(told["pdfUrl"])).status_code == 401
    plain = f"/debts/{api.debt_id}/interest.pdf"
    for query, status, code in (
        ("", 400, "PARAMETER_MISSING"), ("?to=soon", 400, "INVALID_DAY"), ("?to=2025-01-01", 400, "STATEMENT_DAYS"),
    ):  # fmt: skip
        answer = await api.http.get(f"{plain}{query}", headers=bank.headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await api.http.get(f"{plain[:-3]}exe?to=2026-04-15", headers=bank.headers)).status_code == 404


async def test_a_mandate_in_whole_pesos(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    given = {
        "creditorId": encode("creditor", api.house.bank.creditor_id), "name": "pesos", "currency": "COP",
        "rounding": "DOWN", "roundingUnitMinor": 100,
    }  # fmt: skip
    made = await admin.do("mandateCreate", given, "mandate { rounding roundingUnit { minorUnits formatted } }")
    assert made["mandate"] == {"rounding": "DOWN", "roundingUnit": {"minorUnits": "100", "formatted": "COP 1.00"}}
    refused = await admin.attempt("mandateCreate", given | {"name": "x", "roundingUnitMinor": 0}, "__typename")
    assert [(one["code"], one["field"]) for one in refused["errors"]] == [("ROUNDING_UNIT", "roundingUnitMinor")]
    for many in (0, 1_000_001):
        refused = await admin.attempt("interestAccrue", {"day": "2026-03-31", "debtsAtOnce": many}, "__typename")
        assert [(one["code"], one["field"]) for one in refused["errors"]] == [("DEBTS_AT_ONCE", "debtsAtOnce")]


async def test_a_share_is_no_percentage(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    given = {
        "modality": "CO_CONSUMER", "validFrom": "2026-01-01", "validTo": "2026-03-31", "annualRate": "0.2677",
        "resolution": "R", "source": "test",
    }  # fmt: skip
    refused = await admin.attempt("rateCapSave", given, "rateCapId")
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [("INTEREST_TERMS", "annualRate")]
    assert (await admin.ask("{ rateCaps { modality } }"))["rateCaps"] == []
