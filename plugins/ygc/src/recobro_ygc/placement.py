"""An account as the firm gets it: records 01, 02 and 03, and in notes (09) what has no column or does not fit one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import Final

from recobro_sdk import DebtConcept, Dossier, Party, PartyRole, RejectedByProvider, SubjectKind
from recobro_sdk.layouts import LayoutError, Record, Value
from recobro_ygc.records import Account, layout, record
from recobro_ygc.settings import YgcSettings

MOST_DEBTORS: Final = 3
_LONGEST_NOTE: Final = 1024
_TAX_IDS: Final = frozenset({"SSN", "EIN", "ITIN", "TIN"})
_INTEREST: Final = frozenset({DebtConcept.INTEREST, DebtConcept.DEFAULT_INTEREST})
_LIABLE: Final = (PartyRole.DEBTOR, PartyRole.CODEBTOR, PartyRole.GUARANTOR)


@dataclass(slots=True)
class _Notes:
    """What is told in words, because columns have no room for it."""

    lines: list[str]

    def cut(self, what: str, text: str, *widths: int) -> list[str]:
        """The text cut into columns; told whole where it does not fit."""
        parts, rest = list[str](), text.strip()
        for width in widths:
            parts.append(rest[:width].rstrip())
            rest = rest[width:].lstrip()
        if rest:
            self.lines.append(f"{what}: {text.strip()}")
        return parts


def placement(dossier: Dossier, account: Account, settings: YgcSettings, today: date) -> bytes:
    """The file that places one account.

    Raises `RejectedByProvider` (codes `too_many_debtors`, `unwritable_text` naming the field).
    """
    debtors = [party for role in _LIABLE for party in dossier.parties if party.role is role]
    if len(debtors) > MOST_DEBTORS:
        raise RejectedByProvider(f"a record has room for {MOST_DEBTORS} debtors", code="too_many_debtors")
    notes = _Notes([])
    records = [_account(dossier, account, settings, today, notes), _debtor(debtors[0], account, notes)]
    if len(debtors) > 1:
        records.append(_codebtors(debtors[1:], account, notes))
    _tell(dossier, notes)
    notes_out = (_note(account, settings, today, part) for part in _split(notes.lines))
    return written([*records, *notes_out])


def _note(account: Account, settings: YgcSettings, today: date, text: str) -> Record:
    return record("message_out", account, PDATE=today, PCODE=settings.note_code, PCMT=text)


def written(records: list[Record]) -> bytes:
    """The file of some records. Raises `RejectedByProvider` (code `unwritable_text`), naming fields and no values."""
    try:
        return layout().dump(records)
    except LayoutError as error:
        fields = sorted({problem.field for problem in error.problems if problem.field})
        words = f"this cannot be written in a YGC file: {', '.join(fields) or 'a record'}"
        raise RejectedByProvider(words, code="unwritable_text") from None


def _account(dossier: Dossier, account: Account, settings: YgcSettings, today: date, notes: _Notes) -> Record:
    case = dossier.case
    amounts = dict.fromkeys(DebtConcept, 0)
    for part in dossier.components:
        amounts[part.concept] += part.amount.minor_units
    interest = sum(amounts[concept] for concept in _INTEREST)
    creditor = next(party for party in dossier.parties if party.role is PartyRole.CREDITOR)
    name, rest = notes.cut("Creditor", creditor.name, 25, 25)
    (street,) = notes.cut("Creditor's street", creditor.address, 25)
    (city,) = notes.cut("Creditor's city", creditor.city, 15)
    fields: dict[str, Value] = {
        "DATE_FORW": today, "COMM": settings.commission, "SFEE": settings.suit_fee,
        "ORIG_CLAIM": amounts[DebtConcept.PRINCIPAL], "ORIG_INT": interest,
        "ORIG_INT_D": dossier.balance_on if interest else None, "RATES_PRE": _rate(case.agreed_rate),
        "CRED_NAME": name, "CRED_NAME2": rest, "CRED_STREET": street, "CRED_CS": city,
        "DEBT_BAL": case.claim.minor_units - interest, "MEDIA": "Y" if case.documents else "N",
        "DELINQ_D": case.due_on, "SOL_END_D": case.time_bar_on,
        # Whatever is neither principal nor interest: DEBT_BAL is the principal and this.
        "LATE_FEE": case.claim.minor_units - interest - amounts[DebtConcept.PRINCIPAL],
    }  # fmt: skip
    return record("account", account, **_present(fields))


def _debtor(party: Party, account: Account, notes: _Notes) -> Record:
    (name,) = notes.cut("Debtor", _name(party), 30)
    (short,) = notes.cut("Debtor's street", party.address[:25], 25)
    street, street2 = notes.cut("Debtor's street", party.address, 50, 50)
    (city,) = notes.cut("Debtor's city", party.city, 30)
    fields: dict[str, Value] = {
        "D1_NAME": name, "D1_STREET": short, "D1_STRT2": party.address[25:50].strip(), "D1_CS": city[:23],
        "D1_CITY": city, "D1_PHONE": _phone(party, 12, notes), "D1_SSN": _document(party, notes),
        "D1_STREET_LONG": street, "D1_STREET2_LONG": street2,
    }  # fmt: skip
    return record("debtor", account, **_present(fields))


def _codebtors(parties: list[Party], account: Account, notes: _Notes) -> Record:
    fields: dict[str, Value] = {}
    for number, party in enumerate(parties, 2):
        (name,) = notes.cut(f"Debtor {number}", _name(party), 25)
        street, street2 = notes.cut(f"Debtor {number}, street", party.address, 50, 50)
        (city,) = notes.cut(f"Debtor {number}, city", party.city, 25)
        own: dict[str, Value] = {
            "NAME": name, "STREET": street[:25].rstrip(), "CSZ": city, "PHONE": _phone(party, 15, notes),
            "SSN": _document(party, notes), "STREET_LONG": street, "STREET2_LONG": street2,
        }  # fmt: skip
        fields |= {f"D{number}_{field}": value for field, value in own.items()}
    return record("codebtors", account, **_present(fields))


def _tell(dossier: Dossier, notes: _Notes) -> None:
    for part in dossier.components:
        if part.concept is not DebtConcept.PRINCIPAL:
            detail = f" ({part.detail})" if part.detail else ""
            notes.lines.append(f"Of the claim, {part.concept.value}{detail}: {part.amount.to_text()}")
    for document in dossier.case.documents:
        expires = f", good until {document.expires_on.isoformat()}" if document.expires_on else ""
        notes.lines.append(
            f"Document: {document.kind.value} {document.reference}, {document.dated.isoformat()}{expires}"
        )
    for party in dossier.parties:
        if party.role is PartyRole.ATTORNEY:
            notes.lines.append(f"Attorney: {party.name}, {party.phone} {party.email}".rstrip(", "))
    notes.lines += dossier.facts


def _split(lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield from wrap(" ".join(line.split()), _LONGEST_NOTE)


def _name(party: Party) -> str:
    """As records have it: Lastname/Firstname of a person, the whole name of a company."""
    name = " ".join(party.name.split())
    if party.kind is not SubjectKind.NATURAL:
        return name
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return f"{last.strip()}/{first.strip()}" if first.strip() else last.strip()


def _phone(party: Party, width: int, notes: _Notes) -> str:
    """The digits, without the country's 1."""
    digits = "".join(letter for letter in party.phone if letter.isdecimal())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) <= width:
        return digits
    notes.lines.append(f"Phone of {_name(party)}: {party.phone}")
    return ""


def _document(party: Party, notes: _Notes) -> str:
    """The number, where it is the tax number for which there is a column."""
    if party.document_type in _TAX_IDS and len(party.document_number) <= 15:
        return party.document_number
    notes.lines.append(f"Document of {_name(party)}: {party.document_type} {party.document_number}")
    return ""


def _rate(percent: Decimal | None) -> Decimal | None:
    """19.5 as .1950; a rate of 100 % and more has no room in the column."""
    if percent is None:
        return None
    rate = (percent / 100).quantize(Decimal("0.0001"))
    return rate if rate < 1 else None


def _present(fields: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value not in (None, "")}
