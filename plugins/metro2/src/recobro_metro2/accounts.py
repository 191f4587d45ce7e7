"""What an agency furnishes, as Metro 2 accounts: the way third-party collectors report.

Account type 48, portfolio O, status 93 while it is open, 62 when it is paid, DA when it is to go; the original creditor
in a K1 segment (Credit Reporting Resource Guide, collection agencies).
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time
from typing import Final

from recobro_metro2.settings import Metro2Settings
from recobro_sdk import Money, SubjectKind
from recobro_sdk.furnishing import (
    DisputeMark,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingBatch,
    FurnishingRecord,
    PartyLink,
)
from recobro_sdk.layouts import Record, Value

_STATUS: Final = {
    FurnishedStatus.PAST_DUE: "93",
    FurnishedStatus.IN_COLLECTION: "93",
    FurnishedStatus.CHARGED_OFF: "93",
    FurnishedStatus.PAID: "62",
    FurnishedStatus.SETTLED: "62",
    # An account that was sold or recalled is no longer the agency's to report.
    FurnishedStatus.CLOSED: "DA",
}
_DISPUTE: Final = {
    DisputeMark.NONE: None,
    DisputeMark.CLAIM_PENDING: "XB",
    DisputeMark.IN_COURT: "XB",
    DisputeMark.CLOSED_DISAGREED: "XC",
}
_GENERATION: Final = {"JR": "J", "SR": "S"} | {
    roman: str(number) for number, roman in enumerate(("II", "III", "IV", "V", "VI", "VII", "VIII", "IX"), start=2)
}
_MONTHS: Final = 24
_PHONE: Final = 10
_SSN: Final = 9


def header(batch: FurnishingBatch, settings: Metro2Settings) -> Record:
    """The header of a batch's file."""
    return Record(
        "header",
        {
            "recordIdentifier": "HEADER",
            "innovisProgramIdentifier": settings.innovis_program or None,
            "equifaxProgramIdentifier": settings.equifax_program or None,
            "experianProgramIdentifier": settings.experian_program or None,
            "transUnionProgramIdentifier": settings.transunion_program or None,
            "activityDate": batch.as_of,
            "dateCreated": batch.prepared_at.astimezone(UTC).date(),
            "reporterName": _text(batch.furnisher, 40),
            "reporterAddress": _text(settings.reporter_address, 96),
            "reporterTelephoneNumber": int(settings.reporter_phone),
        },
    )


def trailer() -> Record:
    """The trailer, whose totals are counted while the file is written."""
    return Record("trailer", {"recordIdentifier": "TRAILER"})


def account(record: FurnishingRecord, batch: FurnishingBatch, settings: Metro2Settings) -> Record:
    """One obligation with everybody who answers for it."""
    primary = record.primary
    others = [party for party in record.parties if party is not primary]
    shared = any(party.link is PartyLink.JOINT for party in others)
    values = _base(record, batch) | _person(primary, "2" if shared else "1") | _address(primary)
    segments = [_associate(party, primary) for party in others]
    # The standard's order: first those at the same address.
    segments.sort(key=lambda part: part.type)
    segments.append(_original_creditor(record, settings))
    if record.previous_reference is not None:
        values["consumerAccountNumber"] = record.previous_reference
        change: dict[str, Value] = {"changeIndicator": 1, "newConsumerAccountNumber": record.reference}
        segments.append(Record("l1", {"segmentIdentifier": "L1", **change}))
    return Record("base", values, segments)


def status_of(record: FurnishingRecord) -> str | None:
    """The account status, or None where an agency has none for it (a current account is its creditor's to report)."""
    return "DA" if record.action is FurnishingAction.DELETE else _STATUS.get(record.status)


