"""The statement of interest (liquidación del crédito): day range by day range, what was owed, at what rate, and why."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from uuid import UUID

from core.debts.kinds import ComponentKind
from core.interest.book import Book, no_cap, read_book
from core.interest.payoff import Payoff, payoff_of
from core.interest.rates import EXACT
from core.interest.rules import CapMissing, Line, lines
from core.kit.db import Tx
from core.kit.errors import InvalidInput, LimitExceeded
from core.kit.money import Money, Rounding, exponent
from core.kit.pages import reading
from core.kit.scope import Scope
from core.permissions import Permission

MAX_LINES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChange:
    """What a payment, an adjustment or a charge changed on one kind of component; not what accrual posted."""

    day: date
    kind: ComponentKind
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOfInterest:
    """The interest of a debt from the day `first` to the day `last`; days are counted as core/interest/rules.py says.

    `opening` is the exact interest before, `closing` with that of the lines, both since the debt bears interest and in
    minor units with 12 decimals. The lines are exact and add up to it; `accrued` is it as the mandate rounds, of which
    `posted` is in the journal by the end of `last`, and `unposted` not (yet): they add up too. `payoff` is what the
    debt comes to on that day, with what was paid; `changes` are the balances' other changes in these days.
    """

    debt_id: UUID
    reference: str
    creditor_name: str
    debtor_name: str
    currency: str
    first: date
    last: date
    opening: Decimal
    lines: tuple[Line, ...]
    closing: Decimal
    accrued: Money
    posted: Money
    unposted: Money
    changes: tuple[BalanceChange, ...]
    payoff: Payoff
    rounding: Rounding
    rounding_unit: Money


async def statement_of_interest(
    scope: Scope, debt_id: UUID, last: date, *, first: date | None = None, tx: Tx | None = None
) -> StatementOfInterest:
    """The statement to a day, from another one or from the beginning on. Agency and creditor scope.

    Raises: Forbidden; NotFound (debt); InvalidInput (STATEMENT_DAYS; NO_INTEREST where the debt bears none); Conflict
    (RATE_CAP_MISSING); LimitExceeded (INTEREST_HISTORY, STATEMENT_TOO_LONG).
    """
    scope.require(Permission.DEBT_READ)
    async with reading(scope, tx) as open_tx:
        return statement_of(await read_book(open_tx, debt_id), first, last)


def statement_of(book: Book, first: date | None, last: date) -> StatementOfInterest:
    """The same, of what was read."""
    if book.accrues_from is None:
        raise InvalidInput(
            "The debt bears no interest.", code="NO_INTEREST", field="debt_id", remedy="Set terms of interest for it."
        )
    begin, end = max(first or book.accrues_from, book.accrues_from), book.until(last)
    if last < begin:
        raise InvalidInput(
            "A statement does not end before it begins.", code="STATEMENT_DAYS", field="last",
            remedy=f"Give a day from {begin} on.",
        )  # fmt: skip
    opening = book.accrued_on(begin)
    found = _lines(book, begin, end, opening)
    closing = found[-1].total if found else opening
    accrued, posted = book.minor_of(closing), book.posted_on(last)
    return StatementOfInterest(
        debt_id=book.debt_id,
        reference=book.reference,
        creditor_name=book.creditor_name,
        debtor_name=book.debtor_name,
        currency=book.currency,
        first=begin,
        last=last,
        opening=opening,
        lines=tuple(found),
        closing=closing,
        accrued=Money(accrued, book.currency),
        posted=Money(posted, book.currency),
        unposted=Money(accrued - posted, book.currency),
        changes=_changes(book, begin, last),
        payoff=payoff_of(book, last),
        rounding=book.rounding,
        rounding_unit=Money(book.rounding_unit_minor, book.currency),
    )


def as_csv(statement: StatementOfInterest) -> str:
    """The lines as CSV (RFC 4180), amounts in the currency's unit with all of their decimals, rates as percentages."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in statement.lines:
        writer.writerow(
            (
                line.first, line.last, line.days, unit(line.base, statement.currency), line.method.value,
                percent(line.contract_rate), percent(line.cap_rate), percent(line.annual_rate), line.daily_rate,
                unit(line.interest, statement.currency), unit(line.total, statement.currency), line.resolution or "",
                line.paused or "", "yes" if line.provisional else "no",
            )
        )  # fmt: skip
    return out.getvalue()


def unit(minor: Decimal, currency: str) -> str:
    """Exact minor units in the currency's unit, without an exponent: 110514591.2013 of COP is "1105145.912013"."""
    return f"{EXACT.scaleb(minor, -exponent(currency)):f}"


def percent(rate: Decimal | None) -> str:
    """A fraction as a percentage: 0.28170000 is "28.17"; nothing for none."""
    if rate is None:
        return ""
    text = f"{rate * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_COLUMNS = (
    "from", "to", "days", "base", "method", "agreed_rate", "cap_rate", "applied_rate", "daily_rate", "interest",
    "total", "resolution", "paused", "provisional",
)  # fmt: skip


def _lines(book: Book, first: date, last: date, accrued: Decimal) -> list[Line]:
    try:
        found = lines(book.history, first, last, accrued=accrued)
    except CapMissing as missing:
        raise no_cap(missing) from missing
    if len(found) > MAX_LINES:
        raise LimitExceeded(
            f"The statement has more than {MAX_LINES} lines.", code="STATEMENT_TOO_LONG", field="first",
            remedy="Ask for fewer days at a time.",
        )  # fmt: skip
    return found


def _changes(book: Book, first: date, last: date) -> tuple[BalanceChange, ...]:
    sums: dict[tuple[date, ComponentKind], int] = {}
    for change in book.changes:
        if not change.interest and first < change.day <= last:
            key = (change.day, change.kind)
            sums[key] = sums.get(key, 0) + change.minor
    return tuple(BalanceChange(day=day, kind=kind, minor=minor) for (day, kind), minor in sorted(sums.items()) if minor)
