"""Debts: the worklist of an agency, a creditor's own debts, one debt."""

from uuid import UUID

import strawberry

from core.debts.models import DebtStatus, Stage
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from core.worklists.fields import WorklistOrder
from core.worklists.reads import Assigned, WorklistQuery, fields, worklist_listing
from schema.kit.reads import page, single
from schema.kit.scalars import JSON, BigInt
from schema.types.debts import Debt

strawberry.enum(WorklistOrder, name="DebtOrder", description="How a list of debts is sorted.")
strawberry.enum(Assigned, description="ME: to the user who asks. NONE: to nobody. ANY: to somebody.")


@strawberry.input(description="Which debts to list. All that is given must hold; what is not given does not filter.")
class DebtFilter:
    agency_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="For a creditor: at these.")
    creditor_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these creditors.")
    mandate_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Under these mandates.")
    portfolio_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="In these portfolios.")
    segment_id: strawberry.ID | None = strawberry.field(
        default=None, description="In this segment, as it was last evaluated. For the agency."
    )
    stages: list[Stage] | None = strawberry.field(default=None, description="In these stages.")
    statuses: list[DebtStatus] | None = strawberry.field(
        default=None, description="With these statuses; ACTIVE where not given."
    )
    ageing_bucket: str | None = strawberry.field(
        default=None, description='In this bucket: "current", "31-60", "180+".'
    )
    days_past_due_from: int | None = strawberry.field(default=None, description="At least so many days past due.")
    days_past_due_to: int | None = strawberry.field(default=None, description="At most so many days past due.")
    balance_from: BigInt | None = strawberry.field(default=None, description="Balance of at least, in minor units.")
    balance_to: BigInt | None = strawberry.field(default=None, description="Balance of at most, in minor units.")
    currency: str | None = strawberry.field(default=None, description="In this currency.")
    assigned: Assigned | None = strawberry.field(default=None, description="By assignment. For the agency.")
    assigned_to: strawberry.ID | None = strawberry.field(default=None, description="To this user. For the agency.")
    disputed: bool | None = strawberry.field(default=None, description="Whether disputed.")
    products: list[str] | None = strawberry.field(default=None, description="Of these products.")
    search: str | None = strawberry.field(
        default=None, description="Words of the reference, the debtor's name, document or phone, in any order."
    )
    where: JSON | None = strawberry.field(
        default=None,
        description="Any further condition, as a tree of the filter language (docs/agency.md): "
        '{"or": [{"field": "stage", "op": "eq", "value": "EARLY"}, …]}.',
    )


def _ids(prefix: str, given: list[strawberry.ID] | None, field: str) -> tuple[UUID, ...]:
    return tuple(ids.decode(prefix, text, field=field) for text in given or ())


@page(Debt, Permission.DEBT_READ, cost=5, offers={"mandate.timezone": "m.timezone"})
async def debts(
    scope: Scope, filter: DebtFilter | None = None, order: WorklistOrder = WorklistOrder.BALANCE
) -> Listing:
    """The worklist: the agency's debts, or a creditor's own debts at all of its agencies. At most 100 a page."""
    given = filter or DebtFilter()
    assigned_to = ids.decode("user", given.assigned_to, field="assignedTo") if given.assigned_to else None
    asked = WorklistQuery(
        agency_ids=_ids("agency", given.agency_ids, "agencyIds"),
        creditor_ids=_ids("creditor", given.creditor_ids, "creditorIds"),
        mandate_ids=_ids("mandate", given.mandate_ids, "mandateIds"),
        portfolio_ids=_ids("portfolio", given.portfolio_ids, "portfolioIds"),
        segment_id=ids.optional("segment", given.segment_id, field="segmentId"),
        stages=tuple(given.stages or ()),
        statuses=tuple(given.statuses) if given.statuses else (DebtStatus.ACTIVE,),
        bucket=given.ageing_bucket,
        days_past_due_from=given.days_past_due_from,
        days_past_due_to=given.days_past_due_to,
        balance_from=given.balance_from,
        balance_to=given.balance_to,
        currency=given.currency,
        assigned=assigned_to or given.assigned,
        disputed=given.disputed,
        products=tuple(given.products or ()),
        search=given.search,
        where=fields(scope).from_json(given.where) if given.where is not None else None,
        order=order,
    )
    return await worklist_listing(scope, asked)


@single(Debt, Permission.DEBT_READ)
def debt(scope: Scope, id: strawberry.ID) -> UUID:
    """One debt, seen from all sides. Null where there is none that you can see."""
    return ids.decode("debt", id)
