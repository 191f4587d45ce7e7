"""graphene-django: a synchronous view under threads, relations joined by hand."""

import tables as t  # sets Django up, which what follows needs

# isort: split
from typing import Any

import graphene
import work
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django import DjangoObjectType
from graphene_django.views import GraphQLView

Stage = graphene.Enum("Stage", [(name, name) for name in work.STAGES])
METHODS = ("CASH", "TRANSFER", "CARD", "CHEQUE", "PAYROLL_DEDUCTION", "OTHER")
PaymentMethod = graphene.Enum("PaymentMethod", [(name, name) for name in METHODS])


class BigInt(graphene.Scalar):
    serialize = staticmethod(str)
    parse_value = staticmethod(int)

    @staticmethod
    def parse_literal(node: Any, _variables: Any = None) -> int:
        return int(node.value)


class Money(graphene.ObjectType):
    minor_units = graphene.NonNull(BigInt)


def _money(column: str) -> Any:
    return graphene.Field(graphene.NonNull(Money), resolver=lambda row, _info: Money(minor_units=getattr(row, column)))


class Creditor(DjangoObjectType):
    class Meta:
        model = t.Creditor
        fields = ("name",)


class Identifier(DjangoObjectType):
    class Meta:
        model = t.Identifier
        fields = ("type", "number")


class ContactPoint(DjangoObjectType):
    class Meta:
        model = t.ContactPoint
        fields = ("channel", "value", "valid")


class Party(DjangoObjectType):
    identifiers = graphene.List(graphene.NonNull(Identifier))
    contact_points = graphene.List(graphene.NonNull(ContactPoint))

    class Meta:
        model = t.Party
        fields = ("name", "country")

    def resolve_identifiers(self, _info: Any) -> list[t.Identifier]:
        return list(t.Identifier.objects.filter(party_id=self.id))

    def resolve_contact_points(self, _info: Any) -> list[t.ContactPoint]:
        return list(t.ContactPoint.objects.filter(party_id=self.id))


class Payment(DjangoObjectType):
    amount = _money("amount_minor")

    class Meta:
        model = t.Payment
        fields = ("id", "paid_on", "method")


class Movement(DjangoObjectType):
    delta = _money("delta_minor")

    class Meta:
        model = t.Movement
        fields = ("id", "kind", "effective_on", "reason", "recorded_at")


class Payments(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(Payment))


class Movements(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(Movement))


class Debt(DjangoObjectType):
    placed = _money("placed_minor")
    balance = _money("balance_minor")
    days_past_due = graphene.Int(required=True)
    debtor = graphene.Field(Party)
    creditor = graphene.Field(Creditor)
    payments = graphene.Field(Payments, first=graphene.Int(required=True))
    movements = graphene.Field(Movements, first=graphene.Int(required=True))

    class Meta:
        model = t.Debt
        fields = (
            "id", "reference", "product", "currency", "stage", "status", "placed_on", "due_on", "last_payment_on",
        )  # fmt: skip

    def resolve_days_past_due(self, _info: Any) -> int:
        return work.days_past_due(self.due_on)

    def resolve_debtor(self, _info: Any) -> t.Party:
        return self.party

    def resolve_creditor(self, _info: Any) -> t.Creditor:
        return self.creditor

    def resolve_payments(self, _info: Any, first: int) -> Payments:
        return Payments(nodes=work.payments(self, first))

    def resolve_movements(self, _info: Any, first: int) -> Movements:
        return Movements(nodes=work.movements(self, first))


class PageInfo(graphene.ObjectType):
    end_cursor = graphene.String()
    has_next_page = graphene.Boolean()


class DebtPage(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(Debt))
    page_info = graphene.Field(PageInfo)


class StageTotal(graphene.ObjectType):
    stage = graphene.String()
    debts = graphene.Int()
    balance = _money("minor")


class BucketTotal(graphene.ObjectType):
    label = graphene.String()
    debts = graphene.Int()
    balance = _money("minor")


class MonthTotal(graphene.ObjectType):
    month = graphene.String()
    payments = graphene.Int()
    recovered = _money("minor")


class Dashboard(graphene.ObjectType):
    stages = graphene.List(StageTotal)
    buckets = graphene.List(BucketTotal)
    months = graphene.List(MonthTotal)


class Total:
    """A row of the totals, as an object with attributes."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__.update(row)


class DebtFilter(graphene.InputObjectType):
    stages = graphene.List(graphene.NonNull(Stage), required=True)
    days_past_due_from = graphene.Int(required=True)
    days_past_due_to = graphene.Int(required=True)


class Query(graphene.ObjectType):
    debts = graphene.Field(
        DebtPage, filter=DebtFilter(required=True), first=graphene.Int(required=True), after=graphene.String()
    )
    debt = graphene.Field(Debt, id=graphene.ID(required=True))
    dashboard = graphene.Field(Dashboard, creditor_id=graphene.ID(required=True), months=graphene.Int(required=True))

    def resolve_debts(self, info: Any, filter: Any, first: int, after: str | None = None) -> DebtPage:
        agency, stages = info.context.headers["x-agency-id"], [Stage.get(stage).name for stage in filter.stages]
        rows, cursor, more = work.page(agency, stages, filter.days_past_due_from, filter.days_past_due_to, first, after)
        return DebtPage(nodes=rows, page_info=PageInfo(end_cursor=cursor, has_next_page=more))

    def resolve_debt(self, info: Any, id: str) -> t.Debt | None:
        rows = t.Debt.objects.select_related("party", "creditor")
        return rows.filter(agency_id=info.context.headers["x-agency-id"], id=id).first()

    def resolve_dashboard(self, _info: Any, creditor_id: str, months: int) -> Dashboard | None:
        found = work.dashboard(creditor_id, months)
        return found and Dashboard(**{name: [Total(row) for row in rows] for name, rows in found.items()})


class MoneyInput(graphene.InputObjectType):
    minor_units = BigInt(required=True)
    currency = graphene.String(required=True)


class PaymentRecordInput(graphene.InputObjectType):
    debt_id = graphene.ID(required=True)
    amount = MoneyInput(required=True)
    paid_on = graphene.Date(required=True)
    idempotency_key = graphene.String(required=True)
    method = PaymentMethod(required=True)


class UserError(graphene.ObjectType):
    code = graphene.String()
    message = graphene.String()


class PaymentRecord(graphene.Mutation):
    class Arguments:
        input = PaymentRecordInput(required=True)

    replayed = graphene.Boolean()
    payment = graphene.Field(Payment)
    debt = graphene.Field(Debt)
    errors = graphene.List(UserError)

    def mutate(self, _info: Any, input: Any) -> "PaymentRecord":
        done = work.record(
            input.debt_id, input.amount.minor_units, input.amount.currency, input.paid_on,
            PaymentMethod.get(input.method).name, input.idempotency_key,
        )  # fmt: skip
        if done is None:
            missing = UserError(code="NOT_FOUND", message="There is no such debt.")
            return PaymentRecord(replayed=False, errors=[missing])
        return PaymentRecord(replayed=done[0], payment=done[1], debt=done[2], errors=[])


class Mutation(graphene.ObjectType):
    payment_record = PaymentRecord.Field()


SCHEMA = graphene.Schema(Query, Mutation)
urlpatterns = [path("graphql", csrf_exempt(GraphQLView.as_view(schema=SCHEMA, graphiql=False)))]
application = get_wsgi_application()
