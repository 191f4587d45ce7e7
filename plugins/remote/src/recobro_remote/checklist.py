"""The checklist of the legal channel: documents that the agency's settings ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from recobro_remote.settings import RemoteLegalSettings
from recobro_sdk import CaseSummary, DocumentKind, Requirement, Risk, Text

_NAMES: Final[Mapping[DocumentKind, Text]] = {
    DocumentKind.POWER_OF_ATTORNEY: Text("Poder", "Power of attorney"),
    DocumentKind.PROMISSORY_NOTE: Text("Pagaré", "Promissory note"),
    DocumentKind.INSTRUCTION_LETTER: Text("Carta de instrucciones", "Letter of instructions"),
    DocumentKind.BALANCE_CERTIFICATE: Text("Certificación de saldo", "Certificate of the balance"),
    DocumentKind.CREDITOR_STANDING: Text(
        "Existencia y representación del acreedor", "Creditor's certificate of standing"
    ),
    DocumentKind.DEBTOR_STANDING: Text("Existencia y representación del deudor", "Debtor's certificate of standing"),
    DocumentKind.SECURITY_DEED: Text("Escritura de hipoteca o contrato de prenda", "Mortgage deed or pledge contract"),
    DocumentKind.TITLE_CERTIFICATE: Text("Certificado de tradición del bien", "Title certificate of the asset"),
    DocumentKind.CONTRACT: Text("Contrato", "Contract"),
    DocumentKind.OTHER: Text("Otro documento", "Other document"),
}
# The last day of a document has not ended before it has ended everywhere on earth (UTC-12).
_LAST_PLACE: Final = timedelta(hours=12)


def requirements(settings: RemoteLegalSettings, case: CaseSummary, now: datetime) -> Sequence[Requirement]:
    """A line for each document of the settings, the required ones first; `now` aware UTC."""
    today = (now - _LAST_PLACE).date()
    held = {item.kind for item in case.documents if item.expires_on is None or item.expires_on >= today}
    required = dict.fromkeys(settings.required_documents, Risk.BLOCKING)
    wanted = {kind: Risk.MEDIUM for kind in settings.wanted_documents if kind not in required}
    return [_line(kind, risk, kind in held) for kind, risk in (required | wanted).items()]


def _line(kind: DocumentKind, risk: Risk, satisfied: bool) -> Requirement:
    name = _NAMES[kind]
    remedy = Text(
        f"Adjunte un documento vigente: {name.es.lower()}.", f"Attach a document in force: {name.en.lower()}."
    )
    return Requirement(code=kind.value, title=name, satisfied=satisfied, risk=risk, remedy=remedy)
