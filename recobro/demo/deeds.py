"""What people of the agencies do about debts in the demo, beside taking money."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from core.mandates.terms import Stage
from recobro.demo import words
from recobro.demo.debts import DemoDebt
from recobro.demo.plan import AGENCIES, MandatePlan


class DeedKind(StrEnum):
    DISPUTE = "DISPUTE"
    SETTLE = "SETTLE"
    STAGE = "STAGE"
    ASSIGN = "ASSIGN"
    INQUIRE = "INQUIRE"
    HAND_OVER = "HAND_OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """`what` is the reason, or the paper that a handoff lacks; `stage` where to; `who` the number of the collector."""

    kind: DeedKind
    on: date
    mandate: str
    reference: str
    what: str = ""
    stage: Stage | None = None
    who: int = 0


def deeds_about(random: Random, plan: MandatePlan, unpaid: list[DemoDebt], today: date) -> Iterator[Deed]:
    """Deeds about debts that nobody pays, each kind about debts of its own."""
    left = list(unpaid)

    def some(share: int) -> list[DemoDebt]:
        return [left.pop() for _ in range(min(len(left), max(1, len(unpaid) // share)))]

    yield from _disputes(random, some(30), today)
    for debt in some(30):
        stage = random.choice((Stage.INTERMEDIATE, Stage.PRE_LEGAL))
        yield _deed(
            DeedKind.STAGE, debt, _day_after(random, debt, today), random.choice(words.STAGE_REASONS), stage=stage
        )
    if plan.agency == AGENCIES[0].key:
        yield from _handoffs(random, left, today)
        for debt in some(120):
            if not debt.debtor.document.endswith("000"):  # of whom the sandbox bureau knows nothing
                yield _deed(DeedKind.INQUIRE, debt, today - timedelta(days=random.randint(2, 15)))
    largest = sorted(left, key=lambda debt: (-debt.placed_minor, debt.reference))
    for place, debt in enumerate(largest[: max(2, len(unpaid) // 12)]):
        yield _deed(DeedKind.ASSIGN, debt, _day_after(random, debt, today), who=place % 2)


def _disputes(random: Random, debts: list[DemoDebt], today: date) -> Iterator[Deed]:
    """A third of them settled again."""
    for debt in debts:
        day = _day_after(random, debt, today)
        yield _deed(DeedKind.DISPUTE, debt, day, random.choice(words.DISPUTE_REASONS))
        settled = day + timedelta(days=random.randint(8, 40))
        if random.random() < 0.33 and settled < today:
            yield _deed(DeedKind.SETTLE, debt, settled, "Soportes revisados con el acreedor")


def _handoffs(random: Random, left: list[DemoDebt], today: date) -> Iterator[Deed]:
    """The largest of the oldest debts go to court, taken out of `left`; the last of them lacks a paper."""
    old = [debt for debt in left if 240 < (today - debt.due_on).days < 700]
    chosen = sorted(old, key=lambda debt: (-debt.placed_minor, debt.reference))[: max(2, len(left) // 90)]
    for debt in chosen:
        left.remove(debt)
        what = "balance_certificate" if debt is chosen[-1] else ""
        yield _deed(DeedKind.HAND_OVER, debt, today - timedelta(days=random.randint(3, 24)), what)


def _deed(
    kind: DeedKind, debt: DemoDebt, on: date, what: str = "", *, stage: Stage | None = None, who: int = 0
) -> Deed:
    return Deed(kind=kind, on=on, mandate=debt.mandate, reference=debt.reference, what=what, stage=stage, who=who)


def _day_after(random: Random, debt: DemoDebt, today: date) -> date:
    return debt.placed_on + timedelta(days=random.randint(3, max(4, (today - debt.placed_on).days - 1)))
