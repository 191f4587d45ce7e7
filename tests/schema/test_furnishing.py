"""Telling a bureau over HTTP: a notice, an authorisation, the job, and what came of it, for whom it is."""

import asyncio
import hashlib
import json
from datetime import date, timedelta
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from core.bureaus.record_consent import record_consent
from core.bureaus.record_notice import RecordNotice, record_notice
from core.bureaus.rules import ConsentGiven
from core.bureaus.take_answer import take_answer
from core.kit import clock, db
from core.kit.ids import encode
from recobro_sdk import FurnishingAcknowledgement, FurnishingBatch, RecordReject, Settled, SubmissionRef
from tenants.models import Role
from tests.core.bureaus.furnisher import CODE, with_told
from tests.core.house import make_debt
from tests.schema.conftest import Api, Person

BATCHES = """query($furnisher: String) { furnishingBatches(furnisher: $furnisher) { totalCount nodes {
  id furnisher subscriber number asOf state records withheldCount withheldByRule receipt errorCode creditor { name }
  files { name size url } withheld { nodes { debtId rule fromDay remedy } } } } }"""


ANSWERS = """{ furnishingBatches { nodes { state answer acceptedCount rejectedCount answeredAt errorCode
  rejects { totalCount nodes { debtId code field remedy } } } } }"""


@pytest.fixture
def plugins() -> list[EntryPoint]:
    return [point for point in entry_points(group="recobro") if point.name == "co_bureau"]


