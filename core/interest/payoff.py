"""What a debt costs to pay on a day, interest included to the day: as of a day gone by, today, or ahead."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.debts.kinds import ComponentKind
from core.interest.book import Book, no_cap, read_book
from core.interest.rules import DAY, CapMissing, lines
from core.kit.db import Tx
from core.kit.money import Money
from core.kit.pages import reading
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffPart:
    """`posted` is what the journal says, `unposted` the interest beyond it (negative where too much was posted), `owed`
    both. `component_id` is None for interest of a debt that has no component for it yet."""

    component_id: UUID | None
    kind: ComponentKind
    due_on: date | None
    posted: Money
    unposted: Money
    owed: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoff:
    """The parts and their sum at the end of the day `on`.

    `interest` is the exact interest since the debt bears it, `per_diem` that of the next day, both in minor units with
    12 decimals. `provisional`: the cap of some day to `on` is not certified yet, and the last one stands in.
    """

    debt_id: UUID
    on: date
    parts: tuple[PayoffPart, ...]
    total: Money
    interest: Decimal
    per_diem: Decimal
    provisional: bool


async def payoff(scope: Scope, debt_id: UUID, on: date, *, tx: Tx | None = None) -> Payoff:
    """The payoff figure of a debt for any day. What it says does not depend on what was posted when: interest is
    computed from the journal. Agency and creditor scope.

    Raises: Forbidden; NotFound (debt); Conflict (RATE_CAP_MISSING); LimitExceeded (INTEREST_HISTORY).
    """
    scope.require(Permission.DEBT_READ)
    async with reading(scope, tx) as open_tx:
        return payoff_of(await read_book(open_tx, debt_id), on)


def payoff_of(book: Book, on: date) -> Payoff:
    """The same, of what was read."""
    interest, per_diem, provisional = _interest(book, on)
    unposted = book.minor_of(interest) - book.posted_on(on) if book.receives else 0
    parts: list[PayoffPart] = []
    receiver = receiver_of(book)
    for part in book.parts:
        extra = unposted if part.id == receiver else 0
        parts.append(_part(book, part.id, part.kind, part.due_on, book.balance_on(part.id, on), extra))
    if book.receives and receiver is None and unposted:
        parts.append(_part(book, None, book.receives, None, 0, unposted))
    return Payoff(
        debt_id=book.debt_id,
        on=on,
        parts=tuple(parts),
        total=Money(sum(part.owed.minor_units for part in parts), book.currency),
        interest=interest,
        per_diem=per_diem,
        provisional=provisional,
    )


def receiver_of(book: Book) -> UUID | None:
    """The component that interest is added to: the first without a due date of its kind, else the first of its kind.
    Parts come by position."""
    fitting = [part for part in book.parts if part.kind is book.receives]
    undated = [part.id for part in fitting if part.due_on is None]
    return (undated or [part.id for part in fitting] or [None])[0]


def _interest(book: Book, on: date) -> tuple[Decimal, Decimal, bool]:
    if book.accrues_from is None:
        return Decimal(0), Decimal(0), False
    end = book.until(on)
    try:
        found = lines(book.history, book.accrues_from, end)
        interest = found[-1].total if found else Decimal(0)
        closed = book.closed_on is not None and on >= book.closed_on
        ahead = [] if closed else lines(book.history, on, on + DAY, accrued=interest)
    except CapMissing as missing:
        raise no_cap(missing) from missing
    return interest, ahead[0].interest if ahead else Decimal(0), any(line.provisional for line in found)


def _part(
    book: Book, component_id: UUID | None, kind: ComponentKind, due_on: date | None, posted: int, unposted: int
) -> PayoffPart:
    return PayoffPart(
        component_id=component_id,
        kind=kind,
        due_on=due_on,
        posted=Money(posted, book.currency),
        unposted=Money(unposted, book.currency),
        owed=Money(posted + unposted, book.currency),
    )
