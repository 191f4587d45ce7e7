"""A payment: the debt locked, the split by the mandate's order, and what hangs on it; the totals of the dashboard."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import uuid4

import models as m
import strawberry
from graph import BigInt, Debt, Money, Payment, PaymentMethod, Stage, today
from tortoise import connections


@strawberry.input
class MoneyInput:
    minor_units: BigInt
    currency: str


@strawberry.input
class PaymentRecordInput:
    debt_id: strawberry.ID
    amount: MoneyInput
    paid_on: date
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


async def record(given: PaymentRecordInput) -> PaymentRecordPayload:
    debt = await m.Debt.filter(id=given.debt_id).select_for_update(no_key=True).get_or_none()
    if debt is None:
        missing = UserError(code="NOT_FOUND", message="There is no such debt.")
        return PaymentRecordPayload(replayed=False, payment=None, debt=None, errors=[missing])
    before = await m.Payment.get_or_none(agency_id=debt.agency_id, idempotency_key=given.idempotency_key)
    if before is not None:
        return PaymentRecordPayload(replayed=True, payment=Payment.of(before), debt=Debt.of(debt, today()), errors=[])
    mandate = await m.Mandate.get(id=debt.mandate_id)
    places = {kind: place for place, kind in enumerate(mandate.allocation_order)}
    components = await m.Component.filter(agency_id=debt.agency_id, debt_id=debt.id)
    components.sort(key=lambda row: (places[row.kind], row.due_on or date.max, row.position))
    left, parts = given.amount.minor_units, list[tuple[m.Component, int]]()
    for component in components:
        if minor := min(left, component.balance_minor):
            parts.append((component, minor))
            left -= minor
    shared = {"agency_id": debt.agency_id, "creditor_id": debt.creditor_id}
    payment = await m.Payment.create(
        **shared, id=uuid4(), debt_id=debt.id, currency=given.amount.currency, amount_minor=given.amount.minor_units,
        unapplied_minor=left, paid_on=given.paid_on, cleared_on=given.paid_on, received_by="AGENCY",
        method=given.method.name, idempotency_key=given.idempotency_key, fingerprint="", recorded_by="strawberry",
    )  # fmt: skip
    await m.Allocation.bulk_create(
        m.Allocation(**shared, id=uuid4(), payment_id=payment.id, component_id=component.id, amount_minor=minor)
        for component, minor in parts
    )
    await m.Movement.bulk_create(
        m.Movement(
            **shared, id=uuid4(), debt_id=debt.id, component_id=component.id, kind="PAYMENT",
            effective_on=given.paid_on, delta_minor=-minor, source_id=payment.id, actor="strawberry", reason="",
        )
        for component, minor in parts
    )  # fmt: skip
    for component, minor in parts:
        component.balance_minor -= minor
        await component.save(update_fields=["balance_minor"])
    applied = given.amount.minor_units - left
    debt.balance_minor -= applied
    debt.recovered_minor += applied
    debt.last_payment_on = max(debt.last_payment_on or given.paid_on, given.paid_on)
    await debt.save(update_fields=["balance_minor", "recovered_minor", "last_payment_on", "updated_at"])
    return PaymentRecordPayload(replayed=False, payment=Payment.of(payment), debt=Debt.of(debt, today()), errors=[])


@strawberry.type
class StageTotal:
    stage: Stage
    debts: int
    balance: Money


@strawberry.type
class BucketTotal:
    label: str
    debts: int
    balance: Money


@strawberry.type
class MonthTotal:
    month: str
    payments: int
    recovered: Money


@strawberry.type
class Dashboard:
    stages: list[StageTotal]
    buckets: list[BucketTotal]
    months: list[MonthTotal]


_STAGES = """
SELECT stage, count(*)::int, sum(balance_minor)::bigint FROM debt WHERE creditor_id = $1 GROUP BY 1
ORDER BY array_position('{PREVENTION,EARLY,INTERMEDIATE,PRE_LEGAL,JUDICIAL}'::text[], stage::text)
"""
_BUCKETS = """
SELECT CASE WHEN balance_minor = 0 THEN 'settled' WHEN days <= 0 THEN 'current' WHEN days <= 30 THEN '1-30'
  WHEN days <= 60 THEN '31-60' WHEN days <= 90 THEN '61-90' WHEN days <= 120 THEN '91-120'
  WHEN days <= 150 THEN '121-150' WHEN days <= 180 THEN '151-180' ELSE '180+' END,
  count(*)::int, sum(balance_minor)::bigint
FROM (SELECT COALESCE($2::date - due_on, 0) AS days, balance_minor FROM debt WHERE creditor_id = $1) AS d
GROUP BY 1 ORDER BY min(days)
"""
_MONTHS = """
SELECT to_char(date_trunc('month', paid_on), 'YYYY-MM'), count(*)::int, sum(amount_minor - unapplied_minor)::bigint
FROM payment WHERE creditor_id = $1 AND paid_on >= date_trunc('month', $2::date) - $3::int * interval '1 month'
GROUP BY 1 ORDER BY 1
"""


async def dashboard_of(creditor_id: str, months: int) -> Dashboard | None:
    if not await m.Creditor.filter(id=creditor_id).exists():
        return None
    month = datetime.now(UTC).date()
    return Dashboard(
        stages=[
            StageTotal(stage=Stage[name], debts=debts, balance=Money(minor_units=minor))
            for name, debts, minor in await _rows(_STAGES, [creditor_id])
        ],
        buckets=[
            BucketTotal(label=label, debts=debts, balance=Money(minor_units=minor))
            for label, debts, minor in await _rows(_BUCKETS, [creditor_id, today()])
        ],
        months=[
            MonthTotal(month=name, payments=payments, recovered=Money(minor_units=minor))
            for name, payments, minor in await _rows(_MONTHS, [creditor_id, month, months - 1])
        ],
    )


async def _rows(sql: str, values: list[object]) -> list[Sequence[object]]:
    found = await connections.get("default").execute_query(sql, values)
    return [tuple(row.values()) for row in found[1]]