async def _done(person: Any, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            job = (await person.ask("query($id: ID!) { job(id: $id) { state result errorCode } }", id=job_id))["job"]
            if job["state"] in ("DONE", "FAILED"):
                return job
            await asyncio.sleep(0.05)


async def test_a_bureau_is_told_and_the_agency_reads_what_it_was_told(api: Api) -> None:
    today = clock.today("America/Bogota")
    due = today - timedelta(days=90)
    ready = await make_debt(api.house.north, api.house.bank, [("PRINCIPAL", 9_000_000_00, due)], reference="OBL-1")
    officer = await api.person(Role.COMPLIANCE_OFFICER)
    await (await api.person(Role.AGENCY_ADMIN)).do(
        "pluginEnable", {"code": "co_bureau", "settings": {}}, "offer { code }"
    )
    debt_id = encode("debt", ready.id)
    consent = {"reference": "c-1", "medium": "paper", "grantedAt": f"{due}T00:00:00Z", "textVersion": "v1"}
    authorised = {"debtId": debt_id, "consent": consent}
    first = await officer.do("consentRecord", authorised, "recorded debt { id }")
    assert (first["recorded"], first["debt"]) == (True, {"id": debt_id})
    assert (await officer.do("consentRecord", authorised, "recorded"))["recorded"] is False
    for days in (50, 40):
        notice = {
            "debtId": debt_id, "sentAt": f"{today - timedelta(days=days)}T17:00:00Z", "medium": "letter", "proof": "G-1",
        }  # fmt: skip
        assert (await officer.do("noticeRecord", notice, "recorded"))["recorded"] is True

    asked = {
        "furnisher": "co_bureau", "subscriber": "0042", "creditorId": encode("creditor", api.house.bank.creditor_id),
    }  # fmt: skip
    job = (await officer.do("bureauFurnish", asked, "job { id name }"))["job"]
    assert job["name"] == "bureaus.furnish"
    done = await _done(officer, job["id"])
    assert done == {
        "state": "DONE", "errorCode": None,
        "result": {"batches": 1, "records": 1, "withheld": 1, "failed": 0, "open": 0},
    }, done  # fmt: skip
    page = (await officer.ask(BATCHES, furnisher="co_bureau"))["furnishingBatches"]
    (batch,) = page["nodes"]
    assert page["totalCount"] == 1 and batch["id"].startswith("furnishing_")
    assert (batch["state"], batch["records"], batch["subscriber"]) == ("SUBMITTED", 1, "0042")
    assert date.fromisoformat(batch["asOf"]) == today and batch["receipt"] and batch["creditor"]["name"] == "Bank"
    (withheld,) = batch["withheld"]["nodes"]
    assert withheld["debtId"] == api.debt_id and batch["withheldByRule"] == {withheld["rule"]: 1}
    (file,) = batch["files"]
    sent = await api.http.get(file["url"], headers=officer.headers)
    assert sent.status_code == 200 and "OBL-1" in sent.text and len(sent.content) == int(file["size"])

    south = await api.person(Role.COMPLIANCE_OFFICER, south=True)
    assert (await south.ask(BATCHES))["furnishingBatches"]["nodes"] == []
    assert (await south.ask("query($id: ID!) { node(id: $id) { id } }", id=batch["id"]))["node"] is None
    for person in (south, await api.person(Role.CREDITOR_ADMIN), await api.person(Role.SUPERVISOR, south=True)):
        assert (await api.http.get(file["url"], headers=person.headers)).status_code == 404


async def test_what_the_bureau_refused_is_read_by_the_agency_alone(api: Api) -> None:
    today, now = clock.today("America/Bogota"), clock.now()
    due, north = today - timedelta(days=90), api.house.north
    debts = [
        await make_debt(north, api.house.bank, [("PRINCIPAL", 9_000_000_00, due)], reference=f"OBL-{n}")
        for n in range(2)
    ]
    for debt in debts:
        given = ConsentGiven(reference="c-1", medium="paper", granted_at=now - timedelta(days=95), text_version="v1")
        await record_consent(north, debt.id, given)
        notice = RecordNotice(debt_id=debt.id, sent_at=now - timedelta(days=50), medium="letter", proof="G-1")
        await record_notice(north, notice)
    told = await with_told(north)
    reject = RecordReject(reference="OBL-1", code="E-17", field="balance", remedy="Correct it.")

    async def status(asked: SubmissionRef, batch: FurnishingBatch) -> Settled[FurnishingAcknowledgement]:
        accepted = len(batch.records) - 1
        return Settled(FurnishingAcknowledgement(number=asked.number or "", accepted=accepted, rejects=(reject,)))

    told.status = status
    officer = await api.person(Role.COMPLIANCE_OFFICER)
    asked = {"furnisher": CODE, "subscriber": "0042", "creditorId": encode("creditor", api.house.bank.creditor_id)}
    await _done(officer, (await officer.do("bureauFurnish", asked, "job { id }"))["job"]["id"])
    (waits,) = (await officer.ask(ANSWERS))["furnishingBatches"]["nodes"]
    nothing = {"acceptedCount": None, "rejectedCount": None, "answeredAt": None, "errorCode": None}
    assert waits == {
        "state": "SUBMITTED", "answer": "AWAITED", **nothing, "rejects": {"totalCount": 0, "nodes": []},
    }  # fmt: skip
    async with db.transaction(north) as tx:
        batch_id = await tx.fetchval("SELECT id FROM furnishing_batch")
    await take_answer(north, batch_id)
    (batch,) = (await officer.ask(ANSWERS))["furnishingBatches"]["nodes"]
    assert (batch["answer"], batch["acceptedCount"], batch["rejectedCount"]) == ("PARTLY", 1, 1) and batch["answeredAt"]
    assert batch["rejects"] == {
        "totalCount": 1,
        "nodes": [{"debtId": encode("debt", debts[1].id), "code": "E-17", "field": "balance", "remedy": "Correct it."}],
    }
    assert (await (await api.person(Role.COMPLIANCE_OFFICER, south=True)).ask(ANSWERS))["furnishingBatches"][
        "nodes"
    ] == []
    answer = await api.http.post(
        "/graphql", json={"query": ANSWERS}, headers=(await api.person(Role.CREDITOR_ADMIN)).headers
    )
    assert "E-17" not in answer.text and answer.json()["errors"]


UPLOAD = """mutation($input: FurnishingAnswerUploadInput!) { furnishingAnswerUpload(input: $input) {
  batch { answer acceptedCount rejectedCount files { name fromBureau sha256 url } rejects { nodes { code } } }
  repeated errors { code field message remedy } } }"""


async def _upload(api: Api, person: Person, batch_id: str, content: bytes) -> dict[str, Any]:
    operations = {"query": UPLOAD, "variables": {"input": {"batchId": batch_id, "file": None}}}
    form = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})}
    answer = await api.http.post(
        "/graphql", data=form, files={"0": ("respuesta ñ.txt", content, "text/plain")}, headers=person.headers
    )
    return answer.json()


