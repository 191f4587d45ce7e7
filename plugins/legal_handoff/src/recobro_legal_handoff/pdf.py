"""The dossier as a PDF: the same bytes for the same dossier, checklist and day."""

from __future__ import annotations

import io
import threading
from functools import partial
from typing import Final

from reportlab.lib.pagesizes import LETTER
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from recobro_legal_handoff import sections
from recobro_legal_handoff.canonical import encode, plain
from recobro_legal_handoff.paper import (
    FRAME_PADDING,
    MARGIN,
    STYLES,
    NumberedCanvas,
    Row,
    heading,
    paragraph,
    table,
)
from recobro_legal_handoff.sheet import Sheet
from recobro_sdk import PartyRole, RejectedByProvider

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
        paragraph(opening),
    ]
    parts: list[tuple[str, list[Flowable]]] = [
        ("Datos del caso", [sections.case_data(sheet)]),
        ("Título", sections.title(sheet)),
        ("Partes", [sections.parties(dossier)]),
        ("Liquidación de la obligación", [sections.components(dossier)]),
        ("Liquidación de los intereses", sections.interest(dossier)),
        ("Hechos", [paragraph(f"{number}. {fact}") for number, fact in enumerate(dossier.facts, start=1)]),
        ("Documentos que se entregan", [sections.documents(dossier)]),
        ("Gestión prejurídica", sections.evidence(dossier)),
        ("Lista de verificación previa a la demanda", [sections.checklist_table(sheet)]),
    ]
    for number, (title, body) in enumerate((part for part in parts if part[1]), start=1):
        story += [heading(f"{number}. {title}"), *body]
    return [*story, _signatures(sheet)]


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
