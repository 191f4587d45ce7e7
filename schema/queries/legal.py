"""Handoffs, the deadlines of their cases, the costs that are asked for, and the money that is told of."""

from datetime import date

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.legal import reads
from core.legal.kinds import CostState, DeadlineParty, DeadlineState, HandoffState, MoneyState
from core.permissions import Permission
from schema.kit.reads import page
from schema.types.legal import LegalHandoff
from schema.types.legal_cases import LegalCost, LegalCostTerms, LegalDeadline, LegalMoney


@page(LegalHandoff, Permission.LEGAL_READ)
def legal_handoffs(
    scope: Scope,
    state: HandoffState | None = None,
    creditor_id: strawberry.ID | None = None,
    differs: bool = False,
) -> Listing:
    """Handoffs to legal channels, newest first; `differs`: only those whose lawyers have another balance than the
    books. At most 100 a page."""
    return reads.handoffs_listing(
        scope, state=state, creditor_id=ids.optional("creditor", creditor_id, field="creditorId"), differs=differs
    )


@page(LegalDeadline, Permission.LEGAL_READ)
def legal_deadlines(
    scope: Scope,
    state: DeadlineState | None = None,
    party: DeadlineParty | None = None,
    handoff_id: strawberry.ID | None = None,
    due_until: date | None = None,
) -> Listing:
    """Deadlines of lawsuits by their last day: OPEN ones of OURS are the tasks. At most 100 a page."""
    return reads.deadlines_listing(
        scope,
        state=state,
        party=party,
        handoff_id=ids.optional("handoff", handoff_id, field="handoffId"),
        due_until=due_until,
    )


@page(LegalCost, Permission.LEGAL_READ)
def legal_costs(
    scope: Scope,
    state: CostState | None = None,
    creditor_id: strawberry.ID | None = None,
    handoff_id: strawberry.ID | None = None,
) -> Listing:
    """Costs of lawsuits, newest first; ASKED ones wait for a decision. At most 100 a page."""
    return reads.costs_listing(
        scope,
        state=state,
        creditor_id=ids.optional("creditor", creditor_id, field="creditorId"),
        handoff_id=ids.optional("handoff", handoff_id, field="handoffId"),
    )


@page(LegalMoney, Permission.LEGAL_READ)
def legal_money(
    scope: Scope,
    state: MoneyState | None = None,
    creditor_id: strawberry.ID | None = None,
    handoff_id: strawberry.ID | None = None,
    remittance: str | None = None,
) -> Listing:
    """Money that lawyers told of, newest first; TOLD amounts wait for a decision. `remittance` is a channel's number of
    what it pays over. At most 100 a page."""
    return reads.money_listing(
        scope,
        state=state,
        remittance=remittance,
        creditor_id=ids.optional("creditor", creditor_id, field="creditorId"),
        handoff_id=ids.optional("handoff", handoff_id, field="handoffId"),
    )


@page(LegalCostTerms, Permission.LEGAL_READ)
def legal_cost_terms(scope: Scope, mandate_id: strawberry.ID) -> Listing:
    """How costs of lawsuits are approved under a mandate, the newest version first. At most 100 a page."""
    return reads.cost_terms_listing(scope, ids.decode("mandate", mandate_id, field="mandateId"))
