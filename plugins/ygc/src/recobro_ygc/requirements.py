"""What has to be true of a case before it is forwarded: pure, from the settings and a day."""

from __future__ import annotations

from datetime import date
from typing import Final

from recobro_sdk import CaseSummary, DocumentKind, Requirement, Risk, Text, currency_exponent
from recobro_ygc.settings import YgcSettings

LONGEST_REFERENCE: Final = 20
"""Characters of FORW_FILE, by which the firm knows the creditor's account."""

_DOCUMENTS: Final[dict[DocumentKind, Text]] = {
    DocumentKind.POWER_OF_ATTORNEY: Text("poder", "power of attorney"),
    DocumentKind.PROMISSORY_NOTE: Text("pagaré", "promissory note"),
    DocumentKind.INSTRUCTION_LETTER: Text("carta de instrucciones", "instruction letter"),
    DocumentKind.BALANCE_CERTIFICATE: Text("certificación de saldo", "balance certificate"),
    DocumentKind.CREDITOR_STANDING: Text("existencia del acreedor", "proof of the creditor's standing"),
    DocumentKind.DEBTOR_STANDING: Text("existencia del deudor", "proof of the debtor's standing"),
    DocumentKind.SECURITY_DEED: Text("escritura de la garantía", "deed of the security"),
    DocumentKind.TITLE_CERTIFICATE: Text("certificado de tradición", "certificate of title"),
    DocumentKind.CONTRACT: Text("contrato o estado de cuenta", "contract or account statement"),
    DocumentKind.OTHER: Text("otro documento", "another document"),
}


def requirements(settings: YgcSettings, case: CaseSummary, today: date) -> tuple[Requirement, ...]:
    """Every line for a case, always all of them and in this order."""
    return (
        _country(settings, case),
        _currency(settings, case),
        _reference(case),
        _time_to_sue(case, today),
        *(_document(kind, case) for kind in settings.required_documents),
    )


def _country(settings: YgcSettings, case: CaseSummary) -> Requirement:
    return Requirement(
        code="country_served",
        title=Text("La firma atiende el país del caso.", "The firm takes cases of the country."),
        satisfied=case.country == settings.country,
        risk=Risk.BLOCKING,
        remedy=Text(f"Entregar casos de {settings.country}.", f"Hand over cases of {settings.country}."),
    )


def _currency(settings: YgcSettings, case: CaseSummary) -> Requirement:
    two = currency_exponent(settings.currency) == 2
    return Requirement(
        code="currency_served",
        title=Text("El caso está en la moneda acordada.", "The case is in the currency agreed on."),
        satisfied=two and case.claim.currency == settings.currency,
        risk=Risk.BLOCKING,
        remedy=Text(
            f"Entregar casos en {settings.currency}; los registros tienen dos decimales.",
            f"Hand over cases in {settings.currency}; records have two decimals.",
        ),
    )


def _reference(case: CaseSummary) -> Requirement:
    return Requirement(
        code="reference_fits",
        title=Text("La referencia del caso cabe en FORW_FILE.", "The case's reference fits into FORW_FILE."),
        satisfied=0 < len(case.reference) <= LONGEST_REFERENCE,
        risk=Risk.BLOCKING,
        remedy=Text(
            f"Usar una referencia de hasta {LONGEST_REFERENCE} caracteres.",
            f"Use a reference of {LONGEST_REFERENCE} characters at most.",
        ),
    )


def _time_to_sue(case: CaseSummary, today: date) -> Requirement:
    """Nobody may sue, or threaten to, on a debt that is time-barred (12 CFR 1006.26(b)); terms differ by state."""
    known = case.time_bar_on
    title = Text("Todavía se puede demandar.", "There is still time to sue.")
    if known is None:
        remedy = Text(
            "Calcular el último día para demandar: SOL_END_D va en blanco.",
            "Find out the last day to sue: SOL_END_D is left blank.",
        )
        return Requirement(code="time_to_sue", title=title, satisfied=False, risk=Risk.HIGH, remedy=remedy)
    return Requirement(
        code="time_to_sue",
        title=title,
        satisfied=today <= known,
        risk=Risk.BLOCKING,
        remedy=Text("No demandar: la obligación está prescrita.", "Do not sue: the debt is time-barred."),
        due_on=known,
    )


def _document(kind: DocumentKind, case: CaseSummary) -> Requirement:
    name = _DOCUMENTS[kind]
    return Requirement(
        code=f"document_{kind.value}",
        title=Text(f"Hay {name.es}.", f"There is a {name.en}."),
        satisfied=any(document.kind is kind for document in case.documents),
        risk=Risk.BLOCKING,
        remedy=Text(f"Obtener: {name.es}.", f"Obtain: {name.en}."),
    )
