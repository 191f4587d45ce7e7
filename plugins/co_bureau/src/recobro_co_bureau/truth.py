"""Truthfulness: what a record says of itself may not contradict itself (Ley 1266 de 2008 art. 8)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from recobro_co_bureau.rulings import Case, Ruling, refuse
from recobro_co_bureau.terms import ARREARS, EXTINCT, ended_on, is_negative
from recobro_sdk.furnishing import FurnishedStatus


def truth_rulings(case: Case) -> Iterator[Ruling]:
    """Days out of order, amounts that disagree, a status that the days or amounts deny."""
    yield from _order(case)
    yield from _standing(case)
    record = case.record
    if record.past_due.minor_units > record.balance.minor_units:
        yield refuse(
            "truthfulness", "past_due",
            "Lo vencido supera el saldo: corrija los valores",
            "What is past due is more than the balance: put the amounts right",
        )  # fmt: skip


def _order(case: Case) -> Iterator[Ruling]:
    record = case.record
    for field in ("defaulted_on", "last_paid_on", "closed_on"):
        days = [record.opened_on, getattr(record, field), record.as_of, case.day]
        given = [day for day in days if day is not None]
        if any(second < first for first, second in pairwise(given)):
            yield refuse(
                "truthfulness", field,
                "Las fechas se contradicen: apertura, mora o pago, corte y reporte van en ese orden",
                "The days contradict each other: opening, default or payment, cut-off and report come in this order",
                days=[day.isoformat() for day in given],
            )  # fmt: skip
            return


def _standing(case: Case) -> Iterator[Ruling]:
    record = case.record
    if record.status in ARREARS and record.defaulted_on is not None:
        longest = (record.as_of - record.defaulted_on).days
        if not 1 <= record.days_past_due <= max(longest, 1):
            yield refuse(
                "truthfulness", "days_past_due",
                "Los días de mora no salen de la fecha de mora: corríjalos",
                "The days in arrears do not follow from the day of default: put them right",
                days_past_due=record.days_past_due, longest=longest,
            )  # fmt: skip
    if record.status is FurnishedStatus.CURRENT and is_negative(record):
        yield refuse(
            "truthfulness", "status",
            "Está al día y habla de mora: corrija el estado, o quite la mora",
            "It is current and tells of arrears: put the status right, or take the arrears out",
        )  # fmt: skip
    if record.status in (FurnishedStatus.PAID, FurnishedStatus.SETTLED) and record.balance.minor_units:
        yield refuse(
            "truthfulness", "balance",
            "Está pagada y tiene saldo: corrija el estado o el saldo",
            "It is paid and has a balance: put the status or the balance right",
        )  # fmt: skip
    if record.status in EXTINCT and record.defaulted_on is None and is_negative(record):
        yield refuse(
            "truthfulness",
            "defaulted_on",
            "Habla de mora sin la fecha en que empezó: agréguela",
            "It tells of arrears without the day on which they began: add it",
        )
    if record.status in EXTINCT and record.defaulted_on is not None:
        ended = ended_on(record)
        if ended is None or ended < record.defaulted_on:
            yield refuse(
                "truthfulness", "closed_on",
                "Falta el día del pago o la extinción, o es anterior a la mora: de él depende la permanencia",
                "The day of payment or extinction is missing or before the default: permanence counts from it",
            )  # fmt: skip
