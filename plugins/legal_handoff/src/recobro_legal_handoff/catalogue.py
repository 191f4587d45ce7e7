"""The words of the checklist and of the dossier, in Spanish and English, with their legal sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from recobro_sdk import (
    DebtConcept,
    DocumentKind,
    EvidenceKind,
    Guarantee,
    PartyRole,
    ProcessType,
    Requirement,
    Risk,
    Text,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The fixed part of a checklist line."""

    code: str
    title: Text
    risk: Risk
    remedy: Text

    def good(self, *, due_on: date | None = None) -> Requirement:
        """The line of a case that meets it; `due_on` is until when."""
        return Requirement(
            code=self.code, title=self.title, satisfied=True, risk=self.risk, remedy=self.remedy, due_on=due_on
        )

    def lacks(
        self, missing: Text, *, risk: Risk | None = None, remedy: Text | None = None, due_on: date | None = None
    ) -> Requirement:
        """The line of a case that does not; `risk` and `remedy` replace the usual ones."""
        return Requirement(
            code=self.code,
            title=self.title,
            satisfied=False,
            risk=risk or self.risk,
            remedy=remedy or self.remedy,
            missing=missing,
            due_on=due_on,
        )


POWER_OF_ATTORNEY: Final = Entry(
    "power_of_attorney_valid",
    Text("Poder vigente (CGP art. 74)", "Power of attorney in force (CGP art. 74)"),
    Risk.BLOCKING,
    Text("Obtener del acreedor un poder vigente.", "Obtain a power of attorney in force from the creditor."),
)
INTEREST: Final = Entry(
    "interest_within_usury_cap",
    Text(
        "Interés dentro de la tasa de usura (C.Co. art. 884; C.P. art. 305)",
        "Interest within the usury cap (C.Co. art. 884; C.P. art. 305)",
    ),
    Risk.BLOCKING,
    Text(
        "Reliquidar los intereses al tope certificado del período, o aportar la certificación.",
        "Recalculate interest at the certified cap of the period, or supply the certification.",
    ),
)
PROMISSORY_NOTE: Final = Entry(
    "promissory_note_present",
    Text("Pagaré original (CGP art. 422; C.Co. art. 709)", "Original promissory note (CGP art. 422; C.Co. art. 709)"),
    Risk.BLOCKING,
    Text("Solicitar al acreedor el pagaré original.", "Ask the creditor for the original note."),
)
INSTRUCTION_LETTER: Final = Entry(
    "instruction_letter_present",
    Text("Carta de instrucciones (C.Co. art. 622)", "Letter of instructions (C.Co. art. 622)"),
    Risk.BLOCKING,
    Text(
        "Solicitar la carta de instrucciones con la que se diligenció el pagaré firmado en blanco.",
        "Ask for the letter of instructions by which the note signed in blank was filled in.",
    ),
)
BALANCE_CERTIFICATE: Final = Entry(
    "balance_certificate_present",
    Text("Certificación de saldo", "Certificate of the balance"),
    Risk.BLOCKING,
    Text("Solicitar al acreedor la certificación de saldo.", "Ask the creditor for the certificate of the balance."),
)
PROCESS: Final = Entry(
    "process_matches_guarantee",
    Text("Tipo de proceso acorde con la garantía (CGP art. 468)", "Process fits the guarantee (CGP art. 468)"),
    Risk.BLOCKING,
    Text(
        "Sin hipoteca ni prenda no procede la efectividad de la garantía real: cambiar a ejecutivo singular.",
        "Without mortgage or pledge there is no real security to enforce: change to the plain executive process.",
    ),
)
SECURITY_UNUSED: Final = Text(
    "Hay garantía real: demandar su efectividad, o dejar constancia de que se renuncia a la preferencia.",
    "There is real security: enforce it, or put on record that its priority is given up.",
)
TIME_TO_SUE: Final = Entry(
    "within_time_to_sue",
    Text(
        "Dentro del plazo para demandar (C.Co. art. 789; C.C. art. 2536)",
        "Within the time to sue (C.Co. 789; C.C. 2536)",
    ),
    Risk.BLOCKING,
    Text(
        "Plazo excedido: verificar interrupciones (C.C. art. 2539) o devolver la obligación al acreedor.",
        "Out of time: look for interruptions (C.C. art. 2539) or return the debt to the creditor.",
    ),
)
FILING_DOCUMENTS: Final = Entry(
    "filing_documents_present",
    Text("Documentos para radicar (CGP art. 84)", "Documents for filing (CGP art. 84)"),
    Risk.MEDIUM,
    Text("Completar los anexos de la demanda.", "Complete the annexes of the claim."),
)

