"""The three-way reconciliation of the trust accounts: what the bank has = what the books have = whose it is.

The journal says that money is in trust, and not in which account: that the bank says. So the trust accounts of a
currency are put beside the books together, and each is reconciled by itself: its part of the books is what its own
lines moved, and what is to come into it or to leave it by what the books say. Whatever is in the books and not at the
bank, or at the bank and not in the books, is an item with its reason; what has none is unexplained, and is the
difference. Everything is as of the end of one legal day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import groupby
from types import MappingProxyType
from uuid import UUID

from core.banking import reconcile_sql as sql
from core.banking.kinds import ItemClass
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.kinds import Account
from core.permissions import Permission

ITEMS = 50
"""How many items of a class are listed for an account, the oldest first; their number and sum are of all."""
TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAtBank:
    """One trust account: `balance_minor` + `explained_minor` + `difference_minor` = `books_minor`.

    `balance_minor` is the closing balance of the last statement with one, by its day, and what the bank has told of
    later days. `opening_minor` is what was there before everything that the bank told. `untold_minor` moved at the bank
    without an entry that says so: statements are missing, or something of them is gone. `moved_minor` is what all
    entries say. `books_minor` is what the books have in this account, `unexplained` how many items nothing explains.
    """

    account_id: UUID
    name: str
    number: str
    statement_on: date | None
    opening_minor: int
    balance_minor: int
    untold_minor: int
    moved_minor: int
    explained_minor: int = 0
    books_minor: int = 0
    unexplained: int = 0
    gap_count: int = 0

    @property
    def difference_minor(self) -> int:
        return self.books_minor - self.balance_minor - self.explained_minor

    @property
    def reconciled(self) -> bool:
        return not (self.difference_minor or self.unexplained or self.untold_minor or self.gap_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementGap:
    """A statement that does not go on where those before it ended. Amounts in minor units."""

    statement_id: UUID
    account_id: UUID
    from_on: date
    opening_minor: int
    expected_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`minor` is what it adds to the bank's balance on the way to the books. One of the ids says what it is."""

    on: date
    minor: int
    what: str
    payment_id: UUID | None
    order_id: UUID | None
    entry_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """All items of one class and account: how many, their sum, and the oldest of them. Without an account is what the
    bank has not told of yet, where it may do so in one of several."""

    item_class: ItemClass
    account_id: UUID | None
    count: int
    minor: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """In minor units of `currency`. `bank` + `explained` + `difference` = `books`, and `books` - `owed` is 0. What the
    accounts have in the books, and what is in none of them yet (`unplaced`), are `books` too where it holds.

    `owed` are the liabilities that the trust accounts hold, by account of the ledger, positive. It holds (`reconciled`)
    where nothing is unexplained, every statement goes on where the one before ended, and the books have what is owed.
    """

    currency: str
    on: date
    accounts: tuple[AccountAtBank, ...]
    gaps: tuple[StatementGap, ...]
    bank: int
    books: int
    clearing: int
    owed: Mapping[Account, int] = field(default_factory=lambda: MappingProxyType({}))
    classes: tuple[Items, ...]

    @property
    def gap_count(self) -> int:
        return sum(account.gap_count for account in self.accounts)

    @property
    def unplaced(self) -> int:
        return sum(one.minor for one in self.classes if one.account_id is None)

    @property
    def explained(self) -> int:
        return sum(one.minor for one in self.classes if one.item_class is not ItemClass.UNEXPLAINED)

    @property
    def difference(self) -> int:
        return self.books - self.bank - self.explained

    @property
    def owed_total(self) -> int:
        return sum(self.owed.values())

    @property
    def reconciled(self) -> bool:
        unexplained = any(one.item_class is ItemClass.UNEXPLAINED for one in self.classes)
        each = all(account.reconciled for account in self.accounts)
        return each and not (self.difference or unexplained) and self.books == self.owed_total


