"""What a fee is, said a second time: one payment after the other, in fractions. It knows nothing of the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment with the parts that components got, `(component, minor)`; `order` is when it was recorded."""

    id: UUID
    order: int
    paid_on: date
    direct: bool
    parts: Sequence[tuple[int, int]]
    reversed_on: date | None = None

    @property
    def applied(self) -> int:
        return sum(minor for _, minor in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One debt; its components are `(kind, placed minor, due date)`."""

    components: Sequence[tuple[str, int, date | None]]
    placed_on: date
    opened_on: date
    product: str
    stage: str
    first_demand_on: date | None
    charged_off_on: date | None
    placement_number: int

    @property
    def placed(self) -> int:
        return sum(minor for _, minor, _ in self.components)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How a mandate rounds."""

    way: str = "HALF_UP"
    unit: int = 1

    def round(self, value: Fraction, step: int | None) -> int:
        """To the schedule's own step, or the mandate's unit."""
        step = step or self.unit
        steps = value / step
        if self.way == "DOWN":
            return floor(steps) * step
        return (round(steps) if self.way == "HALF_EVEN" else floor(steps + Fraction(1, 2))) * step


def expected(
    terms: Mapping[str, Any], tax: Fraction, debt: Owed, payments: Sequence[Paid], rounds: Rounds
) -> dict[UUID, tuple[int, int]]:
    """Fee and tax of every payment that stands."""
    found: dict[UUID, tuple[int, int]] = {}
    counted = charged = 0
    last_on = debt.placed_on
    for payment in sorted((p for p in payments if p.reversed_on is None), key=lambda p: (p.paid_on, p.order)):
        own = {place: rate for place, (kind, _, _) in enumerate(debt.components)
               if (rate := terms.get("component_rates", {}).get(kind)) is not None}  # fmt: skip
        tiered = sum(minor for place, minor in payment.parts if place not in own)
        before = _balances(debt, payments, payment)
        free = payment.direct and terms.get("no_fee_before_demand", False) and (
            debt.first_demand_on is None or payment.paid_on < debt.first_demand_on)  # fmt: skip
        step, fee = terms.get("step_minor"), 0
        for minor, tier in _tiers(terms, debt, payment, tiered, counted, before, last_on):
            fee += 0 if free else rounds.round(minor * _rate(tier, debt, payment), step)
        by_kind: dict[str, int] = {}
        for place, minor in payment.parts:
            if place in own:
                kind = debt.components[place][0]
                by_kind[kind] = by_kind.get(kind, 0) + minor
        for kind, minor in by_kind.items():
            fee += 0 if free else rounds.round(minor * Fraction(terms["component_rates"][kind]), step)
        if debt.stage == "JUDICIAL" and not free:
            fee += rounds.round(tiered * Fraction(terms.get("suit_fee_rate") or 0), step)
        if fee:
            fee = max(fee, terms.get("minimum_minor") or 0)
            fee = min(fee, terms.get("maximum_minor") or fee, payment.applied)
        if terms.get("cap_rate") is not None:
            fee = min(fee, floor(debt.placed * Fraction(terms["cap_rate"])) - charged)
        charged += fee
        counted += tiered
        last_on = max(last_on, payment.paid_on) if found else payment.paid_on
        found[payment.id] = (fee, rounds.round(fee * tax, terms.get("tax_step_minor")))
    return found


def _rate(tier: Mapping[str, Any], debt: Owed, payment: Paid) -> Fraction:
    if payment.direct and tier.get("direct_rate") is not None:
        return Fraction(tier["direct_rate"])
    if debt.placement_number > 1 and tier.get("second_placement_rate") is not None:
        return Fraction(tier["second_placement_rate"])
    return Fraction(tier["rate"])


def _balances(debt: Owed, payments: Sequence[Paid], now: Paid) -> list[int]:
    left = [minor for _, minor, _ in debt.components]
    for payment in payments:
        if (payment.paid_on, payment.order) >= (now.paid_on, now.order):
            continue
        if payment.reversed_on is not None and payment.reversed_on < now.paid_on:
            continue
        for place, minor in payment.parts:
            left[place] -= minor
    return left


def _tiers(
    terms: Mapping[str, Any], debt: Owed, payment: Paid, tiered: int, counted: int, before: list[int], last_on: date
) -> list[tuple[int, Mapping[str, Any]]]:
    by, tiers = terms.get("tiers_by"), terms["tiers"]
    if by in ("STAGE", "PRODUCT", "CHARGE_OFF"):
        off = debt.charged_off_on is not None and debt.charged_off_on <= payment.paid_on
        word = {"STAGE": debt.stage, "PRODUCT": debt.product, "CHARGE_OFF": "CHARGED_OFF" if off else "CURRENT"}[by]
        return [(tiered, next(t for t in tiers if word in t.get("values", [word])))]
    dues = [due for minor, (_, _, due) in zip(before, debt.components, strict=True) if minor > 0 and due]
    ever = min((due for _, _, due in debt.components if due), default=debt.placed_on)
    day = {"PAYMENT": payment.paid_on, "CLEARED": payment.paid_on, "PLACEMENT": debt.placed_on}
    since = {"PLACEMENT": debt.placed_on, "OPENING": debt.opened_on, "DELINQUENCY": ever, "LAST_PAYMENT": last_on}
    value = {
        None: 0,
        "PAID_TO_DATE": counted + tiered,
        "PAYMENT_AMOUNT": tiered,
        "REMAINING_BALANCE": sum(before),
        "LISTED_AMOUNT": debt.placed,
        "DAYS_PAST_DUE": max((payment.paid_on - min(dues)).days, 0) if dues else 0,
        "DAYS": max((day[terms.get("days_to", "PAYMENT")] - since[terms.get("days_from", "PLACEMENT")]).days, 0),
    }[by]
    if terms.get("mode") != "MARGINAL":
        return [(tiered, next(t for t in tiers if t.get("up_to") is None or value <= t["up_to"]))]
    found: list[tuple[int, Mapping[str, Any]]] = []
    low = value - tiered
    for tier in tiers:  # walk upwards from the lower end
        top = value if tier.get("up_to") is None else min(value, tier["up_to"])
        if top > low:
            found.append((top - low, tier))
            low = top
    return found
