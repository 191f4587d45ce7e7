"""strawberry-django with its query optimizer, which takes joins, prefetches and columns from the selection."""

import tables as t  # sets Django up, which what follows needs

# isort: split
import datetime as dt
from enum import Enum

import strawberry
import strawberry_django
import work
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import GraphQLView
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry_django.optimizer import DjangoOptimizerExtension
from totals import SCALARS, BigInt, BucketTotal, Dashboard, Money, MonthTotal, StageTotal

Stage = strawberry.enum(Enum("Stage", list(work.STAGES)))
PaymentMethod = strawberry.enum(Enum("PaymentMethod", "CASH TRANSFER CARD CHEQUE PAYROLL_DEDUCTION OTHER"))


@strawberry_django.type(t.Creditor)
class Creditor:
    name: strawberry.auto


@strawberry_django.type(t.Identifier)
class Identifier:
    type: strawberry.auto
    number: strawberry.auto


@strawberry_django.type(t.ContactPoint)
class ContactPoint:
    channel: strawberry.auto
    value: strawberry.auto
    valid: strawberry.auto


@strawberry_django.type(t.Party)
class Party:
    name: strawberry.auto
    country: strawberry.auto
    identifiers: list[Identifier]
    contact_points: list[ContactPoint]


@strawberry_django.type(t.Payment)
class Payment:
    id: strawberry.ID
    paid_on: strawberry.auto
    method: strawberry.auto

    @strawberry_django.field(only=["amount_minor"])
    def amount(self, root: t.Payment) -> Money:
        return Money(minor_units=root.amount_minor)


@strawberry_django.type(t.Movement)
class Movement:
    id: strawberry.ID
    kind: strawberry.auto
    effective_on: strawberry.auto
    reason: strawberry.auto
    recorded_at: strawberry.auto

    @strawberry_django.field(only=["delta_minor"])
    def delta(self, root: t.Movement) -> Money:
        return Money(minor_units=root.delta_minor)


@strawberry.type
class Payments:
    nodes: list[Payment]


@strawberry.type
class Movements:
    nodes: list[Movement]


@strawberry_django.type(t.Debt)
class Debt:
    id: strawberry.ID
    reference: strawberry.auto
    product: strawberry.auto
    currency: strawberry.auto
    stage: strawberry.auto
    status: strawberry.auto
    placed_on: strawberry.auto
    due_on: strawberry.auto
    last_payment_on: strawberry.auto
    debtor: Party = strawberry_django.field(field_name="party")
    creditor: Creditor

    @strawberry_django.field(only=["placed_minor"])
    def placed(self, root: t.Debt) -> Money:
        return Money(minor_units=root.placed_minor)

    @strawberry_django.field(only=["balance_minor"])
    def balance(self, root: t.Debt) -> Money:
        return Money(minor_units=root.balance_minor)

    @strawberry_django.field(only=["due_on"])
    def days_past_due(self, root: t.Debt) -> int:
        return work.days_past_due(root.due_on)

    @strawberry_django.field(only=["agency_id"])
    def payments(self, root: t.Debt, first: int) -> Payments:
        return Payments(nodes=work.payments(root, first))

    @strawberry_django.field(only=["agency_id"])
    def movements(self, root: t.Debt, first: int) -> Movements:
        return Movements(nodes=work.movements(root, first))


@strawberry.type
class PageInfo:
    end_cursor: str | None
    has_next_page: bool


@strawberry.type
class DebtPage:
    nodes: list[Debt]
    page_info: PageInfo


@strawberry.input
class DebtFilter:
    stages: list[Stage]
    days_past_due_from: int
    days_past_due_to: int


def _money(minor: int) -> Money:
    return Money(minor_units=minor)


@strawberry.type
class Query:
    @strawberry.field
    def debts(self, info: strawberry.Info, filter: DebtFilter, first: int, after: str | None = None) -> DebtPage:
        agency, stages = info.context.request.headers["x-agency-id"], [stage.name for stage in filter.stages]
        rows, cursor, more = work.page(agency, stages, filter.days_past_due_from, filter.days_past_due_to, first, after)
        return DebtPage(nodes=rows, page_info=PageInfo(end_cursor=cursor, has_next_page=more))

    @strawberry_django.field
    def debt(self, info: strawberry.Info, id: strawberry.ID) -> Debt | None:
        return t.Debt.objects.filter(agency_id=info.context.request.headers["x-agency-id"], id=id)

    @strawberry.field
    def dashboard(self, creditor_id: strawberry.ID, months: int) -> Dashboard | None:
        found = work.dashboard(creditor_id, months)
        return found and Dashboard(
            stages=[
                StageTotal(stage=r["stage"], debts=r["debts"], balance=_money(r["minor"])) for r in found["stages"]
            ],
            buckets=[
                BucketTotal(label=r["label"], debts=r["debts"], balance=_money(r["minor"])) for r in found["buckets"]
            ],
            months=[
                MonthTotal(month=r["month"], payments=r["payments"], recovered=_money(r["minor"]))
                for r in found["months"]
            ],
        )


@strawberry.input
class MoneyInput:
    minor_units: BigInt
    currency: str


@strawberry.input
class PaymentRecordInput:
    debt_id: strawberry.ID
    amount: MoneyInput
    paid_on: dt.date
    idempotency_key: str
    method: PaymentMethod


@strawberry.type
class UserError:
    code: str
    message: str


@strawberry.type
class PaymentRecordPayload:
    replayed: bool
    payment: Payment | None
    debt: Debt | None
    errors: list[UserError]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def payment_record(self, input: PaymentRecordInput) -> PaymentRecordPayload:
        done = work.record(
            input.debt_id, input.amount.minor_units, input.amount.currency, input.paid_on, input.method.name,
            input.idempotency_key,
        )  # fmt: skip
        if done is None:
            missing = UserError(code="NOT_FOUND", message="There is no such debt.")
            return PaymentRecordPayload(replayed=False, payment=None, debt=None, errors=[missing])
        return PaymentRecordPayload(replayed=done[0], payment=done[1], debt=done[2], errors=[])


SCHEMA = strawberry.Schema(
    Query,
    Mutation,
    extensions=[DjangoOptimizerExtension, lambda: ParserCache(maxsize=256), lambda: ValidationCache(maxsize=256)],
    config=StrawberryConfig(scalar_map=SCALARS),
)
urlpatterns = [path("graphql", csrf_exempt(GraphQLView.as_view(schema=SCHEMA, graphql_ide=None)))]
application = get_wsgi_application()
