"""The demo's data, drawn from a seed: the same seed, day and size give the same debtors, debts, payments and events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from recobro.demo import words
from recobro.demo.debtors import Debtor, Debtors
from recobro.demo.debts import DemoDebt, components, opened_before, payments
from recobro.demo.deeds import Deed, deeds_about
from recobro.demo.plan import INVOICE, MANDATES, PAYROLL, MandatePlan, Placement

SEED, DEBTS = 20_260_701, 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    on: date
    mandate: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhone:
    """What a MAINTENANCE file tells of a debtor."""

    on: date
    mandate: str
    reference: str
    mobile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoData:
    """Everything that happened in the demo's year, up to `today`."""

    seed: int
    today: date
    debts: tuple[DemoDebt, ...]
    deeds: tuple[Deed, ...]
    recalls: tuple[Recall, ...]
    phones: tuple[NewPhone, ...]

    def of(self, mandate: str) -> Iterator[DemoDebt]:
        return (debt for debt in self.debts if debt.mandate == mandate)


def generate(today: date, *, seed: int = SEED, debts: int = DEBTS) -> DemoData:
    """Draw the demo. `debts` is about how many there will be (each placement has at least two)."""
    drawn: list[DemoDebt] = []
    deeds: list[Deed] = []
    recalls: list[Recall] = []
    phones: list[NewPhone] = []
    # Each region its own stream: the debtors of one do not change when the plan of the other does.
    debtors = {plan.cities: Debtors(_stream(seed, plan.cities), plan.cities) for plan in MANDATES}
    known: dict[str, list[Debtor]] = {plan.cities: [] for plan in MANDATES}
    for plan in MANDATES:
        random = _stream(seed, plan.key)
        own = list(_debts(random, plan, today, round(debts * plan.share), debtors[plan.cities], known[plan.cities]))
        drawn += own
        unpaid = [debt for debt in own if not debt.payments and (today - debt.placed_on).days > 20]
        random.shuffle(unpaid)
        if plan.recalls:
            recalls += _recalls(random, plan, today, [unpaid.pop() for _ in range(max(1, len(unpaid) // 30))])
        deeds += deeds_about(random, plan, unpaid, today)
        if plan.new_phones:
            phones += _phones(random, plan, today, unpaid)
    return DemoData(
        seed=seed, today=today, debts=tuple(drawn), deeds=tuple(deeds), recalls=tuple(recalls), phones=tuple(phones)
    )


def _stream(seed: int, name: str) -> Random:
    return Random(f"{seed}:{name}")  # noqa: S311 - no secret, and the same each time


def _debts(
    random: Random, plan: MandatePlan, today: date, count: int, draw: Debtors, known: list[Debtor]
) -> Iterator[DemoDebt]:
    number = 0
    for placement in plan.placements:
        for _ in range(max(2, round(count * placement.share))):
            number += random.randint(1, 9)
            yield _debt(random, plan, placement, today, number, draw, known)


def _debt(
    random: Random,
    plan: MandatePlan,
    placement: Placement,
    today: date,
    number: int,
    draw: Debtors,
    known: list[Debtor],
) -> DemoDebt:
    product = random.choices(list(plan.products), [weight for weight, _ in plan.products.values()])[0]
    placed_on = today - timedelta(days=placement.days_ago)
    past_due = random.randint(*placement.past_due)
    due_on = placed_on - timedelta(days=past_due)
    owed = components(random, product, past_due)
    return DemoDebt(
        mandate=plan.key,
        portfolio=plan.products[product][1],
        reference=f"{plan.prefix}{number + 1_000_000:08d}",
        product=product,
        debtor=_debtor(random, product == INVOICE, draw, known),
        opened_on=opened_before(random, product, due_on),
        due_on=due_on,
        placed_on=placed_on,
        components=owed,
        payments=payments(random, product, sum(minor for _, minor in owed), placed_on, today),
        attributes={"pagaduria": random.choice(words.PAYERS)} if product == PAYROLL else {},
    )


def _debtor(random: Random, firm: bool, draw: Debtors, known: list[Debtor]) -> Debtor:
    """One in nine owes already, to this creditor or to another one of the region."""
    if known and random.random() < 0.11:
        before = random.choice(known)
        if (before.document_type == "NIT") is firm:
            return before
    known.append(draw.firm() if firm else draw.person())
    return known[-1]


def _recalls(random: Random, plan: MandatePlan, today: date, debts: list[DemoDebt]) -> Iterator[Recall]:
    """Taken back in one file, eleven days ago."""
    for debt in debts:
        yield Recall(
            on=today - timedelta(days=11),
            mandate=plan.key,
            reference=debt.reference,
            reason=random.choice(words.RECALL_REASONS),
        )


def _phones(random: Random, plan: MandatePlan, today: date, debts: list[DemoDebt]) -> Iterator[NewPhone]:
    """Told in one file, 48 days ago."""
    long_here = [debt for debt in debts if (today - debt.placed_on).days > 48]
    for debt in random.sample(long_here, max(1, len(long_here) // 20)):
        mobile = random.choice(words.MOBILE_PREFIXES) + f"{random.randint(2_000_000, 9_899_999)}"
        yield NewPhone(on=today - timedelta(days=48), mandate=plan.key, reference=debt.reference, mobile=mobile)
