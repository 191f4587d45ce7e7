"""The files of a hand-off: what they say, that they repeat themselves, and that they can be trusted."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import TypeAdapter
from pypdf import PdfReader

from recobro_legal_handoff import LegalHandoff, LegalHandoffSettings
from recobro_legal_handoff.paper import spanish_money
from recobro_legal_handoff.receipts import store_key
from recobro_sdk import (
    Artifact,
    CaseDocument,
    CaseSummary,
    DebtComponent,
    DebtConcept,
    DocumentKind,
    Dossier,
    Evidence,
    EvidenceKind,
    Guarantee,
    HandoffReceipt,
    InterestLine,
    Money,
    Party,
    PartyRole,
    ProcessType,
    RejectedByProvider,
    SubjectKind,
)
from recobro_sdk.testing import FakeContext

SETTINGS = LegalHandoffSettings(firm_name="Abogados Ejemplo S.A.S.")
PAPERS = tuple(
    CaseDocument(kind=kind, reference=f"DOC-{index}", dated=date(2025, 1, 15))
    for index, kind in enumerate(DocumentKind, start=1)
    if kind is not DocumentKind.CREDITOR_STANDING
)
DOSSIER = Dossier(
    case=CaseSummary(
        reference="JUR-2026-00017",
        country="CO",
        process=ProcessType.EXECUTIVE,
        guarantee=Guarantee.NONE,
        debtor_kind=SubjectKind.NATURAL,
        claim=Money(1_234_567_89, "COP"),
        due_on=date(2025, 6, 30),
        documents=PAPERS,
    ),
    agency_name="Cobranzas de Prueba S.A.S.",
    prepared_by="Íñigo Muñoz",
    balance_on=date(2026, 3, 1),
    parties=tuple(
        Party(role=role, kind=SubjectKind.NATURAL, name=name, document_type="CC", document_number=number)
        for role, name, number in (
            (PartyRole.CREDITOR, "Banco Ejemplo S.A.", "900123456"),
            (PartyRole.DEBTOR, "María Peña & <Ñáñez>", "1000000123"),
        )
    ),
    components=(
        DebtComponent(concept=DebtConcept.PRINCIPAL, amount=Money(1_000_000_00, "COP")),
        DebtComponent(concept=DebtConcept.DEFAULT_INTEREST, amount=Money(234_567_89, "COP"), detail="Desde junio"),
    ),
    facts=("El deudor suscribió el pagaré n.º 17.",),
)


def submit(dossier: Dossier = DOSSIER, *, agency: str = "agency-1", key: str = "one", days: int = 0) -> HandoffReceipt:
    async def body() -> HandoffReceipt:
        async with FakeContext(agency=agency) as context:
            context.clock.advance(timedelta(days=days))
            return await LegalHandoff(SETTINGS, context).submit(dossier, idempotency_key=key)

    return asyncio.run(body())


def file(receipt: HandoffReceipt, media_type: str) -> Artifact:
    return next(item for item in receipt.artifacts if item.media_type == media_type)


def pdf_pages(receipt: HandoffReceipt) -> list[str]:
    reader = PdfReader(io.BytesIO(file(receipt, "application/pdf").content))
    return [page.extract_text() for page in reader.pages]


def test_same_dossier_same_bytes_in_another_process_of_the_day() -> None:
    first, second = submit(), submit(agency="agency-2", key="two")
    assert [item.content for item in first.artifacts] == [item.content for item in second.artifacts]


def test_checklist_of_another_day_changes_the_files() -> None:
    assert submit().artifacts != submit(days=1).artifacts


def test_pdf_shows_parties_amounts_checklist_signatures_and_pages() -> None:
    receipt = submit()
    pages = pdf_pages(receipt)
    text = "\n".join(pages)
    for expected in (
        "EXPEDIENTE PARA COBRO JURÍDICO",
        "María Peña & <Ñáñez>",
        "CC 1000000123",
        "$ 1.000.000,00",
        "$ 234.567,89",
        "$ 1.234.567,89",
        "Intereses de mora",
        "Carta de instrucciones (C.Co. art. 622)",
        "No cumple",
        "Entrega: Íñigo Muñoz",
        "Abogados Ejemplo S.A.S.",
        file(receipt, "application/json").sha256,
    ):
        assert expected in text, expected
    assert all(f"Página {number} de {len(pages)}" in page for number, page in enumerate(pages, start=1))


LINES = tuple(
    InterestLine(
        first_on=date(2025, 6, 30) if n == 0 else date(2025, 6 + n, 30), last_on=date(2025, 7 + n, 30), days=30,
        base=Decimal(1_000_000), interest=Decimal("20405.894835"), total=Decimal("20405.894835") * (n + 1),
        rate=Decimal("28.17"), cap=Decimal("28.17"), source=f"Resolución {n}",
    )
    for n in range(5)
)  # fmt: skip
EVIDENCE = (
    Evidence(kind=EvidenceKind.PLACEMENT, on=date(2025, 7, 1), text="Entrega <para> cobro", sha256="ab" * 32),
    Evidence(kind=EvidenceKind.DEMAND, on=date(2025, 7, 9), text="Primer requerimiento"),
)


def test_pdf_shows_title_interest_and_evidence() -> None:
    whole = replace(DOSSIER, statement=LINES, evidence=EVIDENCE)
    text = " ".join("\n".join(pdf_pages(submit(whole))).split())
    for expected in (
        "Se demanda con base en: Pagaré DOC-2, de 15/01/2025",
        "diligenciado según su carta de instrucciones",
        "exigible desde el 30/06/2025 y se reclama por $ 1.234.567,89 COP al 01/03/2026",
        "Liquidación de los intereses",
        "20.405,89",
        "102.029,47",
        "28,17 %",
        "Fuentes: Resolución 0;",
        "Resolución 3; Resolución 4.",
        "Gestión prejurídica",
        "Entrega <para> cobro",
        "Primer requerimiento",
        "Reunir: Certificado",
    ):
        assert expected in text, expected
    assert "ab" * 16 in text.replace(" ", "")


def test_dossier_without_interest_or_evidence_has_no_empty_sections() -> None:
    text = "\n".join(pdf_pages(submit()))
    assert "Liquidación de los intereses" not in text and "Gestión prejurídica" not in text


def test_reprint_of_a_stored_dossier_is_the_same_to_the_byte() -> None:
    whole = replace(DOSSIER, statement=LINES, evidence=EVIDENCE)
    adapter = TypeAdapter(Dossier)
    again = adapter.validate_json(adapter.dump_json(whole))
    assert again == whole
    first, second = submit(whole), submit(again, key="two")
    assert [item.sha256 for item in first.artifacts] == [item.sha256 for item in second.artifacts]


def test_long_dossier_flows_over_pages() -> None:
    facts = tuple(f"Hecho número {number}: " + "el deudor fue requerido por escrito. " * 12 for number in range(60))
    parties = (
        *DOSSIER.parties,
        replace(DOSSIER.parties[1], role=PartyRole.CODEBTOR, address="Calle 1 " * 900),
    )
    pages = pdf_pages(submit(replace(DOSSIER, facts=facts, parties=parties)))
    assert len(pages) > 5
    assert f"Página {len(pages)} de {len(pages)}" in pages[-1]


def test_json_is_canonical_and_exact() -> None:
    content = file(submit(), "application/json").content
    value = json.loads(content)
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert again == content
    assert value["dossier"]["case"]["claim"] == {"minor_units": 123456789, "currency": "COP"}
    assert value["dossier"]["components"][1]["amount"]["minor_units"] == 23456789
    assert [line["code"] for line in value["checklist"] if not line["satisfied"]] == ["filing_documents_present"]


def test_hash_is_of_the_content() -> None:
    for item in submit().artifacts:
        assert item.sha256 == hashlib.sha256(item.content).hexdigest() and item.size == len(item.content)


def test_receipt_number_is_of_agency_and_key() -> None:
    number = submit().number
    assert re.fullmatch(r"LH-[A-Z2-7]{16}", number)
    assert submit(days=3).number == number
    assert submit(agency="agency-2").number != number


def test_unprintable_name_is_refused_and_not_repeated_in_the_message() -> None:
    parties = (DOSSIER.parties[0], replace(DOSSIER.parties[1], name="Łukasz Żółw"))
    with pytest.raises(RejectedByProvider) as caught:
        submit(replace(DOSSIER, parties=parties))
    assert caught.value.code == "unprintable_text"
    assert "Łukasz" not in str(caught.value)


def test_case_of_another_country_is_refused() -> None:
    with pytest.raises(RejectedByProvider) as caught:
        submit(replace(DOSSIER, case=replace(DOSSIER.case, country="MX")))
    assert caught.value.code == "country_not_served"


def test_damaged_stored_file_is_noticed() -> None:
    async def body() -> None:
        async with FakeContext() as context:
            channel = LegalHandoff(SETTINGS, context)
            await channel.submit(DOSSIER, idempotency_key="one")
            kept = await context.store.get(store_key("one"))
            assert kept is not None
            artifacts = kept["artifacts"]
            assert isinstance(artifacts, list) and isinstance(artifacts[0], dict)
            artifacts[0]["content"] = "AAAA"
            await context.store.put(store_key("one"), kept)
            with pytest.raises(ValueError, match="does not match"):
                await channel.submit(DOSSIER, idempotency_key="one")

    asyncio.run(body())


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(0, "COP"), "$ 0,00"),
        (Money(-5, "COP"), "-$ 0,05"),
        (Money(9_007_199_254_740_993, "COP"), "$ 90.071.992.547.409,93"),
        (Money(1234567, "CLP"), "$ 1.234.567"),
    ],
)
def test_spanish_amounts(money: Money, text: str) -> None:
    assert spanish_money(money) == text