DOCUMENTS: Final[dict[DocumentKind, Text]] = {
    DocumentKind.POWER_OF_ATTORNEY: Text("Poder", "Power of attorney"),
    DocumentKind.PROMISSORY_NOTE: Text("Pagaré", "Promissory note"),
    DocumentKind.INSTRUCTION_LETTER: Text("Carta de instrucciones", "Letter of instructions"),
    DocumentKind.BALANCE_CERTIFICATE: Text("Certificación de saldo", "Certificate of the balance"),
    DocumentKind.CREDITOR_STANDING: Text(
        "Certificado de existencia y representación del acreedor", "Certificate of existence of the creditor"
    ),
    DocumentKind.DEBTOR_STANDING: Text(
        "Certificado de existencia y representación del deudor", "Certificate of existence of the debtor"
    ),
    DocumentKind.SECURITY_DEED: Text("Escritura de hipoteca o contrato de prenda", "Mortgage deed or pledge contract"),
    DocumentKind.TITLE_CERTIFICATE: Text("Certificado de tradición del bien", "Title certificate of the asset"),
    DocumentKind.CONTRACT: Text("Contrato", "Contract"),
    DocumentKind.OTHER: Text("Otro documento", "Other document"),
}
PROCESSES: Final[dict[ProcessType, str]] = {
    ProcessType.EXECUTIVE: "Ejecutivo singular (CGP art. 422)",
    ProcessType.SECURED_EXECUTIVE: "Efectividad de la garantía real (CGP art. 468)",
    ProcessType.MONITORY: "Monitorio (CGP art. 419)",
}
GUARANTEES: Final[dict[Guarantee, str]] = {
    Guarantee.NONE: "Sin garantía",
    Guarantee.PERSONAL: "Personal",
    Guarantee.MORTGAGE: "Hipoteca",
    Guarantee.PLEDGE: "Prenda",
}
ROLES: Final[dict[PartyRole, str]] = {
    PartyRole.CREDITOR: "Acreedor",
    PartyRole.DEBTOR: "Deudor",
    PartyRole.CODEBTOR: "Codeudor",
    PartyRole.GUARANTOR: "Avalista",
    PartyRole.ATTORNEY: "Apoderado",
}
CONCEPTS: Final[dict[DebtConcept, str]] = {
    DebtConcept.PRINCIPAL: "Capital",
    DebtConcept.INTEREST: "Intereses corrientes",
    DebtConcept.DEFAULT_INTEREST: "Intereses de mora",
    DebtConcept.INSURANCE: "Seguros",
    DebtConcept.COLLECTION_COSTS: "Gastos de cobranza",
    DebtConcept.OTHER: "Otros",
}
EVIDENCE: Final[dict[EvidenceKind, str]] = {
    EvidenceKind.PLACEMENT: "Entrega para cobro",
    EvidenceKind.DEMAND: "Requerimiento",
    EvidenceKind.PAYMENT: "Pago",
    EvidenceKind.PROMISE: "Compromiso de pago",
}
RISKS: Final[dict[Risk, str]] = {
    Risk.LOW: "Bajo",
    Risk.MEDIUM: "Medio",
    Risk.HIGH: "Alto",
    Risk.BLOCKING: "Bloqueante",
}
