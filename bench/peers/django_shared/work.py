"""What both Django peers do with the tables: a page, the totals of a creditor, a payment."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import tables as t
from django.db.models import Case, Count, DateField, F, Min, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncMonth

ZONE = ZoneInfo("America/Bogota")
STAGES = ("PREVENTION", "EARLY", "INTERMEDIATE", "PRE_LEGAL", "JUDICIAL")
BOUNDS = (0, 30, 60, 90, 120, 150, 180)
LABELS = ("current", "1-30", "31-60", "61-90", "91-120", "121-150", "151-180")


# As the index that is in the page's order has it.
DUE = RawSQL("LEAST(debt.due_on, 'infinity'::date)", [], DateField())


def today() -> date:
    return datetime.now(UTC).astimezone(ZONE).date()


def days_past_due(due_on: date | None) -> int:
    return max(0, (today() - due_on).days) if due_on else 0


def page(
    agency: str, stages: list[str], least: int, most: int, first: int, after: str | None
) -> tuple[list[t.Debt], str | None, bool]:
    """The debts, the cursor of the last one, and whether more follow."""
    day = today()
    rows: QuerySet[t.Debt] = t.Debt.objects.select_related("party", "creditor").filter(
        agency_id=agency,
        status="ACTIVE",
        stage__in=stages,
    )
    rows = rows.alias(due=DUE).filter(due__range=(day - timedelta(days=most), day - timedelta(days=least)))
    if after:
        balance, _, last = after.partition(":")
        rows = rows.filter(Q(balance_minor__lt=int(balance)) | Q(balance_minor=int(balance), id__lt=last))
    found = list(rows.order_by("-balance_minor", "-id")[: first + 1])
    kept = found[:first]
    return kept, f"{kept[-1].balance_minor}:{kept[-1].id}" if kept else None, len(found) > first


def payments(debt: t.Debt, first: int) -> list[t.Payment]:
    return list(t.Payment.objects.filter(agency_id=debt.agency_id, debt_id=debt.id).order_by("-paid_on", "-id")[:first])


def movements(debt: t.Debt, first: int) -> list[t.Movement]:
    rows = t.Movement.objects.filter(agency_id=debt.agency_id, debt_id=debt.id)
    return list(rows.order_by("-effective_on", "-recorded_at", "-id")[:first])


def dashboard(creditor_id: str, months: int) -> dict[str, list[dict[str, Any]]] | None:
    """`stages`, `buckets` and `months` of a creditor that there is."""
    if not t.Creditor.objects.filter(id=creditor_id).exists():
        return None
    debts, day = t.Debt.objects.filter(creditor_id=creditor_id), today()
    sums = {"debts": Count("*"), "minor": Sum("balance_minor")}
    by_stage = sorted(debts.values("stage").annotate(**sums), key=lambda row: STAGES.index(row["stage"]))
    oldest = [Value(day - timedelta(days=bound), DateField()) for bound in BOUNDS]
    label = Case(
        When(balance_minor=0, then=Value("settled")),
        When(due_on=None, then=Value("current")),
        *(When(due_on__gte=since, then=Value(name)) for since, name in zip(oldest, LABELS, strict=True)),
        default=Value("180+"),
    )
    by_bucket = debts.annotate(label=label).values("label").annotate(**sums, oldest=Min("due_on")).order_by("-oldest")
    now = datetime.now(UTC).date()
    year, month = divmod(now.year * 12 + now.month - months, 12)
    cash = t.Payment.objects.filter(creditor_id=creditor_id, paid_on__gte=date(year, month + 1, 1))
    by_month = (
        cash.annotate(month=TruncMonth("paid_on"))
        .values("month")
        .annotate(payments=Count("*"), minor=Sum(F("amount_minor") - F("unapplied_minor")))
        .order_by("month")
    )
    return {
        "stages": by_stage,
        "buckets": list(by_bucket),
        "months": [{**row, "month": row["month"].strftime("%Y-%m")} for row in by_month],
    }


def record(
    debt_id: str, minor_units: int, currency: str, paid_on: date, method: str, key: str
) -> tuple[bool, t.Payment, t.Debt] | None:
    """Whether the key was known, the payment, and the debt after it; None where there is no such debt."""
    debt = t.Debt.objects.select_for_update(no_key=True).filter(id=debt_id).first()
    if debt is None:
        return None
    before = t.Payment.objects.filter(agency_id=debt.agency_id, idempotency_key=key).first()
    if before is not None:
        return True, before, debt
    mandate = t.Mandate.objects.only("allocation_order").get(id=debt.mandate_id)
    places = {kind: place for place, kind in enumerate(mandate.allocation_order)}
    components = list(t.Component.objects.filter(agency_id=debt.agency_id, debt_id=debt.id))
    components.sort(key=lambda row: (places[row.kind], row.due_on or date.max, row.position))
    left, parts = minor_units, list[tuple[t.Component, int]]()
    for component in components:
        if minor := min(left, component.balance_minor):
            parts.append((component, minor))
            component.balance_minor -= minor
            left -= minor
    shared: dict[str, Any] = {"agency_id": debt.agency_id, "creditor_id": debt.creditor_id}
    payment = t.Payment.objects.create(
        **shared, id=uuid4(), debt_id=debt.id, currency=currency, amount_minor=minor_units, unapplied_minor=left,
        paid_on=paid_on, cleared_on=paid_on, received_by="AGENCY", method=method, idempotency_key=key, fingerprint="",
        recorded_by="django",
    )  # fmt: skip
    t.Allocation.objects.bulk_create(
        t.Allocation(**shared, id=uuid4(), payment_id=payment.id, component_id=component.id, amount_minor=minor)
        for component, minor in parts
    )
    t.Movement.objects.bulk_create(
        t.Movement(
            **shared, id=uuid4(), debt_id=debt.id, component_id=component.id, kind="PAYMENT", effective_on=paid_on,
            delta_minor=-minor, source_id=payment.id, actor="django", reason="",
        )
        for component, minor in parts
    )  # fmt: skip
    t.Component.objects.bulk_update([component for component, _ in parts], ["balance_minor"])
    debt.balance_minor -= minor_units - left
    debt.recovered_minor += minor_units - left
    debt.last_payment_on = max(debt.last_payment_on or paid_on, paid_on)
    debt.save(update_fields=["balance_minor", "recovered_minor", "last_payment_on", "updated_at"])
    return False, payment, debt