def _base(record: FurnishingRecord, batch: FurnishingBatch) -> dict[str, Value]:
    status = status_of(record)
    paid = status == "62"
    ended = record.closed_on or record.last_paid_on or record.as_of
    recent = record.last_paid_on is not None and (record.last_paid_on.year, record.last_paid_on.month) == (
        record.as_of.year,
        record.as_of.month,
    )
    return {
        "processingIndicator": 1,
        "timeStamp": datetime.combine(record.as_of, time(), UTC),
        "correctionIndicator": 1 if record.action is FurnishingAction.CORRECT else 0,
        "identificationNumber": batch.subscriber,
        "consumerAccountNumber": record.reference,
        "portfolioType": "O",
        "accountType": "48",
        "dateOpened": record.opened_on,
        "creditLimit": 0,
        "highestCredit": _units(record.original),
        "termsDuration": "001",
        "scheduledMonthlyPaymentAmount": 0,
        "actualPaymentAmount": _units(record.last_payment) if recent else 0,
        "accountStatus": status,
        "paymentHistoryProfile": _history(record),
        "specialComment": "AU" if record.status is FurnishedStatus.SETTLED else None,
        "complianceConditionCode": _DISPUTE[record.dispute],
        "currentBalance": 0 if paid else _units(record.balance),
        "amountPastDue": 0 if paid else _units(record.past_due),
        "originalChargeOffAmount": 0,
        "dateAccountInformation": ended if paid else record.as_of,
        "dateFirstDelinquency": record.defaulted_on,
        "dateClosed": ended if paid else record.closed_on,
        "dateLastPayment": record.last_paid_on,
    }


def _units(money: Money | None) -> int:
    return 0 if money is None else money.minor_units


def _history(record: FurnishingRecord) -> str:
    """24 months before this one: G where it was with the agency, D for a gap, B where nothing is known any more."""
    known = {month.month: month.days_past_due for month in record.history}
    codes = ""
    month = record.as_of.replace(day=1)
    for _ in range(_MONTHS):
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
        codes += "D" if known.get(month) is None else "G"
    seen = codes.rstrip("D")
    return seen.ljust(_MONTHS, "B")


def _person(party: FurnishedParty, ecoa: str) -> dict[str, Value]:
    natural = party.kind is SubjectKind.NATURAL
    given = party.given_names.split(maxsplit=1)
    number = "".join(letter for letter in party.document_number if letter.isdigit())
    ssn = int(number) if party.document_type == "SSN" and len(number) == _SSN else 0
    digits = "".join(letter for letter in party.phone if letter.isdigit())
    phone = int(digits[-_PHONE:]) if len(digits) >= _PHONE else 0
    return {
        "surname": _text(party.surnames if natural else party.name, 25),
        "firstName": _text(given[0] if given else "", 20),
        "middleName": _text(given[1] if len(given) > 1 else "", 20),
        "generationCode": _GENERATION.get(party.generation.upper().strip(". ")),
        "socialSecurityNumber": ssn,
        "dateBirth": party.born_on,
        "telephoneNumber": phone,
        "ecoaCode": ecoa if natural else "W",
    }


def _address(party: FurnishedParty) -> dict[str, Value]:
    address = party.address
    if address is None:
        return {}
    return {
        "countryCode": address.country,
        "firstLineAddress": _text(address.lines[0], 32),
        "secondLineAddress": _text(" ".join(address.lines[1:]), 32),
        "city": _text(address.city, 20),
        "state": _text(address.region, 2),
        "zipCode": "".join(letter for letter in address.postal_code if letter.isalnum())[:9] or None,
    }


def _associate(party: FurnishedParty, primary: FurnishedParty) -> Record:
    ecoa = "5" if party.link is PartyLink.GUARANTOR else "2"
    if party.address is None or party.address == primary.address:
        return Record("j1", {"segmentIdentifier": "J1", **_person(party, ecoa)})
    return Record("j2", {"segmentIdentifier": "J2", **_person(party, ecoa), **_address(party)})


def _original_creditor(record: FurnishingRecord, settings: Metro2Settings) -> Record:
    code = settings.creditor_classes.get(record.creditor_class, settings.default_class)
    name = _text(record.original_creditor, 30)
    return Record("k1", {"segmentIdentifier": "K1", "originalCreditorName": name, "creditorClassification": code})


def _text(text: str, width: int) -> str | None:
    """As the agencies take it: capitals without accents, cut to the field."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return " ".join(plain.upper().split())[:width].rstrip() or None
