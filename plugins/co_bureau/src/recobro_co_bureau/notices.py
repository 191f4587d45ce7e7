"""Prior notice: one, or two for a small debt, the waiting period after it, and the last day of a first report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import JsonValue

from recobro_co_bureau.rules import rule_book
from recobro_co_bureau.rulings import Case, Ruling, defer, refuse
from recobro_co_bureau.terms import ARREARS, first_report_day, last_first_report_day
from recobro_sdk.decisions import Verdict
from recobro_sdk.furnishing import FurnishingAction


def notice_rulings(case: Case) -> Iterator[Ruling]:
    """What the rules CO-BUR-01, -02, -03 and -06 have against a negative record.

    A notice counts when it was sent on or after the day of default. The waiting period runs from the first notice (of a
    small debt, from the first one on a second day): reminders sent later do not start it anew.
    """
    yield from _late(case)
    days = case.notice_days
    known = case.first_negative is not None or case.record.action is FurnishingAction.CORRECT
    if not days:
        yield _withdraw(case, days) if known else _none_sent(case)
        return
    waited = _waits_for(case, days[0])
    if waited is None:
        yield from _small_debt(case, days)
    elif case.first_negative is not None:
        yield _withdraw(case, days)
    else:
        yield defer(
            "CO-BUR-01", "notices", waited,
            f"Faltan los 20 días calendario desde la comunicación previa: repórtelo desde el {waited}",
            f"The 20 calendar days since the prior notice are not over: report it from {waited} on",
            notices=_texts(days), strict=case.strict,
        )  # fmt: skip


def _late(case: Case) -> Iterator[Ruling]:
    defaulted_on = case.record.defaulted_on
    if defaulted_on is None:
        return
    last = last_first_report_day(defaulted_on)
    if case.counted_to > last:
        yield refuse(
            "CO-BUR-03", "defaulted_on",
            f"El primer reporte negativo cabía hasta el {last}: no lo reporte",
            f"The first negative report was possible until {last}: do not report it",
            defaulted_on=defaulted_on.isoformat(), reported_on=case.counted_to.isoformat(),
        )  # fmt: skip


def _none_sent(case: Case) -> Ruling:
    return refuse(
        "CO-BUR-01", "notices",
        "No hay comunicación previa sobre esta mora: envíela, guarde la prueba y espere 20 días calendario",
        "No prior notice of this default was sent: send it, keep the proof and wait for 20 calendar days",
        notices=[], day=case.day.isoformat(),
    )  # fmt: skip


def _withdraw(case: Case, days: list[date]) -> Ruling:
    es, en = "Se reportó sin comunicación previa a tiempo: envíelo como eliminación", (
        "It was reported without prior notice in time: send it as a deletion"
    )  # fmt: skip
    if case.record.status in ARREARS:
        es += ", comunique al titular, espere y repórtelo de nuevo"
        en += ", notify the debtor, wait, and report it again"
    else:
        es += " ya mismo; la obligación está extinta"
        en += " at once; the debt is extinct"
    return refuse("CO-BUR-06", "notices", es, en, notices=_texts(days), reported_on=case.counted_to.isoformat())


def _small_debt(case: Case, days: list[date]) -> Iterator[Ruling]:
    waited = _waits_for(case, days[1]) if len(days) > 1 else None
    if len(days) > 1 and waited is None:
        return
    wage = case.minimum_wages.get(case.counted_to.year)
    if wage is None:
        yield refuse(
            "CO-BUR-02", "balance",
            f"No se conoce el SMMLV de {case.counted_to.year}: agréguelo al ajuste minimum_wages",
            f"The minimum wage of {case.counted_to.year} is not known: add it to the setting minimum_wages",
            verdict=Verdict.REVIEW, year=case.counted_to.year,
        )  # fmt: skip
        return
    if not _is_small(case, wage):
        return
    if case.first_negative is not None:
        yield _withdraw(case, days)
    elif waited is None:
        yield refuse(
            "CO-BUR-02", "notices",
            "La obligación no pasa del 15 % del SMMLV: envíe la segunda comunicación, en otro día, y espere 20 días",
            "The debt is not above 15 % of the minimum wage: send the second notice, on another day, and wait 20 days",
            notices=_texts(days), minimum_wage=wage,
        )  # fmt: skip
    else:
        yield defer(
            "CO-BUR-02", "notices", waited,
            f"Faltan los 20 días calendario desde la segunda comunicación: repórtelo desde el {waited}",
            f"The 20 calendar days since the second notice are not over: report it from {waited} on",
            notices=_texts(days), minimum_wage=wage, strict=case.strict,
        )  # fmt: skip


def _is_small(case: Case, wage: int) -> bool:
    """Whether the debt is within the share of the minimum wage: by what it was, or is at its first report, if less."""
    record = case.record
    amount = record.original
    if case.first_negative is None and record.status in ARREARS:
        amount = min(record.original, record.balance, key=lambda one: one.minor_units)
    cents = wage * 10**amount.exponent
    return amount.minor_units * 100 <= cents * rule_book().figures.small_percent


def _waits_for(case: Case, notice: date) -> date | None:
    """The first lawful day after this notice, where that is still to come."""
    # What was reported on the 20th day, as one reading of the law has it, need not be withdrawn.
    first = first_report_day(notice, case.strict and case.first_negative is None)
    return first if case.counted_to < first else None


def _texts(days: list[date]) -> list[JsonValue]:
    return [day.isoformat() for day in days]
