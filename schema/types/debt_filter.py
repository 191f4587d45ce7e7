"""Which debts, and in which order: of the worklist, and of the debts of a debtor, a creditor, a portfolio."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from core.debts.kinds import DebtStatus, Stage
from core.kit import ids
from core.kit.pages import Args, Key, Order
from core.kit.scope import Scope
from core.permissions import Permission
from core.worklists.fields import ORDERS, WorklistOrder
from core.worklists.reads import Assigned, WorklistQuery, fields, narrowing
from schema.kit.fields import Narrowed, pages
from schema.kit.scalars import JSON, BigInt

strawberry.enum(Stage, description="The five stages of collection.")
strawberry.enum(DebtStatus, description="Whether a debt is worked.")
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


def asked(scope: Scope, filter: DebtFilter | None, order: WorklistOrder) -> WorklistQuery:
    """What is asked for, in the core's terms. Raises: InvalidInput."""
    given = filter or DebtFilter()
    assigned_to = ids.decode("user", given.assigned_to, field="assignedTo") if given.assigned_to else None
    return WorklistQuery(
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


def debts_of(parent: str, description: str) -> Any:
    """The debts whose column `parent` is the object's id, with a filter and an order of their own."""
    return pages(parent, _order(WorklistOrder.BALANCE), description, requires=Permission.DEBT_READ, narrowed=_DEBTS)


def _order(name: WorklistOrder) -> Order:
    keys = [Key(f"t.{key.sql.removeprefix('d.')}", key.type, key.descending, key.nullable) for key in ORDERS[name].keys]
    return Order(name.value, tuple(keys))


def _narrow(scope: Scope, given: dict[str, Any], args: Args, alias: str) -> tuple[str, str]:
    return narrowing(scope, asked(scope, given.get("filter"), WorklistOrder.BALANCE), args, alias)


_DEBTS = Narrowed(
    arguments=lambda: [
        StrawberryArgument("filter", None, StrawberryAnnotation(DebtFilter | None), default=None),
        StrawberryArgument("order", None, StrawberryAnnotation(WorklistOrder), default=WorklistOrder.BALANCE),
    ],
    order=lambda given: _order(given.get("order") or WorklistOrder.BALANCE),
    narrow=_narrow,
)
