"""Handoffs, deadlines, costs and told money as they stand. A creditor reads those of its own debts."""

from datetime import date
from uuid import UUID

from core.debts.reads import own
from core.kit.pages import Args, Key, KeyType, Listing, Order
from core.kit.scope import Scope
from core.legal.kinds import CostState, DeadlineParty, DeadlineState, HandoffState, MoneyState
from core.permissions import Permission

_REQUESTED = Order(
    "newest", (Key("t.requested_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
_DUE = Order("due", (Key("t.due_on", KeyType.DATE), Key("t.id", KeyType.UUID)))
_ASKED = Order(
    "newest", (Key("t.asked_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
_TOLD = Order(
    "newest", (Key("t.told_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
_VERSIONS = Order("versions", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))


def handoffs_listing(
    scope: Scope, *, state: HandoffState | None = None, creditor_id: UUID | None = None, differs: bool = False
) -> Listing:
    """Handoffs, newest first. `differs`: only those of which the lawyers have another balance than the books."""
    terms = (
        ("t.state =", state), ("t.creditor_id =", creditor_id), ("t.difference_minor <>", 0 if differs else None),
    )  # fmt: skip
    return _listing(scope, "legal_handoff", _REQUESTED, terms)


def deadlines_listing(
    scope: Scope,
    *,
    state: DeadlineState | None = None,
    party: DeadlineParty | None = None,
    handoff_id: UUID | None = None,
    due_until: date | None = None,
) -> Listing:
    """Deadlines by their last day, the first one first; `due_until` is included."""
    terms = (("t.state =", state), ("t.party =", party), ("t.handoff_id =", handoff_id), ("t.due_on <=", due_until))
    return _listing(scope, "legal_deadline", _DUE, terms)


def costs_listing(
    scope: Scope, *, state: CostState | None = None, creditor_id: UUID | None = None, handoff_id: UUID | None = None
) -> Listing:
    """Costs, newest first."""
    terms = (("t.state =", state), ("t.creditor_id =", creditor_id), ("t.handoff_id =", handoff_id))
    return _listing(scope, "legal_cost", _ASKED, terms)


def money_listing(
    scope: Scope,
    *,
    state: MoneyState | None = None,
    creditor_id: UUID | None = None,
    handoff_id: UUID | None = None,
    remittance: str | None = None,
) -> Listing:
    """Money that lawyers told of, newest first. An empty `remittance` is of what has no number."""
    terms = (
        ("t.state =", state), ("t.creditor_id =", creditor_id), ("t.handoff_id =", handoff_id),
        ("t.remittance =", remittance),
    )  # fmt: skip
    return _listing(scope, "legal_money", _TOLD, terms)


def cost_terms_listing(scope: Scope, mandate_id: UUID) -> Listing:
    """The terms of a mandate, the newest version first."""
    return _listing(scope, "legal_cost_terms", _VERSIONS, (("t.mandate_id =", mandate_id),))


def _listing(scope: Scope, table: str, order: Order, terms: tuple[tuple[str, object], ...]) -> Listing:
    scope.require(Permission.LEGAL_READ)
    args = Args()
    where = [own(scope, args, "t"), *(f"{sql} {args.add(value)}" for sql, value in terms if value is not None)]
    return Listing(source=f"{table} t", where=" AND ".join(where), args=args, order=order)
