"""The three-way reconciliation of the trust accounts: what the bank has = what the books have = whose it is.

The books keep one trust account in each currency, so all trust accounts of the currency of the one that is asked for
are taken together. Whatever is in the books and not at the bank, or at the bank and not in the books, is an item with
its reason; what has none is unexplained, and is the difference. Everything is as of the end of one legal day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
"""How many items of a class are listed, the oldest first; their number and sum are of all."""
TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAtBank:
    """`balance_minor` is the closing balance of the last statement with one, by its day, and what the bank has told of
    later days. `opening_minor` is what was there before everything that the bank told. `untold_minor` moved at the bank
    without an entry that says so: statements are missing, or something of them is gone."""

    account_id: UUID
    name: str
    number: str
    statement_on: date | None
    opening_minor: int
    balance_minor: int
    untold_minor: int


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
    """All items of one class: how many, their sum, and the oldest of them."""

    item_class: ItemClass
    count: int
    minor: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """In minor units of `currency`. `bank` + `explained` + `difference` = `books`, and `books` - `owed` is 0.

    `owed` are the liabilities that the trust accounts hold, by account of the ledger, positive. It holds (`reconciled`)
    where nothing is unexplained, every statement goes on where the one before ended, and the books have what is owed.
    """

    currency: str
    on: date
    accounts: tuple[AccountAtBank, ...]
    gaps: tuple[StatementGap, ...]
    gap_count: int
    bank: int
    books: int
    clearing: int
    owed: Mapping[Account, int] = field(default_factory=lambda: MappingProxyType({}))
    classes: tuple[Items, ...]

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
        untold = self.gap_count or any(account.untold_minor for account in self.accounts)
        return not (self.difference or unexplained or untold) and self.books == self.owed_total


async def reconcile(scope: Scope, account_id: UUID, as_of: date) -> Reconciliation:
    """Reconcile the trust accounts in the currency of one of them, at the end of a legal day.

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
    accounts = await tx.fetch(sql.ACCOUNTS, *given)
    gaps = await tx.fetch(sql.GAPS, *given, ITEMS)
    books = {row["account"]: row["minor"] for row in await tx.fetch(sql.BOOKS, *given)}
    items = await tx.fetch(sql.ITEMS, *given, ITEMS)
    at_bank = tuple(AccountAtBank(**dict(row)) for row in accounts)
    clearing = books.pop(Account.TRUST_CLEARING, 0)
    return Reconciliation(
        currency=currency,
        on=as_of,
        accounts=at_bank,
        gaps=tuple(StatementGap(**{name: value for name, value in row.items() if name != "gap_count"}) for row in gaps),
        gap_count=gaps[0]["gap_count"] if gaps else 0,
        bank=sum(account.balance_minor for account in at_bank),
        books=books.pop(Account.TRUST_BANK, 0) + clearing,
        clearing=clearing,
        owed=MappingProxyType({Account(name): -minor for name, minor in books.items()}),
        classes=(*_opening(at_bank, as_of), *_classes(items)),
    )


def _opening(accounts: Sequence[AccountAtBank], as_of: date) -> tuple[Items, ...]:
    """What was in the accounts before the bank told of anything: the books begin with its first statement."""
    found = tuple(
        Item(
            on=account.statement_on or as_of, minor=-account.opening_minor,
            what=f"in '{account.name}' before its first statement here", payment_id=None, order_id=None, entry_id=None,
        )
        for account in accounts
        if account.opening_minor
    )  # fmt: skip
    if not found:
        return ()
    minor = sum(item.minor for item in found)
    return (Items(item_class=ItemClass.OPENING, count=len(found), minor=minor, items=found),)


def _classes(rows: Sequence[Row]) -> tuple[Items, ...]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["class"], []).append(row)
    return tuple(
        Items(
            item_class=item_class,
            count=found[item_class][0]["class_count"],
            minor=found[item_class][0]["class_minor"],
            items=tuple(_item(row) for row in found[item_class]),
        )
        for item_class in ItemClass
        if item_class in found
    )


def _item(row: Row) -> Item:
    return Item(
        on=row["on"], minor=row["minor"], what=row["what"], payment_id=row["payment_id"], order_id=row["order_id"],
        entry_id=row["entry_id"],
    )  # fmt: skip


def formatted(minor: int, currency: str) -> str:
    """An amount for people."""
    return Money(minor, currency).formatted()
