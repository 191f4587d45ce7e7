"""The dossier as a PDF: the same bytes for the same dossier, checklist and day."""

from __future__ import annotations

import io
import threading
from functools import partial
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import LETTER
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from recobro_legal_handoff import catalogue
from recobro_legal_handoff.canonical import encode, plain
from recobro_legal_handoff.checklist import last_day_to_sue
from recobro_legal_handoff.paper import (
    FRAME_PADDING,
    MARGIN,
    STYLES,
    NumberedCanvas,
    Row,
    heading,
    pairs,
    rate,
    spanish_date,
    spanish_money,
    table,
)
from recobro_legal_handoff.sheet import Sheet
from recobro_sdk import Dossier, PartyRole, RejectedByProvider

# ReportLab keeps fonts and styles in module state that it does not guard.
_ONE_AT_A_TIME: Final = threading.Lock()


def render(sheet: Sheet, json_sha256: str) -> bytes:
    """Print; blocks for some tens of milliseconds, so call it in a thread.

    `json_sha256` ties the paper to the machine-readable file. Raises `RejectedByProvider` (code `unprintable_text`) for
    letters outside the Western European set of the standard fonts, which would come out as black boxes.
    """
    _check_printable(sheet)
    buffer = io.BytesIO()
    reference = sheet.dossier.case.reference
    with _ONE_AT_A_TIME:
        document = SimpleDocTemplate(
            buffer,
            pagesize=LETTER,
            invariant=1,  # no date and no random identifier in the file
            title=f"Expediente {reference}",
            author=sheet.dossier.agency_name,
            lang="es-CO",
            leftMargin=MARGIN - FRAME_PADDING,
            rightMargin=MARGIN - FRAME_PADDING,
            topMargin=26 * mm,
            bottomMargin=22 * mm,
        )
        header = (sheet.dossier.agency_name, f"Expediente {reference}")
        canvas = partial(NumberedCanvas, header=header, footer=f"Huella SHA-256 del archivo JSON: {json_sha256}")
        document.build(_story(sheet), canvasmaker=canvas)
    return buffer.getvalue()


def _story(sheet: Sheet) -> list[Flowable]:
    dossier = sheet.dossier
    creditor = next(party for party in dossier.parties if party.role is PartyRole.CREDITOR)
    opening = (
        f"{dossier.agency_name} entrega a {sheet.firm_name} ({sheet.firm_city}) el expediente "
        f"{dossier.case.reference}, por cuenta de {creditor.name}, para el cobro por la vía judicial de las "
        "obligaciones que se relacionan."
    )
    story: list[Flowable] = [
        Paragraph("EXPEDIENTE PARA COBRO JURÍDICO", STYLES["title"]),
        _text(opening),
    ]
    sections: list[tuple[str, list[Flowable]]] = [
        ("Datos del caso", [_case(sheet)]),
        ("Partes", [_parties(dossier)]),
        ("Liquidación de la obligación", [_components(dossier)]),
        ("Hechos", [_text(f"{number}. {fact}") for number, fact in enumerate(dossier.facts, start=1)]),
        ("Documentos que se entregan", [_documents(dossier)]),
        ("Lista de verificación previa a la demanda", [_checklist(sheet)]),
    ]
    for number, (title, body) in enumerate((section for section in sections if section[1]), start=1):
        story += [heading(f"{number}. {title}"), *body]
    return [*story, _signatures(sheet)]


def _text(text: str) -> Flowable:
    return Paragraph(escape(text), STYLES["body"])


def _case(sheet: Sheet) -> Flowable:
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


def _parties(dossier: Dossier) -> Flowable:
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


def _components(dossier: Dossier) -> Flowable:
    currency = dossier.case.claim.currency
    rows: list[Row] = [
        (catalogue.CONCEPTS[part.concept], part.detail, spanish_money(part.amount)) for part in dossier.components
    ]
    rows.append((f"Total al {spanish_date(dossier.balance_on)}", "", spanish_money(dossier.case.claim)))
    heads = ("Concepto", "Detalle", f"Valor ({currency})")
    return table(heads, rows, widths=(56, 72, 48), right=(2,), total=True)


def _documents(dossier: Dossier) -> Flowable:
    rows: list[Row] = [
        (
            catalogue.DOCUMENTS[document.kind].es,
            document.reference,
            spanish_date(document.dated),
            "" if document.expires_on is None else spanish_date(document.expires_on),
        )
        for document in dossier.case.documents
    ]
    return table(("Documento", "Referencia", "Fecha", "Vence"), rows, widths=(70, 54, 26, 26))


def _checklist(sheet: Sheet) -> Flowable:
    rows: list[Row] = [
        (
            line.title.es,
            "Cumple" if line.satisfied else "No cumple",
            catalogue.RISKS[line.risk],
            "" if line.satisfied else line.remedy.es,
        )
        for line in sheet.lines
    ]
    marked = tuple(position for position, line in enumerate(sheet.lines) if not line.satisfied)
    return table(("Requisito", "Estado", "Riesgo", "Acción"), rows, widths=(74, 22, 24, 56), marked=marked)


def _signatures(sheet: Sheet) -> Flowable:
    dossier = sheet.dossier
    rule = "_" * 38
    rows: list[Row] = [
        (f"\n\n\n{rule}", f"\n\n\n{rule}"),
        (
            f"Entrega: {dossier.prepared_by}\n{dossier.agency_name}",
            f"Recibe: {sheet.firm_name}\nNombre, cédula y fecha",
        ),
    ]
    return KeepTogether([Spacer(1, 6 * mm), table((), rows, widths=(88, 88), plain=True)])


def _check_printable(sheet: Sheet) -> None:
    text = encode([plain(sheet.dossier), sheet.firm_name, sheet.firm_city]).decode("utf-8")
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        # `from None`: the error would carry the text, which is personal data.
        raise RejectedByProvider(
            "the dossier has letters outside the Western European alphabet", code="unprintable_text"
        ) from None
