"""Bank accounts, the bank's files and their entries, and the money that waits to be identified."""

from datetime import date
from uuid import UUID

import strawberry

from core.banking import reads
from core.banking.kinds import EntryState
from core.banking.reconcile import reconcile
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.reads import page, single
from schema.types.banking import BankAccount, BankEntry, BankFile, UnidentifiedMoney
from schema.types.reconciliation import TrustReconciliation


@page(BankAccount, Permission.BANKING_READ)
def bank_accounts(scope: Scope) -> Listing:
    """The agency's bank accounts by name. At most 100 a page."""
    return reads.accounts_listing(scope)


@page(BankFile, Permission.BANKING_READ)
def bank_files(scope: Scope) -> Listing:
    """The bank's files, newest first. At most 100 a page."""
    return reads.files_listing(scope)


@single(BankFile, Permission.BANKING_READ)
def bank_file(scope: Scope, id: strawberry.ID) -> UUID:
    """One file of the bank. Null where there is none that you can see."""
    return ids.decode("bank_file", id)


@page(BankEntry, Permission.BANKING_READ)
def bank_entries(scope: Scope, state: EntryState | None = None, statement_id: strawberry.ID | None = None) -> Listing:
    """Entries of the bank's statements, newest first; UNMATCHED ones wait for a person. At most 100 a page."""
    return reads.entries_listing(
        scope, state=state, statement_id=ids.optional("bank_statement", statement_id, field="statementId")
    )


@single(BankEntry, Permission.BANKING_READ)
def bank_entry(scope: Scope, id: strawberry.ID) -> UUID:
    """One entry. Null where there is none that you can see."""
    return ids.decode("bank_entry", id)


@query(Permission.BANKING_READ, cost=200)
async def trust_reconciliation(info: Info, account_id: strawberry.ID, as_of: date) -> TrustReconciliation:
    """What the bank has = what the books have = whose it is, at the end of a legal day, and what lies between them.

    For all trust accounts in the currency of this one, and for each by itself. Needs `ledger:read` too.
    """
    account = ids.decode("bank_account", account_id, field="accountId")
    return TrustReconciliation.of(await reconcile(info.context.scope, account, as_of))


@query(Permission.BANKING_READ, cost=5)
async def unidentified_money(info: Info) -> list[UnidentifiedMoney]:
    """The money in the trust accounts of which nobody knows yet what it is for, by currency and age."""
    return [UnidentifiedMoney(waiting=one) for one in await reads.unidentified(info.context.scope)]
