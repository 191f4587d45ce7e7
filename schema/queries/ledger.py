"""The agency's journal: its postings, its balances, and the proof that it holds."""

from datetime import date

import strawberry

from core.banking.prove import prove
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.ledger import reads
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.reads import page
from schema.types.ledger import AccountBalance, LedgerPosting, LedgerPostingFilter, LedgerProof


@page(LedgerPosting, Permission.LEDGER_READ)
def ledger_postings(scope: Scope, filter: LedgerPostingFilter | None = None) -> Listing:
    """Money that moved between accounts, newest legal day first; a creditor sees what is its own."""
    asked = filter or LedgerPostingFilter()
    found = reads.PostingFilter(
        creditor_id=ids.optional("creditor", asked.creditor_id, field="filter.creditorId"),
        debt_id=ids.optional("debt", asked.debt_id, field="filter.debtId"),
        source_id=ids.optional("payment", asked.payment_id, field="filter.paymentId"),
        account=asked.account,
        kind=asked.kind,
        since=asked.since,
        until=asked.until,
    )
    return reads.postings_listing(scope, found)


@query(Permission.LEDGER_READ, cost=20)
async def ledger_balances(info: Info, on: date, creditor_id: strawberry.ID | None = None) -> list[AccountBalance]:
    """What every account holds at the end of a legal day, as the journal says now: together 0 in each currency.

    `RECEIVABLE` and `CLAIM` are what debtors owe and whose it is; the others are the money. A creditor sees its own.
    """
    creditor = ids.optional("creditor", creditor_id, field="creditorId")
    found = await reads.balances(info.context.scope, on, creditor_id=creditor)
    return [AccountBalance.of(balance) for balance in found]


@query(Permission.LEDGER_VERIFY, cost=200)
async def ledger_verify(info: Info) -> LedgerProof:
    """Prove the agency's whole journal: nothing was changed, everything that is kept of it is what it says, and the
    bank has what the books have.

    Reads all of it; `python -m recobro ledger verify` does the same.
    """
    return LedgerProof.of(await prove(info.context.scope))
