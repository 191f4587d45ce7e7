"""Debts: the worklist of an agency, a creditor's own debts, one debt."""

from uuid import UUID

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from core.worklists.fields import WorklistOrder
from core.worklists.reads import worklist_listing
from schema.kit.reads import page, single
from schema.types.debt_filter import DebtFilter, asked
from schema.types.debts import Debt


@page(Debt, Permission.DEBT_READ, cost=5, offers={"mandate.timezone": "m.timezone"})
async def debts(
    scope: Scope, filter: DebtFilter | None = None, order: WorklistOrder = WorklistOrder.BALANCE
) -> Listing:
    """The worklist: the agency's debts, or a creditor's own debts at all of its agencies. At most 100 a page."""
    return await worklist_listing(scope, asked(scope, filter, order))


@single(Debt, Permission.DEBT_READ)
def debt(scope: Scope, id: strawberry.ID) -> UUID:
    """One debt, seen from all sides. Null where there is none that you can see."""
    return ids.decode("debt", id)
