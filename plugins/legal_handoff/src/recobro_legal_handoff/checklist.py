"""The Colombian pre-filing checklist: pure rules over a case and a day.

Eight lines, always all of them and in this order. Sources: Código General del Proceso (CGP), Código de Comercio
(C.Co.), Código Civil (C.C.), Código Penal (C.P.).
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

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
    good = any(
        document.kind is DocumentKind.POWER_OF_ATTORNEY
        and (document.expires_on is None or document.expires_on >= today)
        for document in case.documents
    )
    return catalogue.POWER_OF_ATTORNEY.line(good)


def _interest(case: CaseSummary) -> Requirement:
    # Without an agreed rate the law supplies one that cannot exceed the cap (C.Co. art. 884). With one and no cap to
    # compare it with, nothing is proved: above the cap the creditor loses the interest and may commit usury.
    within = case.agreed_rate is None or (case.rate_cap is not None and case.agreed_rate <= case.rate_cap)
    return catalogue.INTEREST.line(within)


def _promissory_note(case: CaseSummary) -> Requirement:
    if case.process is ProcessType.MONITORY:
        return catalogue.PROMISSORY_NOTE.line(True)  # that process exists for debts without an instrument
    return _present(case, DocumentKind.PROMISSORY_NOTE, catalogue.PROMISSORY_NOTE)


def _instruction_letter(case: CaseSummary) -> Requirement:
    if case.process is ProcessType.MONITORY or not case.signed_in_blank:
        return catalogue.INSTRUCTION_LETTER.line(True)
    return _present(case, DocumentKind.INSTRUCTION_LETTER, catalogue.INSTRUCTION_LETTER)


def _process(case: CaseSummary) -> Requirement:
    secured = case.guarantee in _REAL_SECURITY
    if case.process is ProcessType.SECURED_EXECUTIVE:
        return catalogue.PROCESS.line(secured)
    if secured:
        # Lawful, and gives the priority of the security away: somebody should have decided it.
        return catalogue.PROCESS.line(False, risk=Risk.HIGH, remedy=catalogue.SECURITY_UNUSED)
    return catalogue.PROCESS.line(True)


def _time_to_sue(case: CaseSummary, today: date, margin_days: int) -> Requirement:
    last_day = last_day_to_sue(case)
    if today > last_day:
        return catalogue.TIME_TO_SUE.line(False)
    if today + timedelta(days=margin_days) > last_day:
        urgent = Text(
            es=f"Radicar de inmediato: el último día es el {last_day.isoformat()}.",
            en=f"File at once: the last day is {last_day.isoformat()}.",
        )
        return catalogue.TIME_TO_SUE.line(False, risk=Risk.HIGH, remedy=urgent)
    return catalogue.TIME_TO_SUE.line(True)


def _filing_documents(case: CaseSummary) -> Requirement:
    missing = missing_filing_documents(case)
    if not missing:
        return catalogue.FILING_DOCUMENTS.line(True)
    names = [catalogue.DOCUMENTS[kind] for kind in missing]
    remedy = Text(
        es=f"Reunir: {'; '.join(name.es for name in names)}.", en=f"Obtain: {'; '.join(name.en for name in names)}."
    )
    return catalogue.FILING_DOCUMENTS.line(False, remedy=remedy)


def _present(case: CaseSummary, kind: DocumentKind, entry: catalogue.Entry) -> Requirement:
    return entry.line(any(document.kind is kind for document in case.documents))


def _years_after(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29) and not isleap(day.year + years):
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)