async def test_the_bureaus_file_is_uploaded_and_read_by_the_agency_alone(api: Api) -> None:
    today, now, north = clock.today("America/Bogota"), clock.now(), api.house.north
    due = today - timedelta(days=90)
    for n in range(2):
        debt = await make_debt(north, api.house.bank, [("PRINCIPAL", 9_000_000_00, due)], reference=f"OBL-{n}")
        given = ConsentGiven(reference="c-1", medium="paper", granted_at=now - timedelta(days=95), text_version="v1")
        await record_consent(north, debt.id, given)
        notice = RecordNotice(debt_id=debt.id, sent_at=now - timedelta(days=50), medium="letter", proof="G-1")
        await record_notice(north, notice)
    officer = await api.person(Role.COMPLIANCE_OFFICER)
    await (await api.person(Role.AGENCY_ADMIN)).do(
        "pluginEnable", {"code": "co_bureau", "settings": {}}, "offer { code }"
    )
    asked = {
        "furnisher": "co_bureau",
        "subscriber": "0042",
        "creditorId": encode("creditor", api.house.bank.creditor_id),
    }
    await _done(officer, (await officer.do("bureauFurnish", asked, "job { id }"))["job"]["id"])
    (batch,) = (await officer.ask("{ furnishingBatches { nodes { id answer receipt } } }"))["furnishingBatches"][
        "nodes"
    ]
    assert batch["answer"] == "AWAITED"
    content = f"A;0042;{batch['receipt']};\r\nR;OBL-1;E-17;balance;Corrija el saldo\r\nZ;1\r\n".encode()

    for role in (Role.COLLECTOR, Role.SUPERVISOR):
        refused = await _upload(api, await api.person(role), batch["id"], content)
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    creditor = await _upload(api, await api.person(Role.CREDITOR_ADMIN), batch["id"], content)
    assert creditor["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    south = await api.person(Role.COMPLIANCE_OFFICER, south=True)
    (error,) = (await _upload(api, south, batch["id"], content))["data"]["furnishingAnswerUpload"]["errors"]
    assert error["code"] == "NOT_FOUND"
    (error,) = (await _upload(api, officer, batch["id"], content[:-5]))["data"]["furnishingAnswerUpload"]["errors"]
    assert (error["code"], error["field"]) == ("FILE_UNREADABLE", "file") and error["message"].startswith("line 2")
    large = await _upload(api, officer, batch["id"], b"x" * ((8 << 20) + 1))
    assert large["errors"][0]["extensions"]["code"] == "FILE_TOO_LARGE"

    done = (await _upload(api, officer, batch["id"], content))["data"]["furnishingAnswerUpload"]
    assert done["errors"] == [] and done["repeated"] is False
    told = done["batch"]
    assert (told["answer"], told["acceptedCount"], told["rejectedCount"]) == ("PARTLY", 1, 1)
    assert told["rejects"]["nodes"] == [{"code": "E-17"}]
    sent, file = told["files"]
    assert (sent["fromBureau"], file["fromBureau"], file["name"]) == (False, True, "respuesta ñ.txt")
    kept = await api.http.get(file["url"], headers=officer.headers)
    assert kept.content == content and hashlib.sha256(content).hexdigest() == file["sha256"]
    assert (await _upload(api, officer, batch["id"], content))["data"]["furnishingAnswerUpload"]["repeated"] is True
    (error,) = (await _upload(api, officer, batch["id"], content.replace(b"E-17", b"E-18")))["data"][
        "furnishingAnswerUpload"
    ]["errors"]
    assert error["code"] == "ALREADY_ANSWERED"
    for person in (south, await api.person(Role.CREDITOR_ADMIN)):
        assert (await api.http.get(file["url"], headers=person.headers)).status_code == 404
