"""The gate: whether a record may be furnished to a bureau in Colombia on a day, and by which rule (CO-BUR-01 to -09).

Pure: the same record on the same day has the same answer for ever. A missing fact never lets a record out. Taking a
record out is always allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from recobro_co_bureau.notices import notice_rulings
from recobro_co_bureau.rules import rule_book
from recobro_co_bureau.rulings import FIRST_NEGATIVE, IDENTITY_THEFT, PURPOSE, Case, Ruling, allowed, refuse
from recobro_co_bureau.terms import add_months, expires_on, is_negative, local_day, removal_day
from recobro_co_bureau.truth import truth_rulings
from recobro_sdk import Purpose
from recobro_sdk.decisions import Decision, strictest
from recobro_sdk.furnishing import DisputeMark, FurnishingAction, FurnishingRecord


def rulings(
    record: FurnishingRecord, day: date, *, strict: bool = True, minimum_wages: Mapping[int, int] | None = None
) -> list[Ruling]:
    """Every reason why the record may not go to the bureau on that day (in Colombia), rule by rule; empty if it may.

    `minimum_wages` are whole pesos by year, in addition to the known ones. Without `first_negative_on`, this is the
    first report; a host that does not fill that says it in the inputs of its decision, `FurnishingRecord.gate`, as an
    ISO day. What the record has no field for stands there, too: `identity_theft` (true while the subject says that
    somebody else took the debt on in their name) and `purpose`.
    """
    if record.action is FurnishingAction.DELETE:
        return []
    wages = {**rule_book().minimum_wages, **(minimum_wages or {})}
    first = _first_negative(record, day)
    if first is None and _said(record) is not None:
        wrong = refuse(
            "CO-BUR-03", "gate",
            "La fecha del primer reporte negativo no es un día entre la mora y hoy: corríjala",
            "The day of the first negative report is none between default and today: put it right",
        )  # fmt: skip
        return [wrong]
    case = Case(record=record, day=day, strict=strict, minimum_wages=wages, first_negative=first)
    return list(_rulings(case))


def decide(
    record: FurnishingRecord, day: date, *, strict: bool = True, minimum_wages: Mapping[int, int] | None = None
) -> Decision:
    """The decision that prevails over the record on that day; see `rulings`."""
    found = rulings(record, day, strict=strict, minimum_wages=minimum_wages)
    if found:
        return strictest(one.decision for one in found)
    if record.action is FurnishingAction.DELETE:
        return allowed("CO-BUR-06", day=day.isoformat(), action=record.action.value)
    rule = "CO-BUR-01" if is_negative(record) else "CO-BUR-09"
    return allowed(rule, day=day.isoformat(), action=record.action.value)


def legend_of(record: FurnishingRecord) -> str:
    """The words that have to stand beside the record (Ley 1266 art. 16), or an empty text."""
    legends = rule_book().legends
    if record.action is FurnishingAction.DELETE:
        return ""
    if _is_theft(record):
        return legends["identity_theft"]
    if record.dispute in (DisputeMark.CLAIM_PENDING, DisputeMark.IN_COURT):
        return legends[record.dispute.value]
    return ""


def _rulings(case: Case) -> Iterator[Ruling]:
    yield from _purpose(case)
    yield from _authorisation(case)
    yield from _theft(case)
    yield from _freshness(case)
    yield from truth_rulings(case)
    if is_negative(case.record):
        yield from notice_rulings(case)
        yield from _permanence(case)


def _said(record: FurnishingRecord) -> object:
    return record.first_negative_on or record.gate.inputs.get(FIRST_NEGATIVE)


def _first_negative(record: FurnishingRecord, day: date) -> date | None:
    given = _said(record)
    try:
        first = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        return None
    since = record.defaulted_on or date.min
    return first if isinstance(first, date) and since <= first <= day else None


def _is_theft(record: FurnishingRecord) -> bool:
    # Whatever is there but a plain no is taken for a claim.
    return record.gate.inputs.get(IDENTITY_THEFT, False) not in (False, None)


def _purpose(case: Case) -> Iterator[Ruling]:
    purpose = case.record.gate.inputs.get(PURPOSE)
    if purpose is not None and purpose not in {one.value for one in Purpose}:
        yield refuse(
            "CO-BUR-08", "gate",
            "La finalidad no es el riesgo de crédito: no se reporta para decisiones laborales ni otros fines",
            "The purpose is not credit risk: nothing is furnished for decisions on employment or other ends",
        )  # fmt: skip


def _authorisation(case: Case) -> Iterator[Ruling]:
    consent = case.record.consent
    if consent is None or local_day(consent.granted_at) > case.counted_to:
        yield refuse(
            "CO-BUR-09", "consent",
            "Falta la autorización expresa y previa del titular: consígala, o retire lo ya reportado",
            "The debtor's express prior authorisation is missing: get it, or withdraw what was reported",
            granted=None if consent is None else local_day(consent.granted_at).isoformat(),
        )  # fmt: skip


def _theft(case: Case) -> Iterator[Ruling]:
    record = case.record
    if _is_theft(record) and (is_negative(record) or record.balance.minor_units > 0):
        yield refuse(
            "identity_theft", "status",
            "El titular alega suplantación: corrija el dato sin mora ni saldo, con la leyenda, o retírelo",
            "The subject claims identity theft: correct it without arrears or balance, with the legend, or delete it",
        )  # fmt: skip


def _freshness(case: Case) -> Iterator[Ruling]:
    as_of = case.record.as_of
    if case.day > add_months(as_of, rule_book().figures.update_months):
        yield refuse(
            "CO-BUR-07", "as_of",
            "El dato tiene más de un mes: actualícelo antes de reportarlo",
            "The datum is more than a month old: bring it up to date before it is reported",
            as_of=as_of.isoformat(), day=case.day.isoformat(),
        )  # fmt: skip


def _permanence(case: Case) -> Iterator[Ruling]:
    removal, defaulted_on = removal_day(case.record), case.record.defaulted_on
    if removal is None or defaulted_on is None or case.day < removal:
        return
    rule = "CO-BUR-05" if case.day >= expires_on(defaulted_on) else "CO-BUR-04"
    yield refuse(
        rule, "defaulted_on",
        f"La permanencia del dato negativo terminó el {removal}: envíelo como eliminación",
        f"The permanence of the negative datum ended on {removal}: send it as a deletion",
        defaulted_on=defaulted_on.isoformat(), removal=removal.isoformat(), day=case.day.isoformat(),
    )  # fmt: skip
