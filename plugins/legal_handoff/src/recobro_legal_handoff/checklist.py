"""The Colombian pre-filing checklist: pure rules over a case and a day.

Eight lines, always all of them and in this order. Sources: Código General del Proceso (CGP), Código de Comercio
(C.Co.), Código Civil (C.C.), Código Penal (C.P.).
"""

from __future__ import annotations

from calendar import isleap
from datetime import MAXYEAR, date, timedelta

from recobro_legal_handoff import catalogue
from recobro_sdk import CaseSummary, DocumentKind, Guarantee, ProcessType, Requirement, Risk, SubjectKind, Text

_REAL_SECURITY = frozenset({Guarantee.MORTGAGE, Guarantee.PLEDGE})


def checklist(case: CaseSummary, today: date, margin_days: int) -> tuple[Requirement, ...]:
    """Every line for `case` as of `today`, a Colombian date; `margin_days` before the time bar count as urgent."""
    return (
        _power_of_attorney(case, today),
        _interest(case),
        _promissory_note(case),
        _instruction_letter(case),
        _present(case, DocumentKind.BALANCE_CERTIFICATE, catalogue.BALANCE_CERTIFICATE),
        _process(case),
        _time_to_sue(case, today, margin_days),
        _filing_documents(case),
    )


def last_day_to_sue(case: CaseSummary) -> date:
    """The host's own date, which knows of interruptions; else the plain term from the day the debt became enforceable.

    Three years for the action on a note (C.Co. art. 789); ten for the ordinary action that a monitory process pursues
    (C.C. art. 2536 as amended by Ley 791 de 2002 art. 8).
    """
    if case.time_bar_on is not None:
        return case.time_bar_on
    return _years_after(case.due_on, 10 if case.process is ProcessType.MONITORY else 3)


def missing_filing_documents(case: CaseSummary) -> tuple[DocumentKind, ...]:
    """Annexes that the court asks for besides the instrument (CGP arts. 84 and 468) and that the case lacks."""
    wanted = [DocumentKind.CREDITOR_STANDING]
    if case.debtor_kind is SubjectKind.LEGAL:
        wanted.append(DocumentKind.DEBTOR_STANDING)
    if case.guarantee in _REAL_SECURITY:
        wanted += [DocumentKind.SECURITY_DEED, DocumentKind.TITLE_CERTIFICATE]
    if case.process is ProcessType.MONITORY:
        wanted.append(DocumentKind.CONTRACT)
    have = {document.kind for document in case.documents}
    return tuple(kind for kind in wanted if kind not in have)


def _power_of_attorney(case: CaseSummary, today: date) -> Requirement:
    powers = [document for document in case.documents if document.kind is DocumentKind.POWER_OF_ATTORNEY]
    if not powers:
        return catalogue.POWER_OF_ATTORNEY.lacks(Text("No hay poder.", "There is no power of attorney."))
    if any(power.expires_on is None for power in powers):
        return catalogue.POWER_OF_ATTORNEY.good()
    # The one that lasts longest counts.
    last_on, reference = max((power.expires_on or date.min, power.reference) for power in powers)
    if last_on >= today:
        return catalogue.POWER_OF_ATTORNEY.good(due_on=last_on)
    expired = Text(f"El poder {reference} venció el {last_on}.", f"The power {reference} expired on {last_on}.")
    return catalogue.POWER_OF_ATTORNEY.lacks(expired)


def _interest(case: CaseSummary) -> Requirement:
    # Without an agreed rate the law supplies one that cannot exceed the cap (C.Co. art. 884). With one and no cap to
    # compare it with, nothing is proved: above the cap the creditor loses the interest and may commit usury.
    if case.agreed_rate is None:
        return catalogue.INTEREST.good()
    if case.rate_cap is None:
        return catalogue.INTEREST.lacks(
            Text("No hay tope certificado con el cual comparar.", "There is no certified cap to compare with.")
        )
    if case.agreed_rate <= case.rate_cap:
        return catalogue.INTEREST.good()
    agreed, cap = f"{case.agreed_rate:f} %", f"{case.rate_cap:f} %"
    return catalogue.INTEREST.lacks(
        Text(f"La tasa de {agreed} supera el tope de {cap}.", f"The rate of {agreed} is above the cap of {cap}.")
    )


def _promissory_note(case: CaseSummary) -> Requirement:
    if case.process is ProcessType.MONITORY:
        return catalogue.PROMISSORY_NOTE.good()  # that process exists for debts without an instrument
    return _present(case, DocumentKind.PROMISSORY_NOTE, catalogue.PROMISSORY_NOTE)


def _instruction_letter(case: CaseSummary) -> Requirement:
    if case.process is ProcessType.MONITORY or not case.signed_in_blank:
        return catalogue.INSTRUCTION_LETTER.good()
    return _present(case, DocumentKind.INSTRUCTION_LETTER, catalogue.INSTRUCTION_LETTER)


def _process(case: CaseSummary) -> Requirement:
    secured = case.guarantee in _REAL_SECURITY
    if case.process is ProcessType.SECURED_EXECUTIVE and not secured:
        return catalogue.PROCESS.lacks(
            Text("No hay hipoteca ni prenda que hacer efectiva.", "There is no mortgage or pledge to enforce.")
        )
    if secured and case.process is not ProcessType.SECURED_EXECUTIVE:
        # Lawful, and gives the priority of the security away: somebody should have decided it.
        unused = Text("La garantía real no se hace efectiva.", "The real security is not enforced.")
        return catalogue.PROCESS.lacks(unused, risk=Risk.HIGH, remedy=catalogue.SECURITY_UNUSED)
    return catalogue.PROCESS.good()


def _time_to_sue(case: CaseSummary, today: date, margin_days: int) -> Requirement:
    last_day = last_day_to_sue(case)
    if today > last_day:
        over = Text(f"El plazo venció el {last_day}.", f"The time ended on {last_day}.")
        return catalogue.TIME_TO_SUE.lacks(over, due_on=last_day)
    if today + timedelta(days=margin_days) > last_day:
        left = (last_day - today).days
        near = Text(f"Quedan {left} días.", f"There are {left} days left.")
        urgent = Text(
            es=f"Radicar de inmediato: el último día es el {last_day.isoformat()}.",
            en=f"File at once: the last day is {last_day.isoformat()}.",
        )
        return catalogue.TIME_TO_SUE.lacks(near, risk=Risk.HIGH, remedy=urgent, due_on=last_day)
    return catalogue.TIME_TO_SUE.good(due_on=last_day)


def _filing_documents(case: CaseSummary) -> Requirement:
    names = [catalogue.DOCUMENTS[kind] for kind in missing_filing_documents(case)]
    if not names:
        return catalogue.FILING_DOCUMENTS.good()
    missing = Text("; ".join(name.es for name in names), "; ".join(name.en for name in names))
    remedy = Text(es=f"Reunir: {missing.es}.", en=f"Obtain: {missing.en}.")
    return catalogue.FILING_DOCUMENTS.lacks(missing, remedy=remedy)


def _present(case: CaseSummary, kind: DocumentKind, entry: catalogue.Entry) -> Requirement:
    if any(document.kind is kind for document in case.documents):
        return entry.good()
    name = catalogue.DOCUMENTS[kind]
    return entry.lacks(Text(f"Falta: {name.es}.", f"Missing: {name.en}."))


def _years_after(day: date, years: int) -> date:
    if day.year + years > MAXYEAR:
        return date.max
    if (day.month, day.day) == (2, 29) and not isleap(day.year + years):
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)
