"""Bank accounts, files and entries as they are stored, and how long money has been waiting for somebody to know what it
is for. The agency's own: a creditor sees none of it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.banking.kinds import EntryState
from core.kit import clock
from core.kit.db import Tx
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Listing, Order, reading
from core.kit.scope import Scope
from core.permissions import Permission

_BY_NAME = Order("name", (Key("t.name", KeyType.TEXT), Key("t.id", KeyType.UUID)))
_NEWEST_FILE = Order(
    "newest", (Key("t.created_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
_NEWEST = Order(
    "newest", (Key("t.booked_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
AGES = (7, 30, 90)
"""The upper days of all ages but the last."""

_WAITING = """
SELECT e.currency, width_bucket(day.today - e.booked_on, $3::integer[]) AS age, count(*) AS entries,
  sum(e.amount_minor)::bigint AS minor, min(e.booked_on) AS oldest_on
FROM bank_entry e
JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
CROSS JOIN (SELECT ($2::timestamptz AT TIME ZONE g.timezone)::date AS today FROM agency g WHERE g.id = $1) day
WHERE e.agency_id = $1 AND e.state = 'UNMATCHED' AND e.direction = 'CREDIT'
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Unidentified receipts of one currency and age. `label` counts days since they were booked: "0-7", …, "91+"."""

    label: str
    entries: int
    amount: Money
    oldest_on: date


def accounts_listing(scope: Scope) -> Listing:
    """The agency's bank accounts by name."""
    scope.require(Permission.BANKING_READ)
    args = Args(scope.agency)
    return Listing(source="bank_account t", where="t.agency_id = $1", args=args, order=_BY_NAME)


def files_listing(scope: Scope) -> Listing:
    """The bank's files, newest first."""
    scope.require(Permission.BANKING_READ)
    args = Args(scope.agency)
    return Listing(source="bank_file t", where="t.agency_id = $1", args=args, order=_NEWEST_FILE)


def entries_listing(scope: Scope, *, state: EntryState | None = None, statement_id: UUID | None = None) -> Listing:
    """Entries of all accounts, or of one statement, newest first."""
    scope.require(Permission.BANKING_READ)
    args = Args(scope.agency)
    where = ["t.agency_id = $1"]
    if state is not None:
        where.append(f"t.state = {args.add(state.value)}")
    if statement_id is not None:
        where.append(f"t.statement_id = {args.add(statement_id)}")
    return Listing(source="bank_entry t", where=" AND ".join(where), args=args, order=_NEWEST)


async def unidentified(scope: Scope, *, tx: Tx | None = None) -> tuple[Waiting, ...]:
    """The receipts that nobody has identified yet, by currency and by days since they were booked; the sum of a
    currency is what its ledger account UNIDENTIFIED holds. Raises: Forbidden."""
    scope.require(Permission.BANKING_READ)
    starts = [days + 1 for days in AGES]
    async with reading(scope, tx) as reader:
        rows = await reader.fetch(_WAITING, scope.agency, clock.now(), starts)
    return tuple(
        Waiting(
            label=_label(row["age"]),
            entries=row["entries"],
            amount=Money(row["minor"], row["currency"]),
            oldest_on=row["oldest_on"],
        )
        for row in rows
    )


def _label(age: int) -> str:
    since = AGES[age - 1] + 1 if age else 0
    return f"{since}-{AGES[age]}" if age < len(AGES) else f"{since}+"
