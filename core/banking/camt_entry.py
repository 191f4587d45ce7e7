"""One entry (`Ntry`) of a camt message, and the payments (`TxDtls`) inside it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

from core.banking.faults import fault, incomplete, read_amount
from core.banking.statement import BankEntry, Direction, EntryPart, EntryStatus, given, signed
from core.kit.money import Money

Element: TypeAlias = Any
_STATUS = {
    "BOOK": EntryStatus.BOOKED,
    "PDNG": EntryStatus.PENDING,
    "FUTR": EntryStatus.PENDING,
    "INFO": EntryStatus.INFORMATION,
}
_DIRECTIONS = {"CRDT": Direction.CREDIT, "DBIT": Direction.DEBIT}
# Where the versions keep the amount of a payment in the currency of its entry.
_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
_RETURN = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd", "RtrInf/RtrRsn/Prtry")
_REFERENCE = ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")

_SUBFAMILY = ("BkTxCd/Domn/Fmly/SubFmlyCd",)
_CHARGES = frozenset({"CHRG", "COMM", "COMT", "FEES", "TAXE"})
"""Of the bank transaction codes of ISO 20022 those for charges, commissions, fees and taxes."""
_SWIFT_CHARGES = frozenset({"NCHG", "NCOM"})
"""The same as SWIFT has them, which banks write in front of a code of their own."""


def find(element: Element, path: str) -> Element | None:
    """The first element at a path, in whatever namespace."""
    return element.find("/".join(f"{{*}}{name}" for name in path.split("/")))


def text(element: Element, *paths: str) -> str:
    """What stands at the first of the paths that has something; "" where none has."""
    for path in paths:
        found = find(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def read_entry(element: Element) -> tuple[BankEntry, str | None]:
    """The entry, and a warning where its payments do not add up to it and were left together.

    Raises: StatementFault (ENTRY_INCOMPLETE, UNKNOWN_CURRENCY, AMOUNT_TOO_PRECISE, INVALID_AMOUNT, INVALID_DATE).
    """
    line: int = element.sourceline
    amount = _amount(find(element, "Amt"))
    direction = _DIRECTIONS.get(text(element, "CdtDbtInd"))
    status = _status(element)
    if amount is None or direction is None or status is None:
        raise incomplete("amount, direction or status", line)
    value_on = _day(element, "ValDt", line)
    parts, warning = _parts(element, amount, direction)
    entry = BankEntry(
        amount=amount,
        direction=direction,
        booked_on=_day(element, "BookgDt", line) or value_on,
        value_on=value_on,
        status=status,
        reversal=text(element, "RvslInd") in ("true", "1"),
        bank_reference=given(text(element, "AcctSvcrRef")),
        parts=parts,
        line=line,
        charge=direction is Direction.DEBIT and _is_charge(element),
    )
    return entry, warning


def _status(element: Element) -> EntryStatus | None:
    """Without one, an entry of a statement is booked: it has no other (camt.053). Reports have."""
    if find(element, "Sts") is None and element.getparent().tag.rpartition("}")[2] == "Stmt":
        return EntryStatus.BOOKED
    return _STATUS.get(text(element, "Sts/Cd", "Sts"))


def _is_charge(element: Element) -> bool:
    said = text(element, *_SUBFAMILY) or text(element, *(f"NtryDtls/TxDtls/{path}" for path in _SUBFAMILY))
    proprietary = text(element, "BkTxCd/Prtry/Cd", "NtryDtls/TxDtls/BkTxCd/Prtry/Cd")
    return said in _CHARGES if said else proprietary.partition("+")[0] in _SWIFT_CHARGES


def _amount(element: Element | None) -> Money | None:
    if element is None or not (element.text or "").strip():
        return None
    return read_amount(element.text, element.get("Ccy") or "", element.sourceline)


def _day(element: Element, name: str, line: int) -> date | None:
    written = text(element, f"{name}/Dt", f"{name}/DtTm")
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError as problem:
        raise fault(
            "INVALID_DATE", f"'{written[:30]}' is no date (line {line}).", "Ask the bank for the statement again."
        ) from problem


def _parts(entry: Element, amount: Money, direction: Direction) -> tuple[tuple[EntryPart, ...], str | None]:
    """The payments of an entry where they add up to it; else the entry as one, and why."""
    details = entry.findall("{*}NtryDtls/{*}TxDtls") or entry.findall("{*}TxDtls")
    beside = given(text(entry, "AddtlNtryInf"), 1000)
    if not details:
        return (EntryPart(amount=amount, direction=direction, text=beside),), None
    if len(details) == 1:
        part = _part(details[0], amount, direction)
        return (part if part.text else replace(part, text=beside),), None
    parts = list(_split(details, amount.currency, direction))
    total = sum(signed(part.amount.minor_units, part.direction) for part in parts)
    if len(parts) == len(details) and total == signed(amount.minor_units, direction):
        return tuple(parts), None
    together = given(" ".join(words for detail in details if (words := _words(detail))), 1000)
    warning = (
        f"BATCH_NOT_SPLIT: the {len(details)} payments of the entry in line {entry.sourceline} do not add up to it"
    )
    return (EntryPart(amount=amount, direction=direction, text=together),), warning


def _split(details: list[Element], currency: str, direction: Direction) -> Iterator[EntryPart]:
    for detail in details:
        for path in _AMOUNTS:
            amount = find(detail, path)
            if amount is not None and amount.get("Ccy") == currency:
                money = read_amount(amount.text or "", currency, amount.sourceline)
                yield _part(detail, money, _DIRECTIONS.get(text(detail, "CdtDbtInd"), direction))
                break


def _part(detail: Element, amount: Money, direction: Direction) -> EntryPart:
    # A returned debit keeps its parties, so the debtor is who had paid; of a plain debit we paid the creditor.
    returned = text(detail, *_RETURN) or ("RETURNED" if find(detail, "RtrInf") is not None else "")
    who = "Cdtr" if direction is Direction.DEBIT and not returned else "Dbtr"
    return EntryPart(
        amount=amount,
        direction=direction,
        end_to_end_id=given(text(detail, "Refs/EndToEndId")),
        mandate_reference=given(text(detail, "Refs/MndtId")),
        creditor_reference=given(text(detail, *_REFERENCE)),
        text=given(_words(detail), 1000),
        counterparty_name=given(
            text(detail, *(f"RltdPties/{path}" for path in (f"{who}/Nm", f"{who}/Pty/Nm", f"Ultmt{who}/Nm")))
        ),
        counterparty_account=given(
            text(detail, *(f"RltdPties/{who}Acct/Id/{kind}" for kind in ("IBAN", "Othr/Id", "PrtryAcct/Id", "BBAN")))
        ),
        return_reason=given(returned),
    )


def _words(detail: Element) -> str:
    """The unstructured remittance, all of its lines; else what the bank wrote beside it."""
    lines = [line.text.strip() for line in detail.iterfind("{*}RmtInf/{*}Ustrd") if line.text and line.text.strip()]
    lines += [
        line.text.strip()
        for line in detail.iterfind("{*}RmtInf/{*}Strd/{*}AddtlRmtInf")
        if line.text and line.text.strip()
    ]
    return " ".join(lines) or text(detail, "AddtlTxInf")
