"""Payments and how they were split."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.payments.models import PaymentMethod, PaymentStatus, ReceivedBy
from core.permissions import Permission
from schema.kit.context import Info
from schema.kit.fields import Mapped, column, computed, money, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node, wrapped

if TYPE_CHECKING:
    from schema.types.debts import Debt

strawberry.enum(PaymentMethod, description="How the money came.")
strawberry.enum(PaymentStatus, description="Whether the money stands.")
strawberry.enum(ReceivedBy, description="Who received the money.")


_BY_COMPONENT = (
    "(SELECT c.position FROM debt_component c WHERE c.agency_id = t.agency_id AND c.id = t.component_id), t.id"
)


@strawberry.type(description="What a component took of a payment.")
class PaymentAllocation(Mapped):
    component_id: strawberry.ID = public_id("component", "component_id", "The component.")

    @strawberry.field(description="What kind of component it was.")
    async def component_kind(self, info: Info) -> str:
        row = await info.context.load.one("debt_component", self.row["component_id"])
        assert row is not None
        return row["kind"]

    @strawberry.field(description="How much it took.")
    async def amount(self, info: Info) -> Money:
        payment = await info.context.load.one("payment", self.row["payment_id"])
        assert payment is not None
        return Money.of(self.row["amount_minor"], payment["currency"])


@node("payment", "payment", Permission.PAYMENT_READ, "Money received for a debt.")
class Payment(Mapped, Node):
    id: strawberry.ID = public_id("payment")
    amount: Money = money("amount_minor", "What was received.")
    unapplied: Money = money("unapplied_minor", "What no component could take.")
    paid_on: date = column("paid_on", "The day of the payment.")
    method: PaymentMethod = computed(("method",), lambda row: PaymentMethod(row["method"]), "How it came.")
    received_by: ReceivedBy = computed(
        ("received_by",), lambda row: ReceivedBy(row["received_by"]), "Who received it: CREDITOR is a direct payment."
    )
    reference: str = column("reference", "The payer's or the bank's reference.")
    status: PaymentStatus = computed(("status",), lambda row: PaymentStatus(row["status"]), "Whether it stands.")
    reversed_on: date | None = column("reversed_on", "When it was reversed.")
    reversal_reason: str | None = column("reversal_reason", "Why it was reversed.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")

    @strawberry.field(description="The debt that it was for.")
    async def debt(self, info: Info) -> Annotated["Debt", strawberry.lazy("schema.types.debts")] | None:
        from schema.types.debts import Debt

        info.context.scope.require(Permission.DEBT_READ)
        return wrapped(Debt, await info.context.load.one("debt", self.row["debt_id"]))

    @strawberry.field(
        description="How it was split, in the order of the debt's components; a reversal restores exactly this."
    )
    async def allocations(self, info: Info) -> list[PaymentAllocation]:
        rows = await info.context.load.many("payment_allocation", "payment_id", self.row["id"], _BY_COMPONENT)
        return [PaymentAllocation(row=row) for row in rows]
