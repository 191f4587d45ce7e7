"""CSV of a bank, by the layout of its account."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain

from core.banking.csv_layout import CsvLayout
from core.banking.faults import StatementFault, fault, incomplete, read_amount
from core.banking.statement import BankEntry, BankStatement, Direction, EntryPart, Format, given
from core.kit.money import Money

_FORMATS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_SYMBOL = re.compile(r"[\s$€£]|(?<=\d)['\u2019](?=\d{3}(?!\d))")
_BEHIND = re.compile(r"([ T]\d{1,2}:\d\d.*|\.)$")
"""What banks write behind a day: its time, or a point."""
_AGAIN = "Correct the layout of the account, or ask the bank for the file again."


def read_csv(data: bytes, layout: CsvLayout, account: str, currency: str) -> tuple[BankStatement, ...]:
    """One statement of the account, in the order of the file. With a column of balances it has both balances.

    Raises: StatementFault (WRONG_ENCODING, COLUMN_MISSING, INVALID_CSV, INVALID_DATE, INVALID_DIRECTION,
    CURRENCY_MISMATCH, ENTRY_INCOMPLETE, those of amounts).
    """
    entries, balances = list[BankEntry](), list[Money | None]()
    for line, row in _rows(data, layout):
        entries.append(_entry(row, layout, currency, line))
        balances.append(_amount(row, layout.columns.balance, layout, currency, line))
    opening, closing = _balances(entries, balances, currency)
    days = [entry.booked_on for entry in entries if entry.booked_on]
    statement = BankStatement(
        format=Format.CSV,
        account=account,
        currency=currency,
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        opening=opening,
        closing=closing,
        entries=tuple(entries),
    )
    return (statement,)


def _rows(data: bytes, layout: CsvLayout) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig" if layout.encoding == "utf-8" else layout.encoding)
    except UnicodeDecodeError as problem:
        raise fault(
            "WRONG_ENCODING", f"The file is not {layout.encoding}: byte {problem.start} can not be read.", _AGAIN
        ) from problem
    lines = text.splitlines(keepends=True)[layout.skip_lines :]
    reader = csv.reader(lines, delimiter=layout.delimiter, skipinitialspace=True, strict=True)
    try:
        first = next(reader, [])
        header = [name.strip() for name in first] if layout.header else [str(at + 1) for at in range(len(first))]
        _check_header(header, layout)
        for values in reader if layout.header else chain([first], reader):
            if any(value.strip() for value in values):
                if len(values) != len(header):
                    raise _misshapen(layout.skip_lines + reader.line_num, len(values), len(header))
                yield layout.skip_lines + reader.line_num, dict(zip(header, values, strict=True))
    except csv.Error as problem:
        raise fault(
            "INVALID_CSV", f"Line {layout.skip_lines + reader.line_num} can not be read: {problem}.", _AGAIN
        ) from problem


def _check_header(header: list[str], layout: CsvLayout) -> None:
    named = layout.columns.model_dump(exclude_none=True)
    wanted = [name for column in named.values() for name in ([column] if isinstance(column, str) else column)]
    for name in wanted:
        if header.count(name) != 1:
            raise fault("COLUMN_MISSING", f"The header has the column '{name}' {header.count(name)} times.", _AGAIN)


def _misshapen(line: int, found: int, wanted: int) -> StatementFault:
    return fault("INVALID_CSV", f"Line {line} has {found} values, and the header {wanted}.", _AGAIN)


def _entry(row: dict[str, str], layout: CsvLayout, currency: str, line: int) -> BankEntry:
    _check_currency(row, layout, currency, line)
    signed = _signed(row, layout, currency, line)
    amount = Money(abs(signed.minor_units), currency)
    direction = Direction.DEBIT if signed.minor_units < 0 else Direction.CREDIT
    columns = layout.columns

    def cell(column: str | None) -> str:
        return given(row[column]) if column else ""

    part = EntryPart(
        amount=amount,
        direction=direction,
        end_to_end_id=cell(columns.end_to_end_id),
        mandate_reference=cell(columns.mandate_reference),
        creditor_reference=cell(columns.creditor_reference),
        text=given(" ".join(row[column] for column in columns.text), 1000),
        counterparty_name=cell(columns.counterparty_name),
        counterparty_account=cell(columns.counterparty_account),
        return_reason=cell(columns.return_reason),
    )
    return BankEntry(
        amount=amount,
        direction=direction,
        booked_on=_day(row[columns.booked_on], layout, line),
        value_on=_day(row[columns.value_on], layout, line) if columns.value_on else None,
        bank_reference=cell(columns.bank_reference),
        parts=(part,),
        line=line,
    )


def _check_currency(row: dict[str, str], layout: CsvLayout, currency: str, line: int) -> None:
    written = row[layout.columns.currency].strip().upper() if layout.columns.currency else currency
    if written != currency:
        raise fault(
            "CURRENCY_MISMATCH",
            f"The account is in {currency}, and '{written[:10]}' stands in line {line}.",
            "Give each account the file in its own currency.",
        )


def _signed(row: dict[str, str], layout: CsvLayout, currency: str, line: int) -> Money:
    if layout.columns.amount:
        amount = _amount(row, layout.columns.amount, layout, currency, line)
    else:
        credit = _amount(row, layout.columns.credit, layout, currency, line)
        debit = _amount(row, layout.columns.debit, layout, currency, line)
        amount = None if credit is None and debit is None else Money(_minor(credit) - abs(_minor(debit)), currency)
    if amount is None:
        raise incomplete("amount", line)
    if layout.columns.direction is None:
        return amount
    return Money(_way(row[layout.columns.direction], amount, layout, line) * amount.minor_units, currency)


def _way(text: str, amount: Money, layout: CsvLayout, line: int) -> int:
    """1 for a credit, -1 for a debit. With a sign of its own an amount would say it twice."""
    word = text.strip().casefold()
    if amount.minor_units < 0:
        raise fault("INVALID_DIRECTION", f"The amount has a sign beside its direction (line {line}).", _AGAIN)
    if word in {one.casefold() for one in layout.debit_words}:
        return -1
    if word in {one.casefold() for one in layout.credit_words}:
        return 1
    raise fault("INVALID_DIRECTION", f"'{text.strip()[:40]}' is no direction of the layout (line {line}).", _AGAIN)


def _minor(money: Money | None) -> int:
    return money.minor_units if money else 0


def _amount(row: dict[str, str], column: str | None, layout: CsvLayout, currency: str, line: int) -> Money | None:
    """The thousands have to stand where thousands stand: '1,5' with a decimal point is a wrong layout, and not 15.

    Money that went out has a minus in front or behind, or stands in brackets, as in books.
    """
    written = _SYMBOL.sub("", row[column]).replace("\u2212", "-") if column else ""
    plain = written.upper().removeprefix(currency).removesuffix(currency)
    if not plain:
        return None
    mark, group = (r"\.", ",") if layout.decimal == "." else (",", r"\.")
    number = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)?(?:{mark}\d*)?"
    found = re.fullmatch(rf"\(({number})\)|([+-]?)({number})|({number})-", plain)
    if found is None or not any(letter.isdigit() for letter in plain):
        raise fault("INVALID_AMOUNT", f"'{written[:40]}' is not an amount (line {line}).", _AGAIN)
    amount = found[1] or found[3] or found[4] or ""
    minus = "" if found[3] is not None and found[2] != "-" else "-"
    plain = re.sub(group, "", amount).replace(layout.decimal, ".")
    return read_amount(f"{minus}0{plain}" if plain.startswith(".") else minus + plain, currency, line)


def _day(text: str, layout: CsvLayout, line: int) -> date | None:
    written, pattern = _BEHIND.sub("", text.strip()), layout.date_format
    for letters, code in _FORMATS.items():
        pattern = pattern.replace(letters, code)
    try:
        return datetime.strptime(written, pattern).date() if written else None  # noqa: DTZ007 - a day
    except ValueError as problem:
        raise fault("INVALID_DATE", f"'{written[:30]}' is no {layout.date_format} (line {line}).", _AGAIN) from problem


def _balances(
    entries: list[BankEntry], balances: list[Money | None], currency: str
) -> tuple[Money | None, Money | None]:
    """Opening and closing balance of a file with the oldest, or the newest entry first: as which it adds up."""
    if not entries or balances[0] is None or balances[-1] is None:
        return None, None
    first, last = balances[0].minor_units, balances[-1].minor_units
    total = sum(entry.signed_minor for entry in entries)
    oldest_first = first - entries[0].signed_minor, last
    newest_first = last - entries[-1].signed_minor, first
    fits = newest_first[0] + total == newest_first[1] and oldest_first[0] + total != oldest_first[1]
    opening, closing = newest_first if fits else oldest_first
    return Money(opening, currency), Money(closing, currency)
