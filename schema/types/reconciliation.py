"""The three-way reconciliation of trust accounts, and what lies between the bank and the books."""

from datetime import date

import strawberry

from core.banking import reconcile
from core.banking.kinds import ItemClass
from core.kit import ids
from core.ledger.kinds import Account
from schema.kit.money import Money
from schema.kit.scalars import BigInt

strawberry.enum(
    ItemClass,
    name="TrustItemClass",
    description="Why something is in the books and not at the bank, or the other way round. OPENING: it was there "
    "before the first statement. IN_TRANSIT: received, and on no statement yet. TAKEN_BACK: a payment that the books "
    "took back, or have later. ORDER, REFUND: on no statement yet. FUNDING: what the agency owes the trust account. "
    "KEPT: it owes it what lawyers kept of what they remitted. "
    "CHARGE: not in the books. UNBOOKED: a debit of which nobody knows what it is. UNEXPLAINED: none of these.",
)


@strawberry.type(description="A trust account as its bank tells of it.")
class TrustAccountAtBank:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    name: str = strawberry.field(description="The agency's name for it.")
    statement_on: date | None = strawberry.field(description="The last day of the newest statement with a balance.")
    opening: Money = strawberry.field(description="What was there before everything that the bank told of.")
    balance: Money = strawberry.field(description="What is there, with entries that the bank told of since.")
    untold: Money = strawberry.field(description="What moved without an entry that says so: something is missing.")
    books: Money = strawberry.field(description="What the books have in this account.")
    explained: Money = strawberry.field(description="What the items of this account add to its balance.")
    difference: Money = strawberry.field(description="What nothing explains; 0 where the account is reconciled.")
    reconciled: bool = strawberry.field(description="Whether this account is, whatever the others are.")


@strawberry.type(description="A statement that does not go on where those before it ended.")
class TrustStatementGap:
    statement_id: strawberry.ID = strawberry.field(description="The statement.")
    account_id: strawberry.ID = strawberry.field(description="Its account.")
    from_on: date = strawberry.field(description="Its first day.")
    opening: Money = strawberry.field(description="What it opens with.")
    expected: Money = strawberry.field(description="What the one before it closed with.")


@strawberry.type(description="One thing that is not the same at the bank and in the books.")
class TrustItem:
    on: date = strawberry.field(description="Its first day.")
    amount: Money = strawberry.field(description="What it adds to the bank's balance on the way to the books.")
    what: str = strawberry.field(description="What it is.")
    payment_id: strawberry.ID | None = strawberry.field(description="The payment.")
    order_id: strawberry.ID | None = strawberry.field(description="The order of a remittance.")
    entry_id: strawberry.ID | None = strawberry.field(description="The entry of the bank.")


@strawberry.type(description="All things of one kind and account that are not the same at the bank and in the books.")
class TrustItems:
    item_class: ItemClass = strawberry.field(description="Why they are not the same.")
    account_id: strawberry.ID | None = strawberry.field(
        description="Of which account; null where the bank has told of them in none yet, and there are several."
    )
    count: BigInt = strawberry.field(description="How many.")
    total: Money = strawberry.field(description="Their sum.")
    items: list[TrustItem] = strawberry.field(description="The oldest of them; at most 50.")

    @classmethod
    def of(cls, found: reconcile.Items, currency: str) -> "TrustItems":
        return cls(
            item_class=found.item_class, count=BigInt(found.count), total=Money.of(found.minor, currency),
            account_id=strawberry.ID(ids.encode("bank_account", found.account_id)) if found.account_id else None,
            items=[
                TrustItem(
                    on=one.on, amount=Money.of(one.minor, currency), what=one.what,
                    payment_id=strawberry.ID(ids.encode("payment", one.payment_id)) if one.payment_id else None,
                    order_id=strawberry.ID(ids.encode("order", one.order_id)) if one.order_id else None,
                    entry_id=strawberry.ID(ids.encode("bank_entry", one.entry_id)) if one.entry_id else None,
                )
                for one in found.items
            ],
        )  # fmt: skip


@strawberry.type(description="What the trust accounts owe on one account of the ledger.")
class TrustOwed:
    account: Account = strawberry.field(description="The account of the ledger.")
    amount: Money = strawberry.field(description="How much: above 0 where it is owed.")


@strawberry.type(
    description="What the bank has = what the books have = whose it is. `bank` + `explained` + `difference` = `books`."
)
class TrustReconciliation:
    on: date = strawberry.field(description="The legal day at whose end it holds.")
    reconciled: bool = strawberry.field(description="Whether everything is explained, and nothing is missing.")
    bank: Money = strawberry.field(description="What the bank has.")
    books: Money = strawberry.field(description="What the books have, with what may still bounce.")
    clearing: Money = strawberry.field(description="The part of it that may still bounce.")
    explained: Money = strawberry.field(description="What the items add to the bank's balance.")
    difference: Money = strawberry.field(description="What nothing explains; 0 where it is reconciled.")
    owed_total: Money = strawberry.field(description="What the books owe out of it: the same as `books`.")
    owed: list[TrustOwed] = strawberry.field(description="Whose it is, by account of the ledger.")
    unplaced: Money = strawberry.field(
        description="What the books have, or will pay, in none of the accounts yet: with theirs it is `books`."
    )
    accounts: list[TrustAccountAtBank] = strawberry.field(
        description="The trust accounts of the currency, each reconciled by itself."
    )
    gap_count: BigInt = strawberry.field(description="How many statements do not go on where those before them ended.")
    gaps: list[TrustStatementGap] = strawberry.field(description="The first of them; at most 50 of an account.")
    classes: list[TrustItems] = strawberry.field(description="What lies between the bank and the books.")

    @classmethod
    def of(cls, found: reconcile.Reconciliation) -> "TrustReconciliation":
        def money(minor: int) -> Money:
            return Money.of(minor, found.currency)

        return cls(
            on=found.on, reconciled=found.reconciled, bank=money(found.bank), books=money(found.books),
            clearing=money(found.clearing), explained=money(found.explained), difference=money(found.difference),
            owed_total=money(found.owed_total), unplaced=money(found.unplaced), gap_count=BigInt(found.gap_count),
            owed=[TrustOwed(account=account, amount=money(minor)) for account, minor in found.owed.items()],
            accounts=[_account(one, found.currency) for one in found.accounts],
            gaps=[_gap(one, found.currency) for one in found.gaps],
            classes=[TrustItems.of(one, found.currency) for one in found.classes],
        )  # fmt: skip


def _account(found: reconcile.AccountAtBank, currency: str) -> TrustAccountAtBank:
    return TrustAccountAtBank(
        account_id=strawberry.ID(ids.encode("bank_account", found.account_id)), name=found.name,
        statement_on=found.statement_on, opening=Money.of(found.opening_minor, currency),
        balance=Money.of(found.balance_minor, currency), untold=Money.of(found.untold_minor, currency),
        books=Money.of(found.books_minor, currency), explained=Money.of(found.explained_minor, currency),
        difference=Money.of(found.difference_minor, currency), reconciled=found.reconciled,
    )  # fmt: skip


def _gap(found: reconcile.StatementGap, currency: str) -> TrustStatementGap:
    return TrustStatementGap(
        statement_id=strawberry.ID(ids.encode("bank_statement", found.statement_id)),
        account_id=strawberry.ID(ids.encode("bank_account", found.account_id)), from_on=found.from_on,
        opening=Money.of(found.opening_minor, currency), expected=Money.of(found.expected_minor, currency),
    )  # fmt: skip
