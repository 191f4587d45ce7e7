"""Prove the journal of an agency together with what its bank says: the third leg of the trust accounts."""

from core.banking.kinds import ItemClass
from core.banking.reconcile import Reconciliation, formatted, reconcile_currency
from core.kit import clock
from core.kit.db import Tx
from core.kit.scope import Scope
from core.ledger.checks import SAMPLE
from core.ledger.verify import Check, Proof, verify

# Where the bank has told of nothing yet, there is no leg to compare with.
_CURRENCIES = """
SELECT DISTINCT a.currency, g.timezone FROM bank_account a JOIN agency g ON g.id = $1
WHERE a.agency_id = $1 AND a.kind = 'TRUST'
  AND EXISTS (SELECT FROM bank_statement s WHERE s.agency_id = $1 AND s.account_id = a.id)
ORDER BY 1
"""


async def prove(scope: Scope, *, exact: bool = False) -> Proof:
    """`core.ledger.verify.verify`, with the three-way reconciliation of all trust accounts as of today.

    Raises: Forbidden.
    """
    return await verify(scope, more=(_at_the_bank,), exact=exact)


async def _at_the_bank(tx: Tx) -> Check:
    wrong, accounts = list[str](), 0
    rows = await tx.fetch(_CURRENCIES, tx.scope.agency)
    for row in rows:
        found = await reconcile_currency(tx, row["currency"], clock.today(row["timezone"]))
        accounts += len(found.accounts)
        wrong += _wrong(found)
    proves = "the bank has what the books have, but for what is explained"
    return Check("bank", proves, accounts, len(wrong), tuple(wrong[:SAMPLE]))


def _wrong(found: Reconciliation) -> list[str]:
    """In words, each thing for which the accounts of a currency are not reconciled, and which account it is of."""
    currency, names = found.currency, {account.account_id: f"'{account.name}'" for account in found.accounts}
    wrong = [
        f"'{account.name}' moved by {formatted(account.untold_minor, currency)} of which no entry tells"
        for account in found.accounts
        if account.untold_minor
    ]
    wrong += [
        f"{names[gap.account_id]}: the statement from {gap.from_on} opens with "
        f"{formatted(gap.opening_minor, currency)}, and the one before it closed with "
        f"{formatted(gap.expected_minor, currency)}"
        for gap in found.gaps
    ]
    wrong += [
        f"{names[one.account_id] if one.account_id else 'in no account yet'}: {formatted(item.minor, currency)} of "
        f"{item.on} is unexplained: {item.what}"
        for one in found.classes
        if one.item_class is ItemClass.UNEXPLAINED
        for item in one.items
    ]
    if not found.reconciled and not wrong:
        wrong.append(
            f"the trust accounts {', '.join(names.values())} have {formatted(found.bank, currency)}, the books "
            f"{formatted(found.books, currency)}, and they owe {formatted(found.owed_total, currency)}; "
            f"{formatted(found.difference, currency)} is not explained"
        )
    return wrong
