"""Handoffs: nothing is filed with a blocking gap, nobody is sued twice, and the dossier is what the books say."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from core.kit import clock, db, files
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.facts import CaseFacts
from core.legal.hand_over import HandOver, hand_over
from core.legal.models import HandoffState
from core.legal.requirements import handoff_requirements
from core.legal.settle import settle_handoff
from core.legal.submit import SETTLE_AFTER, HandoffResult
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.problems import ProviderProblem
from core.reports.report_reads import find_file
from recobro import worker
from recobro_sdk import (
    Artifact,
    CaseDocument,
    DocumentKind,
    HandoffReceipt,
    PluginContext,
    ProviderTimeout,
    RateLimited,
    RejectedByProvider,
)
from tests.core.house import House, events, house, make_debt, recall
from tests.core.plugin_house import calls, first_party, offer, plugin

PARTS = [("PRINCIPAL", 900_000_00, date(2026, 2, 1)), ("INTEREST_DEFAULT", 100_000_00, None), ("TAX", 50_00, None)]
DOCUMENTS = tuple(
    CaseDocument(kind=kind, reference=f"{kind.value}-1", dated=date(2026, 1, 2))
    for kind in (
        DocumentKind.POWER_OF_ATTORNEY, DocumentKind.PROMISSORY_NOTE, DocumentKind.INSTRUCTION_LETTER,
        DocumentKind.BALANCE_CERTIFICATE, DocumentKind.CREDITOR_STANDING,
    )
)  # fmt: skip
COMPLETE = CaseFacts(
    documents=DOCUMENTS, agreed_rate=Decimal("20.5"), rate_cap=Decimal("28.17"), statements=("Sí debe.",)
)
NOW = datetime(2026, 6, 30, 20, tzinfo=UTC)


@dataclass
class Case:
    house: House
    command: HandOver

    @property
    def scope(self) -> Scope:
        return self.house.north

    async def hand_over(self, **changes: Any) -> HandoffResult:
        return await hand_over(self.scope, replace(self.command, **changes))

    async def rows(self, sql: str = "SELECT * FROM legal_handoff ORDER BY id") -> list[dict[str, Any]]:
        async with db.transaction(self.scope) as tx:
            return [dict(row) for row in await tx.fetch(sql)]

    async def stage(self) -> str:
        return (await self.rows("SELECT stage FROM debt"))[0]["stage"]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with first_party():
        with clock.at(NOW):
            rooms = await house(database)
            debt = await make_debt(rooms.north, rooms.bank, PARTS, stage="PRE_LEGAL", debtor="Carlos Peña")
            paid = RecordPayment(
                debt_id=debt.id, amount=Money(10_000_00, "COP"), paid_on=date(2026, 5, 4),
                method=PaymentMethod.TRANSFER, received_by=ReceivedBy.AGENCY, idempotency_key="p1",
            )  # fmt: skip
            await record_payment(rooms.north, paid)
            await enable_offer(rooms.north, "legal_handoff", {"firm_name": "Abogados Ficticios"})
            yield Case(rooms, HandOver(debt_id=debt.id, channel="legal_handoff", facts=COMPLETE, idempotency_key="k1"))


async def test_a_complete_case_is_acknowledged_with_documents_and_the_debt_is_judicial(case: Case) -> None:
    done = await case.hand_over()
    assert (done.state, done.problem, done.replayed) == (HandoffState.ACK, None, False) and done.receipt
    assert all(line["satisfied"] for line in done.checklist) and len(done.checklist) == 8
    assert {"code", "satisfied", "risk", "remedy", "title_es", "remedy_es"} <= done.checklist[0].keys()
    assert await case.stage() == "JUDICIAL"
    documents = await case.rows("SELECT * FROM legal_document ORDER BY name")
    assert [row["name"] for row in documents] == ["expediente.json", "expediente.pdf"]
    for row in documents:
        content = b"".join(files.read(case.scope.agency, row["file_sha256"]))
        assert (sha256(content).hexdigest(), len(content)) == (row["file_sha256"], row["file_size"])
    assert content.startswith(b"%PDF")
    (acknowledged,) = await events(case.scope, "legal.acknowledged")
    assert acknowledged["creditor_id"] == case.house.bank.creditor_id and acknowledged["subject_id"] == done.handoff_id
    assert [job["state"] for job in await case.rows("SELECT state FROM job")] == ["DONE"]
    assert [row["operation"] for row in await calls(case.scope)] == ["requirements", "submit"]


async def test_the_dossier_is_what_the_books_say(case: Case) -> None:
    await case.hand_over()
    (document,) = await case.rows("SELECT file_sha256 FROM legal_document WHERE name = 'expediente.json'")
    dossier = json.loads(b"".join(files.read(case.scope.agency, document["file_sha256"])))["dossier"]
    assert dossier["case"]["claim"] == {"currency": "COP", "minor_units": 990_050_00}
    assert [(part["concept"], part["amount"]["minor_units"]) for part in dossier["components"]] == [
        ("principal", 900_000_00), ("default_interest", 90_000_00), ("other", 50_00),
    ]  # fmt: skip
    creditor, debtor = dossier["parties"]
    assert (creditor["role"], creditor["name"], debtor["name"], debtor["document_type"], debtor["address"]) == (
        "creditor", "Bank", "Carlos Peña", "CC", "Calle 1 # 2-3",
    )  # fmt: skip
    assert (
        dossier["agency_name"] == "North" and dossier["prepared_by"] == "Ana" and dossier["balance_on"] == "2026-06-30"
    )
    told = " ".join(dossier["facts"])
    assert "Pagos recibidos: 1," in told and "COP 10,000.00" in told and "2026-05-04" in told and "Sí debe." in told


async def test_contact_data_of_another_creditor_stay_out_of_the_dossier(case: Case) -> None:
    async with db.transaction(case.scope) as tx:
        await tx.execute("UPDATE postal_address SET creditor_id = $1", case.house.shop.creditor_id)
        await tx.execute("UPDATE contact_point SET creditor_id = $1", case.house.shop.creditor_id)
    await case.hand_over()
    (row,) = await case.rows()
    debtor = row["dossier"]["parties"][1]
    assert (debtor["address"], debtor["email"], debtor["phone"]) == ("", "", "")


async def test_a_blocking_gap_is_stored_as_a_checklist_and_nothing_is_sent(case: Case) -> None:
    without = replace(COMPLETE, documents=DOCUMENTS[1:])
    done = await case.hand_over(facts=without)
    assert done.state is HandoffState.CHECKLIST and isinstance(done.problem, Conflict)
    assert done.problem.code == "HANDOFF_REQUIREMENTS_MISSING"
    missing = [line["code"] for line in done.checklist if line["blocks"]]
    assert missing and all(code in done.problem.message for code in missing)
    assert [row["state"] for row in await case.rows()] == ["CHECKLIST"] and await case.stage() == "PRE_LEGAL"
    assert [row["operation"] for row in await calls(case.scope)] == ["requirements"]
    replay = await case.hand_over(facts=without)
    assert replay.replayed and replay.state is HandoffState.CHECKLIST and replay.problem is not None
    assert (await case.hand_over(idempotency_key="k2")).state is HandoffState.ACK


async def test_the_preview_shows_the_checklist_and_stores_nothing(case: Case) -> None:
    lines = await handoff_requirements(case.scope, case.command.debt_id, "legal_handoff", CaseFacts())
    assert len(lines) == 8 and any(line["blocks"] for line in lines)
    assert not any(line["blocks"] for line in await handoff_requirements(
        case.scope, case.command.debt_id, "legal_handoff", COMPLETE
    ))  # fmt: skip
    assert await case.rows() == []
    with pytest.raises(NotFound):
        await handoff_requirements(case.house.south, case.command.debt_id, "legal_handoff")


async def test_the_same_key_replays_and_nobody_is_sued_twice(case: Case) -> None:
    first, *others = await asyncio.gather(*(case.hand_over() for _ in range(3)))
    done = [found for found in (first, *others) if not found.replayed]
    assert len(done) == 1 and len(await case.rows()) == 1
    assert (await case.hand_over()) == replace(done[0], replayed=True)
    assert [row["operation"] for row in await calls(case.scope)].count("submit") == 1
    for changes, code in (
        ({"facts": CaseFacts()}, "IDEMPOTENCY_KEY_REUSED"),
        ({"idempotency_key": "k2"}, "HANDOFF_EXISTS"),
    ):
        with pytest.raises(Conflict) as caught:
            await case.hand_over(**changes)
        assert caught.value.code == code


async def test_permissions_other_tenants_and_unfit_debts(case: Case) -> None:
    weak = replace(case.scope, permissions=frozenset(Permission) - {Permission.LEGAL_HANDOFF})
    for scope in (weak, case.house.bank_scope):
        with pytest.raises(Forbidden):
            await hand_over(scope, case.command)
    await enable_offer(case.house.south, "legal_handoff", {"firm_name": "Otros Abogados"})
    with pytest.raises(NotFound):
        await hand_over(case.house.south, case.command)
    for field, changes in (("debt_id", {"debt_id": new_id()}), ("channel", {"channel": "bureau_sandbox"})):
        with pytest.raises(NotFound) as caught:
            await case.hand_over(**changes)
        assert caught.value.field == field
    gone = await make_debt(case.scope, case.house.bank, PARTS)
    await recall(case.scope, gone, date(2026, 3, 1))
    with pytest.raises(Conflict):
        await case.hand_over(debt_id=gone.id)
    for facts in (replace(COMPLETE, agreed_rate=Decimal("NaN")), replace(COMPLETE, statements=(" ",))):
        with pytest.raises(InvalidInput):
            await case.hand_over(facts=facts)


async def test_the_creditor_downloads_its_documents_and_no_other_creditor_does(case: Case) -> None:
    await case.hand_over()
    (row,) = await case.rows("SELECT id, file_sha256 FROM legal_document WHERE name = 'expediente.pdf'")
    for scope in (case.scope, case.house.bank_scope):
        found = await find_file(scope, row["id"])
        assert (found.agency_id, found.sha256, found.media_type) == (
            case.scope.agency, row["file_sha256"], "application/pdf",
        )  # fmt: skip
    no_legal = replace(case.scope, permissions=frozenset({Permission.REPORT_READ}))
    nothing = replace(case.scope, permissions=frozenset[str]())
    for scope in (case.house.shop_scope, case.house.south, no_legal, nothing):
        with pytest.raises(NotFound):
            await find_file(scope, row["id"])


class Channel:
    """A channel that first does what the test says."""

    def __init__(self, acts: list[Any], context: PluginContext) -> None:
        self.acts, self.context = acts, context

    def requirements(self, case: Any) -> Any:
        return []

    async def submit(self, dossier: Any, *, idempotency_key: str) -> Any:
        await self.context.store.put(f"seen:{len(self.acts)}", {"key": idempotency_key, "facts": list(dossier.facts)})
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return act

    async def status(self, handoff: Any) -> Any:
        raise NotImplementedError


def _receipt(*artifacts: Artifact, channel: str = "court", number: str = "N-1") -> HandoffReceipt:
    return HandoffReceipt(channel=channel, number=number, received_at=NOW, artifacts=artifacts)


async def _court(case: Case, *acts: Any) -> None:
    remaining = list(acts)
    made = plugin("court", recobro_legal_channels=lambda: [offer("court", lambda _, ctx: Channel(remaining, ctx))])
    host.register("court", made, strict=True)
    await enable_offer(case.scope, "court", {})


async def test_a_refusal_is_final_and_leaves_the_debt_where_it_was(case: Case) -> None:
    await _court(case, RejectedByProvider("conflict of interest", code="conflict_of_interest"), _receipt())
    refused = await case.hand_over(channel="court")
    assert (refused.state, refused.refusal_code) == (HandoffState.REFUSED, "conflict_of_interest")
    assert isinstance(refused.problem, ProviderProblem) and refused.problem.code == "PROVIDER_REJECTED"
    assert await case.stage() == "PRE_LEGAL" and len(await events(case.scope, "legal.refused")) == 1
    replay = await case.hand_over(channel="court")
    assert replay.problem is not None and replay.state is HandoffState.REFUSED
    assert (await case.hand_over(channel="court", idempotency_key="k2")).state is HandoffState.ACK


async def test_an_unknown_outcome_is_settled_with_the_very_same_dossier(case: Case) -> None:
    paper = Artifact(name="a.pdf", media_type="application/pdf", content=b"%PDF x")
    await _court(case, ProviderTimeout("no answer"), RateLimited("later"), _receipt(paper))
    lost = await case.hand_over(channel="court")
    assert (lost.state, lost.refusal_code) == (HandoffState.SENT, "PROVIDER_TIMEOUT") and lost.problem is not None
    with pytest.raises(Conflict):
        await case.hand_over(channel="legal_handoff", idempotency_key="k2")
    await record_payment(
        case.scope,
        RecordPayment(
            debt_id=case.command.debt_id, amount=Money(5_00, "COP"), paid_on=date(2026, 6, 1),
            method=PaymentMethod.CASH, received_by=ReceivedBy.AGENCY, idempotency_key="p2",
        ),
    )  # fmt: skip
    for state, jobs in ((HandoffState.SENT, ["DONE", "QUEUED"]), (HandoffState.ACK, ["DONE", "DONE"])):
        async with db.transaction(case.scope) as tx:
            job_id = await tx.fetchval("UPDATE job SET not_before = now() WHERE state = 'QUEUED' RETURNING id")
        await worker.run_job(job_id)
        assert [row["state"] for row in await case.rows()] == [state]
        assert [row["state"] for row in await case.rows("SELECT state FROM job ORDER BY id")] == jobs
    assert (await case.rows())[0]["dossier"]["parties"][1]["address"] == ""  # the manifest does not ask for contacts
    seen = [row["document"] for row in await case.rows("SELECT document FROM plugin_document ORDER BY key")]
    assert len(seen) == 3 and seen[0] == seen[1] == seen[2]
    assert await case.stage() == "JUDICIAL" and len(await events(case.scope, "legal.acknowledged")) == 1


async def test_killed_before_the_answer_was_written_it_is_settled_later(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: Any, **__: Any) -> Any:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched, pytest.raises(asyncio.CancelledError):
        patched.setattr("core.legal.submit._acknowledged", dies)
        await case.hand_over()
    (row,) = await case.rows()
    assert row["state"] == "PACKAGED"
    assert (await settle_handoff(case.scope, row["id"])).state is HandoffState.PACKAGED
    with clock.at(NOW + SETTLE_AFTER + timedelta(seconds=1)):
        done = await settle_handoff(case.scope, row["id"])
    assert done.state is HandoffState.ACK and done.receipt
    with pytest.raises(NotFound):
        await settle_handoff(case.house.south, row["id"])


@pytest.mark.parametrize(
    "answer",
    [
        None,
        _receipt(channel="other"),
        _receipt(number=""),
        _receipt(Artifact(name="../../etc/passwd.pdf", media_type="application/pdf", content=b"x")),
        _receipt(Artifact(name="a.pdf", media_type="text/html\r\nX: y", content=b"x")),
        _receipt(*[Artifact(name="a.pdf", media_type="application/pdf", content=b"x")] * 2),
        _receipt(Artifact(name="a.pdf", media_type="application/pdf", content="text")),  # type: ignore[arg-type]
    ],
)
async def test_an_answer_that_is_none_is_kept_as_unknown(case: Case, answer: Any) -> None:
    await _court(case, answer)
    done = await case.hand_over(channel="court")
    assert (done.state, done.refusal_code) == (HandoffState.SENT, "PLUGIN_ANSWER_INVALID")
    assert await case.rows("SELECT * FROM legal_document") == [] and await case.stage() == "PRE_LEGAL"


async def test_a_checklist_that_hangs_or_is_none_stores_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    await _court(case)
    monkeypatch.setattr("core.legal.checklist.TIMEOUT_S", 0.1)
    monkeypatch.setattr("core.plugin_host.attempt.GRACE_S", 0.05)
    for requirements, code in (
        (lambda *_: let_go.wait(5), "PROVIDER_TIMEOUT"),
        (lambda *_: ["x"], "PLUGIN_ANSWER_INVALID"),
    ):
        monkeypatch.setattr(Channel, "requirements", requirements)
        with pytest.raises(DomainError) as caught:
            await case.hand_over(channel="court")
        assert caught.value.code == code
    let_go.set()
    assert await case.rows() == []
