"""Writes the files that the creditors of the demo send, each in its own way (recobro/demo/layouts.py)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.mandates.kinds import FileKind
from recobro.demo.debts import DemoDebt, DemoPayment
from recobro.demo.generator import NewPhone, Recall
from recobro.demo.layouts import DOCUMENT_WORDS, Style, columns


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditorFile:
    """A file as it is uploaded. `bad_rows` are those that the creditor got wrong."""

    name: str
    kind: FileKind
    content: bytes
    rows: int
    bad_rows: int = 0


def new_file(style: Style, name: str, debts: Sequence[DemoDebt], *, with_faults: bool = False) -> CreditorFile:
    """A placement. `with_faults` adds three rows as creditors get them wrong: one twice, a bad day, no amount."""
    rows = [_new_row(style, debt) for debt in debts]
    sums = [debt.placed_minor for debt in debts]
    bad: list[list[str]] = []
    if with_faults and debts:
        place = columns(style, FileKind.NEW).index(style.names["due_on"])
        bad = [list(rows[0]), _renamed(rows[0], "91", {place: "31/02/2026"}), _renamed(rows[0], "92", {})]
        first_amount = len(rows[0]) - len(style.attributes) - len(style.components)
        bad[2][first_amount : first_amount + len(style.components)] = [""] * len(style.components)
    content = _written(style, FileKind.NEW, [*rows, *bad], sum(sums))
    return CreditorFile(name=name, kind=FileKind.NEW, content=content, rows=len(rows) + len(bad), bad_rows=len(bad))


def _renamed(row: Sequence[str], ending: str, changes: dict[int, str]) -> list[str]:
    """A copy of a row as another obligation, with other values in some places."""
    changed = [row[0] + ending, *row[1:]]
    for place, value in changes.items():
        changed[place] = value
    return changed


def _new_row(style: Style, debt: DemoDebt) -> list[str]:
    debtor, owed = debt.debtor, dict(debt.components)
    return [
        debt.reference, DOCUMENT_WORDS[debtor.document_type], _document(debtor.document_type, debtor.document),
        debtor.name, debt.product, debt.portfolio, _day(debt.opened_on), _day(debt.due_on), _mobile(debtor.mobile),
        debtor.landline, debtor.email, debtor.address, debtor.city, debtor.department,
        *(_amount(style, owed[kind]) if kind in owed else "" for kind in style.components),
        *(debt.attributes.get(name, "") for name in style.attributes),
    ]  # fmt: skip


def financial_file(style: Style, name: str, payments: Sequence[tuple[DemoDebt, DemoPayment]]) -> CreditorFile:
    """Payments that the creditor received itself."""
    rows = [
        [debt.reference, _day(payment.paid_on), _amount(style, payment.minor), payment.channel, payment.voucher]
        for debt, payment in payments
    ]
    content = _written(style, FileKind.FINANCIAL, rows, sum(payment.minor for _, payment in payments))
    return CreditorFile(name=name, kind=FileKind.FINANCIAL, content=content, rows=len(rows))


def maintenance_file(style: Style, name: str, phones: Sequence[NewPhone]) -> CreditorFile:
    rows = [[phone.reference, _mobile(phone.mobile), _day(phone.on)] for phone in phones]
    content = _written(style, FileKind.MAINTENANCE, rows, None)
    return CreditorFile(name=name, kind=FileKind.MAINTENANCE, content=content, rows=len(rows))


def recall_file(style: Style, name: str, recalls: Sequence[Recall]) -> CreditorFile:
    rows = [[recall.reference, _day(recall.on), recall.reason] for recall in recalls]
    content = _written(style, FileKind.RECALL, rows, None)
    return CreditorFile(name=name, kind=FileKind.RECALL, content=content, rows=len(rows))


def _written(style: Style, kind: FileKind, rows: Iterable[Sequence[str]], total: int | None) -> bytes:
    """The file as bytes; the last line has its number of rows and their sum, where the creditor writes one."""
    text, count = io.StringIO(newline=""), 0
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns(style, kind))
    for row in rows:
        writer.writerow(row)
        count += 1
    if style.trailer and total is not None:
        writer.writerow([style.trailer, count, _amount(style, total)])
    return text.getvalue().encode(style.encoding)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _amount(style: Style, minor: int) -> str:
    """Whole pesos without decimals; with the creditor's separators."""
    whole, cents = divmod(minor, 100)
    grouped = f"{whole:,}".replace(",", style.thousands)
    return f"{grouped}{style.decimal}{cents:02d}" if cents or style.decimal == "," else grouped


def _document(kind: str, number: str) -> str:
    """A cédula with dots, a NIT with a dash before its check digit, as people write them."""
    if kind == "NIT":
        return f"{int(number[:-1]):,}".replace(",", ".") + f"-{number[-1]}"
    return f"{int(number):,}".replace(",", ".")


def _mobile(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}" if number else ""
