"""Promises to pay and payment plans."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.agreements.kinds import AgreementChannel, AgreementKind, AgreementStatus, Frequency, PromiseStatus
from core.kit.scope import Audience
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node

if TYPE_CHECKING:
    from schema.types.debts import Debt
    from schema.types.payments import Payment

strawberry.enum(AgreementKind, description="One promise, or a plan of several.")
strawberry.enum(AgreementStatus, description="What has become of an agreement.")
strawberry.enum(AgreementChannel, description="How the debtor gave its word.")
strawberry.enum(PromiseStatus, description="What has become of a promise.")
strawberry.enum(Frequency, name="InstalmentFrequency", description="How far apart instalments are.")


@mapped("promise_payment", "What of a payment was paid towards a promise, as it was recorded.")
class PromisePayment(Mapped):
    amount: Money = money("amount_minor", "How much of it.", currency="payment.currency")

    payment: Annotated["Payment", strawberry.lazy("schema.types.payments")] | None = one(
        "payment_id", "The payment; one that is reversed counts no more."
    )
    promise: Annotated["Promise", strawberry.lazy("schema.types.agreements")] | None = one("promise_id", "The promise.")


@node(
    "promise", "promise", Permission.PAYMENT_READ,
    "A promise to pay an amount by a day; an instalment of a plan is one, too.",
)  # fmt: skip
class Promise(Mapped, Node):
    id: strawberry.ID = public_id("promise")
    number: int = column("number", "Its place in its agreement, from 1.")
    amount: Money = money("amount_minor", "What was promised.")
    paid: Money = money("paid_minor", "What was paid of it and stands, also what came too late.")
    due_on: date = column("due_on", "By which day.")
    last_on: date = column("last_on", "The last day on which money still keeps it: the due day with the days of grace.")
    status: PromiseStatus = choice("status", PromiseStatus, "What has become of it.")

    agreement: Annotated["Agreement", strawberry.lazy("schema.types.agreements")] | None = one(
        "agreement_id", "The agreement that it belongs to."
    )
    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one(
        "debt_id", "The debt.", requires=Permission.DEBT_READ
    )
    payments: list[PromisePayment] = many("promise_id", "t.id", "What was paid towards it, reversed payments among it.")


@node(
    "agreement", "agreement", Permission.PAYMENT_READ,
    "What a debtor agreed to pay of one debt: one promise, or a plan. A debt has one that is active at most.",
)  # fmt: skip
class Agreement(Mapped, Node):
    id: strawberry.ID = public_id("agreement")
    kind: AgreementKind = choice("kind", AgreementKind, "One promise, or a plan.")
    status: AgreementStatus = choice("status", AgreementStatus, "What has become of it.")
    amount: Money = money("amount_minor", "What was agreed: the sum of its promises.")
    instalments: int = column("instalments", "How many promises it has.")
    channel: AgreementChannel = choice("channel", AgreementChannel, "How the debtor gave its word.")
    grace_days: int = column("grace_days", "How many days after its due day money still keeps a promise.")
    missed_limit: int = column("missed_limit", "How many promises, missed at once, break it.")
    made_on: date = column("made_on", "The legal day on which it was made: money of that day on counts.")
    made_at: datetime = column("made_at", "When it was recorded.")
    made_by: str | None = computed(
        ("made_by",), lambda actor: actor, "Who recorded it. For the agency; null for a creditor.",
        only=Audience.AGENCY,
    )  # fmt: skip
    ended_on: date | None = column("ended_on", "With which day it was broken, or on which it was cancelled.")
    cancel_reason: str | None = column("cancel_reason", "Why it was cancelled.")

    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one(
        "debt_id", "The debt.", requires=Permission.DEBT_READ
    )
    promises: list[Promise] = many("agreement_id", "t.number", "Its promises in their order.", limit=120)
