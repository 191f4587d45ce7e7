"""The sections of the dossier."""

from __future__ import annotations

from typing import Final

from reportlab.platypus import Flowable

from recobro_legal_handoff import catalogue
from recobro_legal_handoff.checklist import last_day_to_sue
from recobro_legal_handoff.paper import (
    Row,
    pairs,
    paragraph,
    rate,
    spanish_date,
    spanish_decimal,
    spanish_money,
    table,
)
from recobro_legal_handoff.sheet import Sheet
from recobro_sdk import DocumentKind, Dossier, Requirement

_INSTRUMENTS: Final = frozenset({DocumentKind.PROMISSORY_NOTE, DocumentKind.CONTRACT, DocumentKind.SECURITY_DEED})


def case_data(sheet: Sheet) -> Flowable:
    """Process, guarantee, dates, rates and the claim."""
    case = sheet.dossier.case
    return pairs(
        [
            ("Tipo de proceso", catalogue.PROCESSES[case.process]),
            ("Garantía", catalogue.GUARANTEES[case.guarantee]),
            ("Exigible desde", spanish_date(case.due_on)),
            ("Último día para demandar", spanish_date(last_day_to_sue(case))),
            ("Tasa de mora pactada", rate(case.agreed_rate)),
            ("Tope de usura aplicable", rate(case.rate_cap)),
            ("Valor de las pretensiones", f"{spanish_money(case.claim)} {case.claim.currency}"),
            ("Verificado el", spanish_date(sheet.checked_on)),
        ]
    )


def title(sheet: Sheet) -> list[Flowable]:
    """What is sued upon (título ejecutivo, CGP art. 422): its instruments, from when it is due, and for how much."""
    dossier = sheet.dossier
    case = dossier.case
    instruments = [
        f"{catalogue.DOCUMENTS[document.kind].es} {document.reference}, de {spanish_date(document.dated)}"
        for document in case.documents
        if document.kind in _INSTRUMENTS
    ]
    blank = " con espacios en blanco, diligenciado según su carta de instrucciones (C.Co. art. 622)"
    signed = (
        f"El pagaré fue firmado{blank}." if case.signed_in_blank and sheet.has(DocumentKind.PROMISSORY_NOTE) else ""
    )
    text = (
        f"Se demanda con base en: {'; '.join(instruments) or 'la obligación contractual, sin título valor'}. {signed} "
        f"La obligación es exigible desde el {spanish_date(case.due_on)} y se reclama por "
        f"{spanish_money(case.claim)} {case.claim.currency} al {spanish_date(dossier.balance_on)}."
    )
    return [paragraph(" ".join(text.split()))]


def interest(dossier: Dossier) -> list[Flowable]:
    """How the interest came about (liquidación del crédito, CGP art. 446), day range by day range."""
    lines = dossier.statement
    if not lines:
        return []
    rows: list[Row] = [
        (
            spanish_date(line.first_on),
            spanish_date(line.last_on),
            str(line.days),
            spanish_decimal(line.base),
            "" if line.rate is None else f"{line.rate:f} %".replace(".", ","),
            "" if line.cap is None else f"{line.cap:f} %".replace(".", ","),
            spanish_decimal(line.interest),
            spanish_decimal(line.total),
        )
        for line in lines
    ]
    heads = ("Desde", "Hasta", "Días", "Base", "Tasa E.A.", "Tope E.A.", "Intereses", "Acumulado")
    sources = "; ".join(dict.fromkeys(line.source for line in lines if line.source))
    words = (
        "Los días excluyen el primero e incluyen el último. Cada día se aplica la menor entre la tasa pactada y el "
        "tope certificado (C.Co. art. 884). Valores redondeados a dos decimales; los exactos están en el archivo JSON."
    )
    return [
        table(heads, rows, widths=(19, 19, 11, 31, 18, 18, 29, 31), right=(2, 3, 4, 5, 6, 7)),
        paragraph(f"{words} Fuentes: {sources}." if sources else words),
    ]


def evidence(dossier: Dossier) -> list[Flowable]:
    """What the books prove of the collection before the lawsuit."""
    rows: list[Row] = [
        (spanish_date(one.on), catalogue.EVIDENCE[one.kind], one.text, one.sha256 or "") for one in dossier.evidence
    ]
    if not rows:
        return []
    return [table(("Fecha", "Prueba", "Descripción", "SHA-256 del archivo"), rows, widths=(22, 34, 66, 54))]


def parties(dossier: Dossier) -> Flowable:
    """Everybody in the case, with where they are served."""
    rows: list[Row] = [
        (
            catalogue.ROLES[party.role],
            party.name,
            f"{party.document_type} {party.document_number}",
            "\n".join(line for line in (party.address, party.city, party.email, party.phone) if line) or "No informado",
        )
        for party in dossier.parties
    ]
    return table(("Calidad", "Nombre", "Identificación", "Notificaciones"), rows, widths=(24, 58, 36, 58))


def components(dossier: Dossier) -> Flowable:
    """The parts of the claim and their sum."""
    currency = dossier.case.claim.currency
    rows: list[Row] = [
        (catalogue.CONCEPTS[part.concept], part.detail, spanish_money(part.amount)) for part in dossier.components
    ]
    rows.append((f"Total al {spanish_date(dossier.balance_on)}", "", spanish_money(dossier.case.claim)))
    heads = ("Concepto", "Detalle", f"Valor ({currency})")
    return table(heads, rows, widths=(56, 72, 48), right=(2,), total=True)


def documents(dossier: Dossier) -> Flowable:
    """The papers, with the hashes of their files."""
    rows: list[Row] = [
        (
            catalogue.DOCUMENTS[document.kind].es,
            document.reference,
            spanish_date(document.dated),
            "" if document.expires_on is None else spanish_date(document.expires_on),
            document.sha256 or "",
        )
        for document in dossier.case.documents
    ]
    return table(("Documento", "Referencia", "Fecha", "Vence", "SHA-256"), rows, widths=(52, 38, 20, 20, 46))


def checklist_table(sheet: Sheet) -> Flowable:
    """Every requirement; those that are not met stand out."""
    rows: list[Row] = [
        (
            line.title.es,
            "Cumple" if line.satisfied else "No cumple",
            catalogue.RISKS[line.risk],
            _lack(line),
            "" if line.due_on is None else spanish_date(line.due_on),
        )
        for line in sheet.lines
    ]
    marked = tuple(position for position, line in enumerate(sheet.lines) if not line.satisfied)
    heads = ("Requisito", "Estado", "Riesgo", "Qué falta y qué hacer", "Hasta")
    return table(heads, rows, widths=(58, 20, 22, 56, 20), marked=marked)


def _lack(line: Requirement) -> str:
    if line.satisfied:
        return ""
    return line.remedy.es if line.missing is None else f"{line.missing.es} {line.remedy.es}"
