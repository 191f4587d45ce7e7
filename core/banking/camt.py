"""ISO 20022 camt.053 statements, camt.052 reports and camt.054 notifications, versions 1 to 14, in an envelope or not.

Read in one pass, entry by entry. Versions differ in where a thing stands, not in what it is called, so a look-up names
the places of all of them. There is no DTD in ISO 20022: a file with one is refused before anything of it is expanded.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] no types in it

from core.banking.camt_entry import find, read_entry, text
from core.banking.faults import fault, no_statement, read_amount
from core.banking.statement import BankEntry, BankStatement, Format, given
from core.kit.money import Money

Element: TypeAlias = Any
MAX_ENTRIES = 200_000
# Some banks send the message without a namespace. Its name says then what it is.
_NAMESPACE = re.compile(r"camt\.05[234]\.")
_MESSAGE = re.compile(r"BkToCstmr(Stmt|AcctRpt|DbtCdtNtfctn)(V01)?")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_ACCOUNT = ("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN", "Acct/Id/UPIC")
_BALANCE_TYPE = ("Tp/CdOrPrtry/Cd", "Tp/Cd")


def read_camt(data: bytes) -> tuple[BankStatement, ...]:
    """Raises: StatementFault (INVALID_XML with the line, XML_WITH_DTD, NOT_CAMT, NO_STATEMENT, those of entries)."""
    statements, entries = list[BankStatement](), list[BankEntry]()
    warnings: list[str] = []
    for element in _elements(data):
        if etree.QName(element).localname == "Ntry":
            entry, warning = read_entry(element)
            entries.append(entry)
            warnings += [warning] if warning else []
            _free(element)
        else:
            statements.append(_statement(element, tuple(entries), tuple(warnings)))
            entries, warnings = [], []
            _free(element)
        if len(entries) > MAX_ENTRIES:
            raise fault("TOO_MANY_ENTRIES", f"A statement has more than {MAX_ENTRIES} entries.", "Ask for daily files.")
    if not statements:
        raise no_statement()
    return tuple(statements)


def _elements(data: bytes) -> Iterator[Element]:
    """Each entry as it ends, and each statement after its entries."""
    wanted = [f"{{*}}{name}" for name in ("Ntry", *_STATEMENTS)]
    try:
        context = etree.iterparse(
            io.BytesIO(data), events=("end",), tag=wanted,
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        )  # fmt: skip
        known = False
        for _, element in context:
            if not known:
                _check_kind(element)
                known = True
            yield element
        if not known and context.root is not None:
            _check_kind(context.root)
    except etree.XMLSyntaxError as problem:
        raise fault(
            "INVALID_XML",
            f"The file is no well-formed XML (line {problem.lineno}): {str(problem.msg)[:200]}",
            "It may have been cut on the way; ask the bank for it again.",
        ) from problem


def _check_kind(element: Element) -> None:
    """`element`: of a message, which may stand in an envelope; the root where none was found."""
    tree = element.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise fault("XML_WITH_DTD", "The file declares a DTD, which ISO 20022 has none of.", "Do not trust its sender.")
    for name in map(etree.QName, [element, *element.iterancestors()]):
        known = _NAMESPACE.search(name.namespace) if name.namespace else _MESSAGE.fullmatch(name.localname)
        if known:
            return
    root = etree.QName(tree.getroot())
    raise fault(
        "NOT_CAMT",
        f"This is XML of another kind: '{root.namespace[:80] if root.namespace else root.localname[:80]}'.",
        "Give a camt.052, camt.053 or camt.054 of ISO 20022.",
    )


def _free(element: Element) -> None:
    """Give back the memory of what has been read: an entry's parent keeps it otherwise until the statement ends."""
    element.clear(keep_tail=False)
    if etree.QName(element).localname == "Ntry":
        element.getparent().remove(element)


def _statement(element: Element, entries: tuple[BankEntry, ...], warnings: tuple[str, ...]) -> BankStatement:
    whole = etree.QName(element).localname == "Stmt"
    opening = _balance(element, "OPBD") or _balance(element, "PRCD")
    closing = _balance(element, "CLBD")
    currency = text(element, "Acct/Ccy")
    if not currency:
        known = opening or closing or (entries[0].amount if entries else None)
        currency = known.currency if known else ""
    first, last = _day(element, "FrToDt/FrDtTm", "FrToDt/FrDt"), _day(element, "FrToDt/ToDtTm", "FrToDt/ToDt")
    opened, closed = _balance_day(element, "OPBD"), _balance_day(element, "CLBD")
    if whole and (first or opened) and (first or opened) == (last or closed):
        # What a statement of one day tells without a day was booked on that day.
        entries = tuple(entry if entry.booked_on else replace(entry, booked_on=last or closed) for entry in entries)
    days = [entry.booked_on for entry in entries if entry.booked_on]
    return BankStatement(
        format=Format.CAMT,
        balances_due=whole,
        account=given(text(element, *_ACCOUNT)),
        currency=currency,
        reference=given(text(element, "Id")),
        from_on=first or min(days, default=closed),
        to_on=last or max(days, default=closed),
        opening=opening,
        closing=closing,
        entries=entries,
        warnings=warnings,
    )


def _balance(element: Element, wanted: str) -> Money | None:
    for balance in element.iterfind("{*}Bal"):
        if text(balance, *_BALANCE_TYPE) == wanted:
            amount = find(balance, "Amt")
            if amount is None:
                return None
            money = read_amount(amount.text or "", amount.get("Ccy") or "", amount.sourceline)
            return Money(-money.minor_units, money.currency) if text(balance, "CdtDbtInd") == "DBIT" else money
    return None


def _balance_day(element: Element, wanted: str) -> date | None:
    """The day of a balance: of a statement without entries and period the only one that it names."""
    for balance in element.iterfind("{*}Bal"):
        if text(balance, *_BALANCE_TYPE) == wanted:
            return _day(balance, "Dt/Dt", "Dt/DtTm")
    return None


def _day(element: Element, *paths: str) -> date | None:
    written = text(element, *paths)
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        return None
