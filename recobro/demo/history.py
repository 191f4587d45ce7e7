"""The demo's year as steps in the order in which they happened: files that came in, and what people did."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.kit.clock import month_start
from recobro.demo.creditor_files import CreditorFile, financial_file, maintenance_file, new_file, recall_file
from recobro.demo.debts import DemoDebt, DemoPayment
from recobro.demo.deeds import Deed
from recobro.demo.generator import DemoData
from recobro.demo.layouts import STYLES
from recobro.demo.plan import MANDATES, ZONE, MandatePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStep:
    """A creditor's file comes in and is accepted."""

    at: datetime
    mandate: str
    file: CreditorFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStep:
    """The agency receives money. `number` makes its idempotency key."""

    at: datetime
    mandate: str
    reference: str
    payment: DemoPayment
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalStep:
    """The payment of the same `number` is taken back."""

    at: datetime
    mandate: str
    reference: str
    on: date
    reason: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedStep:
    at: datetime
    mandate: str
    reference: str
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshStep:
    """The debts of an agency come into the stage of their days past due, as every night."""

    at: datetime
    agency: str


_FEW = 20
SingleStep = PaymentStep | ReversalStep | DeedStep
Step = FileStep | SingleStep | RefreshStep


def instant(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day where the agencies are."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(ZONE))


def steps(data: DemoData) -> list[Step]:
    """All steps up to the morning of `data.today`, in order."""
    found: list[Step] = []
    for plan in MANDATES:
        found += _placements(plan, data)
        found += _direct_payments(plan, data)
        found += _other_files(plan, data)
    found += _payments(data)
    found += [
        DeedStep(at=instant(deed.on, 14, place % 60), mandate=deed.mandate, reference=deed.reference, deed=deed)
        for place, deed in enumerate(data.deeds)
    ]
    for agency in dict.fromkeys(plan.agency for plan in MANDATES):
        found += [RefreshStep(at=instant(day, 1), agency=agency) for day in _month_starts(data.today)]
        found.append(RefreshStep(at=instant(data.today, 1), agency=agency))
    return sorted((step for step in found if step.at.date() <= data.today), key=lambda step: step.at)


def _month_starts(today: date) -> Iterator[date]:
    """The first days of the last eleven months, this one's included."""
    day = month_start(today)
    for _ in range(11):
        yield day
        day = month_start(day - timedelta(days=1))


def _placements(plan: MandatePlan, data: DemoData) -> Iterator[FileStep]:
    """One file for each placement; in the third one, a creditor without control totals got three rows wrong."""
    style = STYLES[plan.creditor]
    by_day: dict[date, list[DemoDebt]] = defaultdict(list)
    for debt in data.of(plan.key):
        by_day[debt.placed_on].append(debt)
    for place, (day, debts) in enumerate(sorted(by_day.items())):
        name = f"asignacion_{plan.key}_{day:%Y%m%d}.csv"
        file = new_file(style, name, debts, with_faults=place == 2 and not style.trailer)
        yield FileStep(at=instant(day, 8, 10), mandate=plan.key, file=file)


def _direct_payments(plan: MandatePlan, data: DemoData) -> Iterator[FileStep]:
    """What the creditor received in a month, told on the fourth of the next one; of this month, this morning. A month
    with few payments is told with the next one."""
    by_month: dict[date, list[tuple[DemoDebt, DemoPayment]]] = defaultdict(list)
    for debt in data.of(plan.key):
        for payment in debt.payments:
            if payment.direct and payment.paid_on < data.today:
                by_month[month_start(payment.paid_on)].append((debt, payment))
    rows: list[tuple[DemoDebt, DemoPayment]] = []
    for month, more in sorted(by_month.items()):
        rows += more
        if len(rows) < _FEW and month != max(by_month):
            continue
        told = min(month_start(month + timedelta(days=31)) + timedelta(days=3), data.today)
        rows.sort(key=lambda row: (row[1].paid_on, row[0].reference))
        file = financial_file(STYLES[plan.creditor], f"recaudo_{plan.key}_{month:%Y%m}.csv", rows)
        yield FileStep(at=instant(told, 8, 40), mandate=plan.key, file=file)
        rows = []


def _other_files(plan: MandatePlan, data: DemoData) -> Iterator[FileStep]:
    style = STYLES[plan.creditor]
    if phones := [phone for phone in data.phones if phone.mandate == plan.key]:
        file = maintenance_file(style, f"novedades_{plan.key}_{phones[0].on:%Y%m%d}.csv", phones)
        yield FileStep(at=instant(phones[0].on, 8, 50), mandate=plan.key, file=file)
    if recalls := [recall for recall in data.recalls if recall.mandate == plan.key]:
        file = recall_file(style, f"retiros_{plan.key}_{recalls[0].on:%Y%m%d}.csv", recalls)
        yield FileStep(at=instant(recalls[0].on, 17, 30), mandate=plan.key, file=file)


def _payments(data: DemoData) -> Iterator[PaymentStep | ReversalStep]:
    number = 0
    for debt in data.debts:
        for payment in debt.payments:
            if payment.direct or payment.paid_on >= data.today:
                continue
            number += 1
            yield PaymentStep(
                at=instant(payment.paid_on, 11, number % 60),
                mandate=debt.mandate,
                reference=debt.reference,
                payment=payment,
                number=number,
            )
            if payment.reversed_on is not None and payment.reversed_on < data.today:
                yield ReversalStep(
                    at=instant(payment.reversed_on, 16),
                    mandate=debt.mandate,
                    reference=debt.reference,
                    on=payment.reversed_on,
                    reason=payment.reversal_reason,
                    number=number,
                )
