"""Invented debts and what is paid of them. All amounts are minor units of COP (hundredths of a peso)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from core.mandates.terms import ComponentKind
from recobro.demo import words
from recobro.demo.debtors import Debtor
from recobro.demo.plan import CARD, CONSUMER, INVOICE, PAYROLL, SERVICES

_K = ComponentKind
PESO = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPayment:
    """Money for one debt. `direct`: the creditor received it, and tells of it in a FINANCIAL file. `channel` is the
    creditor's word for how."""

    paid_on: date
    minor: int
    direct: bool
    channel: str
    voucher: str
    reversed_on: date | None = None
    reversal_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDebt:
    mandate: str
    portfolio: str
    reference: str
    product: str
    debtor: Debtor
    opened_on: date
    due_on: date
    placed_on: date
    components: tuple[tuple[ComponentKind, int], ...]
    payments: tuple[DemoPayment, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def placed_minor(self) -> int:
        return sum(minor for _, minor in self.components)


# Principal in pesos (median, spread of its logarithm, least, most), and the days from opening to the oldest due date.
_SIZES: dict[str, tuple[tuple[float, float, int, int], tuple[int, int]]] = {
    CARD: ((2_600_000, 0.8, 180_000, 24_000_000), (200, 1_900)),
    CONSUMER: ((5_200_000, 0.8, 350_000, 48_000_000), (150, 1_200)),
    PAYROLL: ((11_000_000, 0.7, 900_000, 85_000_000), (240, 1_600)),
    INVOICE: ((3_800_000, 0.9, 240_000, 60_000_000), (30, 60)),
    SERVICES: ((210_000, 0.6, 38_000, 1_900_000), (18, 30)),
}


def opened_before(random: Random, product: str, due_on: date) -> date:
    return due_on - timedelta(days=random.randint(*_SIZES[product][1]))


def components(random: Random, product: str, past_due: int) -> tuple[tuple[ComponentKind, int], ...]:
    """What is owed when it is placed, by component; interest and charges grow with the days past due."""
    (median, spread, least, most), _ = _SIZES[product]
    principal = int(min(most, max(least, random.lognormvariate(0, spread) * median)))
    late = max(0, past_due)
    parts: dict[ComponentKind, float] = {_K.PRINCIPAL: principal}
    if product in (CARD, CONSUMER, PAYROLL):
        parts[_K.INTEREST_ORDINARY] = principal * random.uniform(0.012, 0.045)
        parts[_K.INTEREST_DEFAULT] = principal * 0.00068 * late
        parts[_K.INSURANCE] = principal * 0.0011 * (1 + late // 30)
        parts[_K.COLLECTION_FEE] = principal * 0.04 if late > 60 and random.random() < 0.4 else 0
    elif product == INVOICE:
        parts[_K.TAX] = principal * 0.19
        parts[_K.PENALTY] = principal * 0.02 if late > 30 else 0
    else:
        parts[_K.TAX] = principal * 0.19
        parts[_K.OTHER] = 12_900 if random.random() < 0.35 else 0  # the reconnection
        parts[_K.INTEREST_DEFAULT] = principal * 0.0006 * late
    step = 50 if product == SERVICES else PESO
    owed = [(kind, round(pesos * PESO / step) * step) for kind, pesos in parts.items()]
    return tuple((kind, minor) for kind, minor in owed if minor > 0)


_CHANNELS = {
    CARD: ("PSE", "CORRESPONSAL", "OFICINA"),
    CONSUMER: ("PSE", "CORRESPONSAL", "OFICINA", "CHEQUE"),
    PAYROLL: ("NÓMINA", "NÓMINA", "PSE"),
    INVOICE: ("TRANSFERENCIA", "CHEQUE"),
    SERVICES: ("PSE", "CORRESPONSAL", "TARJETA"),
}
# How a debt goes on, by weight: paid at once, in instalments, once in part, or never.
_FATES = {
    CARD: (9, 17, 12, 62),
    CONSUMER: (8, 19, 12, 61),
    PAYROLL: (5, 38, 9, 48),
    INVOICE: (16, 14, 14, 56),
    SERVICES: (24, 9, 10, 57),
}


def payments(random: Random, product: str, owed_minor: int, placed_on: date, until: date) -> tuple[DemoPayment, ...]:
    """What is paid until a day, never more than is owed; the last agency payment is now and then rounded up over it."""
    fate = random.choices(("full", "instalments", "part", "none"), _FATES[product])[0]
    if fate == "none":
        return ()
    first = placed_on + timedelta(days=2 + int(random.expovariate(1 / 55)))
    if fate == "full":
        planned = [(first, owed_minor)]
    elif fate == "part":
        planned = [(first, _rounded(owed_minor * random.uniform(0.05, 0.4)))]
    else:
        count = random.randint(3, 14)
        each = _rounded(owed_minor * random.uniform(0.5, 1.0) / count)
        days = [first + timedelta(days=30 * n + random.randint(-4, 4)) for n in range(count)]
        # People miss instalments, above all the later ones.
        planned = [(day, each) for n, day in enumerate(days) if random.random() < 0.96 - 0.035 * n]
    made: list[DemoPayment] = []
    left = owed_minor
    for day, minor in sorted(planned):
        if not placed_on < day <= until or left <= 0:
            continue
        made.append(_payment(random, product, day, min(minor, left), closes=minor >= left))
        left -= made[-1].minor
    return tuple(made)


def _payment(random: Random, product: str, day: date, minor: int, *, closes: bool) -> DemoPayment:
    channel = random.choice(_CHANNELS[product])
    direct = channel == "NÓMINA" or random.random() < 0.91
    if closes and not direct and random.random() < 0.5:
        minor = -(-minor // (1_000 * PESO)) * 1_000 * PESO
    reversed_on = day + timedelta(days=random.randint(3, 9)) if not direct and random.random() < 0.06 else None
    return DemoPayment(
        paid_on=day,
        minor=minor,
        direct=direct,
        channel=channel,
        voucher=f"{random.randint(10_000_000, 99_999_999)}",
        reversed_on=reversed_on,
        reversal_reason=random.choice(words.REVERSAL_REASONS) if reversed_on else "",
    )


def _rounded(minor: float) -> int:
    """To whole thousands of pesos, as people pay."""
    return max(1_000 * PESO, round(minor / (1_000 * PESO)) * 1_000 * PESO)