async def reconcile(scope: Scope, account_id: UUID, as_of: date) -> Reconciliation:
    """Reconcile the trust accounts in the currency of one of them, each by itself, at the end of a legal day.

    Raises: Forbidden; NotFound (trust account).
    """
    scope.require(Permission.BANKING_READ)
    scope.require(Permission.LEDGER_READ)
    async with db.transaction(scope, read_only=True, snapshot=True) as tx:
        currency = await tx.fetchval(
            "SELECT currency FROM bank_account WHERE agency_id = $1 AND id = $2 AND kind = 'TRUST'",
            scope.agency, account_id,
        )  # fmt: skip
        if currency is None:
            raise not_found("trust account", "account_id")
        await tx.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
        return await reconcile_currency(tx, currency, as_of)


async def reconcile_currency(tx: Tx, currency: str, as_of: date) -> Reconciliation:
    """The same in a snapshot, by the currency. Each leg is one statement, whatever there is of everything."""
    given = (tx.scope.agency, currency, as_of)
    told = [AccountAtBank(**dict(row)) for row in await tx.fetch(sql.ACCOUNTS, *given)]
    gaps = await tx.fetch(sql.GAPS, *given, ITEMS)
    books = {row["account"]: row["minor"] for row in await tx.fetch(sql.BOOKS, *given)}
    # No statistics know yet of what was just imported. Without them PostgreSQL takes every table for nearly empty, and
    # goes through all of one for each row of another.
    await tx.execute("SET LOCAL enable_nestloop = off")
    found = await tx.fetch(sql.ITEMS, *given, ITEMS)
    await tx.execute("SET LOCAL enable_nestloop TO DEFAULT")
    classes = (*_opening(told, as_of), *_classes(found))
    clearing = books.pop(Account.TRUST_CLEARING, 0)
    return Reconciliation(
        currency=currency,
        on=as_of,
        accounts=tuple(_by_itself(account, classes, gaps) for account in told),
        gaps=tuple(StatementGap(**{one.name: row[one.name] for one in fields(StatementGap)}) for row in gaps),
        bank=sum(account.balance_minor for account in told),
        books=books.pop(Account.TRUST_BANK, 0) + clearing,
        clearing=clearing,
        owed=MappingProxyType({Account(name): -minor for name, minor in books.items()}),
        classes=classes,
    )


def _by_itself(account: AccountAtBank, classes: Sequence[Items], gaps: Sequence[Row]) -> AccountAtBank:
    """What the books have in an account is what its lines moved, and the items of it: what was there before its first
    statement is in no book."""
    own = [one for one in classes if one.account_id == account.account_id]
    unexplained = [one for one in own if one.item_class is ItemClass.UNEXPLAINED]
    booked = (one.minor for one in own if one.item_class is not ItemClass.OPENING)
    return replace(
        account,
        books_minor=account.moved_minor + sum(booked),
        explained_minor=sum(one.minor for one in own) - sum(one.minor for one in unexplained),
        unexplained=sum(one.count for one in unexplained),
        gap_count=next((row["gap_count"] for row in gaps if row["account_id"] == account.account_id), 0),
    )


def _opening(accounts: Sequence[AccountAtBank], as_of: date) -> Iterator[Items]:
    """What was in the accounts before the bank told of anything: the books begin with its first statement."""
    for account in accounts:
        if account.opening_minor:
            item = Item(
                on=account.statement_on or as_of, minor=-account.opening_minor,
                what=f"in '{account.name}' before its first statement here", payment_id=None, order_id=None,
                entry_id=None,
            )  # fmt: skip
            yield Items(
                item_class=ItemClass.OPENING, account_id=account.account_id, count=1, minor=item.minor, items=(item,)
            )


def _classes(rows: Sequence[Row]) -> Iterator[Items]:
    order = {item_class.value: place for place, item_class in enumerate(ItemClass)}
    ranked = sorted(rows, key=lambda row: order[row["class"]])
    for (name, account_id), found in groupby(ranked, key=lambda row: (row["class"], row["account_id"])):
        first, *others = found
        yield Items(
            item_class=ItemClass(name), account_id=account_id, count=first["class_count"], minor=first["class_minor"],
            items=tuple(_item(row) for row in (first, *others)),
        )  # fmt: skip


def _item(row: Row) -> Item:
    return Item(
        on=row["on"], minor=row["minor"], what=row["what"], payment_id=row["payment_id"], order_id=row["order_id"],
        entry_id=row["entry_id"],
    )  # fmt: skip


def formatted(minor: int, currency: str) -> str:
    """An amount for people."""
    return Money(minor, currency).formatted()
