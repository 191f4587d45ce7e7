"""The journal as it is read: postings by page, and what every account holds at the end of any day."""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.kit.pages import Args, Key, KeyType, Listing, Order, fetch_once
from core.kit.scope import Audience, Scope
from core.ledger.kinds import Account, PostingKind
from core.permissions import Permission

NEWEST = Order(
    "newest",
    (
        Key("t.effective_on", KeyType.DATE, descending=True),
        Key("t.recorded_at", KeyType.INSTANT, descending=True),
        Key("t.id", KeyType.UUID, descending=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingFilter:
    """What is left out narrows nothing. `source_id` is what is behind a posting: a payment, a statement, …"""

    creditor_id: UUID | None = None
    debt_id: UUID | None = None
    source_id: UUID | None = None
    account: Account | None = None
    kind: PostingKind | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """Debits less credits, in minor units. `creditor_id` is whose the account is; None for the agency's own."""

    account: Account
    creditor_id: UUID | None
    currency: str
    balance_minor: int


def postings_listing(scope: Scope, filter: PostingFilter) -> Listing:
    """Postings, newest legal day first; a creditor's are those of its own money, at all of its agencies."""
    args = Args()
    terms = [_own(scope, args)]
    for column, value in (
        ("t.creditor_id", filter.creditor_id), ("t.debt_id", filter.debt_id), ("t.source_id", filter.source_id),
        ("t.kind", filter.kind.value if filter.kind else None),
    ):  # fmt: skip
        if value is not None:
            terms.append(f"{column} = {args.add(value)}")
    if filter.account is not None:
        terms.append(f"{args.add(filter.account.value)} IN (t.debit, t.credit)")
    if filter.since is not None:
        terms.append(f"t.effective_on >= {args.add(filter.since)}")
    if filter.until is not None:
        terms.append(f"t.effective_on <= {args.add(filter.until)}")
    return Listing(source="ledger_posting t", where=" AND ".join(terms), args=args, order=NEWEST)


async def balances(scope: Scope, on: date, *, creditor_id: UUID | None = None) -> list[AccountBalance]:
    """What every account holds at the end of a legal day, of both halves of the journal: together they are 0 in each
    currency. With a `creditor_id` the accounts of that creditor alone. At most 10,000, by account.

    A creditor sees what is its own. Raises: Forbidden.
    """
    scope.require(Permission.LEDGER_READ)
    args = Args(on)
    own = _own(scope, args)
    if creditor_id is not None:
        own += f" AND t.creditor_id = {args.add(creditor_id)}"
    rows = await fetch_once(scope, None, _BALANCES.format(own=own), *args.values)
    return [
        AccountBalance(Account(row["account"]), row["creditor_id"], row["currency"], row["balance_minor"])
        for row in rows
    ]


_AGENCYS = ", ".join(
    f"'{account}'"
    for account in (
        Account.TRUST_BANK, Account.TRUST_CLEARING, Account.UNIDENTIFIED, Account.UNAPPLIED, Account.NSF_RECEIVABLE,
        Account.OPERATING_BANK,
    )
)  # fmt: skip
_BALANCES = f"""
SELECT e.account, e.creditor_id, e.currency, sum(e.minor)::bigint AS balance_minor FROM (
  SELECT v.account, CASE WHEN v.account IN ({_AGENCYS}) THEN NULL ELSE t.creditor_id END AS creditor_id, t.currency,
    v.sign * t.amount_minor AS minor
  FROM ledger_posting t, LATERAL (VALUES (t.debit, 1), (t.credit, -1)) AS v (account, sign)
  WHERE t.effective_on <= $1 AND {{own}}
  UNION ALL
  SELECT v.account, m.creditor_id, m.currency, v.sign * m.minor FROM (
    SELECT t.creditor_id, d.currency, sum(t.delta_minor) AS minor
    FROM debt_movement t JOIN debt d ON d.agency_id = t.agency_id AND d.id = t.debt_id
    WHERE t.effective_on <= $1 AND {{own}} GROUP BY 1, 2
  ) m, LATERAL (VALUES ('RECEIVABLE', 1), ('CLAIM', -1)) AS v (account, sign)
) e GROUP BY 1, 2, 3 HAVING sum(e.minor) <> 0 ORDER BY 1, 3, 2 NULLS FIRST LIMIT 10000
"""


def _own(scope: Scope, args: Args) -> str:
    """The condition that rows are the scope's. The policies enforce it; the planner needs it to choose an index."""
    if scope.audience is Audience.CREDITOR:
        place = args.add(scope.creditor_id)
        return f"t.creditor_id = {place} AND t.agency_id IN (SELECT x.agency_id FROM creditor x WHERE x.id = {place})"
    return f"t.agency_id = {args.add(scope.agency)}"
